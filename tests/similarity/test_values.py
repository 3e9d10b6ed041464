"""Pearson correlations, M1."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from transferperf.similarity import pearson


@given(seed=st.integers(0, 10_000), n=st.integers(4, 30))
def test_it_is_the_correlation_of_the_resample_written_out(seed: int, n: int) -> None:
    """Counts mean the same as a sample in which each configuration stands that often."""
    draws = np.random.default_rng(seed)
    S, T = draws.normal(size=(2, n)), draws.normal(size=(3, n))
    counts = draws.integers(1, 4, size=(2, n)).astype(float)
    for r, times in zip(pearson(S, T, counts), counts.astype(int), strict=True):
        written_out = np.asarray(np.corrcoef(np.repeat(np.vstack([S, T]), times, axis=1)))
        np.testing.assert_allclose(r, written_out[:2, 2:], atol=1e-10)


@given(seed=st.integers(0, 10_000), scale=st.floats(0.01, 1e6), shift=st.floats(-1e3, 1e3))
def test_a_linear_shift_correlates_perfectly(seed: int, scale: float, shift: float) -> None:
    """A scaled and shifted response has correlation 1, a negative scale -1."""
    S = np.random.default_rng(seed).lognormal(size=(1, 12))
    T = np.vstack([scale * S + shift, -scale * S + shift])
    np.testing.assert_allclose(pearson(S, T, np.ones((1, 12)))[0, 0], [1.0, -1.0], atol=1e-6)


@pytest.mark.parametrize("value", [0.0, 0.1, -3e7])
def test_a_response_that_does_not_vary_has_no_correlation(value: float) -> None:
    """A constant gives NaN, in spite of rounding, and without a warning."""
    r = pearson(np.full((1, 7), value), np.arange(7.0)[None], np.ones((1, 7)))
    assert np.isnan(r).all()


def test_an_outlier_that_was_not_drawn_does_not_count() -> None:
    """Numbers that are tiny beside an outlier keep their correlation in a resample without it."""
    S = np.array([[1.0, 2.0, 3.0, 1e9]])
    T = np.array([[2.0, 4.0, 6.0, -1e9]])
    counts = np.array([[1.0, 1.0, 1.0, 0.0]])
    np.testing.assert_allclose(pearson(S, T, counts), 1.0)
