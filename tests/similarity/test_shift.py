"""The linear shift on both scales."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from transferperf.similarity.shift import linear_shift, log_shift


@given(seed=st.integers(0, 1000), slope=st.floats(-20, 20), intercept=st.floats(-100, 100))
def test_a_line_is_found_again(seed: int, slope: float, intercept: float) -> None:
    """Slope and intercept of a target that is a line of the source come out, and nothing is left."""
    s = np.random.default_rng(seed).lognormal(size=12)
    found = linear_shift(s, slope * s + intercept)
    assert found["slope"] == pytest.approx(slope, abs=1e-6)
    assert found["intercept"] == pytest.approx(intercept, abs=1e-5)


@given(seed=st.integers(0, 1000))
def test_it_is_the_line_of_least_squares_and_leaves_what_the_correlation_does_not_explain(seed: int) -> None:
    """Slope and intercept are numpy's, and the error squared is 1 - r squared."""
    s, t = np.random.default_rng(seed).normal(size=(2, 15))
    found = linear_shift(s, t)
    assert [found["slope"], found["intercept"]] == pytest.approx(np.polyfit(s, t, 1).tolist())
    assert found["shift_error"] ** 2 == pytest.approx(1 - np.corrcoef(s, t)[0, 1] ** 2)


@given(seed=st.integers(0, 1000), power=st.floats(0.2, 3), factor=st.floats(0.01, 100))
def test_a_power_is_a_line_of_logarithms(seed: int, power: float, factor: float) -> None:
    """The target factor * s ** power has slope `power` on logarithms; rows that are not positive are left out."""
    s = np.random.default_rng(seed).lognormal(size=12)
    t = factor * s**power
    found = log_shift(np.append(s, [0.0, 1.0]), np.append(t, [1.0, -2.0]))
    assert found["log_slope"] == pytest.approx(power)
    assert found["log_intercept"] == pytest.approx(np.log(factor), abs=1e-9)
    assert found["log_shift_error"] == pytest.approx(0.0, abs=1e-6)


def test_a_constant_source_has_no_line() -> None:
    """All is NaN, without a warning; a constant target has a level line of which no share is left to tell."""
    assert np.isnan(list(linear_shift(np.ones(4), np.arange(4.0)).values())).all()
    level = linear_shift(np.arange(4.0), np.ones(4))
    assert (level["slope"], level["intercept"]) == (0.0, 1.0)
    assert np.isnan(level["shift_error"])
    assert np.isnan(list(log_shift(-np.ones(4), np.arange(4.0)).values())).all()
