from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import beta

from inspector.core.intervals import beta_quantile, rate_interval
from inspector.detectors.threshold import conformal_interval, find_threshold, parse_rule

SHARES = st.floats(0.001, 0.999)


@given(SHARES, st.integers(1, 300), st.integers(1, 300))
def test_that_the_beta_quantile_is_scipys(share: float, a: int, b: int) -> None:
    assert beta_quantile(share, a, b) == pytest.approx(beta.ppf(share, a, b), abs=1e-9)


def test_that_the_beta_quantile_holds_for_as_many_images_as_a_bundle_keeps() -> None:
    assert beta_quantile(0.95, 21, 1980) == pytest.approx(beta.ppf(0.95, 21, 1980), abs=1e-9)
    assert beta_quantile(0.05, 1, 2000) == pytest.approx(beta.ppf(0.05, 1, 2000), abs=1e-9)


@pytest.mark.parametrize(("a", "b"), [(0, 3), (3, 0)])
def test_that_the_beta_quantile_refuses_what_is_no_distribution(a: int, b: int) -> None:
    with pytest.raises(ValueError, match="at least 1"):
        beta_quantile(0.5, a, b)


@given(st.integers(1, 200), st.data())
def test_that_a_rate_lies_in_its_interval(n: int, data: st.DataObject) -> None:
    found = data.draw(st.integers(0, n))
    interval = rate_interval(found, n)
    assert 0 <= interval.low <= found / n <= interval.high <= 1


def test_that_more_images_make_a_rate_surer() -> None:
    few, many = rate_interval(1, 20), rate_interval(50, 1000)
    assert many.high - many.low < few.high - few.low


def test_that_none_found_in_thirty_leaves_up_to_a_tenth_possible() -> None:
    interval = rate_interval(0, 30)
    assert interval.low == 0
    assert interval.high == pytest.approx(1 - 0.05 ** (1 / 30), abs=1e-9)


def test_that_a_conformal_rate_is_as_uncertain_as_drawing_calibration_sets_again_and_again_shows() -> None:
    rng = np.random.default_rng(0)
    rule, n = parse_rule("far:0.1"), 40
    # Of uniform scores the false-alarm rate of a threshold is what lies above it.
    rates = [1 - find_threshold(rule, rng.random(n)) for _ in range(4000)]
    interval = conformal_interval(0.1, n)
    assert interval is not None
    assert interval.low == pytest.approx(np.quantile(rates, 0.05), abs=0.005)
    assert interval.high == pytest.approx(np.quantile(rates, 0.95), abs=0.01)


def test_that_a_refused_conformal_rate_has_no_interval() -> None:
    assert conformal_interval(0.01, 98) is None
    assert conformal_interval(0.01, 99) is not None
