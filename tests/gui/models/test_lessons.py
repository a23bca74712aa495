from __future__ import annotations

import pytest

from inspector.core.errors import OptionError
from inspector.gui.models.lessons import Lesson, behind_threshold, learns_from_kinds, lessons, weights_text

KINDS = {"metal": 10, "hair": 4}


def test_that_only_methods_that_learn_from_bad_parts_offer_kinds() -> None:
    assert learns_from_kinds("metric")
    assert not learns_from_kinds("conv-autoencoder")


def test_that_each_kind_is_learned_from_unless_its_weight_is_nothing() -> None:
    rows = lessons("metric", {"kind_weights": "metal=5,hair=0"}, KINDS)
    assert rows == [Lesson("hair", 4, 0.0), Lesson("metal", 10, 5.0)]
    assert [row.learned for row in rows] == [False, True]
    assert lessons("metric", {}, KINDS) == [Lesson("hair", 4, 1.0), Lesson("metal", 10, 1.0)]


@pytest.mark.parametrize("values", [{"learn_abnormal": False}, {"threshold": "best-f1"}])
def test_that_where_bad_parts_only_judge_none_is_learned_from(values: dict[str, object]) -> None:
    assert lessons("metric", values, KINDS) is None


def test_that_an_option_that_is_not_allowed_is_told() -> None:
    with pytest.raises(OptionError):
        lessons("metric", {"kind_weights": "metal"}, KINDS)


def test_that_weights_go_into_the_option_and_out_again() -> None:
    rows = [Lesson("hair", 4, 0.0), Lesson("metal", 10, 2.5), Lesson("plain", 3, 1.0)]
    text = weights_text(rows, "hair=7,other=3")
    assert text == "other=3,hair=0,metal=2.5"
    again = lessons("metric", {"kind_weights": text}, {row.kind: row.count for row in rows})
    assert again == rows


def test_that_a_threshold_rests_on_all_of_few_images_and_on_a_share_of_many() -> None:
    assert behind_threshold(21, {}, "metric") == 21
    assert behind_threshold(200, {}, "metric") == 40
    assert behind_threshold(200, {"held_out": 0.3}, "metric") == 60
    assert behind_threshold(200, {"held_out": 3}, "metric") == 40
