"""The search of a GAN, step by step, and what its scores are made of."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np
import pytest

from inspector.core.errors import Cancelled, OptionError
from inspector.core.events import Event, Judged, Progress
from inspector.detectors.gan.search import MILESTONES, milestones
from inspector.jobs.batch import REPORT, Batch, batch
from inspector.jobs.searched import searched, searches
from tests.detectors.pictures import bad, good
from tests.detectors.template import save_template, template
from tests.detectors.test_gan import searching
from tests.jobs.folders import part_set

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.training, pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("gan") / "searching"
    searching(60).save(path)
    return path


@pytest.mark.parametrize(("steps", "count"), [(1, 1), (2, 2), (24, 24), (1000, MILESTONES)])
def test_that_the_first_and_the_last_step_can_be_looked_at(steps: int, count: int) -> None:
    chosen = milestones(steps)
    assert (chosen[0], chosen[-1], len(chosen)) == (0, steps - 1, count)
    assert chosen == sorted(set(chosen))


def test_that_a_search_ends_where_the_judging_ended(bundle: Path) -> None:
    image = bad(3)
    search = searched(bundle, image)
    assert search.steps == tuple(milestones(60))
    assert len(search.generated) == len(search.residual) == MILESTONES
    assert search.generated[0].shape == search.image.shape == search.residual[0].shape
    assert (np.diff(search.losses) <= 0).all()
    assert search.losses[-1] == pytest.approx(search.score, rel=1e-3)
    detector = searching(60)
    [measured] = detector.measure([image], ("reconstruction", "path"))
    np.testing.assert_array_equal(measured.details["path"][-1], measured.details["reconstruction"])
    assert not np.array_equal(search.generated[0], search.generated[-1])


def test_that_a_detector_that_does_not_search_is_named(tmp_path: Path) -> None:
    assert not searches(None)
    assert not searches(template())
    with pytest.raises(OptionError, match=r"gauge .*no search"):
        searched(save_template(tmp_path / "gauge"), good(1))


def test_that_a_search_can_be_cancelled(tmp_path: Path) -> None:
    searching(800).save(tmp_path / "long")

    def cancel(event: Event) -> None:
        if isinstance(event, Progress):
            raise Cancelled

    with pytest.raises(Cancelled):
        searched(tmp_path / "long", good(1), cancel)


def test_that_a_report_shows_what_the_scores_are_made_of_after_a_resume_too(bundle: Path, tmp_path: Path) -> None:
    folder, out = part_set(tmp_path / "parts"), tmp_path / "report"
    left = [3]

    def cut_off(event: Event) -> None:
        left[0] -= isinstance(event, Judged)
        if not left[0]:
            raise Cancelled

    with pytest.raises(Cancelled):
        batch(Batch(folder, bundle, out, resume=True), cut_off)
    batch(Batch(folder, bundle, out, resume=True))
    page = (out / REPORT).read_text(encoding="utf-8")
    assert "What the score is made of" in page
    assert page.count("Histogram of the residual") == 1
    assert page.count("Histogram of the discrimination") == 1
    for group in ("normal", "abnormal"):
        of_score, *of_terms = re.findall(rf"\b{group} \((\d+)\)", page)
        assert of_terms == [of_score, of_score]


def test_that_a_report_of_a_plain_score_has_no_such_section(tmp_path: Path) -> None:
    save_template(tmp_path / "gauge")
    batch(Batch(part_set(tmp_path / "parts"), tmp_path / "gauge", tmp_path / "report"))
    assert "What the score is made of" not in (tmp_path / "report" / REPORT).read_text(encoding="utf-8")
