"""What every method can be told, checked and described for the command line and for forms."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer, ValidationError, WithJsonSchema

from inspector.core.errors import OptionError
from inspector.detectors.threshold import DEFAULT_RULE, Rule, parse_rule
from inspector.imaging.region import Region


def _size(value: object) -> object:
    """`"96"`, `96`, `"64x96"` (height x width) and `[64, 96]` all name a size."""
    if isinstance(value, str):
        parts = [part.strip() for part in value.lower().replace(",", "x").split("x")]
        value = parts * 2 if len(parts) == 1 else parts
    elif isinstance(value, int):
        value = (value, value)
    return value


def _region(value: object) -> object:
    region = value if isinstance(value, Region) else Region.from_json(value)
    if not region.mask(_LOOKED_AT, _LOOKED_AT).any():
        msg = "a region that leaves something of the picture to look at"
        raise ValueError(msg)
    return region


def _none(value: object) -> object:
    """On a command line, `none` is how nothing is written."""
    return None if isinstance(value, str) and value.strip().lower() == "none" else value


def _rule(value: object) -> object:
    return parse_rule(value) if isinstance(value, str) else value


def _share(value: object) -> object:
    """`"0.1%"` is 0.001."""
    if isinstance(value, str) and value.strip().endswith("%"):
        return float(value.strip().removesuffix("%")) / 100
    return value


def _tiles(value: object) -> object:
    """`off` is no tiles, `full` the full resolution. Below a half a picture would only be blown up."""
    if isinstance(value, str):
        value = {"off": 0.0, "full": 1.0}.get(value.strip().lower(), value)
    number = float(value) if isinstance(value, (int, float, str)) else 0.0
    if 0 < number < _FINEST:
        msg = f"0 or a scale of at least {_FINEST}"
        raise ValueError(msg)
    return value


OrNone = BeforeValidator(_none)
"""For an option that may be nothing."""

_LOOKED_AT = 512
_FINEST = 0.5
_Side = Annotated[int, Field(ge=4, le=4096)]
Size = Annotated[tuple[_Side, _Side], BeforeValidator(_size), PlainSerializer(list)]
"""`(height, width)` of a network's input, in pixels."""

RegionOption = Annotated[
    Region, BeforeValidator(_region), PlainSerializer(Region.as_json), WithJsonSchema({"type": "object"})
]
RuleOption = Annotated[Rule, BeforeValidator(_rule), PlainSerializer(str), WithJsonSchema({"type": "string"})]


class Options(BaseModel):
    """What every method can be told. A method adds its own fields, each with range and help text."""

    model_config: ClassVar[ConfigDict] = ConfigDict(
        frozen=True, extra="forbid", arbitrary_types_allowed=True, validate_default=True
    )

    size: Size = Field(default=(96, 96), description="input of the network, in pixels: N or HEIGHTxWIDTH")
    seed: int = Field(default=0, ge=0, lt=2**31, description="same seed and images give the same detector")
    colour: Literal["auto", "grey", "rgb"] = Field(
        default="auto", description="auto looks whether the normal images are all grey"
    )
    fit: Literal["letterbox", "stretch"] = Field(
        default="letterbox", description="letterbox keeps the aspect of a picture, stretch fills the input"
    )
    tiles: Annotated[float, BeforeValidator(_tiles)] = Field(
        default=0.0,
        ge=0,
        le=64,
        description="pixels of a picture to a pixel of the input: larger pictures are judged in tiles at this scale, "
        "1 at their full one; 0 (off) scales every picture down to the input",
    )
    overlap: float = Field(default=0.25, ge=0, le=0.75, description="share of a tile that its neighbours see too")
    align: Literal["off", "shift", "rigid"] = Field(
        default="off",
        description="bring the part to where it lies in one of the normal pictures first: moved, or turned up to 45 "
        "degrees as well",
    )
    region: RegionOption = Field(default=Region(), description="where to look, and what to ignore")
    threshold: RuleOption = Field(default=DEFAULT_RULE, description="mean+3sigma, percentile:99.5, far:0.01 or best-f1")
    held_out: float = Field(
        default=0.2, ge=0.05, le=0.5, description="share of the normal images kept for calibration, never trained on"
    )

    score: Literal["own", "map", "area"] = Field(
        default="own",
        description="own: as the method scores; map: the mean of the map's highest values; area: the share of the "
        "picture that is red",
    )
    top: int = Field(default=1, ge=1, le=10_000, description="how many of the map's highest values make a score of it")
    level: float = Field(
        default=1.0,
        gt=0,
        le=100,
        description="from how many times the map threshold a place is red, for the score 'area' and the minimum area",
    )
    minimum_area: Annotated[float, BeforeValidator(_share)] = Field(
        default=0.0,
        ge=0,
        le=1,
        description="share of the picture, such as 0.001 or 0.1%: smaller red areas count neither in the map nor in a "
        "score of it",
    )

    @classmethod
    def of(cls, values: dict[str, Any]) -> Self:
        """Check `values` and make options of them.

        Raises:
            OptionError: a name is not known or a value is not allowed; the text says what was expected.
        """
        try:
            return cls.model_validate(values)
        except ValidationError as error:
            raise OptionError(cls._explain(error)) from error

    @classmethod
    def _explain(cls, error: ValidationError) -> str:
        texts = []
        for fault in error.errors():
            name = str(fault["loc"][0]) if fault["loc"] else "options"
            if fault["type"] == "extra_forbidden":
                texts.append(f"Expected an option among {', '.join(cls.model_fields)}. Received: {name}")
                continue
            expected = fault["msg"].removeprefix("Value error, ")
            texts.append(f"Expected for {name}: {expected}. Received: {fault['input']!r:.80}")
        return "; ".join(dict.fromkeys(texts))
