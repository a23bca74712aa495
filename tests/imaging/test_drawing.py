from __future__ import annotations

from itertools import islice

import numpy as np
import pytest

from inspector.core.cv import cv2
from inspector.core.image import check_image
from inspector.core.ranking import auroc
from inspector.imaging.drawing import DEFECTS, draw_part, sample_set
from inspector.imaging.drawing.part import HOLES, shape

EVERY_KIND = pytest.mark.parametrize("kind", DEFECTS)


@pytest.mark.parametrize("size", [32, 101, 256])
@pytest.mark.parametrize("kind", [None, *DEFECTS])
def test_that_a_part_is_an_image_of_the_size_asked_for(size: int, kind: str | None) -> None:
    image, mask = draw_part(1, size=size, defect=kind)
    assert check_image(image) is image
    assert image.shape == (size, size, 3)
    assert mask.shape == (size, size)
    assert mask.dtype == np.bool_
    assert mask.any() == (kind is not None)


@EVERY_KIND
def test_that_the_same_seed_draws_the_same_part(kind: str) -> None:
    first, again, other = (draw_part(seed, size=64, defect=kind) for seed in (3, 3, 4))
    assert np.array_equal(first[0], again[0])
    assert np.array_equal(first[1], again[1])
    assert not np.array_equal(first[0], other[0])


def test_that_a_seed_may_be_several_numbers() -> None:
    first, again, other = (draw_part(seed, size=32)[0] for seed in ((1, 2), (1, 2), (2, 1)))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


@EVERY_KIND
@pytest.mark.parametrize("seed", range(5))
def test_that_a_defect_changes_the_part_where_its_mask_is_and_hardly_elsewhere(kind: str, seed: int) -> None:
    good, _ = draw_part(seed, size=128)
    bad, mask = draw_part(seed, size=128, defect=kind)
    change = np.abs(good.astype(int) - bad).max(axis=2)
    assert change[mask].max() > 25
    assert change[mask].mean() > 8
    # Beyond the mask there are only its soft edge and the blur of the lens.
    around = cv2.dilate(mask.astype(np.uint8), np.ones((9, 9), np.uint8)) > 0
    assert change[~around].max(initial=0) <= 6
    assert 0.001 < mask.mean() < 0.05


def test_that_good_parts_vary_little_but_each_differs() -> None:
    parts = np.stack([draw_part(seed, size=64)[0] for seed in range(8)]).astype(float)
    assert len(np.unique(parts.reshape(8, -1), axis=0)) == 8
    assert parts.std(axis=0).mean() < 8
    assert 60 < parts.mean() < 190
    assert parts.std(axis=(1, 2, 3)).min() > 25


def test_that_defects_stand_out_from_the_mean_of_good_parts() -> None:
    mean = np.mean([draw_part((9, seed), size=64)[0].astype(np.float32) for seed in range(12)], axis=0)

    def most(seed: int, kind: str | None) -> float:
        change = np.abs(draw_part(seed, size=64, defect=kind)[0] - mean).mean(axis=2)
        return float(cv2.GaussianBlur(change, (0, 0), 1).max())

    good = [most(seed, None) for seed in range(8)]
    bad = [most(seed, kind) for kind in DEFECTS for seed in range(8, 12)]
    assert (auroc(good, bad) or 0) > 0.9


def test_that_defects_lie_at_many_places() -> None:
    masks = np.stack([draw_part(seed, size=64, defect="dent")[1] for seed in range(8)])
    assert masks.sum(axis=0).max() <= 4


def test_that_only_the_missing_hole_is_missing() -> None:
    x, y = np.transpose(HOLES).astype(np.float32)
    assert (shape(x, y).holes < 0).all()
    assert (shape(x, y, missing=2).holes < 0).tolist() == [True, True, False, True]


def test_that_a_size_or_a_defect_that_cannot_be_drawn_is_refused() -> None:
    with pytest.raises(ValueError, match=r"Expected a size of at least 32 pixels\. Received: 31"):
        draw_part(0, size=31)
    with pytest.raises(ValueError, match=r"Expected a defect out of scratch, dent, .*Received: 'rust'"):
        draw_part(0, defect="rust")
    with pytest.raises(ValueError, match="Expected a defect out of"):
        next(sample_set(1, 0, 0, kinds=["rust"]))


def test_that_a_sample_set_has_mvtecs_layout() -> None:
    samples = list(sample_set(3, 2, 1, seed=4, size=32))
    assert [sample.path for sample in samples] == [
        "train/good/000.png",
        "train/good/001.png",
        "train/good/002.png",
        "test/good/000.png",
        "test/good/001.png",
        *(f"test/{kind}/000.png" for kind in DEFECTS),
    ]
    assert [sample.mask is not None for sample in samples] == [False] * 5 + [True] * len(DEFECTS)
    assert samples[5].mask_path == f"ground_truth/{DEFECTS[0]}/000_mask.png"


def test_that_all_parts_of_a_sample_set_differ_and_its_seed_decides_them() -> None:
    first, again, other = (
        np.stack([sample.image.ravel() for sample in sample_set(3, 3, 3, seed=seed, size=32)]) for seed in (0, 0, 1)
    )
    assert np.array_equal(first, again)
    assert len(np.unique(np.concatenate([first, other]), axis=0)) == 2 * len(first)


def test_that_a_kinds_images_do_not_depend_on_which_other_kinds_are_drawn() -> None:
    alone = next(sample_set(0, 0, 1, size=32, kinds=["stain"]))
    among = [sample for sample in sample_set(0, 0, 1, size=32) if sample.path == alone.path]
    assert np.array_equal(alone.image, among[0].image)


def test_that_a_sample_set_draws_as_it_goes() -> None:
    assert len(list(islice(sample_set(10**9, 0, 0, size=32), 2))) == 2
