"""Noise of repeats."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from transferperf.similarity.noise import noise


def test_the_ratio_is_that_of_mean_variances() -> None:
    """A hand-made example: variances of 4 and 2 in the source, of 1 in the target, one row without repeats."""
    s, t = np.array([10.0, 20.0, 30.0]), np.array([10.0, 20.0, 30.0])
    found = noise(s, np.array([4.0, 2.0, np.nan]), t, np.array([1.0, 1.0, np.nan]), np.full((2, 3), 2))
    assert found["noise_ratio"] == 3.0
    assert found["noise_source"] == pytest.approx((0.2 + np.sqrt(2) / 20) / 2)
    assert found["noise_target"] == pytest.approx((0.1 + 0.05) / 2)


@given(seed=st.integers(0, 1000), scale=st.floats(0.01, 100))
def test_relative_noise_knows_no_unit(seed: int, scale: float) -> None:
    """In another unit the published ratio grows with its square, the relative one stays."""
    draws = np.random.default_rng(seed)
    y, v, n = draws.lognormal(size=8), draws.lognormal(size=8), np.full((2, 8), 3)
    found = noise(scale * y, scale**2 * v, y, v, n)
    assert found["noise_ratio"] == pytest.approx(scale**2)
    assert found["noise_ratio_relative"] == pytest.approx(1.0)


def test_the_ceiling_is_reached_by_repeats_of_one_truth() -> None:
    """Two noisy means of the same values correlate by about the ceiling, which is 1 without noise."""
    draws = np.random.default_rng(0)
    truth, n = draws.normal(size=3000), np.full((2, 3000), 4)
    repeats = truth[:, None] + draws.normal(size=(2, 3000, 4))
    means, variances = repeats.mean(axis=2), repeats.var(axis=2, ddof=1)
    ceiling = noise(means[0], variances[0], means[1], variances[1], n)["pearson_ceiling"]
    assert ceiling == pytest.approx(np.corrcoef(means)[0, 1], abs=0.03)
    assert noise(truth, np.zeros(3000), truth, np.zeros(3000), n)["pearson_ceiling"] == 1.0


def test_without_repeats_nothing_is_known() -> None:
    """All is NaN, without a warning."""
    y, none = np.arange(1.0, 5.0), np.full(4, np.nan)
    assert np.isnan(list(noise(y, none, y, none, np.ones((2, 4))).values())).all()
