"""What was judged, by kind of label, and which kinds a detector learned from: from detectors to `core.kinds`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from inspector.core.kinds import Learned, Sample

if TYPE_CHECKING:
    from collections.abc import Sequence

    from inspector.core.image import Label
    from inspector.core.ranking import Scores
    from inspector.detectors import Detector


def learned_by(detector: Detector) -> Learned:
    """What a detector learned of abnormal kinds."""
    return Learned(tuple(detector.fitted.record.learned), dict(getattr(detector.options, "weight_of", {})))


def samples_of(labels: Sequence[Label | None], scores: Scores, threshold: float) -> tuple[Sample, ...]:
    """Scores `(N,)` by label, with how many of each `score > threshold` judges wrong."""
    answers = []
    for label in dict.fromkeys(label for label in labels if label is not None):
        own = scores[[one == label for one in labels]]
        answers.append(Sample(label, own, int(((own > threshold) != label.abnormal).sum())))
    return tuple(answers)
