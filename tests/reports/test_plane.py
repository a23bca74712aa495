from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np
import pytest

from inspector.core.image import Label
from inspector.jobs.batch import Batch, batch
from inspector.reports.html import write_html
from inspector.reports.pictures import Pictured
from inspector.reports.plane import Plane, PlaneGroup, plane_chart
from tests.detectors.template_metric import save_metric
from tests.jobs.folders import part_set
from tests.reports.made import DENT, GOOD, judged, tallied
from tests.reports.test_html import Page

if TYPE_CHECKING:
    from pathlib import Path

    from inspector.reports.facts import DetectorFacts

PLANE = Plane(
    groups=[
        PlaneGroup("normal", "normal", [(0.0, 0.0), (0.2, 0.1), (-0.1, 0.1)]),
        PlaneGroup("abnormal", "abnormal: dent", [(2.0, 0.5)]),
        PlaneGroup("other", "reference: cat", [(0.0, 2.0)]),
        PlaneGroup("other", "reference: dog", [(0.5, 2.0), (0.6, 2.0)]),
    ],
    circles=[(1, 0.3), (3, 0.6)],
    held=0.95,
    directions=64,
)


def picture(name: str, score: float, label: Label, point: tuple[float, float] | None) -> Pictured:
    image = np.full((8, 8, 3), 90, np.uint8)
    return Pictured(judged(name, score, label), image, point=point)


def test_that_each_image_of_the_training_and_of_the_report_is_drawn_and_named() -> None:
    points = [(judged("a.png", 9.0, DENT), (1.9, 0.4)), (judged("b.png", 1.0, GOOD), (0.1, 0.0))]
    svg = plane_chart(PLANE, points)
    assert len(re.findall('class="mark normal"', svg)) == 3 + 1  # one of them in the key
    assert len(re.findall('class="mark abnormal"', svg)) == 1 + 1
    assert len(re.findall('class="mark other"', svg)) == 3 + 1
    assert "<title>a.png: NG, dent</title>" in svg
    assert "<title>b.png: OK, good</title>" in svg
    for words in ("judged NG (1)", "judged OK (1)", "normal (3)", "abnormal: dent (1)", "reference, 2 classes (3)"):
        assert words in svg


def test_that_a_step_is_as_long_across_as_up_and_nothing_lies_outside() -> None:
    svg = plane_chart(PLANE, [(judged("far", 9.0, DENT), (40.0, -3.0))])
    (x, y), (right, up) = (
        re.findall(f'class="mark {sort}" [^>]*?c?x="([-0-9.]+)" cy="([-0-9.]+)"', svg)[place]
        for sort, place in (("normal", 0), ("normal", 1))
    )
    # From (0, 0) to (0.2, 0.1).
    assert float(right) - float(x) == pytest.approx(2 * (float(y) - float(up)), abs=0.3)
    assert 'class="ring"' in svg
    places = [float(one) for one in re.findall(r'c[xy]="([-\d.]+)"', svg)]
    assert min(places) > 0
    assert max(places) < 640


def test_that_names_in_the_drawing_are_text() -> None:
    evil = "<script>&\"'"
    plane = Plane([PlaneGroup("normal", evil, [(0.0, 0.0)])], PLANE.circles, 0.95, 3)
    svg = plane_chart(plane, [(judged(evil, 9.0, Label(abnormal=True, kind=evil)), (0.0, 0.0))])
    assert "<script" not in svg


def test_that_the_page_shows_where_the_pictured_images_lie(tmp_path: Path, facts: DetectorFacts) -> None:
    rows = [picture("a.png", 9.0, DENT, (1.9, 0.4)), picture("b.png", 1.0, GOOD, None)]
    tally = tallied([row.inspection for row in rows])
    write_html(
        tmp_path / "r.html",
        facts,
        tally,
        iter(rows),
        plane=PLANE,
        sheet=iter([("OK", picture("c.png", 1.0, GOOD, (0, 0)))]),
    )
    page = Page((tmp_path / "r.html").read_text(encoding="utf-8"))
    assert "judged NG (1)" in page.source
    assert "judged OK (1)" in page.source
    assert "#embedding" in page.links
    assert "64 directions" in page.text
    assert "95 %" in page.text or "95%" in page.text
    write_html(tmp_path / "r.html", facts, tally, iter(rows))
    assert "embedding" not in (tmp_path / "r.html").read_text(encoding="utf-8").lower()


def test_that_a_batch_of_a_metric_detector_draws_its_plane(tmp_path: Path) -> None:
    folder = part_set(tmp_path / "parts") / "test"
    bundle = save_metric(tmp_path / "metric")
    outcome = batch(Batch(folder, bundle, tmp_path / "report"))
    source = (outcome.out / "report.html").read_text(encoding="utf-8")
    assert f"judged NG ({outcome.ng})" in source
    assert f"judged OK ({outcome.ok})" in source
    assert "abnormal: spot (6)" in source
