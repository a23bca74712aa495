"""`doc`: deep one-class classification, an embedding in which normal images lie together and other things apart."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic import Field

from inspector.detectors.distances import Name  # noqa: TC001 - pydantic reads it
from inspector.detectors.metric.detector import Metric
from inspector.detectors.metric.options import MetricOptions

if TYPE_CHECKING:
    from inspector.detectors.metric.lessons import Lessons


class DocOptions(MetricOptions):
    """What `doc` can be told."""

    distance: Name = Field(default="lof", description="how far an embedding lies from normal ones; lof as published")
    compactness: float = Field(
        default=0.1, ge=0, le=1000, description="lambda: weight of the normal images' compactness beside the classes"
    )


class DeepOneClass(Metric):
    """Compactness of normal images and descriptiveness on other things (Perera and Patel 2019)."""

    METHOD = "doc"
    TITLE = "Deep one-class"
    SUMMARY = "Draws good parts together while it tells other pictures apart; says roughly where."
    Options = DocOptions
    options: DocOptions

    BALANCED = True

    def _taught(self, features: Any, lessons: Lessons) -> tuple[Any, Any]:
        from inspector.detectors.metric import network

        others = len(lessons.classes) - 1
        model = network.describer(features, others, self.options.alpha)
        return model, network.compact_and_descriptive(others, self.options.compactness)
