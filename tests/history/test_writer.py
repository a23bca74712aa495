from __future__ import annotations

import os
import sqlite3
import threading
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

import pytest

from inspector.core.errors import InspectorError, OutputError
from inspector.core.inspection import Verdict
from inspector.history import Filter, History, HistoryError, Where, Writer, set_aside, wanted
from tests.history.records import inspection

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from inspector.history import SessionHandle
    from tests.conftest import ExpectedLogs


@contextmanager
def refusing(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A disk that is full whenever the writer wants to write rows."""
    fault = HistoryError("The disk is full.")

    def refuse(*_args: object) -> None:
        raise fault

    with monkeypatch.context() as patch:
        patch.setattr("inspector.history.store.Store.write", refuse)
        yield


def live(writer: Writer) -> SessionHandle:
    return writer.start("live", "camera 0", "bolts", "abc", 1.0)


def batch(writer: Writer) -> SessionHandle:
    return writer.start("batch", "folder", "bolts", "abc", 1.0)


def rows(path: Where, which: Filter | None = None) -> list[int]:
    with History.open(path) as history:
        return [row.index for row in history.each(which or Filter())]


def problem(writer: Writer) -> InspectorError | None:
    return writer.problem  # mypy takes a property to stay what it was


def until(event: threading.Event) -> None:
    assert event.wait(30)


def test_that_a_writer_that_records_nothing_touches_nothing(file: Path) -> None:
    with Writer(file) as writer:
        assert writer.flush()
    assert not file.exists()


def test_that_a_writer_prepared_has_opened_the_file(file: Path) -> None:
    writer = Writer(file)
    writer.prepare()
    writer.close()
    assert file.exists()
    assert problem(writer) is None


def test_that_what_was_added_comes_into_the_file_by_itself(path: Where) -> None:
    committed = threading.Event()

    def encode() -> None:
        committed.set()

    with Writer(path) as writer:
        session = live(writer)
        session.add(inspection(), encode)
        until(committed)  # a picture is asked for once its row is in the file
        assert rows(path) == [0]


def test_that_closing_writes_what_waits_with_its_pictures(path: Where) -> None:
    writer = Writer(path)
    session = live(writer)
    for number in range(10):
        session.add(inspection(number), lambda: b"picture")
    session.end()
    writer.close()
    with History.open(path) as history:
        kept = [row.picture.read_bytes() for row in history.each() if row.picture is not None]
        [ended] = history.sessions()
    assert kept == [b"picture"] * 10
    assert ended.ended is not None
    assert (writer.lost, session.lost, session.pictures_lost) == (0, 0, 0)


def test_that_sessions_of_several_threads_keep_apart(path: Where) -> None:
    with Writer(path) as writer:
        handles = [live(writer) for _ in range(4)]

        def add(handle: SessionHandle) -> None:
            for number in range(300):
                handle.add(inspection(number))

        threads = [threading.Thread(target=add, args=(handle,)) for handle in handles for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert writer.flush(60)
        for handle in handles:
            assert sorted(rows(path, Filter(session=handle.id))) == list(range(600))


def test_that_a_live_session_loses_what_there_is_no_room_for_and_counts_it(
    path: Where, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Writer(path, room=5) as writer:
        with refusing(monkeypatch):
            session = live(writer)  # its beginning waits too
            for number in range(20):
                session.add(inspection(number))
            assert (session.lost, writer.lost) == (16, 16)
        assert writer.flush()
        session.add(inspection(20))
        session.end()
    assert rows(path) == [0, 1, 2, 3, 20]
    with History.open(path) as history:
        [ended] = history.sessions()
    assert (ended.total, ended.lost) == (5, 16)


def test_that_a_batch_waits_for_room_and_loses_nothing(path: Where) -> None:
    with Writer(path, room=10) as writer:
        session = batch(writer)
        for number in range(500):
            session.add(inspection(number))
            writer._hurry.set()  # the disk need not rest between commits
    assert rows(path) == list(range(500))
    assert session.lost == 0


def test_that_a_batch_goes_on_when_the_disk_refuses(path: Where, monkeypatch: pytest.MonkeyPatch) -> None:
    with refusing(monkeypatch):
        writer = Writer(path, room=10)
        session = batch(writer)
        for number in range(30):
            session.add(inspection(number))
        assert session.lost == 21
        writer.close()
    assert writer.lost == session.lost == 30


def test_that_a_refusal_is_told_and_what_waited_is_written_when_it_is_over(
    path: Where, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard: list[str] = []
    with Writer(path, on_problem=lambda one: heard.append(str(one))) as writer:
        with refusing(monkeypatch):
            session = live(writer)
            session.add(inspection())
            assert not writer.flush()
            assert isinstance(problem(writer), InspectorError)
        assert writer.flush()
        assert problem(writer) is None
    assert heard == ["The disk is full.", "None"]
    assert rows(path) == [0]


def test_that_a_listener_to_problems_that_raises_ends_no_record(
    path: Where, monkeypatch: pytest.MonkeyPatch, expect_log: ExpectedLogs
) -> None:
    expect_log("listener to problems")

    def stumble(_problem: InspectorError | None) -> None:
        msg = "a bug of the window"
        raise RuntimeError(msg)

    with Writer(path, on_problem=stumble) as writer:
        with refusing(monkeypatch):
            live(writer).add(inspection())
            writer.flush()
        assert writer.flush()
    assert rows(path) == [0]


def test_that_a_foreign_file_is_told_and_not_waited_for(file: Path) -> None:
    file.write_bytes(b"a diary" * 1000)
    with Writer(file) as writer:
        session = live(writer)
        session.add(inspection())
        assert not writer.flush()
        assert isinstance(problem(writer), HistoryError)
        session.end()
    assert writer.lost == 1
    assert file.read_bytes() == b"a diary" * 1000


def test_that_a_history_set_aside_is_followed_by_a_new_one(file: Path) -> None:
    file.write_bytes(b"a diary" * 1000)
    with Writer(file) as writer:
        session = live(writer)
        session.add(inspection())
        assert not writer.flush()
        set_aside(file)
        assert writer.flush()
    assert rows(file) == [0]


@pytest.mark.skipif(os.name == "nt", reason="Windows moves no file that is open")
def test_that_a_session_goes_on_in_a_new_file_when_its_own_is_moved(file: Path) -> None:
    with Writer(file) as writer:
        session = live(writer)
        session.add(inspection(0))
        assert writer.flush()
        set_aside(file)
        session.add(inspection(1))
        assert writer.flush()
    assert rows(file) == [1]


def test_that_a_session_deleted_while_it_is_recorded_begins_anew(path: Where) -> None:
    with Writer(path) as writer:
        session = live(writer)
        session.add(inspection(0))
        assert writer.flush()
        deleted = session.id
        assert deleted is not None
        with History.open(path) as history:
            history.delete(deleted)
        session.add(inspection(1), lambda: b"picture")
        session.end()
        assert writer.flush()
    assert session.id not in (None, deleted)
    assert rows(path) == [1]
    with History.open(path) as history:
        [anew] = history.sessions()
    assert (anew.id, anew.ok, anew.lost) == (session.id, 1, 0)
    assert anew.ended is not None


def test_that_a_picture_of_a_deleted_session_is_removed(path: Where, tmp_path: Path) -> None:
    with Writer(path) as writer:
        session = live(writer)

        def delete_first() -> bytes:
            assert session.id is not None
            with History.open(path) as history:
                history.delete(session.id)
            return b"picture"

        session.add(inspection(0), delete_first)
        assert writer.flush()
    assert [one for one in (tmp_path / "pictures").rglob("*") if one.is_file()] == []


def test_that_the_disks_other_user_is_waited_for(file: Path) -> None:
    with Writer(file) as writer:
        session = live(writer)
        assert writer.flush()
        with closing(sqlite3.connect(file, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            session.add(inspection())
            assert not writer.flush(0.2)
            other.execute("COMMIT")
        assert writer.flush()
    assert rows(file) == [0]


def test_that_a_bug_in_one_row_loses_that_and_no_later_one(path: Where, expect_log: ExpectedLogs) -> None:
    expect_log("cannot be recorded")
    with Writer(path) as writer:
        session = live(writer)
        assert writer.flush()
        session.add(inspection(0, name=object()))
        writer.flush()
        assert isinstance(problem(writer), HistoryError)
        session.add(inspection(1))
        assert writer.flush()
        assert problem(writer) is None
    assert rows(path) == [1]
    assert writer.lost == session.lost == 1


def test_that_pictures_are_bounded_and_their_loss_is_counted(path: Where, tmp_path: Path) -> None:
    begun, go_on = threading.Event(), threading.Event()

    def wait() -> bytes:
        begun.set()
        until(go_on)
        return b"picture"

    with Writer(path, pictures=3) as writer:
        session = live(writer)
        session.add(inspection(0), wait)
        until(begun)
        for number in range(1, 10):
            session.add(inspection(number), lambda: b"picture", lambda: b"overlay")
        go_on.set()
        assert writer.flush()
        session.end()
    assert session.pictures_lost == 7
    with History.open(path) as history:
        kept = [(row.picture is not None, row.overlay is not None) for row in history.each()]
    assert kept == [(True, False), (True, True), (True, True)] + [(False, False)] * 7
    folder = tmp_path / "pictures" / str(session.id)
    assert sorted(one.name for one in folder.iterdir()) == ["0.jpg", "1-overlay.jpg", "1.jpg", "2-overlay.jpg", "2.jpg"]


def test_that_there_may_be_no_picture_to_give(path: Where, tmp_path: Path) -> None:
    with Writer(path) as writer:
        session = live(writer)
        session.add(inspection(0), None, lambda: None)
        assert writer.flush()
    assert session.pictures_lost == 0
    assert not (tmp_path / "pictures").exists()


@pytest.mark.parametrize("bug", [True, False])
def test_that_a_picture_that_cannot_be_made_costs_only_itself(
    path: Where,
    expect_log: ExpectedLogs,
    bug: bool,  # noqa: FBT001
) -> None:
    def fail() -> bytes:
        raise ValueError if bug else OutputError("The disk is full.")

    if bug:
        expect_log("picture of session")
    with Writer(path) as writer:
        session = live(writer)
        session.add(inspection(0), fail, lambda: b"overlay")
        assert writer.flush()
        assert isinstance(problem(writer), InspectorError)
        session.add(inspection(1), lambda: b"picture")
        assert writer.flush()
        assert problem(writer) is None
    assert session.pictures_lost == 1
    with History.open(path) as history:
        assert [(row.picture is None, row.overlay is None) for row in history.each()] == [(True, False), (False, True)]


def test_that_what_is_added_after_the_end_of_the_writer_is_counted_as_lost(path: Where) -> None:
    writer = Writer(path)
    session = batch(writer)
    writer.close()
    session.add(inspection())
    session.end()
    writer.close()
    assert session.lost == writer.lost == 1
    assert not writer.start("live", "camera", "bolts", "", 1.0).id


def test_that_pictures_are_wanted_as_the_setting_says() -> None:
    fine, outvoted, voted = inspection(), inspection(0, 2.0, voted=Verdict.OK), inspection(0, 0.5, voted=Verdict.NG)
    torn = inspection(0, None)
    assert [wanted("ng", one) for one in (fine, outvoted, voted, torn)] == [False, True, True, False]
    assert {wanted("all", one) for one in (fine, outvoted, voted, torn)} == {True}
    assert {wanted("none", one) for one in (fine, outvoted, voted, torn)} == {False}
