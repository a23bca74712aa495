from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from inspector.core.errors import Cancelled, FrameError, SourceError
from inspector.core.events import Event, FeedChanged, Judged, Stage, Warned
from inspector.core.feedstate import Condition, FeedState
from inspector.core.inspection import Verdict
from inspector.history import History, Writer
from inspector.jobs.batch import REPORT, Batch, batch
from inspector.jobs.live import live
from inspector.jobs.recording import Recorder
from inspector.sources.decode import read_image
from inspector.sources.folder import FolderSource
from tests.contract.detectors import Heard
from tests.detectors.template import Template, save_template, template
from tests.history.records import inspection
from tests.jobs.folders import part_set, spoil

if TYPE_CHECKING:
    from pathlib import Path

    from inspector.history import Recorded, Which


@pytest.fixture(scope="module")
def detector() -> Template:
    return template()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "workspace" / "history.db"


def _rows(path: Path) -> list[Recorded]:
    with History.open(path) as history:
        return list(history.each())


def _watch(path: Path, folder: Path, detector: Template, listener: Any = Heard, **how: Any) -> None:
    with (
        Writer(path, pictures=100) as writer,
        Recorder(listener(), writer, kind="live", source="line 3", detector=detector, **how) as recorder,
    ):
        live(FolderSource(folder), detector, recorder, name="parts", record=recorder.keep)


def test_that_a_watch_is_recorded_with_pictures_of_what_was_ng(detector: Template, tmp_path: Path, path: Path) -> None:
    folder = part_set(tmp_path / "set") / "test"
    torn = spoil(folder)
    heard = Heard()
    _watch(path, folder, detector, lambda: heard)
    rows = _rows(path)
    assert sorted((row.inspection for row in rows), key=lambda one: one.name) == sorted(
        (event.inspection for event in heard.of(Judged)), key=lambda one: one.name
    )
    assert heard.of(Warned) == []
    ng = [row for row in rows if row.inspection.verdict is Verdict.NG]
    assert len(ng) == 4
    assert [row for row in rows if row.picture is not None] == ng
    for row in ng:
        assert row.picture is not None
        assert row.overlay is not None
        picture, overlay = (read_image(one) for one in (row.picture, row.overlay))
        assert picture.shape == overlay.shape == (32, 32, 3)
        assert np.abs(picture.astype(int) - overlay).max() > 20
    with History.open(path) as history:
        [session] = history.sessions()
    assert (session.kind, session.source, session.detector) == ("live", "line 3", "parts")
    assert (session.identity, session.threshold) == (detector.identity, detector.threshold.value)
    assert (session.ok, session.ng, session.unreadable, session.lost) == (6, 4, len(torn), 0)
    assert session.ended is not None
    assert session.note == ""


@pytest.mark.parametrize(("which", "kept"), [("none", 0), ("all", 10)])
def test_that_the_setting_says_which_pictures_are_kept(
    detector: Template, tmp_path: Path, path: Path, which: Which, kept: int
) -> None:
    _watch(path, part_set(tmp_path / "set") / "test", detector, pictures=which)
    rows = _rows(path)
    assert len(rows) == 10
    assert sum(row.picture is not None for row in rows) == sum(row.overlay is not None for row in rows) == kept


def test_that_a_batch_is_recorded_with_its_report(tmp_path: Path, path: Path) -> None:
    folder = part_set(tmp_path / "set") / "test"
    heard = Heard()
    with (
        Writer(path) as writer,
        Recorder(heard, writer, kind="batch", source=str(folder), identity="abc123") as recorder,
    ):
        outcome = batch(Batch(folder, save_template(tmp_path / "parts"), tmp_path / "report"), recorder)
        recorder.report = outcome.out / REPORT
    rows = sorted(_rows(path), key=lambda row: row.index)  # two decoders may take their times in another order
    assert [row.inspection for row in rows] == [event.inspection for event in heard.of(Judged)]
    with History.open(path) as history:
        [session] = history.sessions()
    assert (session.kind, session.source, session.detector) == ("batch", str(folder), "parts")
    assert (session.identity, session.ok, session.ng) == ("abc123", 6, 4)
    assert session.threshold == heard.of(Judged)[0].inspection.threshold
    assert session.report == tmp_path / "report" / REPORT
    assert session.report.is_file()


def test_that_a_job_that_judged_nothing_leaves_no_session(detector: Template, tmp_path: Path, path: Path) -> None:
    with pytest.raises(SourceError):
        _watch(path, tmp_path / "nowhere", detector)
    with History.open(path) as history:
        assert history.sessions() == []


@pytest.mark.parametrize(
    ("fault", "note"),
    [
        (Cancelled(), ""),
        (SourceError("Camera 0 was lost. Plug it in."), "Camera 0 was lost. Plug it in."),
        (KeyError(), ""),
    ],
)
def test_that_a_session_that_ends_early_is_ended_and_says_why(path: Path, fault: BaseException, note: str) -> None:
    def work() -> None:
        with Writer(path) as writer, Recorder(writer=writer, kind="live", source="camera 0") as recorder:
            recorder(Judged(inspection()))
            raise fault

    with pytest.raises(type(fault)):
        work()
    with History.open(path) as history:
        [session] = history.sessions()
    assert session.ended is not None
    assert (session.ok, session.note) == (1, note)


def test_that_an_inspection_is_recorded_before_the_listener_cancels(path: Path) -> None:
    def cancel(_event: Event) -> None:
        raise Cancelled

    def work() -> None:
        with Writer(path) as writer, Recorder(cancel, writer, kind="live", source="camera 0") as recorder:
            recorder(Judged(inspection()))

    with pytest.raises(Cancelled):
        work()
    assert [row.index for row in _rows(path)] == [0]


def test_that_every_event_is_passed_on_with_and_without_a_history(path: Path) -> None:
    events: list[Event] = [Stage("Watching"), Judged(inspection()), Judged(inspection(1))]
    for writer in (None, Writer(path)):
        heard = Heard()
        with Recorder(heard, writer, kind="live", source="camera 0") as recorder:
            for event in events:
                recorder(event)
        assert heard.events == events
        if writer is None:
            assert recorder.session is None
        else:
            writer.close()


@pytest.mark.parametrize("after", [4, 10], ids=["in the middle", "before the report"])
def test_that_a_run_that_goes_on_records_every_file_once_and_its_report(tmp_path: Path, path: Path, after: int) -> None:
    folder = part_set(tmp_path / "set") / "test"
    bundle = save_template(tmp_path / "spots")
    job = Batch(folder, bundle, tmp_path / "out", resume=True)
    heard = 0

    def cut_off(event: Event) -> None:
        nonlocal heard
        heard += isinstance(event, Judged)
        if heard == after:
            raise Cancelled

    with Writer(path) as writer:
        with pytest.raises(Cancelled), Recorder(cut_off, writer, kind="batch", source=str(folder)) as recorder:
            batch(job, recorder)
        with Recorder(writer=writer, kind="batch", source=str(folder)) as recorder:
            recorder.report = batch(job, recorder).out
    assert len({row.inspection.name for row in _rows(path)}) == len(_rows(path)) == 10
    with History.open(path) as history:
        last, first = history.sessions()
    assert (first.report, last.report) == (None, tmp_path / "out")
    assert first.ok + first.ng == after


def test_that_a_history_that_cannot_be_written_is_told_once_and_ends_no_job(path: Path) -> None:
    path.parent.mkdir()
    path.write_bytes(b"a diary" * 1000)
    heard = Heard()
    with Writer(path, room=3) as writer:
        with Recorder(heard, writer, kind="live", source="camera 0") as recorder:
            recorder(Judged(inspection()))
            writer.flush()
            for number in range(1, 10):
                recorder(Judged(inspection(number)))
        first, last = (warned.message for warned in heard.of(Warned))
    assert len(heard.of(Judged)) == 10
    assert str(path) in first
    assert last == "8 inspections could not be recorded in the history."


def test_that_a_frame_that_was_not_kept_lends_its_picture_to_no_other(
    detector: Template, tmp_path: Path, path: Path
) -> None:
    shown: list[Any] = []
    live(FolderSource(part_set(tmp_path / "set") / "test"), detector, record=shown.append)
    bad = next(one for one in shown if one.inspection.verdict is Verdict.NG)
    torn = FrameError("torn", name="torn.png")
    with Writer(path) as writer, Recorder(writer=writer, kind="live", source="", pictures="all") as recorder:
        recorder.keep(bad)
        recorder(Judged(bad.inspection))
        recorder(Judged(inspection(0, None, name=torn.name)))
        recorder(Judged(inspection(1, 2.0)))
    assert [row.picture is not None for row in sorted(_rows(path), key=lambda row: row.index)] == [True, False, False]


@pytest.mark.parametrize("back", [True, False])
def test_that_a_session_says_that_its_camera_was_lost(path: Path, back: bool) -> None:  # noqa: FBT001
    why = "The cable is out."
    with Writer(path) as writer, Recorder(Heard(), writer, kind="live", source="camera 0") as recorder:
        recorder(Judged(inspection()))
        conditions = [(Condition.LIVE, ""), (Condition.LOST, why), (Condition.RETRYING, why), (Condition.OPENING, why)]
        for condition, reason in [*conditions, *([(Condition.LIVE, "")] if back else [])]:
            recorder(FeedChanged("camera 0", FeedState(condition, 0.0, reason)))
    with History.open(path) as history:
        [session] = history.sessions()
    assert session.note.startswith("The camera was lost once, for 0 s in all.")
    assert ("not back" in session.note) is not back
