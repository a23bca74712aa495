"""What a trained detector consists of."""

from __future__ import annotations

import numpy as np

from inspector.detectors.fitted import Networks


def test_that_what_is_derived_of_the_arrays_is_made_once_for_each_thing() -> None:
    made: list[str] = []

    def total(arrays: dict[str, np.ndarray]) -> float:
        made.append("total")
        return float(arrays["points"].sum())

    networks = Networks({}, {"points": np.arange(4.0)})
    assert networks.derived("total", total) == networks.derived("total", total) == 6
    assert networks.derived("least", lambda arrays: float(arrays["points"].min())) == 0
    assert made == ["total"]
    assert Networks({}, {"points": np.ones(2)}).derived("total", total) == 2
