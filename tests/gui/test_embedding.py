"""The embedding in the window: beside a feed, and of a detector that was trained."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPointF

from inspector.detectors.projection import circle, projection_of
from inspector.gui.models.embedding import in_sight, marks, nearest_point, widened
from inspector.gui.panels.train.result import ResultPage
from inspector.gui.widgets.embeddingplot import TRAIL
from inspector.gui.widgets.embeddingview import EmbeddingView
from inspector.jobs.judging import point_of
from tests.detectors.pictures import bad, good
from tests.detectors.template import save_template
from tests.detectors.template_metric import save_metric, template_metric
from tests.gui.hosting import host
from tests.gui.test_live import bundle, make_panel, play, until_over, until_shown

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from inspector.detectors.projection import Projection
    from inspector.gui.context import Context
    from inspector.gui.panels.live import LivePanel
    from inspector.gui.theme import Theme
    from tests.detectors.template_metric import TemplateMetric

# What the platform "offscreen" says of every window.
pytestmark = pytest.mark.qt_log_ignore("does not support propagateSizeHints")


@pytest.fixture(scope="module")
def detector() -> TemplateMetric:
    return template_metric()


@pytest.fixture(scope="module")
def plane(detector: TemplateMetric) -> Projection:
    found = projection_of(detector)
    assert found is not None
    return found


@pytest.fixture
def view(qtbot: QtBot, theme: Theme, plane: Projection) -> Iterator[EmbeddingView]:
    made = EmbeddingView(theme)
    window = host(qtbot, made)
    window.resize(480, 420)
    made.show_projection(plane)
    yield made
    assert window is not None


@pytest.fixture
def panel(qtbot: QtBot, context: Context) -> Iterator[LivePanel]:
    assert context.workspace is not None
    save_template(context.workspace.detectors / "template")
    save_metric(context.workspace.detectors / "metric")
    yield from make_panel(qtbot, context)


def test_that_each_group_has_a_mark_of_its_own_and_is_counted(view: EmbeddingView, plane: Projection) -> None:
    assert [(mark.sort, mark.kind) for mark in marks(plane)] == [
        ("normal", ""),
        ("abnormal", "spot"),
        ("reference", "colours"),
    ]
    assert len({mark.symbol for mark in marks(plane)}) == 3
    for words in ("normal&nbsp;(48)", "abnormal:&nbsp;spot&nbsp;(6)", "reference:&nbsp;colours&nbsp;(6)"):
        assert words in view.key.text()
    assert "16" in view.note.text()
    assert "95%" in view.note.text()


def test_that_the_mouse_over_a_point_shows_its_picture_and_what_it_is(view: EmbeddingView, plane: Projection) -> None:
    where = int(np.flatnonzero(plane.group == 1)[0])
    spot = QPointF(*view.plot.pixels[where])
    view.plot.point_at(spot + QPointF(2, 1))
    assert view.plot.tag.isVisible()
    assert "abnormal: spot" in view.plot.tag.words.text()
    assert not view.plot.tag.picture.pixmap().isNull()
    assert view.plot.rect().contains(view.plot.tag.geometry())
    view.plot.point_at(QPointF(1, 1))
    assert not view.plot.tag.isVisible()
    view.plot.point_at(spot)
    view.plot.leaveEvent(QEvent(QEvent.Type.Leave))
    assert not view.plot.tag.isVisible()


def test_that_a_frame_leaves_a_short_trail_and_stays_in_sight(view: EmbeddingView, plane: Projection) -> None:
    for step in range(3 * TRAIL):
        view.plot.show_frame((step / 2, -step / 3), bad=step % 2 == 0)
    assert len(view.plot.trail) == TRAIL
    (left, right), (bottom, top) = view.plot.getViewBox().viewRange()
    [(x, y)] = plane.drawn([view.plot.trail[-1]])
    assert left < x < right
    assert bottom < y < top
    view.plot.clear_frame()
    assert not view.plot.trail


def test_that_a_plane_is_seen_whole_in_both_themes(view: EmbeddingView, plane: Projection, theme: Theme) -> None:
    drawn = plane.drawn(plane.points)
    left, right, bottom, top = in_sight(drawn)
    every = np.concatenate([drawn, circle(1)])
    assert (every > [left, bottom]).all()
    assert (every < [right, top]).all()
    assert widened((left, right, bottom, top), (float(drawn[0, 0]), float(drawn[0, 1]))) is None
    theme.choose("dark")
    assert theme.colours.normal in view.key.text()


def test_that_only_what_is_near_the_mouse_is_meant() -> None:
    pixels = np.array([[10.0, 10.0], [40.0, 40.0]])
    assert nearest_point(pixels, 12, 10) == 0
    assert nearest_point(pixels, 38, 41) == 1
    assert nearest_point(pixels, 25, 25) is None
    assert nearest_point(np.zeros((0, 2)), 0, 0) is None


def test_that_a_frame_of_a_feed_moves_in_the_plane_beside_its_picture(
    qtbot: QtBot, panel: LivePanel, tmp_path: Path
) -> None:
    panel.watch(f"folder:{play_folder(tmp_path)}", bundle(panel.context, "metric"))
    until_over(qtbot, panel)
    shown = panel.display.views[0]
    assert panel.feed is not None
    plane = panel.feed.judges[0].projection
    qtbot.waitUntil(lambda: shown.embedding.isVisible() and bool(shown.embedding.plot.trail), timeout=20_000)
    # The point is that of the frame shown, from the pass that gave its score.
    last = panel.display.painted[0].shown
    assert shown.embedding.plot.trail[-1] == point_of(plane, last.measured)
    assert last.measured is not None
    assert last.inspection.score == last.measured.score
    assert plane is not None
    assert plane.within(shown.embedding.plot.trail[-1]) == (last.inspection.decided == "OK")


def test_that_the_embedding_is_shown_or_not_as_was_chosen(qtbot: QtBot, panel: LivePanel, tmp_path: Path) -> None:
    panel.watch(f"folder:{play_folder(tmp_path)}", bundle(panel.context, "metric"))
    until_over(qtbot, panel)
    view = panel.display.views[0]
    qtbot.waitUntil(view.embedding.isVisible, timeout=20_000)
    assert panel.controls.embedding.isVisible()
    panel.controls.embedding.click()
    assert not view.embedding.isVisible()
    assert panel.context.recall("live/embedding") == "0"
    panel.controls.embedding.click()
    assert view.embedding.isVisible()


def test_that_a_frame_that_could_not_be_read_lies_nowhere(qtbot: QtBot, panel: LivePanel, tmp_path: Path) -> None:
    panel.controls.pace.setCurrentIndex(panel.controls.pace.findData(10.0))
    play(qtbot, panel, tmp_path / "feed", "gx")
    panel.end()
    until_over(qtbot, panel)
    panel.watch(f"folder:{tmp_path / 'feed'}", bundle(panel.context, "metric"))
    until_over(qtbot, panel)
    last = next(one.name for one in sorted((tmp_path / "feed").iterdir(), reverse=True))
    until_shown(qtbot, panel, last)
    assert not panel.display.views[0].embedding.plot.trail


def test_that_a_detector_without_an_embedding_shows_none(qtbot: QtBot, panel: LivePanel, tmp_path: Path) -> None:
    play(qtbot, panel, tmp_path / "feed", "gb")
    until_over(qtbot, panel)
    panel.tick()
    assert not panel.display.views[0].embedding.isVisible()
    assert not panel.controls.embedding.isVisible()


def play_folder(tmp_path: Path) -> Path:
    """Good and bad parts."""
    from tests.sources.drawing import save

    folder = tmp_path / "parts"
    for number, make in enumerate((good, bad, good, bad)):
        save(folder / f"{number}.png", make(3000 + number))
    return folder


def test_that_the_result_of_a_training_shows_its_plane_and_what_was_learned_from(
    qtbot: QtBot, theme: Theme, tmp_path: Path
) -> None:
    page = ResultPage(theme)
    window = host(qtbot, page)
    page.show_detector(save_metric(tmp_path / "taught"), None)
    qtbot.waitUntil(lambda: page.bench.path is not None, timeout=20_000)
    assert page.bench.views.tabBar().isVisible()
    assert page.bench.views.embedding.plot.projection is not None
    assert "learned from: spot" in page.facts.text()
    assert "threshold rests on 12" in page.facts.text()
    assert "spot" in page.bench.figures.note.text()
    assert page.bench.figures.note.isVisible()
    page.show_detector(save_template(tmp_path / "plain", 20), None)
    qtbot.waitUntil(lambda: page.bench.path is not None, timeout=20_000)
    assert not page.bench.views.tabBar().isVisible()
    assert not page.bench.figures.note.isVisible()
    assert "each judged by a network that had not seen it" in page.facts.text()
    page.bench.stop()
    assert page.bench.wait(10)
    assert window is not None
