from __future__ import annotations

import numpy as np
import pytest

from inspector.core.image import Label
from inspector.core.intervals import rate_interval
from inspector.core.kinds import Learned, Sample, group_figures, kind_figures

GOOD, METAL, HAIR, DUST = Label(False, "good"), *(Label(True, kind) for kind in ("metal", "hair", "dust"))


def sample(label: Label, *scores: float, threshold: float = 1.0) -> Sample:
    values = np.array(scores)
    return Sample(label, values, int(((values > threshold) != label.abnormal).sum()))


SAMPLES = [
    sample(METAL, 3.0, 4.0, 0.5, 2.0),
    sample(GOOD, 0.1, 0.2, 1.5, 0.3),
    sample(HAIR, 0.25, 0.3),
    sample(DUST, 5.0),
]


def test_that_known_and_unseen_kinds_are_never_mixed_into_one_figure() -> None:
    learned = Learned(("metal", "wood"), {"metal": 5.0})
    known, unseen = (group_figures(SAMPLES, learned, known=known) for known in (True, False))
    assert known is not None
    assert unseen is not None
    assert (known.kinds, known.n, known.missed, known.miss_rate) == (("metal",), 4, 1, 0.25)
    assert (unseen.kinds, unseen.n, unseen.missed) == (("dust", "hair"), 3, 2)
    assert (known.low, known.high) == (rate_interval(1, 4).low, rate_interval(1, 4).high)
    assert known.image_auroc == pytest.approx((3 * 4 + 3) / 16)
    assert unseen.image_auroc == pytest.approx((4 + 2 + 2.5) / 12)


def test_that_each_kind_has_its_own_rate_and_how_sure_it_is() -> None:
    figures = kind_figures(SAMPLES, Learned(("metal",), {"metal": 5.0}))
    assert [one.kind for one in figures] == ["good", "dust", "hair", "metal"]
    good, dust, hair, metal = figures
    assert (good.known, good.wrong, good.right, good.image_auroc, good.weight) == (None, 1, 0.75, None, 1.0)
    assert (metal.known, metal.wrong, metal.weight) == (True, 1, 5.0)
    assert (hair.known, hair.wrong, hair.right) == (False, 2, 0.0)
    assert dust.low == 0.0 < dust.high
    assert hair.low > 0
    assert hair.high == 1.0


def test_that_where_nothing_abnormal_was_learned_no_kind_is_told_apart() -> None:
    for known in (True, False):
        assert group_figures(SAMPLES, Learned(), known=known) is None
    assert all(one.known is None for one in kind_figures(SAMPLES, Learned()))


def test_that_labels_of_which_nothing_was_read_are_left_out() -> None:
    empty = Sample(METAL, np.zeros(0), 0)
    assert kind_figures([empty], Learned(("metal",))) == ()
    assert group_figures([empty], Learned(("metal",)), known=True) is None
    alone = group_figures([sample(METAL, 3.0)], Learned(("metal",)), known=True)
    assert alone is not None
    assert alone.image_auroc is None
