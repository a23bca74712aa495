"""Parts aligned before they are judged, by a detector that takes no time to train."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from inspector.core.errors import BundleError, DataError
from inspector.core.pose import Pose
from inspector.detectors import load
from inspector.imaging.region import Region, rectangle
from inspector.jobs.judging import as_seen, overlay_of, reconstruction_of
from tests.contract.detectors import Torn
from tests.detectors.template import template
from tests.imaging.test_alignment import part

if TYPE_CHECKING:
    from pathlib import Path

SIZE = (120, 160)


def lying(number: int, turn: float = 10.0) -> np.ndarray:
    """A part that lies somehow."""
    rng = np.random.default_rng(number)
    right, down = rng.uniform(-0.05, 0.05, 2).tolist()
    return part(SIZE, Pose(right, down, float(rng.uniform(-turn, turn))), seed=number)


def scratched(number: int) -> tuple[np.ndarray, tuple[int, int]]:
    """The same with a dark hole in its plate, and where that is: `(y, x)`."""
    image = lying(number).copy()
    plate = np.argwhere((image[:, :, 0] > 150) & (image[:, :, 0] < 190))
    y, x = plate[len(plate) // 3]
    image[y - 3 : y + 4, x - 3 : x + 4] = 40
    return image, (int(y), int(x))


def fitted(**options: object) -> Any:
    return type(template(2))(**({"size": 48, "score": "map"} | options)).fit([lying(number) for number in range(60)])


@pytest.fixture(scope="module")
def detector() -> Any:
    return fitted(align="rigid")


def test_that_aligned_parts_are_told_from_damaged_ones_where_others_are_not(detector: Any) -> None:
    goods = [lying(number) for number in range(100, 120)]
    bads = [scratched(number)[0] for number in range(200, 210)]

    def wrong(one: Any) -> int:
        normal = max(measured.score for measured in one.measure(goods))
        return sum(measured.score <= normal for measured in one.measure(bads))

    assert wrong(detector) == 0
    assert wrong(fitted()) >= 5


def test_that_the_map_lies_where_the_damage_is_in_the_picture_itself(detector: Any) -> None:
    for number in range(200, 205):
        image, (y, x) = scratched(number)
        [measured] = detector.measure([image])
        assert measured.pose is not None
        assert measured.pose.found
        assert measured.terms["alignment"] == measured.pose.match > 0.9
        where = detector.fitted.placement.onto_picture(measured.map, *SIZE, pose=measured.pose)
        assert np.unravel_index(int(where.argmax()), SIZE) == pytest.approx((y, x), abs=5)
        for made in (overlay_of(detector, image, measured), as_seen(detector, image, None)):
            assert made is not None
            assert made.shape == image.shape
    assert reconstruction_of(detector, image, detector.measure([image], ("reconstruction",))[0]) is not None


def test_that_a_picture_of_something_else_is_judged_as_it_is_and_says_so(detector: Any) -> None:
    [measured] = detector.measure([np.random.default_rng(0).integers(0, 256, (*SIZE, 3), np.uint8)])
    assert measured.pose == Pose()
    assert measured.terms["alignment"] == 0
    assert measured.score > detector.threshold.value


def test_that_the_template_is_kept_with_the_detector(detector: Any, tmp_path: Path) -> None:
    detector.save(tmp_path / "bundle")
    again = load(tmp_path / "bundle")
    images = [lying(7), scratched(8)[0]]
    ours, theirs = detector.measure(images), again.measure(images)
    assert [one.pose for one in theirs] == [one.pose for one in ours]
    assert [one.score for one in theirs] == pytest.approx([one.score for one in ours], rel=1e-5)
    assert again.judged_by(score="area").measure(images)[1].score > 0
    plain = template()
    plain.save(tmp_path / "plain")
    text = (tmp_path / "plain" / "bundle.json").read_text(encoding="utf-8")
    (tmp_path / "plain" / "bundle.json").write_text(text.replace('"align": "off"', '"align": "rigid"'), "utf-8")
    with pytest.raises(BundleError, match="aligned_to"):
        load(tmp_path / "plain")


def test_that_the_region_is_of_the_aligned_part() -> None:
    # The left half of the part alone: a hole in its right half counts wherever the part lies, or does not.
    half = fitted(align="rigid", region=Region((rectangle(0.1, 0.1, 0.45, 0.9),)))
    image = part(SIZE, Pose(0.05, 0.03, 8), seed=500)
    hidden, seen = image.copy(), image.copy()
    hidden[60:67, 105:112] = 255
    seen[60:67, 45:52] = 255
    [unseen, found] = half.measure([hidden, seen])
    assert unseen.score < half.threshold.value < found.score


def test_that_aligned_pictures_can_be_judged_in_tiles() -> None:
    tiled = fitted(align="shift", tiles=1.0)
    image, (y, x) = scratched(300)
    [measured] = tiled.measure([image])
    assert measured.tiled
    assert measured.pose is not None
    where = tiled.fitted.placement.onto_picture(measured.map, *SIZE, tiled=True, pose=measured.pose)
    assert where.shape == SIZE
    assert where[max(y - 8, 0) : y + 8, max(x - 8, 0) : x + 8].max() > 0


def test_that_torn_pictures_are_no_templates() -> None:
    pictures = [lying(number) for number in range(4)]
    detector = type(template(2))(size=16, align="shift").fit(Torn(pictures, {0}))
    assert detector.fitted.placement.aligner is not None
    with pytest.raises(DataError, match="nothing to align"):
        type(template(2))(size=16, align="shift").fit(Torn(pictures, {0, 1, 2, 3}))
