"""What metric detectors can be told."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Literal, Self

from pydantic import Field, field_validator, model_validator

from inspector.detectors.distances import Name  # noqa: TC001 - pydantic reads it
from inspector.detectors.metric.made import MADE
from inspector.detectors.metric.mobilenet import NONE, SMALLEST_SIDE
from inspector.detectors.options import Options, Size
from inspector.imaging.augmentation import Augmentation

if TYPE_CHECKING:
    from collections.abc import Mapping

MOBILENET, STEM = "mobilenetv2", "built-in"
AUTO = "auto"
BUILT_IN = "built-in"

_SMALLEST_SIDE = 15  # three strides of two without padding leave a pixel of it


class MetricOptions(Options):
    """What `metric` can be told."""

    size: Size = Field(default=(64, 64), description="input of the network, in pixels: N or HEIGHTxWIDTH")
    network: Literal["auto", "small", "light", "mobilenetv2", "built-in"] = Field(
        default="auto",
        description="light is the published one; small has a tenth of its work; built-in learns behind the shipped "
        "backbone; auto: small where there are reference images, else built-in",
    )
    width: float = Field(default=0.35, ge=0.1, le=2, description="of mobilenetv2: share of its filters")
    weights: str = Field(
        default=NONE, description="that mobilenetv2 starts from: none, imagenet (downloaded once), or a file's path"
    )
    layers: Literal["auto", "last", "stages"] = Field(
        default="auto",
        description="what gives the embedding: the last stage of the network, or all of them; auto: all with built-in",
    )
    alpha: float = Field(default=5.0, gt=0, le=100, description="length of each embedding before the softmax")
    distance: Name = Field(default="mahalanobis", description="how far an embedding lies from normal ones")
    references: Literal["given", "built-in"] = Field(
        default="given",
        description="other things to tell normal images from: those given, or also 760 built-in ones",
    )
    made: str = Field(
        default="auto",
        description=f"classes made from normal images: {', '.join(MADE)}, several joined with +; none; or auto: "
        "by whether there are reference images",
    )
    learn_abnormal: bool = Field(
        default=True, description="abnormal images join as classes, a kind each; not with best-f1, which judges by them"
    )
    kind_weights: str = Field(
        default="",
        description="how much abnormal kinds count in training, as metal=5,scratch=0; others count 1, and one of 0 is "
        "not learned from",
    )
    epochs: int = Field(default=14, ge=1, le=100_000, description="how often to go over the images")
    batch: int = Field(default=64, ge=2, le=65_536, description="images a training step")
    images: int = Field(
        default=500, ge=1, le=1_000_000, description="normal images, and of each kind, an epoch: fewer are augmented"
    )
    learning_rate: float = Field(default=1e-3, gt=0, le=1, description="of Adam; a fifth in the last quarter")
    shift: float = Field(default=0.07, ge=0, le=0.5, description="augmentation: move by up to this share of the size")
    rotation: float = Field(default=5.0, ge=0, le=180, description="augmentation: turn by up to so many degrees")
    brightness: float = Field(default=0.0, ge=0, le=1, description="augmentation: lighten or darken by up to this")
    contrast: float = Field(default=0.1, ge=0, le=1, description="augmentation: up to this share more or less contrast")
    colour_shift: float = Field(
        default=0.0, ge=0, le=1, description="augmentation: move colours along their main directions, 0.1 as published"
    )
    flip_horizontal: bool = Field(default=True, description="augmentation: mirror left and right")

    @field_validator("made", mode="after")
    @classmethod
    def _known(cls, value: str) -> str:
        names = [name.strip().lower() for name in value.split("+")]
        alone = len(names) == 1 and names[0] in {AUTO, "none"}
        if not alone and (any(name not in MADE for name in names) or len(set(names)) < len(names)):
            msg = f"auto, none, or one of {', '.join(MADE)}, or several different ones joined with +"
            raise ValueError(msg)
        return "+".join(names)

    @field_validator("kind_weights", mode="after")
    @classmethod
    def _readable(cls, value: str) -> str:
        _weights(value)
        return value

    @model_validator(mode="after")
    def _large_enough(self) -> Self:
        least = SMALLEST_SIDE if self.network in {MOBILENET, STEM} else _SMALLEST_SIDE
        if min(self.size) < least:
            msg = f"a size of at least {least} pixels a side (the network {self.network} halves it again and again)"
            raise ValueError(msg)
        return self

    @property
    def weak(self) -> bool:
        """Whether abnormal images are learned from."""
        return self.learn_abnormal and self.threshold.name != "best-f1"

    @property
    def weight_of(self) -> Mapping[str, float]:
        """By abnormal kind, how much its images count; one that counts 0 is not learned from."""
        return _weights(self.kind_weights)

    def made_classes(self, *, references: bool) -> tuple[str, ...]:
        """The classes to make from normal images, by whether there are `references`."""
        if self.made == AUTO:
            return WITH_REFERENCES if references else WITHOUT_REFERENCES
        return () if self.made == "none" else tuple(self.made.split("+"))

    def network_for(self, *, references: bool) -> str:
        """The network to train, by whether there are `references`."""
        if self.network == AUTO:
            return "small" if references or min(self.size) < SMALLEST_SIDE else STEM
        return self.network

    def all_stages(self, network: str) -> bool:
        """Whether each stage of `network` takes part in the embedding."""
        return self.layers == "stages" or (self.layers == AUTO and network == STEM)

    def augmentation(self) -> Augmentation:
        """The augmentation these options ask for."""
        return Augmentation(
            shift=self.shift,
            rotation=self.rotation,
            brightness=self.brightness,
            contrast=self.contrast,
            colour_shift=self.colour_shift,
            flip_horizontal=self.flip_horizontal,
        )


def _weights(text: str) -> dict[str, float]:
    """Read `kind=weight` pairs.

    Raises:
        ValueError: it does not consist of such.
    """
    found = {}
    for part in filter(None, (part.strip() for part in text.split(","))):
        kind, _, number = part.rpartition("=")
        try:
            weight = float(number)
        except ValueError:
            weight = math.nan
        if not kind.strip() or not 0 <= weight < math.inf:
            msg = "pairs of a kind and a weight of at least 0, as metal=5,scratch=0"
            raise ValueError(msg)
        found[kind.strip()] = weight
    return found


WITH_REFERENCES = ("bent",)
WITHOUT_REFERENCES = ("pasted", "scratched", "stained", "covered")
