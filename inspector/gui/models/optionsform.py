"""A method's options as the fields of a form, made from its pydantic model."""

from __future__ import annotations

from dataclasses import dataclass
from types import NoneType, UnionType
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, Union, get_args, get_origin

from pydantic import ValidationError

from inspector.detectors.threshold import Rule
from inspector.imaging.region import Region

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pydantic.fields import FieldInfo

    from inspector.detectors.options import Options

Kind: TypeAlias = Literal["whole", "number", "text", "switch", "choice", "size", "rule", "region"]

COMMON = ("size", "epochs", "score", "threshold", "region")
"""What people look for first, in this order; the rest waits under "More options"."""

WHOLE_FORM = ""
"""The key of what is wrong with several options together."""

_RULE_HELP = "how it follows from the images that are not trained on; it can be moved afterwards"
_LOWEST, _HIGHEST = -(2**31), 2**31 - 1


@dataclass(frozen=True, slots=True)
class Field:
    """One option.

    Attributes:
        name: as the options call it.
        title: for people.
        help: what it does.
        kind: what is needed to enter it.
        value: what stands in the field at first.
        low: the least whole number allowed.
        high: the greatest whole number allowed.
        limits: the range for people, such as `"0 to 1"`; empty where there is none.
        choices: the values of a choice.
        optional: whether it may be left empty.
    """

    name: str
    title: str
    help: str
    kind: Kind
    value: Any
    low: int = _LOWEST
    high: int = _HIGHEST
    limits: str = ""
    choices: tuple[Any, ...] = ()
    optional: bool = False

    @property
    def common(self) -> bool:
        """Whether it is shown at once."""
        return self.name in COMMON

    def text(self, value: Any) -> str:
        """A value as it is entered."""
        if value is None:
            return ""
        if self.kind == "size":
            high, wide = value
            return f"{high}" if high == wide else f"{high}x{wide}"
        if self.kind == "number":
            return f"{value:g}"
        return str(value)


def fields_of(options: type[Options], values: Mapping[str, Any] | None = None) -> list[Field]:
    """The fields of a method's options, the common ones first.

    Args:
        options: the model.
        values: what stands in the fields at first in place of the defaults.

    Raises:
        OptionError: one of the values is not allowed.
    """
    now = options.of(dict(values or {}))
    fields = [_field(name, info, getattr(now, name)) for name, info in options.model_fields.items()]
    return sorted(fields, key=lambda one: COMMON.index(one.name) if one.common else len(COMMON))


def faults_of(options: type[Options], values: Mapping[str, Any]) -> dict[str, str]:
    """What is wrong with values, by the name of the option; nothing when they are all right."""
    try:
        options.model_validate(dict(values))
    except ValidationError as error:
        faults: dict[str, str] = {}
        for fault in error.errors():
            name = str(fault["loc"][0]) if fault["loc"] else WHOLE_FORM
            # Pydantic says "Input should be …, unable to parse …"; a check of ours says what is right: "a size …".
            text = fault["msg"].removeprefix("Value error, ").removeprefix("Input should be ").partition(", unable")[0]
            faults.setdefault(name, f"Must be {text}" if text[:1].islower() else text)
        return faults
    return {}


def changed(options: type[Options], values: Mapping[str, Any]) -> dict[str, Any]:
    """The values that differ from the defaults, checked and plain, to cross to another process.

    Raises:
        OptionError: one of them is not allowed.
    """
    return options.of(dict(values)).model_dump(mode="json", exclude_defaults=True)


def _field(name: str, info: FieldInfo, value: Any) -> Field:
    annotation, optional = _without_none(info.annotation)
    low, high, limits = _range(info)
    choices: tuple[Any, ...] = ()
    kind: Kind = "text"
    if annotation is bool:
        kind = "switch"
    elif annotation is int:
        # What may be left empty is typed: a spin box always holds a number.
        kind = "text" if optional else "whole"
    elif annotation is float:
        kind = "number"
    elif annotation is Rule:
        kind = "rule"
    elif annotation is Region:
        kind = "region"
    elif get_origin(annotation) is Literal:
        kind, choices = "choice", ((None,) if optional else ()) + get_args(annotation)
    elif get_origin(annotation) is tuple and name == "size":
        kind = "size"
    title = name.replace("_", " ").capitalize()
    # A rule is picked by name here, not spelt as on the command line.
    help_text = _RULE_HELP if kind == "rule" else info.description or ""
    return Field(name, title, help_text[:1].upper() + help_text[1:], kind, value, low, high, limits, choices, optional)


def _without_none(annotation: Any) -> tuple[Any, bool]:
    if get_origin(annotation) in {Union, UnionType}:
        rest = [one for one in get_args(annotation) if one is not NoneType]
        if len(rest) == 1:
            return rest[0], len(rest) < len(get_args(annotation))
    return annotation, False


def _range(info: FieldInfo) -> tuple[int, int, str]:
    """The whole numbers allowed, and the range for people. A union keeps its bounds in the same place."""
    low, high = _LOWEST, _HIGHEST
    least = most = ""
    for bound in info.metadata:
        if (value := getattr(bound, "ge", None)) is not None:
            low, least = max(_LOWEST, int(value)), f"{value:,.15g}"
        if (value := getattr(bound, "gt", None)) is not None:
            low, least = max(_LOWEST, int(value) + 1), f"above {value:,.15g}"
        if (value := getattr(bound, "le", None)) is not None:
            high, most = min(_HIGHEST, int(value)), f"{value:,.15g}"
        if (value := getattr(bound, "lt", None)) is not None:
            high, most = min(_HIGHEST, int(value) - 1), "" if value >= _HIGHEST else f"below {value:,.15g}"
    return low, high, " to ".join(part for part in (least, most) if part) if least and most else ""
