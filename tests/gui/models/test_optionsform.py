from __future__ import annotations

from typing import Any, Literal

import pytest
from pydantic import Field as PydanticField

from inspector.core.errors import OptionError
from inspector.detectors import METHODS
from inspector.detectors.options import Options
from inspector.gui.models.optionsform import COMMON, WHOLE_FORM, changed, faults_of, fields_of

CONV = METHODS["conv-autoencoder"].Options


class Odd(Options):
    """Options of kinds that no method has yet."""

    layers: int | None = PydanticField(default=None, ge=1, description="how many; none looks for itself")
    names: str = PydanticField(default="a", description="of things")
    mode: Literal["x", "y"] | None = PydanticField(default=None, description="which")


@pytest.mark.parametrize("name", METHODS)
def test_that_every_option_of_every_method_has_a_field_with_help(name: str) -> None:
    options = METHODS[name].Options
    fields = fields_of(options)
    assert {one.name for one in fields} == set(options.model_fields)
    assert all(one.help and one.title for one in fields)


@pytest.mark.parametrize("name", METHODS)
def test_that_what_stands_in_the_fields_at_first_is_allowed_and_changes_nothing(name: str) -> None:
    options = METHODS[name].Options
    values = {
        one.name: one.text(one.value) if one.kind in {"size", "number"} else one.value
        for one in fields_of(options)
        if one.value is not None
    }
    assert faults_of(options, values) == {}
    assert changed(options, values) == {}


def test_that_common_options_come_first() -> None:
    names = [one.name for one in fields_of(CONV)]
    common = [name for name in COMMON if name in names]
    assert names[: len(common)] == common


def test_that_kinds_ranges_and_choices_follow_from_the_model() -> None:
    fields = {one.name: one for one in fields_of(CONV)}
    assert (fields["epochs"].kind, fields["epochs"].low, fields["epochs"].high) == ("whole", 1, 100_000)
    assert fields["epochs"].limits == "1 to 100,000"
    assert (fields["learning_rate"].kind, fields["learning_rate"].limits) == ("number", "above 0 to 1")
    assert (fields["colour"].kind, fields["colour"].choices) == ("choice", ("auto", "grey", "rgb"))
    assert (fields["smoothing"].kind, fields["smoothing"].optional) == ("number", True)
    assert [fields[name].kind for name in ("size", "threshold", "region", "flip_vertical")] == [
        "size",
        "rule",
        "region",
        "switch",
    ]
    assert fields["seed"].limits == ""  # "0 to below 2147483648" would tell nobody anything


def test_that_options_of_other_kinds_can_be_entered_too() -> None:
    fields = {one.name: one for one in fields_of(Odd)}
    assert (fields["layers"].kind, fields["layers"].optional) == ("text", True)
    assert fields["names"].kind == "text"
    assert fields["mode"].choices == (None, "x", "y")


@pytest.mark.parametrize(
    ("values", "name", "said"),
    [
        ({"learning_rate": "7"}, "learning_rate", "Must be less than or equal to 1"),
        ({"learning_rate": "fast"}, "learning_rate", "Must be a valid number"),
        ({"learning_rate": ""}, "learning_rate", "Must be a valid number"),
        ({"size": "30"}, WHOLE_FORM, "Must be a size divisible by 4"),
        ({"size": "large"}, "size", "Must be a valid integer"),
        ({"size": "2"}, "size", "Must be greater than or equal to 4"),
    ],
)
def test_that_what_is_not_allowed_is_said_at_its_option(values: dict[str, Any], name: str, said: str) -> None:
    faults = faults_of(CONV, values)
    assert list(faults) == [name]
    assert faults[name].startswith(said)


def test_that_values_changed_are_plain_and_few() -> None:
    assert changed(CONV, {"size": "64x96", "epochs": 50, "smoothing": None}) == {"size": [64, 96]}


def test_that_values_given_stand_in_the_fields() -> None:
    fields = {one.name: one for one in fields_of(CONV, {"size": [64, 64], "epochs": 7})}
    assert fields["size"].text(fields["size"].value) == "64"
    assert fields["epochs"].value == 7
    with pytest.raises(OptionError):
        fields_of(CONV, {"epochs": 0})


def test_that_a_size_that_is_not_square_is_spelt_out() -> None:
    [size] = [one for one in fields_of(CONV, {"size": "64x96"}) if one.name == "size"]
    assert size.text(size.value) == "64x96"
