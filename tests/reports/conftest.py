"""A detector's facts to report with; inspections are made by `made.py`."""

from __future__ import annotations

import pytest

from inspector.reports.facts import DetectorFacts


@pytest.fixture
def facts() -> DetectorFacts:
    return DetectorFacts(
        name="bracket",
        method="conv-autoencoder",
        title="Convolutional autoencoder",
        unit="mean squared error",
        score="Mean squared difference between image and reconstruction.",
        size=(64, 96),
        threshold=2.5,
        rule="mean + 3 sigma over 80 normal images that were not trained on",
        n_calibration=80,
        identity="3fa9c1d2",
        path="bracket-bundle",
        created="2026-11-23T18:04:12+00:00",
        map_threshold=0.083,
        seed=7,
        options={"filters": 8, "color": True},
        counts={"trained": 320},
        curves={
            "loss": [3.0, 1.0, 0.5],
            "val_loss": [3.2, float("nan"), 0.6],
            "normal_right": [0.5, 0.9, 1.0],
            "abnormal_right": [0.2, 0.8, 0.9],
        },
        calibration=[1.0, 1.5, 2.0],
        versions={"inspector": "0.1.0"},
    )
