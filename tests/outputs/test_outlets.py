"""Outputs against real receivers on loopback: at least once with a stable id, in order, or counted as lost."""

from __future__ import annotations

import json
import os
import stat
import sys
import threading
import time
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from inspector.core.errors import OptionError, OutputError
from inspector.core.inspection import Inspection, Verdict
from inspector.outputs import (
    CommandOutput,
    FolderOutput,
    Message,
    MqttOutput,
    Outlets,
    Parcel,
    SoundOutput,
    WebhookOutput,
    message,
    read_outputs,
    write_outputs,
)
from inspector.outputs.errors import OutputFault
from inspector.outputs.outlets import test_output as send_test
from inspector.outputs.queue import DiskQueue
from inspector.outputs.settings import make_output
from tests.outputs.servers import Broker, HttpServer, Subscriber, mosquitto, until

if TYPE_CHECKING:
    from pathlib import Path

    from inspector.outputs import Output

with_broker = pytest.mark.skipif(
    mosquitto() is None and not os.environ.get("CI"), reason="no MQTT broker (apt-get install mosquitto)"
)
JPEG = b"\xff\xd8 a picture \xff\xd9"


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("no_proxy", "127.0.0.1")


def parcel(number: int, event: str = "ng") -> Parcel:
    return Parcel(message(event, source="camera 0", number=number), lambda: JPEG, lambda: JPEG)


def outlets(folder: Path, *outputs: Output, **options: Any) -> Outlets:
    return Outlets(outputs, folder / "queue", first_rest=0.05, **options)


def webhook(server: HttpServer, **options: Any) -> WebhookOutput:
    return WebhookOutput.model_validate(
        {"name": "line 3", "url": server.url, "seconds_apart": 0, "timeout": 0.5} | options
    )


def numbers(got: list[dict[str, Any]]) -> list[int]:
    return [one["number"] for one in got]


def once_each(got: list[dict[str, Any]]) -> list[int]:
    """What a receiver keeps that knows a message by its id."""
    return numbers(list({one["id"]: one for one in got}.values()))


def test_that_a_webhook_gets_each_event_in_order_as_documented(tmp_path: Path) -> None:
    inspection = Inspection("a.png", "bolts", np.float64(3.0), 2.0, Verdict.NG, 1_700_000_000.25)
    with HttpServer() as server, outlets(tmp_path, webhook(server, authorization="Bearer x")) as out:
        out.tell(Parcel(message("ng", source="stream rtsp://u:p@h/1", inspection=inspection), lambda: JPEG))
        for number in range(5):
            out.tell(parcel(number))
        assert out.wait()
        [state] = out.states
    first, *others = server.got
    assert numbers(others) == [0, 1, 2, 3, 4]
    assert (state.sent, state.waiting, state.lost, state.problem) == (6, 0, 0, "")
    assert len({one["id"] for one in server.got}) == 6
    assert server.headers[0]["Authorization"] == "Bearer x"
    assert server.headers[0]["Idempotency-Key"] == first["id"]
    assert first | {"id": "", "station": ""} == {
        "version": 1,
        "id": "",
        "event": "ng",
        "time": "2023-11-14T22:13:20.250+00:00",
        "station": "",
        "source": "stream rtsp://h/1",
        "detector": "bolts",
        "name": "a.png",
        "verdict": "NG",
        "voted": None,
        "score": 3.0,
        "threshold": 2.0,
        "level": 1.5,
        "reason": "",
        "held_back": 0,
    }


def test_that_pictures_go_along_where_they_are_asked_for(tmp_path: Path) -> None:
    with HttpServer() as server, outlets(tmp_path, webhook(server, pictures=True)) as out:
        out.tell(parcel(1))
        assert out.wait()
    whole = Message.from_json(json.dumps(server.got[0]).encode())
    assert (whole.frame, whole.overlay) == (JPEG, JPEG)


def test_that_what_happens_while_the_server_is_away_comes_in_order_when_it_is_back(tmp_path: Path) -> None:
    server = HttpServer()
    with outlets(tmp_path, webhook(server)) as out:
        for number in range(10):
            out.tell(parcel(number))
        until(lambda: out.states[0].waiting == 10 and "cannot be reached" in out.states[0].problem)
        assert "secret" not in out.states[0].problem
        with server:
            assert out.wait()
            assert once_each(server.got) == list(range(10))
        server.stop()
        out.tell(parcel(10))
        until(lambda: out.states[0].waiting == 1)
        with server:
            assert out.wait()
    assert once_each(server.got) == list(range(11))
    assert out.states[0].lost == 0


@pytest.mark.parametrize("fault", ["hangs", "rests"])
def test_that_a_server_that_fails_keeps_nobody_waiting_and_loses_nothing(tmp_path: Path, fault: str) -> None:
    with HttpServer() as server, outlets(tmp_path, webhook(server)) as out:
        if fault == "hangs":
            server.hanging.set()
        else:
            server.status = 503
        begun = time.perf_counter()
        for number in range(5):
            out.tell(parcel(number))
        assert time.perf_counter() - begun < 0.25  # not one time-out of 0.5 s
        until(lambda: bool(out.states[0].problem))
        assert out.states[0].sent == 0
        server.hanging.clear()
        server.status = 200
        assert out.wait()
    assert once_each(server.got) == list(range(5))


def test_that_a_message_the_server_does_not_take_is_lost_and_the_next_goes_on(tmp_path: Path) -> None:
    with HttpServer() as server, outlets(tmp_path, webhook(server)) as out:
        server.status = 422
        out.tell(parcel(0))
        until(lambda: out.states[0].lost == 1)
        server.status = 200
        out.tell(parcel(1))
        assert out.wait()
        assert (out.states[0].sent, out.states[0].lost, out.states[0].problem) == (1, 1, "")
    assert numbers(server.got) == [1]


def test_that_what_was_not_delivered_is_delivered_by_the_next_run(tmp_path: Path) -> None:
    server = HttpServer()
    with outlets(tmp_path, webhook(server)) as out:
        for number in range(3):
            out.tell(parcel(number))
        until(lambda: out.states[0].waiting == 3)
    with server, outlets(tmp_path, webhook(server)) as out:
        assert out.wait()
    assert numbers(server.got) == [0, 1, 2]


def test_that_two_runs_with_one_output_do_not_disturb_each_other(tmp_path: Path) -> None:
    with HttpServer() as server, outlets(tmp_path, webhook(server)) as one, outlets(tmp_path, webhook(server)) as two:
        for number in range(10):
            one.tell(parcel(number))
            two.tell(parcel(100 + number))
        assert one.wait()
        assert two.wait()
    assert [n for n in numbers(server.got) if n < 100] == list(range(10))
    assert [n for n in numbers(server.got) if n >= 100] == list(range(100, 110))


def test_that_without_room_the_oldest_are_lost_and_counted(tmp_path: Path) -> None:
    server = HttpServer()
    with outlets(tmp_path, webhook(server, room=3), room=100) as out:
        for number in range(8):
            out.tell(parcel(number))
        until(lambda: out.states[0].lost == 5)
        assert out.states[0].waiting == 3
        with server:
            assert out.wait()
    assert once_each(server.got) == [5, 6, 7]


def test_that_the_rate_limit_holds_back_and_says_how_many(tmp_path: Path) -> None:
    with HttpServer() as server, outlets(tmp_path, webhook(server, seconds_apart=0.3, on=["ng", "lost"])) as out:
        for number in range(6):
            out.tell(parcel(number))
        out.tell(parcel(6, "lost"))  # the state of a camera is never held back
        out.tell(parcel(7, "back"))
        out.tell(parcel(8, "ok"))  # not asked for
        time.sleep(0.35)
        out.tell(parcel(9))
        assert out.wait()
    assert numbers(server.got) == [0, 6, 7, 9]
    assert [one["held_back"] for one in server.got] == [0, 5, 0, 0]
    assert out.states[0].held_back == 5


@with_broker
def test_that_mqtt_survives_an_outage_of_the_broker(tmp_path: Path) -> None:
    broker = Broker(tmp_path)
    output = MqttOutput(name="line 3", host="127.0.0.1", port=broker.port, topic="plant/3", seconds_apart=0, timeout=2)
    with broker, Subscriber(broker.port, "plant/3") as subscriber, outlets(tmp_path, output) as out:
        for number in range(5):
            out.tell(parcel(number))
        assert out.wait()
        until(lambda: once_each(subscriber.got) == list(range(5)))
        broker.stop()
        for number in range(5, 10):
            out.tell(parcel(number))
        until(lambda: out.states[0].waiting == 5 and bool(out.states[0].problem))
        subscriber.subscribed.clear()
        broker.start()
        # A broker without a disk forgets who listens; what comes before that one is back reaches nobody.
        delivered = out.wait()
        assert delivered
        until(subscriber.subscribed.is_set)
        for number in range(10, 13):
            out.tell(parcel(number))
        assert out.wait()
        until(lambda: once_each(subscriber.got)[-3:] == [10, 11, 12])
        got = once_each(subscriber.got)
        assert got == sorted(got)
        assert (out.states[0].sent, out.states[0].lost) == (13, 0)


@with_broker
def test_that_a_broker_that_refuses_is_told_without_the_password(tmp_path: Path) -> None:
    with Broker(tmp_path, credentials="line3:right") as broker:
        known = {"kind": "mqtt", "name": "line 3", "host": "127.0.0.1", "port": broker.port, "username": "line3"}
        right, wrong = (make_output(known | {"password": word}) for word in ("right", "wrong"))
        with pytest.raises(OutputFault, match="refused") as caught:
            send_test(wrong)
        assert "wrong" not in str(caught.value)
        assert send_test(right) < 5
    with pytest.raises(OutputFault, match="cannot be reached"):
        send_test(right)


@pytest.mark.parametrize(
    ("status", "words"), [(401, "wrong user, password or key"), (404, "nothing at this path"), (302, "302")]
)
def test_that_a_test_says_what_is_wrong(status: int, words: str) -> None:
    with HttpServer() as server:
        assert send_test(webhook(server)) < 5
        assert server.got[0]["event"] == "test"
        server.status = status
        with pytest.raises(OutputFault, match=words) as caught:
            send_test(webhook(server))
    assert "secret" not in str(caught.value)


def test_that_a_folder_gets_pictures_and_json(tmp_path: Path) -> None:
    with outlets(tmp_path, FolderOutput(name="f", path=tmp_path / "found")) as out:
        out.tell(parcel(3))
        assert out.wait()
    [day] = (tmp_path / "found").iterdir()
    files = sorted(day.iterdir())
    assert [file.suffix for file in files] == [".jpg", ".jpg", ".json"] or len(files) == 3
    assert {file.read_bytes() for file in files if file.suffix == ".jpg"} == {JPEG}
    [document] = [json.loads(file.read_text()) for file in files if file.suffix == ".json"]
    assert document["number"] == 3


def test_that_a_folder_that_cannot_be_written_to_is_tried_again(tmp_path: Path) -> None:
    (tmp_path / "found").write_text("a file is in the way")
    with outlets(tmp_path, FolderOutput(name="f", path=tmp_path / "found")) as out:
        out.tell(parcel(3))
        until(lambda: "found" in out.states[0].problem)
        (tmp_path / "found").unlink()
        assert out.wait()
        assert (out.states[0].sent, out.states[0].lost) == (1, 0)


@pytest.mark.skipif(sys.platform == "win32", reason="the commands are those of Unix")
def test_that_a_command_gets_the_json_and_its_end_counts(tmp_path: Path) -> None:
    seen = tmp_path / "seen.json"
    script = tmp_path / "take it.py"
    take = "sys.stdin.read() + os.environ['INSPECTOR_EVENT']"
    script.write_text(f"import sys, os; open({str(seen)!r}, 'w').write({take})")
    with outlets(tmp_path, CommandOutput(name="c", command=f"{sys.executable} '{script}'")) as out:
        out.tell(parcel(7))
        assert out.wait()
        assert out.states[0].sent == 1
    assert json.loads(seen.read_text().removesuffix("ng"))["number"] == 7
    for command, words in (
        ("sh -c 'echo no paper >&2; exit 3'", "ended with 3: no paper"),
        ("sleep 60", "was killed"),
        ("no-such-program-anywhere", "cannot be started"),
        ("sh -c 'unclosed", "quotes"),
    ):
        with pytest.raises(OutputFault, match=words):
            send_test(CommandOutput(name="c", command=command, timeout=0.5))


@pytest.mark.skipif(sys.platform == "win32", reason="the commands are those of Unix")
def test_that_a_command_that_fails_is_tried_three_times_and_then_lost(tmp_path: Path) -> None:
    tries = tmp_path / "tries"
    with outlets(tmp_path, CommandOutput(name="c", command=f"sh -c 'echo >> {tries}; exit 1'", seconds_apart=0)) as out:
        out.tell(parcel(1))
        until(lambda: out.states[0].lost == 1)
        assert tries.read_text().count("\n") == 3


def test_that_a_sound_is_played_by_what_there_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if sys.platform == "win32":
        pytest.skip("Windows plays by itself")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(OutputFault, match="No program to play sounds"):
        send_test(SoundOutput(name="s"))
    heard = tmp_path / "heard"
    player = tmp_path / ("afplay" if sys.platform == "darwin" else "aplay")
    player.write_text(f'#!/bin/sh\necho "$1" > {heard}\n')
    player.chmod(player.stat().st_mode | stat.S_IXUSR)
    send_test(SoundOutput(name="s"))
    assert heard.read_text().strip().endswith("ng.wav")
    with pytest.raises(OutputFault, match="is not there"):
        send_test(SoundOutput(name="s", file=tmp_path / "none.wav"))


def test_that_a_bug_in_one_output_costs_one_message_and_no_other_output(tmp_path: Path, expect_log: Any) -> None:
    expect_log("could not deliver")

    class Broken:
        def deliver(self, one: Message) -> None:
            if one.document["number"] == 0:
                raise ZeroDivisionError

        def close(self) -> None:
            pass

    one = FolderOutput(name="a", path=tmp_path, seconds_apart=0)
    with outlets(tmp_path, one, make=lambda _: Broken()) as out:
        out.tell(parcel(0))
        out.tell(parcel(1))
        assert out.wait()
        assert (out.states[0].sent, out.states[0].lost) == (1, 1)


def test_that_events_that_come_faster_than_they_are_encoded_are_counted(tmp_path: Path) -> None:
    go_on = threading.Event()
    with outlets(tmp_path, FolderOutput(name="f", path=tmp_path / "f", seconds_apart=0), room=2) as out:
        for number in range(5):
            out.tell(Parcel(message("ng", source="", number=number), lambda: JPEG if go_on.wait(20) else None))
        assert out.states[0].lost == 3
        go_on.set()
        assert out.wait()
        assert out.states[0].sent == 2


def test_that_a_torn_message_on_the_disk_is_put_away(tmp_path: Path) -> None:
    with DiskQueue(tmp_path, 10) as queue:
        queue.put(message("ng", source=""), pictures=False)
        queue.put(message("ok", source=""), pictures=False)
    first, _ = sorted((tmp_path / "0").glob("*.json"))
    first.write_text('{"version": 1, "id"')
    (tmp_path / "0" / ".partial-abc.json").write_text("")
    with DiskQueue(tmp_path, 10) as queue:
        found = queue.first()
        assert found is not None
        assert found[1].event == "ok"
        assert len(queue) == 1
    assert not list((tmp_path / "0").glob(".partial-*"))


def test_that_a_place_that_cannot_be_had_is_a_problem_and_no_end(tmp_path: Path) -> None:
    (tmp_path / "queue").write_text("a file")
    with HttpServer() as server, outlets(tmp_path, webhook(server)) as out:
        out.tell(parcel(1))
        assert "cannot be kept" in out.states[0].problem


def test_that_settings_come_back_as_they_were_and_only_their_owner_reads_them(tmp_path: Path) -> None:
    outputs: list[Output] = [
        FolderOutput(name="a", path=tmp_path, on=("unreadable", "ng")),
        SoundOutput(name="b"),
        WebhookOutput(name="c", url="https://u:p@h:1/x?token=1", pictures=True),
        MqttOutput(name="d", host="h", username="u", tls=True, enabled=False),
        CommandOutput(name="e", command='a "b c"', seconds_apart=0, timeout=0.1, room=5),
    ]
    path = tmp_path / "config" / "outputs.toml"
    assert read_outputs(path) == []
    write_outputs(path, outputs)
    assert read_outputs(path) == outputs
    if os.name != "nt":
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [one.where for one in outputs] == [
        str(tmp_path),
        "the program's own sound",
        "https://h:1",
        "h:1883 inspector",
        "a",
    ]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("this is no TOML", "cannot be read"),
        ("other = 1", "something else"),
        ("[[output]]\nkind = 'webhook'\nname = 'x'\nurl = 'ftp://h'", "'x': url: expected an address"),
        ("[[output]]\nkind = 'webhook'\nname = 'x'", "'x': url: Field required"),
        ("[[output]]\nkind = 'mqtt'\nname = 'x'\nhost = 'h'\ntopic = 'a/#'", "topic to publish"),
        ("[[output]]\nkind = 'folder'\nname = 'x'\npath = 'relative'", "full path"),
        ("[[output]]\nkind = 'pigeon'\nname = 'x'", "pigeon"),
        ("[[output]]\nkind = 'sound'\nname = 'x'\n[[output]]\nkind = 'sound'\nname = 'x'", "two called 'x'"),
        ("[[output]]\nkind = 'sound'\nname = 'x'\non = []", "on"),
        ("[[output]]\nkind = 'sound'\nname = 'x'\nvolume = 11", "volume"),
    ],
)
def test_that_settings_that_cannot_be_say_which_and_why(tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "outputs.toml"
    path.write_text(text)
    with pytest.raises(OptionError, match=words) as caught:
        read_outputs(path)
    assert str(path) in str(caught.value)


def test_that_a_password_is_in_no_error() -> None:
    with pytest.raises(OptionError) as caught:
        make_output({"kind": "mqtt", "name": "x", "host": "h", "password": "very secret", "port": 0})
    assert "very secret" not in str(caught.value)


def test_that_a_full_disk_is_counted_and_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> int:
        msg = "The disk is full."
        raise OutputError(msg)

    monkeypatch.setattr(DiskQueue, "put", refuse)
    with HttpServer() as server, outlets(tmp_path, webhook(server)) as out:
        out.tell(parcel(1))
        until(lambda: out.states[0].lost == 1)
        assert out.states[0].problem == "The disk is full."


def test_that_after_many_messages_the_numbers_agree(tmp_path: Path) -> None:
    class Taker:
        def deliver(self, one: Message) -> None:
            """Take it at once, so that it is delivered while the next is put."""

        def close(self) -> None:
            pass

    one = FolderOutput(name="a", path=tmp_path, seconds_apart=0)
    with outlets(tmp_path, one, make=lambda _: Taker(), room=1000) as out:
        for number in range(300):
            out.tell(parcel(number))
        assert out.wait()
        assert (out.states[0].sent, out.states[0].waiting, out.states[0].lost) == (300, 0, 0)
