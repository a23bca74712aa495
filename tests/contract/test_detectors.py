"""What every detector promises, asked of every method there is."""

from __future__ import annotations

import copy
import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from inspector.core.errors import BundleError, Cancelled, DataError, NotFitted, OptionError
from inspector.core.events import Epoch, Progress, Samples, Stage, Warned
from inspector.core.image import check_image
from inspector.detectors import METHODS, Detector, load, method
from inspector.detectors.threshold import parse_rule
from inspector.imaging.region import Region
from tests.contract.detectors import (
    ENOUGH,
    IGNORED,
    KNOWN_EXCEPTIONS,
    REGION,
    TINY,
    Heard,
    Torn,
    make,
    noisy,
    regional,
    trained,
)
from tests.detectors.pictures import SPOT, bad, good, goods

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from inspector.core.image import Image

pytestmark = [pytest.mark.training, pytest.mark.timeout(300)]

SIZES = [(17, 23), (64, 40), (1, 1), (32, 32), (3, 200)]
MIXED = [bad(500), *(noisy(size) for size in SIZES), *goods(40, first=700)]


@pytest.fixture(params=sorted(METHODS))
def name(request: pytest.FixtureRequest) -> str:
    """Each method; a known exception must fail, and say why."""
    found = str(request.param)
    reason = KNOWN_EXCEPTIONS.get((found, request.node.originalname))
    if reason is not None:
        request.applymarker(pytest.mark.xfail(reason=reason, strict=True))
    return found


def _scores(detector: Detector, images: Sequence[Image]) -> list[float]:
    return [one.score for one in detector.measure(images)]


def test_that_no_method_escapes_these_tests() -> None:
    assert set(TINY) == set(METHODS)
    assert {method for method, _ in KNOWN_EXCEPTIONS} <= set(METHODS)
    assert {test for _, test in KNOWN_EXCEPTIONS} <= set(globals())


def test_that_a_method_says_what_it_is(name: str) -> None:
    kind = METHODS[name]
    assert name == kind.METHOD
    assert all((kind.TITLE, kind.SUMMARY, kind.UNIT))
    assert method(name) is kind
    for field in kind.Options.model_fields.values():
        assert field.description


def test_that_an_unknown_method_is_refused_with_those_there_are() -> None:
    with pytest.raises(OptionError, match="Received: oracle") as caught:
        method("oracle")
    assert all(name in str(caught.value) for name in METHODS)


def test_that_options_survive_being_written(name: str) -> None:
    detector = make(name, seed=7, region=REGION, threshold="far:0.00001", colour="rgb", fit="stretch")
    config = json.loads(json.dumps(detector.config()))
    again = METHODS[name](**config)
    assert again.config() == detector.config() == config
    assert again.options == detector.options
    assert not again.is_fitted


def test_that_making_one_builds_nothing_and_tells_its_options(name: str) -> None:
    detector = METHODS[name](seed=7)
    assert not detector.is_fitted
    assert "seed=7" in repr(detector)
    assert "fitted=False" in repr(detector)


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("unheard_of", 1),
        ("size", 3),
        ("size", "16x"),
        ("size", [16, 16, 16]),
        ("size", "big"),
        ("size", True),
        ("size", -16),
        ("seed", -1),
        ("seed", "x"),
        ("colour", "blue"),
        ("fit", "squeeze"),
        ("threshold", "3"),
        ("threshold", None),
        ("region", "everywhere"),
        ("region", {"include": [[[0, 0]]]}),
        ("held_out", 0.9),
        ("held_out", float("nan")),
    ],
)
def test_that_an_option_that_is_none_is_refused_and_named(name: str, option: str, value: object) -> None:
    with pytest.raises(OptionError, match="Received: ") as caught:
        METHODS[name](**{option: value})
    assert option in str(caught.value)


def test_that_a_size_can_be_written_in_many_ways(name: str) -> None:
    sizes = [METHODS[name](size=size).options.size for size in (16, "16", "16x16", [16, 16], (16, 16))]
    assert set(sizes) == {(16, 16)}
    assert METHODS[name](size="16x32").options.size == (16, 32)


def test_that_judging_before_training_is_refused(name: str, tmp_path: Path) -> None:
    detector = make(name)
    for attempt in (lambda: detector.measure([good()]), lambda: detector.measure([]), lambda: detector.threshold):
        with pytest.raises(NotFitted, match="Train it with fit"):
            attempt()
    with pytest.raises(NotFitted):
        detector.save(tmp_path / "bundle")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("count", [0, 1])
def test_that_too_few_normal_images_are_refused(name: str, count: int) -> None:
    detector = make(name)
    with pytest.raises(DataError, match=f"normal images.*Received: {count}"):
        detector.fit(goods(count))
    assert not detector.is_fitted


def test_that_images_of_which_too_few_can_be_read_are_refused(name: str) -> None:
    heard = Heard()
    with pytest.raises(DataError, match="Received: 1"):
        make(name).fit(Torn(goods(3), {0, 2}), listener=heard)
    assert len(heard.of(Warned)) == 2


@pytest.mark.parametrize(
    ("rule", "match"), [("far:0.01", "at least 99 normal images.* there are 31"), ("best-f1", "abnormal images")]
)
def test_that_a_rule_that_cannot_be_met_is_refused_before_the_training(name: str, rule: str, match: str) -> None:
    heard = Heard()
    with pytest.raises(DataError, match=match):
        make(name, threshold=rule).fit(goods(31), listener=heard)
    assert heard.events == []


def test_that_what_is_no_image_is_refused_in_training_and_after(name: str) -> None:
    detector = make(name)
    with pytest.raises(ValueError, match="Expected an RGB image"):
        detector.fit([*goods(2), np.zeros((4, 4), np.uint8)])
    assert not detector.is_fitted
    for thing in (np.zeros((4, 4), np.uint8), np.zeros((4, 4, 3)), "picture.png", None):
        with pytest.raises(ValueError, match="Expected an RGB image"):
            trained(name).measure([good(), thing])  # type: ignore[list-item]


def test_that_three_images_of_any_size_are_enough_and_torn_ones_are_left_out(name: str) -> None:
    heard = Heard()
    pictures = [good(1, (17, 23)), good(2, (64, 40)), good(3), good(4, (1, 1))]
    abnormal = [(bad(1), "spot"), (bad(2, (23, 17)), "dot")]
    # It trains once for each of them, and once more.
    few = dict.fromkeys({"epochs"} & set(METHODS[name].Options.model_fields), 2)
    detector = make(name, threshold="best-f1", **few).fit(Torn(pictures, {1}), abnormal=abnormal, listener=heard)
    assert [event.message for event in heard.of(Warned)] == ["picture 1 is torn"]
    fitted = detector.fitted
    assert fitted.record.folds > 1
    assert fitted.record.counts["unreadable"] == 1
    assert fitted.record.counts["calibration"] == len(fitted.calibration.normal) == 3
    assert fitted.calibration.kinds == ("spot", "dot")
    assert len(fitted.calibration.abnormal) == 2
    assert detector.threshold.value > 0
    assert "2 abnormal" in detector.threshold.explanation


def test_that_training_tells_what_it_does_and_keeps_its_curves(name: str) -> None:
    heard = Heard()
    detector = make(name).fit(goods(ENOUGH), listener=heard)
    # Same seed, same images: the detector all other tests share.
    assert _scores(detector, MIXED) == pytest.approx(_scores(trained(name), MIXED), rel=1e-6)
    assert detector.threshold.value == pytest.approx(trained(name).threshold.value, rel=1e-6)
    stages = [event.name for event in heard.of(Stage)]
    assert stages[0].startswith("Reading")
    assert "Training" in stages
    for event in heard.of(Progress):
        assert event.total is None or 0 <= event.done <= event.total
    epochs = heard.of(Epoch)
    assert [event.number for event in epochs] == list(range(1, len(epochs) + 1))
    for event in heard.of(Samples):
        assert len(event.inputs) == len(event.outputs) > 0
        assert all(check_image(one).shape[:2] == (16, 16) for one in (*event.inputs, *event.outputs))
    curves = detector.fitted.record.curves
    assert {len(curve) for curve in curves.values()} == ({len(epochs)} if epochs else set())
    counts = detector.fitted.record.counts
    assert counts["train"] + counts["validation"] + counts["calibration"] == ENOUGH


@pytest.mark.parametrize("after", [0, 1, 5])
def test_that_cancelling_leaves_a_detector_as_it_was(name: str, after: int) -> None:
    fresh, old = make(name), copy.copy(trained(name))
    before, threshold = _scores(old, MIXED), old.threshold
    for detector in (old,) if after == 5 else (fresh, old):
        heard = Heard(cancel_after=after)
        with pytest.raises(Cancelled):
            detector.fit(goods(ENOUGH, first=3000), listener=heard)
        assert len(heard.events) == after
    assert not fresh.is_fitted
    assert old.threshold is threshold
    assert _scores(old, MIXED) == before


def test_that_every_score_is_a_number_and_every_map_lies_at_the_networks_resolution(name: str) -> None:
    detector = trained(name)
    for one in detector.measure(MIXED):
        assert np.isfinite(one.score)
        assert one.score >= 0
        assert (one.map is not None) == detector.HAS_MAP
        if one.map is not None:
            assert one.map.dtype == np.float32
            assert one.map.ndim == 2
            assert np.isfinite(one.map).all()
            assert one.map.min() >= 0
        assert dict(one.details) == {}
    assert detector.measure([]) == []


def test_that_neighbours_and_order_change_nothing(name: str) -> None:
    detector = trained(name)
    together = detector.measure(MIXED)
    alone = [detector.measure([image])[0] for image in MIXED]
    backwards = detector.measure(MIXED[::-1])[::-1]
    for others in (alone, backwards):
        for one, other in zip(together, others, strict=True):
            assert other.score == pytest.approx(one.score, rel=1e-5)
            if one.map is not None:
                assert other.map == pytest.approx(one.map, rel=1e-4, abs=1e-6)


def test_that_placing_and_measuring_apart_is_measuring(name: str) -> None:
    detector = trained(name)
    apart = detector.measure_placed(detector.place(MIXED))
    assert [one.score for one in apart] == _scores(detector, MIXED)


@pytest.mark.parametrize("size", [(1, 1), (1, 500), (500, 1)])
def test_that_a_picture_a_pixel_wide_or_high_is_judged(name: str, size: tuple[int, int]) -> None:
    for detector in (trained(name), regional(name)):
        [one] = detector.measure([noisy(size)], detector.DETAILS)
        assert np.isfinite(one.score)
        assert one.score >= 0
        assert one.map is None or np.isfinite(one.map).all()


def test_that_a_network_of_another_training_is_not_taken_for_its_own(name: str, tmp_path: Path) -> None:
    trained(name).save(tmp_path / "one")
    regional(name).save(tmp_path / "other")
    # Detectors on one backbone share its graph; what they learned stands in the arrays beside it.
    [part, *_] = [
        one
        for suffix in ("*.onnx", "*.npz")
        for one in sorted((tmp_path / "one").glob(suffix))
        if one.read_bytes() != (tmp_path / "other" / one.name).read_bytes()
    ]
    part.write_bytes((tmp_path / "other" / part.name).read_bytes())
    with pytest.raises(BundleError, match=f"{part.name} is not the file it was written with"):
        load(tmp_path / "one")


def test_that_images_are_not_modified(name: str) -> None:
    # Reading a read-only array for writing would have raised; these can be written to.
    images = [good(1).copy(), bad(2).copy()]
    before = [image.copy() for image in images]
    trained(name).measure(images, trained(name).DETAILS)
    assert all((one == other).all() for one, other in zip(images, before, strict=True))


def test_that_a_view_of_a_larger_picture_is_judged_as_its_copy(name: str) -> None:
    view = np.repeat(good(5, (64, 64)), 2, axis=1)[::2, ::-2]
    assert _scores(trained(name), [view]) == _scores(trained(name), [np.ascontiguousarray(view)])


@pytest.mark.parametrize("size", [(32, 32), (48, 48), (40, 56)])
def test_that_a_planted_defect_beats_every_normal_image(name: str, size: tuple[int, int]) -> None:
    detector = trained(name)
    normal = _scores(detector, goods(30, first=1000))
    for one in detector.measure([bad(number, size) for number in range(2000, 2005)]):
        assert one.score > max(normal)
        assert one.score > detector.threshold.value
        if one.map is not None:
            where = detector.fitted.placement.onto_picture(one.map, *size)
            y, x = np.unravel_index(int(where.argmax()), size)
            assert (y / size[0], x / size[1]) == pytest.approx(SPOT, abs=0.2)
            assert detector.threshold.map_value is not None
            assert where.max() > detector.threshold.map_value


def test_that_both_thresholds_are_above_zero_and_most_normal_images_below(name: str) -> None:
    detector = trained(name)
    assert detector.threshold.value > 0
    assert (detector.threshold.map_value is not None) == detector.HAS_MAP
    assert detector.threshold.map_value is None or detector.threshold.map_value > 0
    scores = np.array(_scores(detector, goods(50, first=1000)))
    assert (scores > detector.threshold.value).mean() < 0.2


def test_that_a_rule_gives_its_threshold_without_training_again(name: str) -> None:
    detector = copy.copy(trained(name))
    fitted = detector.fitted
    median = detector.set_threshold(parse_rule("percentile:50"))
    assert median.value == pytest.approx(float(np.median(fitted.calibration.normal)))
    assert detector.threshold is median
    with pytest.raises(DataError):
        detector.set_threshold(parse_rule("best-f1"))
    assert detector.threshold is median
    assert trained(name).threshold is fitted.threshold


def test_that_details_come_from_the_same_pass_in_the_networks_size(name: str) -> None:
    detector = trained(name)
    plain, detailed = detector.measure(MIXED), detector.measure(MIXED, detector.DETAILS)
    shape = (*detector.options.size, detector.fitted.placement.channels)
    for one, other in zip(plain, detailed, strict=True):
        assert set(other.details) == set(detector.DETAILS)
        assert other.score == one.score
        for key in {"reconstruction", "difference"} & set(detector.DETAILS):
            assert other.details[key].shape == shape
            assert np.isfinite(np.asarray(other.details[key], float)).all()


def test_that_a_detail_there_is_not_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match=r"Expected details among .*Received: \['aura'\]"):
        trained(name).measure([good()], ["aura"])


def test_that_a_saved_detector_judges_the_same(name: str, tmp_path: Path) -> None:
    for detector in (trained(name), regional(name)):
        path = tmp_path / f"größe {detector.fitted.placement.channels}"
        detector.save(path)
        again = load(path)
        assert type(again) is METHODS[name]
        assert again.config() == detector.config()
        assert again.threshold == detector.threshold
        assert again.fitted.record == detector.fitted.record
        for one, other in zip(
            detector.measure(MIXED, detector.DETAILS), again.measure(MIXED, again.DETAILS), strict=True
        ):
            assert other.score == pytest.approx(one.score, rel=1e-5)
            if one.map is not None:
                assert other.map == pytest.approx(one.map, rel=1e-5, abs=1e-7)
            for key, value in one.details.items():
                assert other.details[key] == pytest.approx(value, rel=1e-5, abs=1e-6)
        others = [kind for kind in METHODS.values() if kind is not METHODS[name]]
        for kind in others:
            with pytest.raises(BundleError, match=f"is a {name} detector"):
                kind.load(path)


def test_that_grey_pictures_are_learned_in_grey_and_colour_in_colour(name: str) -> None:
    assert trained(name).fitted.placement.channels == 1
    assert regional(name).fitted.placement.channels == 3


def _painted(image: Image, box: tuple[float, float, float, float], colour: Any) -> Image:
    height, width = image.shape[:2]
    left, top, right, bottom = box
    painted = image.copy()
    painted[round(top * height) : round(bottom * height), round(left * width) : round(right * width)] = colour
    return painted


def test_that_an_ignored_area_does_not_change_the_score(name: str) -> None:
    detector = regional(name)
    # Well inside: where the scaled picture mixes pixels at the area's edge, both sides have a say.
    left, top, right, bottom = IGNORED
    inside = (left + 0.1, top + 0.1, right - 0.1, bottom - 0.1)
    image = good(4000, colour=True)
    changed = _painted(image, inside, (0, 255, 0))
    elsewhere = _painted(image, (0.2, 0.6, 0.4, 0.8), (0, 255, 0))
    plain, hidden, seen = detector.measure([image, changed, elsewhere])
    assert hidden.score == pytest.approx(plain.score, rel=1e-5)
    assert seen.score > plain.score
    assert seen.score > detector.threshold.value
    if hidden.map is not None:
        where = detector.fitted.placement.onto_picture(hidden.map, 32, 32)
        assert not where[~Region((), REGION.ignore).mask(32, 32)].any()
