"""Folders at an address: `s3://bucket/parts`, `gs://…`, `file:///…`, whatever fsspec has a file system for.

How to reach them (keys, end points) is no business of this program: it is taken from where each file system looks by
itself, such as the environment (`AWS_ACCESS_KEY_ID`, `AWS_ENDPOINT_URL`) and fsspec's own settings
(https://filesystem-spec.readthedocs.io, "Configuration"). So no secret stands in an address, a journal or a report.
"""

from __future__ import annotations

import zlib
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from inspector.core.errors import FrameError, InspectorError, OutputError, SourceError

if TYPE_CHECKING:
    from collections.abc import Iterator

_CONNECT_S, _READ_S, _TRIES = 5, 20, 2
"""A server that never answers is given up after some 80 s; s3fs' own five times three tries would take five minutes."""

_EXTRA = "pip install 'inspector[cluster]'"


@dataclass(frozen=True, slots=True)
class RemoteFolder:
    """A folder at an address. A plain value: whoever gets it connects by itself.

    Attributes:
        address: with its scheme and without a slash at the end.
    """

    address: str

    def __str__(self) -> str:
        return self.address

    @property
    def name(self) -> str:
        """What a person calls it: the last part of the address."""
        return self.address.rpartition("/")[2]

    def check(self) -> None:
        """See that the file system is installed and the address makes sense; nothing is asked of a server.

        Raises:
            SourceError: it is not, and how to get it.
        """
        _open(self.address)

    def files(self) -> Iterator[tuple[str, int, int]]:
        """All files below it, in no order, as `(relative, size, time)`; a time of 0 is one that is not told.

        Raises:
            SourceError: it is not there, may not be listed, or the server does not answer.
        """
        system, root = _open(self.address)
        root = root.rstrip("/")
        try:
            with _telling(self.address):
                for place, _, files in system.walk(root, detail=True, on_error="raise"):
                    inside = place.strip("/").removeprefix(root.strip("/")).strip("/")
                    for name, about in files.items():
                        if name:
                            yield f"{inside}/{name}" if inside else name, int(about.get("size") or 0), _time(about)
        except FileNotFoundError as error:
            msg = f"{self.address} is not there, or holds nothing. Check the address."
            raise SourceError(msg) from error
        except PermissionError as error:
            msg = f"{self.address} may not be listed: {_first_line(error)}. Check the keys and what they allow."
            raise SourceError(msg) from error

    def read(self, relative: str) -> bytes:
        """The bytes of a file.

        Raises:
            FrameError: this one is not there, or may not be read.
            SourceError: the server does not answer, or lets nobody with this key in.
        """
        system, root = _open(self.address)
        # Asked for in one piece: to fetch it in several, s3fs would first ask how long each file is.
        options = {"max_concurrency": 1} if self.address.startswith("s3") else {}
        try:
            with _telling(self.address):
                data: bytes = system.cat_file(f"{root.rstrip('/')}/{relative}", **options)
        except FileNotFoundError as error:
            msg = f"{relative} is not there any more."
            raise FrameError(msg, name=relative) from error
        except PermissionError as error:
            msg = f"{relative} cannot be read: permission denied. Allow reading it."
            raise FrameError(msg, name=relative) from error
        return data

    def deliver(self, folder: Path, *, last: str) -> None:
        """Copy all files of a folder on this computer to the address, the one called `last` after all others.

        Raises:
            OutputError: some could not be written; those that were are there, `last` is not.
        """
        system, root = _open(self.address)
        names = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
        for name in sorted(names, key=lambda one: one == last):
            try:
                with _telling(self.address):
                    system.put_file(str(folder / name), f"{root.rstrip('/')}/{name}")
            except (InspectorError, OSError) as error:
                msg = f"{name} could not be written to {self.address}: {error} All of it is in {folder}."
                raise OutputError(msg) from error


def parse_folder(text: str) -> Path | RemoteFolder:
    """The folder that a person means: a path, or an address with a scheme; `file://` is a path.

    Raises:
        SourceError: no file system for the scheme is known or installed.
    """
    scheme, mark, _ = text.partition("://")
    if not mark or not scheme.isidentifier():
        return Path(text).expanduser()
    if scheme.lower() in ("file", "local"):
        return Path(unquote(urlsplit(text).path) or "/")
    if "@" in urlsplit(text).netloc and ":" in urlsplit(text).netloc.rpartition("@")[0]:
        msg = "The address holds a password, which would stand in every report. Put it into fsspec's settings instead."
        raise SourceError(msg)
    folder = RemoteFolder(text.rstrip("/"))
    folder.check()
    return folder


def _open(address: str) -> tuple[Any, str]:
    """The file system and the path in it. fsspec keeps file systems, so this connects once."""
    try:
        from fsspec.core import url_to_fs
    except ImportError as error:
        msg = f"{address} needs more packages: {_EXTRA}"
        raise SourceError(msg) from error
    options: dict[str, Any] = {"use_listings_cache": False}
    if address.startswith("s3"):
        options["config_kwargs"] = {
            "connect_timeout": _CONNECT_S,
            "read_timeout": _READ_S,
            "retries": {"max_attempts": _TRIES, "mode": "standard"},
        }
    try:
        system, root = url_to_fs(address, **options)
    except ValueError as error:
        msg = f"{address} is no address that files can be read from: {error}."
        raise SourceError(msg) from error
    except ImportError as error:
        msg = f"{address} needs a package that is not installed: {error}. For s3:// it is in: {_EXTRA}"
        raise SourceError(msg) from error
    if address.startswith("s3"):
        system.retries = _TRIES
    return system, str(root)


@contextmanager
def _telling(address: str) -> Iterator[None]:
    """Tell what concerns the whole place as `SourceError`; what concerns one file passes."""
    try:
        yield
    except (FileNotFoundError, PermissionError) as error:
        if _concerns_all(error):
            msg = f"{address} cannot be read: {_first_line(error)}. Check the keys and the name of the bucket."
            raise SourceError(msg) from error
        raise
    except InspectorError:
        raise
    except (TimeoutError, OSError) as error:
        msg = f"{address} does not answer: {_first_line(error)}. Check the network, then go on with --resume."
        raise SourceError(msg) from error
    except Exception as error:
        # Each file system has exceptions of its own (botocore's, aiohttp's), which share no base but Exception.
        msg = f"{address} cannot be read: {_first_line(error)}. Check keys, address and network."
        raise SourceError(msg) from error


def _concerns_all(error: OSError) -> bool:
    """Whether a key or a bucket is wrong rather than one file: then no file can be read."""
    said = f"{error} {error.__cause__}".lower()
    return any(
        word in said for word in ("key id", "accesskey", "signature", "credential", "bucket", "token", "expired")
    )


def _first_line(error: BaseException) -> str:
    said = str(error).strip() or type(error).__name__
    return said.splitlines()[0].rstrip(".")


def _time(about: dict[str, Any]) -> int:
    """When a file was changed, in nanoseconds, or what else tells that it was: file systems name it as they please."""
    for key in ("LastModified", "mtime", "last_modified", "updated", "created"):
        value = about.get(key)
        if isinstance(value, datetime):
            return int(value.timestamp() * 1e9)
        if isinstance(value, int | float):
            return int(value * 1e9)
    mark = about.get("ETag") or about.get("etag")
    return zlib.crc32(str(mark).encode()) if mark else 0
