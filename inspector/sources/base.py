"""What every source promises."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from inspector.core.errors import SourceError
from inspector.core.frame import Frame

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType

    from inspector.core.feedstate import FeedState
    from inspector.core.image import Image, Label


@dataclass(frozen=True, slots=True)
class Shot:
    """What a kind of source hands to `Source.read`, which makes the frame of it. The fields are those of `Frame`."""

    image: Image
    name: str
    time: float
    path: Path | None = None
    label: Label | None = None


class Source(ABC):
    """Gives frames, one with each `read`, from `open` to `close`; also as a context manager.

    `read` gives a frame, or None. None means one of two things, and `ended` tells which: the source gave all it had
    (`ended` is true, and stays so), or nothing arrived within its own short wait (`ended` is false; only live sources
    do this, so that their reader can look up now and then). A live source never ends of itself.

    It raises `FrameError` for a frame that cannot be had: the next `read` goes on behind it. It raises `SourceError`
    when the source is over before its end; the source is then closed, and `open` may be tried again.

    It is a method and no generator, because a generator dies when it raises, and one torn file must not end a batch.
    One thread opens, reads and closes. Any thread may look at `state`.

    Attributes:
        name: what a person calls the source.
        live: whether frames come at their own pace, so that a reader who is slow misses some.
        total: how many frames and `FrameError`s there will be, as far as the source knows; None when it does not, or
            when there is no end. Files know it once open; a video file knows what its header claims.
    """

    live: bool = False

    def __init__(self, name: str) -> None:
        """Remember the name; nothing is opened."""
        self.name = name
        self.total: int | None = None
        self._given = 0
        self._opened = False
        self._ended = False

    @property
    def ended(self) -> bool:
        """Whether the last frame was given and a `read` found nothing behind it."""
        return self._ended

    @property
    def opened(self) -> bool:
        """Whether the source can be read."""
        return self._opened

    @property
    def state(self) -> FeedState | None:
        """How it stands with what may fail and come back, such as a camera; None for all others, and while closed."""
        return None

    def open(self) -> None:
        """Begin, from the first frame. Does nothing when already open.

        Raises:
            SourceError: there is nothing to read from; the text names the thing and the way out.
        """
        if self._opened:
            return
        self._given, self._ended = 0, False
        try:
            self._open()
        except BaseException:
            self._close()
            raise
        self._opened = True

    def read(self) -> Frame | None:
        """Give the next frame, which is the reader's to keep; None as the class says.

        Raises:
            FrameError: this frame cannot be had; there may be more.
            SourceError: the source is not open, or is over before its end.
        """
        if not self._opened:
            msg = f"{self.name} is not open, so it cannot be read. Open it first."
            raise SourceError(msg)
        if self._ended:
            return None
        try:
            shot = self._next()
        except SourceError:
            self.close()
            raise
        if shot is None:
            self._ended = not self.live
            return None
        frame = Frame(
            image=shot.image,
            name=shot.name,
            index=self._given,
            time=shot.time,
            source=self.name,
            path=shot.path,
            label=shot.label,
        )
        self._given += 1
        return frame

    def close(self) -> None:
        """Let go of files and devices. Does nothing when not open."""
        if self._opened:
            self._opened = False
            self._close()

    def __enter__(self) -> Self:
        self.open()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @abstractmethod
    def _open(self) -> None:
        """Get ready to give the first frame. Raises `SourceError`; `_close` is called after that too."""

    @abstractmethod
    def _next(self) -> Shot | None:
        """Give the next frame in memory of its own, or None as `read` does. Raises `FrameError`, `SourceError`."""

    @abstractmethod
    def _close(self) -> None:
        """Let go of everything; called after a failed `_open` too."""
