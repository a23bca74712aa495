"""Against real servers on loopback, which fail as cameras in a network do."""

from __future__ import annotations

import multiprocessing
import os
import re
import signal
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from inspector.core.errors import SourceError
from inspector.core.feedstate import Condition
from inspector.sources.stream import StreamSource
from inspector.sources.watchdog import Patience
from tests.contract.sources import read_frames
from tests.sources import rtsp
from tests.sources.drawing import BLUE, RED, is_red, plain
from tests.sources.mjpeg_server import PAGE, MjpegServer, free_port
from tests.sources.rtsp import RtspServer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from inspector.core.frame import Frame

WAIT_S = 0.05
LONGEST_READ_S = 2.0
"""A `read` may wait for `WAIT_S`; the rest is for machines that are busy."""

with_rtsp = pytest.mark.skipif(not rtsp.available() and not os.environ.get("CI"), reason=rtsp.MISSING)


def stream(address: str, *, open_timeout: float = 5.0, read_timeout: float = 0.7, retries: bool = True) -> StreamSource:
    patience = Patience(stale=0.3, first_rest=0.05, longest_rest=0.2, retries=retries)
    return StreamSource(address, open_timeout=open_timeout, read_timeout=read_timeout, wait=WAIT_S, patience=patience)


def read_until(
    source: StreamSource, reached: Callable[[Frame | None], bool], *, seconds: float = 30.0
) -> list[Condition]:
    """Read until that is so, and give the conditions passed. No read may take long meanwhile."""
    passed: list[Condition] = []
    end = time.monotonic() + seconds
    while True:
        begun = time.monotonic()
        frame = source.read()
        assert time.monotonic() - begun < LONGEST_READ_S
        assert source.state is not None
        if source.state.condition not in passed[-1:]:
            passed.append(source.state.condition)
        if reached(frame):
            return passed
        assert time.monotonic() < end, f"only reached {passed}: {source.state}"


def is_lost(source: StreamSource) -> bool:
    return source.state is not None and source.state.lost


@pytest.fixture
def server() -> Iterator[MjpegServer]:
    with MjpegServer() as made:
        yield made


def test_that_a_stream_is_live_and_red(server: MjpegServer) -> None:
    with stream(server.address()) as source:
        frames = read_frames(source, 3)
        assert source.state is not None
        assert source.state.condition is Condition.LIVE
    assert all(is_red(frame.image) for frame in frames)
    assert source.state is None


def test_that_a_server_killed_and_started_again_is_live_again(server: MjpegServer) -> None:
    with stream(server.address()) as source:
        read_frames(source, 2)
        server.kill()
        read_until(source, lambda _: is_lost(source))
        assert source.state is not None
        assert "is lost" in source.state.reason
        # Several attempts in vain.
        read_until(source, lambda _: source.state is not None and "refuses connections" in source.state.reason)
        read_until(source, lambda _: source.state is not None and source.state.retry_in() is not None)
        server.start()
        read_until(source, lambda frame: frame is not None)
        assert source.state.condition is Condition.LIVE
        assert source.state.reason == ""
        assert all(is_red(frame.image) for frame in read_frames(source, 3))


def test_that_a_stream_that_freezes_without_closing_is_stale_then_lost_then_live_again(server: MjpegServer) -> None:
    with stream(server.address()) as source:
        read_frames(source, 2)
        server.frozen.set()
        passed = read_until(source, lambda _: is_lost(source))
        assert Condition.STALE in passed
        server.image = plain(BLUE)
        server.frozen.clear()
        read_until(source, lambda frame: frame is not None)
        assert source.state is not None
        assert source.state.condition is Condition.LIVE
        (frame,) = read_frames(source, 1)
        assert frame.image[5, 5, 2] > 200


def test_that_bytes_without_a_picture_are_silence(server: MjpegServer) -> None:
    with stream(server.address()) as source:
        read_frames(source, 1)
        server.trickling.set()
        read_until(source, lambda _: is_lost(source))
        server.trickling.clear()
        read_until(source, lambda frame: frame is not None)


def test_that_what_was_not_read_before_a_loss_is_not_given_after_it(server: MjpegServer) -> None:
    with stream(server.address()) as source:
        read_frames(source, 1)
        server.kill()
        end = time.monotonic() + 30
        while not is_lost(source) and time.monotonic() < end:  # nobody reads, as in a feed that is paused
            time.sleep(0.01)
        assert is_lost(source)
        assert source.read() is None


@pytest.mark.skipif(sys.platform == "win32", reason="Windows cannot stop a process without ending it")
def test_that_a_reader_that_hangs_in_the_library_is_left_behind(server: MjpegServer) -> None:
    with stream(server.address()) as source:
        read_frames(source, 1)
        (child,) = multiprocessing.active_children()
        assert child.pid is not None
        os.kill(child.pid, signal.SIGSTOP)
        read_until(source, lambda _: is_lost(source))
        read_until(source, lambda frame: frame is not None)
        assert child not in multiprocessing.active_children()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows cannot stop a process without ending it")
def test_that_closing_does_not_wait_for_a_library_that_hangs(server: MjpegServer) -> None:
    source = stream(server.address(), read_timeout=60.0)
    with source:
        read_frames(source, 1)
        (child,) = multiprocessing.active_children()
        assert child.pid is not None
        os.kill(child.pid, signal.SIGSTOP)
        begun = time.monotonic()
    assert time.monotonic() - begun < 5
    assert not multiprocessing.active_children()


def test_that_a_reader_that_dies_is_replaced(server: MjpegServer) -> None:
    with stream(server.address()) as source:
        read_frames(source, 1)
        (child,) = multiprocessing.active_children()
        child.kill()
        read_until(source, lambda _: is_lost(source))
        read_until(source, lambda frame: frame is not None)


def test_that_a_torn_picture_is_never_given(server: MjpegServer) -> None:
    with stream(server.address(), read_timeout=5.0) as source:
        read_frames(source, 1)
        server.torn = 5
        frames = read_frames(source, 5)
        assert server.torn == 0
        assert all(is_red(frame.image) for frame in frames)
        assert source.state is not None
        assert source.state.condition is Condition.LIVE


def test_that_another_size_in_the_middle_is_given_as_it_is(server: MjpegServer) -> None:
    with stream(server.address()) as source:
        (before,) = read_frames(source, 1)
        assert before.image.shape == (48, 64, 3)
        server.image = plain(RED, 96, 80)
        read_until(source, lambda frame: frame is not None and frame.image.shape == (96, 80, 3))
        assert is_red(read_frames(source, 1)[0].image)


def test_that_the_newest_picture_wins_over_those_that_waited(server: MjpegServer) -> None:
    with stream(server.address(), read_timeout=5.0) as source:
        read_frames(source, 1)
        first = source.missed
        while source.missed < first + 20:  # nobody reads meanwhile
            time.sleep(0.01)
        server.image = plain(BLUE)
        seen = source.missed
        while source.missed < seen + 10:
            time.sleep(0.01)
        (frame,) = read_frames(source, 1)
        assert frame.image[5, 5, 2] > 200


def fault(address: str, *, open_timeout: float = 5.0) -> str:
    source = StreamSource(address, open_timeout=open_timeout)
    with pytest.raises(SourceError) as caught:
        source.open()
    assert not source.opened
    assert not multiprocessing.active_children()
    return str(caught.value)


@pytest.mark.parametrize(
    ("path", "credentials", "words"),
    [
        ("/video.mjpg", "", r"asks for a user name and a password.*http://USER:PASSWORD@"),
        ("/video.mjpg", "adam:hidden", "refuses the user name or the password"),
        ("/other", "adam:right", r"no stream of that name \(404\)"),
        (PAGE, "adam:right", r"A page \(text/html\) is there"),
    ],
)
def test_that_a_server_that_refuses_is_told_without_credentials(path: str, credentials: str, words: str) -> None:
    with MjpegServer(credentials="adam:right") as server:
        text = fault(server.address(path, credentials))
    assert f"http://127.0.0.1:{server.port}{path}" in text
    assert_matches(words, text)
    for secret in ("adam", "hidden", "right"):
        assert secret not in text


def test_that_the_right_password_opens() -> None:
    with (
        MjpegServer(credentials="adam:r/i@ght") as server,
        stream(server.address(credentials="adam:r%2Fi%40ght")) as source,
    ):
        (frame,) = read_frames(source, 1)
    assert "adam" not in frame.name + frame.source
    assert "ght" not in frame.name + frame.source


def test_that_nobody_at_the_port_is_told() -> None:
    assert_matches("127.0.0.1 refuses connections at port", fault(f"http://127.0.0.1:{free_port()}/x"))
    assert_matches("refuses connections at port", fault(f"rtsp://127.0.0.1:{free_port()}/x"))


def test_that_what_speaks_otherwise_is_told(server: MjpegServer) -> None:
    text = fault(f"rtsp://127.0.0.1:{server.port}/x", open_timeout=2.0)
    assert_matches("no stream|does not speak rtsp|answers with status", text)


def test_that_a_server_that_never_answers_is_not_waited_for(server: MjpegServer) -> None:
    server.frozen.set()
    begun = time.monotonic()
    assert_matches("did not answer within 0.5 s", fault(server.address(), open_timeout=0.5))
    assert time.monotonic() - begun < 10


def test_that_a_loss_without_retries_is_an_error(server: MjpegServer) -> None:
    with stream(server.address(), retries=False) as source:
        read_frames(source, 1)
        server.kill()
        with pytest.raises(SourceError, match="is lost"):
            read_until(source, lambda _: False)
        assert not source.opened


def test_that_nothing_is_left_of_many_connects(server: MjpegServer) -> None:
    def connect() -> None:
        with stream(server.address()) as source:
            read_frames(source, 1)

    connect()
    threads, files = threading.active_count(), open_files()
    held = resident()
    for _ in range(5):
        connect()
    assert not multiprocessing.active_children()
    assert open_files() <= files
    assert resident() - held < 8 * 2**20
    assert threading.active_count() <= threads + 1  # the server's own, for a connection that just ended


def open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir())) if sys.platform == "linux" else 0


def resident() -> int:
    """Bytes of memory of this process, where that can be told."""
    if sys.platform != "linux":
        return 0
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * os.sysconf("SC_PAGESIZE")


@with_rtsp
@pytest.mark.parametrize("path", ["/h264", "/jpeg"])
def test_that_rtsp_is_red_also_after_the_server_was_killed(path: str) -> None:
    with RtspServer(RED) as camera, stream(camera.address(path), read_timeout=1.0) as source:
        assert all(near_red(frame) for frame in read_frames(source, 3))
        camera.kill()
        read_until(source, lambda _: is_lost(source))
        camera.start()
        read_until(source, lambda frame: frame is not None)
        assert all(near_red(frame) for frame in read_frames(source, 3))


@with_rtsp
def test_that_rtsp_that_freezes_is_lost_and_comes_back() -> None:
    with RtspServer(RED) as camera, stream(camera.address("/h264"), read_timeout=1.0, open_timeout=3.0) as source:
        read_frames(source, 1)
        camera.freeze()
        read_until(source, lambda _: is_lost(source))
        camera.thaw()
        read_until(source, lambda frame: frame is not None)
        assert all(near_red(frame) for frame in read_frames(source, 3))


@with_rtsp
def test_that_rtsp_with_a_wrong_password_or_path_is_told() -> None:
    with RtspServer(RED, credentials="adam:right") as camera:
        assert_matches("asks for a user name", fault(camera.address("/jpeg")))
        text = fault(camera.address("/jpeg", "adam:hidden"))
        assert_matches("refuses the user name or the password", text)
        assert "hidden" not in text
        assert "adam" not in text
        assert_matches("no stream of that name", fault(camera.address("/other", "adam:right")))
        with stream(camera.address("/jpeg", "adam:right")) as source:
            assert near_red(read_frames(source, 1)[0])


def near_red(frame: Frame) -> bool:
    """Whether it is red, as far as a video's colours keep it."""
    red, green, blue = frame.image.reshape(-1, 3).mean(axis=0)
    return bool(red > 190 and green < 50 and blue < 50)


def assert_matches(words: str, text: str) -> None:
    assert re.search(words, text), text
