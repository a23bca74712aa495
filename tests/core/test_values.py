"""Images, inspections, events, errors: the plain values."""

from __future__ import annotations

import copy
import csv
import io
import json
import math
from multiprocessing.reduction import ForkingPickler
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspector.core import errors, events
from inspector.core.errors import Cancelled, FrameError, InspectorError, OptionError
from inspector.core.image import NORMAL, Label, check_image
from inspector.core.inspection import Inspection, Measured, Verdict, judge


def _inspection(score: float | None = 3.0, **changes: Any) -> Inspection:
    values: dict[str, Any] = {
        "name": "a/ü 1.png",
        "detector": "d",
        "score": score,
        "threshold": 2.0,
        "verdict": Verdict.UNREADABLE if score is None else judge(score, 2.0),
        "time": 0.0,
    }
    return Inspection(**(values | changes))


@given(score=st.floats(0, allow_nan=False, allow_infinity=False), threshold=st.floats(0, exclude_min=True))
def test_that_only_a_score_above_the_threshold_is_ng(score: float, threshold: float) -> None:
    assert judge(score, threshold) is (Verdict.NG if score > threshold else Verdict.OK)


@pytest.mark.parametrize("score", [math.nan, -1.0, math.inf, -math.inf, float(np.float32("nan")), -1e-30])
def test_that_a_score_that_is_no_score_is_never_judged(score: float) -> None:
    with pytest.raises(ValueError, match=r"Expected a finite score >= 0. Received"):
        judge(score, 1.0)


def test_that_the_level_is_one_at_the_threshold() -> None:
    assert _inspection(2.0).level == 1.0
    assert _inspection(3.0).level == 1.5
    assert _inspection(None).level is None


def test_that_a_row_can_be_written_as_json_and_csv() -> None:
    row = _inspection(label=Label(abnormal=True, kind="scratch")).as_row()
    assert list(row) == ["path", "score", "threshold", "level", "verdict", "label", "error"]
    assert json.loads(json.dumps(row)) == row
    assert (row["verdict"], row["label"], row["error"]) == ("NG", "scratch", "")
    text = io.StringIO()
    csv.DictWriter(text, row).writerow(row)
    assert text.getvalue().strip() == "a/ü 1.png,3.0,2.0,1.5,NG,scratch,"


def test_that_an_unreadable_row_has_no_score_and_says_why() -> None:
    row = _inspection(None, error="a/ü 1.png is torn").as_row()
    assert (row["score"], row["level"], row["verdict"]) == (None, None, "Unreadable")
    assert row["error"] == "a/ü 1.png is torn"


@pytest.mark.parametrize(
    "thing",
    [
        None,
        "picture.png",
        [[1]],
        np.zeros((4, 4), np.uint8),
        np.zeros((4, 4, 1), np.uint8),
        np.zeros((4, 4, 4), np.uint8),
        np.zeros((4, 4, 3), np.float32),
        np.zeros((4, 4, 3), np.int8),
        np.zeros((0, 4, 3), np.uint8),
        np.zeros((4, 0, 3), np.uint8),
        np.zeros((1, 4, 4, 3), np.uint8),
    ],
)
def test_that_what_is_no_image_is_refused_with_what_it_is(thing: object) -> None:
    with pytest.raises(ValueError, match=r"^Expected an RGB image: .* Received: \S+"):
        check_image(thing)


def test_that_a_slanted_view_becomes_contiguous_and_stays_the_same_picture() -> None:
    image = np.arange(4 * 6 * 3, dtype=np.uint8).reshape(4, 6, 3)[:, ::-1]
    checked = check_image(image)
    assert checked.flags.c_contiguous
    assert (checked == image).all()
    assert check_image(checked) is checked


EVENTS: list[events.Event] = [
    events.Stage("Reading", 3),
    events.Progress(1, None),
    events.Epoch(1, 2, {"loss": 0.5}),
    events.Samples(1, (np.zeros((2, 2, 3), np.uint8),), (np.ones((2, 2, 3), np.uint8),)),
    events.Judged(_inspection(label=NORMAL)),
    events.Warned("careful"),
]


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: type(event).__name__)
def test_that_an_event_crosses_to_another_process_as_it_is(event: events.Event) -> None:
    from multiprocessing import Pipe

    receive, send = Pipe(duplex=False)
    with receive, send:
        send.send_bytes(ForkingPickler.dumps(event))
        arrived = receive.recv()
    assert repr(arrived) == repr(event)


def test_that_an_event_cannot_be_changed_on_its_way() -> None:
    for event in EVENTS:
        with pytest.raises((AttributeError, TypeError)):
            event.name = "other"  # type: ignore[union-attr,misc]


def test_that_no_except_exception_swallows_cancelling() -> None:
    assert not issubclass(Cancelled, Exception)
    assert not issubclass(Cancelled, InspectorError)


@pytest.mark.parametrize(
    "kind",
    [
        one
        for one in vars(errors).values()
        if isinstance(one, type) and issubclass(one, InspectorError) and one is not InspectorError
    ],
)
def test_that_every_fault_of_the_world_can_be_told_and_copied(kind: type[InspectorError]) -> None:
    assert str(kind("what and the way out")) == "what and the way out"
    assert str(copy.copy(kind("what"))) == "what"


def test_that_a_frame_error_names_its_frame_wherever_it_goes() -> None:
    error = FrameError("frame 3 is torn", name="3.png")
    assert (error.name, str(error)) == ("3.png", "frame 3 is torn")
    assert copy.copy(error).name == "3.png"


def test_that_an_option_error_is_a_value_error_to_python_users() -> None:
    assert issubclass(OptionError, ValueError)


def test_that_a_measurement_has_no_details_unless_asked() -> None:
    assert dict(Measured(1.0, None).details) == {}
