"""What every method promises of the options that only judging looks at: they move without training, and exactly."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from inspector.core.errors import DataError, OptionError
from inspector.detectors import METHODS, Detector, calibrating, load
from inspector.detectors.distances import DISTANCES
from inspector.detectors.threshold import MAP_QUANTILE, parse_rule
from tests.contract.detectors import ENOUGH, TINY, make, regional, trained
from tests.detectors.pictures import bad, good, goods

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from inspector.core.image import Image

pytestmark = [pytest.mark.training, pytest.mark.timeout(300)]

COMMON: list[dict[str, Any]] = [
    {"score": "map", "top": 3},
    {"score": "area"},
    {"score": "area", "level": 0.7, "minimum_area": 0.01},
    {"minimum_area": 0.02, "level": 0.6},
    {"score": "map", "top": 5, "minimum_area": "5%", "level": 0.5},
    {"top": 4},
]
PLAIN: dict[str, Any] = {"score": "map", "top": 1, "level": 1.0, "minimum_area": 0.0}
OWN: dict[str, list[dict[str, Any]]] = {
    "metric": [{"distance": one} for one in DISTANCES],
    "doc": [{"distance": one} for one in DISTANCES],
    "f-anogan": [{"weight": 0.5}],
    "anogan": [{"weight": 0.5}],
}


@pytest.fixture(params=sorted(METHODS))
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def held_out(detector: Detector, count: int = ENOUGH, *, colour: bool = False) -> list[Image]:
    """The pictures that were not trained on, found again by the same draw."""
    order = np.random.default_rng(detector.options.seed).permutation(count)
    kept = detector.fitted.calibration.kept
    assert kept is not None
    return [good(int(number), colour=colour) for number in np.sort(order[: kept.normals])]


def scores(detector: Detector, images: Sequence[Image]) -> list[float]:
    return [one.score for one in detector.measure(images)]


def test_that_scores_made_anew_are_those_that_judging_gives(name: str) -> None:
    for detector, colour in ((trained(name), False), (regional(name), True)):
        images = held_out(detector, colour=colour)[: 1 if name == "anogan" else None]  # which searches long
        for values in COMMON + OWN.get(name, []):
            other = detector.judged_by(**values)
            measured = scores(other, images)
            anew = other.fitted.calibration.normal[: len(images)]
            assert anew == pytest.approx(measured, rel=1e-5, abs=1e-9), values
            assert other.threshold.map_value == detector.threshold.map_value
            assert other.threshold.rule == detector.threshold.rule
            assert other.config() == detector.config() | {key: other.config()[key] for key in values}
            assert other.unit


def test_that_the_detector_itself_stays_as_it_was_and_the_way_back_is_exact(name: str) -> None:
    detector = trained(name)
    before, fitted = scores(detector, goods(3, first=700)), detector.fitted
    there = detector.judged_by(score="map", top=7, minimum_area=0.01)
    back = there.judged_by(**{key: detector.config()[key] for key in ("score", "top", "minimum_area")})
    assert detector.fitted is fitted
    assert scores(detector, goods(3, first=700)) == before == scores(back, goods(3, first=700))
    assert back.fitted.calibration.normal == pytest.approx(fitted.calibration.normal, rel=1e-12)
    assert back.threshold.value == pytest.approx(detector.threshold.value, rel=1e-12)


def test_that_a_changed_detector_is_saved_and_judges_the_same(name: str, tmp_path: Path) -> None:
    detector = trained(name)
    for number, values in enumerate([*COMMON[1:3], *OWN.get(name, [])[:1]]):
        other = detector.judged_by(parse_rule("percentile:90"), **values)
        other.save(tmp_path / f"{number}")
        again = load(tmp_path / f"{number}")
        assert again.config() == other.config()
        assert again.threshold == other.threshold
        assert again.threshold.rule == "percentile:90"
        images = [bad(500), *goods(3, first=900)]
        assert scores(again, images) == pytest.approx(scores(other, images), rel=1e-5)
        # What lies in the bundle is enough to go on changing.
        assert again.judged_by(**PLAIN).threshold == detector.judged_by(parse_rule("percentile:90"), **PLAIN).threshold


def test_that_training_with_such_options_is_changing_to_them(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if name in {"anogan", "f-anogan"}:
        pytest.skip("the weight has a say in the training of neither; the others share all of this")
    values: dict[str, Any] = {"score": "area", "level": 0.8, "minimum_area": 0.005}
    # No map can be kept: then they are found once more when the map threshold is known.
    monkeypatch.setattr(calibrating, "MAPS_LIMIT", 1)
    straight = make(name, **values).fit(goods(ENOUGH))
    changed = trained(name).judged_by(**values)
    assert straight.fitted.calibration.normal == pytest.approx(changed.fitted.calibration.normal, rel=1e-4, abs=1e-6)
    kept = straight.fitted.calibration.kept
    assert kept is not None
    assert all(one is None for one in kept.maps)
    with pytest.raises(DataError, match="too large to be kept"):
        straight.judged_by(score="map")


def test_that_a_small_red_area_counts_neither_in_the_map_nor_in_the_score(name: str) -> None:
    detector = trained(name).judged_by(score="area", minimum_area=0.9)
    for one in detector.measure([bad(500), *goods(5, first=800)]):
        assert one.map is not None
        limit = detector.threshold.map_value
        assert limit is not None
        red = (one.map > np.float32(limit)).mean()
        assert one.score == pytest.approx(red, rel=1e-6)
        assert red == 0 or red >= 0.9
    plain = trained(name).judged_by(score="area")
    [found] = plain.measure([bad(500)])
    assert found.score > max(scores(plain, goods(5, first=800)))


def test_that_few_normal_images_are_red(name: str) -> None:
    detector = trained(name).judged_by(score="area")
    assert (detector.fitted.calibration.normal > 0).mean() <= 1 - MAP_QUANTILE + 0.1


def test_that_another_option_or_value_is_refused(name: str) -> None:
    with pytest.raises(OptionError, match=r"can change without training: score, .*Received: seed, size"):
        trained(name).judged_by(size=8, seed=3)
    with pytest.raises(OptionError, match="score"):
        trained(name).judged_by(score="beauty")


def test_that_cross_fitted_images_are_scored_anew_each_by_its_own_network() -> None:
    detector = make("metric", threshold="percentile:100").fit(goods(8), abnormal=[(bad(1), "spot"), (bad(2), "")])
    kept = detector.fitted.calibration.kept
    assert kept is not None
    assert (kept.normals, kept.kinds) == (8, ("spot", ""))
    for place, distance in enumerate(DISTANCES):
        other = detector.judged_by(distance=distance)
        assert other.fitted.calibration.normal == pytest.approx(kept.parts["distances"][:8, place])
        assert other.fitted.calibration.abnormal == pytest.approx(scores(other, [bad(1), bad(2)]), rel=1e-5)
        assert other.fitted.calibration.kinds == ("spot", "")
        assert other.threshold.value == pytest.approx(kept.parts["distances"][:8, place].max())


def test_that_no_method_is_left_out() -> None:
    assert set(OWN) <= set(TINY)
    for method, values in OWN.items():
        assert {key for one in values for key in one} == set(METHODS[method].JUDGING) - set(Detector.JUDGING)
    assert all(set(one.JUDGING) <= set(one.Options.model_fields) for one in METHODS.values())
    assert {one for one, kind in METHODS.items() if kind.JUDGING != Detector.JUDGING} == set(OWN)
