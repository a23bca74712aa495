"""The plot of a feed's scores, as it is painted."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtGui import QColor

from inspector.core.inspection import Inspection, Verdict
from inspector.gui.models.live import Trace
from inspector.gui.widgets.traceplot import TracePlot

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

    from inspector.gui.context import Context


def traced(*scores: float | None) -> Trace:
    trace = Trace()
    for score in scores:
        verdict = Verdict.UNREADABLE if score is None else Verdict.NG if score > 1 else Verdict.OK
        trace.add(Inspection("a.png", "d", score, 1.0, verdict, 0.0))
    return trace


def painted(qtbot: QtBot, plot: TracePlot, colour: str) -> set[tuple[int, int]]:
    qtbot.addWidget(plot)
    plot.resize(400, 200)
    plot.show()
    image = plot.grab().toImage()
    wanted = QColor(colour).rgb()
    return {(x, y) for x in range(image.width()) for y in range(image.height()) if image.pixel(x, y) == wanted}


@pytest.mark.parametrize(("scores", "dots"), [((0.2, 0.4, 0.3), 0), ((0.2, 1.4, None, 0.3, 1.2), 2)])
def test_that_only_frames_that_were_ng_are_dots(
    qtbot: QtBot, context: Context, scores: tuple[float | None, ...], dots: int
) -> None:
    plot = TracePlot(context.theme)
    plot.show_trace(traced(*scores))
    pixels = painted(qtbot, plot, context.theme.colours.ng)
    columns = sorted({x for x, _ in pixels})
    groups = sum(1 for place, x in enumerate(columns) if place == 0 or x - columns[place - 1] > 1)
    assert groups == dots


def test_that_a_frame_that_could_not_be_read_is_a_gap_in_the_line(qtbot: QtBot, context: Context) -> None:
    whole, torn = TracePlot(context.theme), TracePlot(context.theme)
    whole.show_trace(traced(*[0.5] * 60))
    torn.show_trace(traced(*[0.5] * 20, *[None] * 20, *[0.5] * 20))
    line = context.theme.colours.normal
    across, broken = ({x for x, _ in painted(qtbot, one, line)} for one in (whole, torn))
    assert len(across) > 200
    assert 0.5 < len(broken) / len(across) < 0.75


def test_that_nothing_is_painted_of_a_feed_before(qtbot: QtBot, context: Context) -> None:
    plot = TracePlot(context.theme)
    plot.show_trace(traced(*[0.5] * 60))
    plot.clear_scores()
    assert not painted(qtbot, plot, context.theme.colours.normal)
