"""What every method promises of pictures larger than its input: judged in tiles, they are one picture."""

from __future__ import annotations

import copy
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from inspector.detectors import METHODS, Detector
from inspector.jobs.judging import details_for_pictures, inspect, picture
from tests.contract.detectors import noisy, regional, trained
from tests.detectors.pictures import good

if TYPE_CHECKING:
    from inspector.core.image import Image

pytestmark = [pytest.mark.training, pytest.mark.timeout(300)]


@pytest.fixture(params=sorted(METHODS))
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def in_tiles(detector: Detector) -> Detector:
    """The same networks, judging larger pictures in tiles."""
    other = copy.copy(detector)
    fitted = detector.fitted
    other._fitted = replace(fitted, placement=replace(fitted.placement, tiles=1.0))
    return other


def large(detector: Detector, number: int = 0) -> Image:
    """About two by three tiles."""
    high, wide = detector.options.size
    return good(number, (high * 2 - 3, wide * 2 + 5))


def test_that_a_large_picture_is_one_picture(name: str) -> None:
    for kind in (trained, regional):
        detector = in_tiles(kind(name))
        image = large(detector)
        size = image.shape[:2]
        small = noisy((9, 7))
        [measured, whole] = detector.measure([image, small], detector.DETAILS)
        assert (measured.tiled, whole.tiled) == (True, False)
        assert np.isfinite(measured.score)
        assert measured.score >= 0
        assert measured.map is not None
        assert np.isfinite(measured.map).all()
        assert measured.map.min() >= 0
        assert set(measured.details) == set(detector.DETAILS)
        assert all(np.isfinite(np.asarray(one, float)).all() for one in measured.details.values())
        where = detector.fitted.placement.onto_picture(measured.map, *size, tiled=True)
        assert where.shape == size
        if name not in {"anogan", "f-anogan"}:  # the one searches long, and the other is of its family
            assert detector.measure([image])[0].score == pytest.approx(measured.score, rel=1e-5)


def test_that_it_can_be_looked_at(name: str) -> None:
    detector = in_tiles(trained(name))
    image = large(detector, 7)
    [measured] = detector.measure([image], details_for_pictures(detector))
    row = inspect(name="large", detector=name, score=measured.score, threshold=detector.threshold.value, taken=0.0)
    made = picture(detector, image, measured, row, longest=30)
    assert made.overlay is not None
    assert max(made.overlay.shape[:2]) == 30
    assert (made.reconstruction is not None) == ("reconstruction" in detector.DETAILS)
