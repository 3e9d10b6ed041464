"""Spearman correlations, M3."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from transferperf.similarity import midranks, spearman


@given(
    y=st.lists(st.integers(0, 5), min_size=1, max_size=20).map(lambda y: np.array(y, dtype=float)),
    seed=st.integers(0, 10_000),
)
def test_ranks_are_those_of_the_resample_written_out(y: np.ndarray, seed: int) -> None:
    """Ranks under counts equal scipy's ranks, ties at their middle, of each value repeated that often."""
    counts = np.random.default_rng(seed).integers(0, 4, size=len(y))
    R = midranks(y[None], counts[None].astype(float))[0, 0]
    np.testing.assert_allclose(np.repeat(R, counts), stats.rankdata(np.repeat(y, counts)))


@given(seed=st.integers(0, 10_000))
def test_it_equals_scipys_with_ties(seed: int) -> None:
    """On the sample itself it is the textbook's Spearman correlation."""
    draws = np.random.default_rng(seed)
    y = np.vstack([np.arange(15) % 4, draws.integers(0, 6, size=15)]).astype(float)
    y[1, :2] = 0, 1  # so that it varies
    rho = spearman(y[:1], y[1:], np.ones((1, 15)))
    np.testing.assert_allclose(rho, stats.spearmanr(y[0], y[1]).statistic)


@given(seed=st.integers(0, 10_000))
def test_a_monotone_change_keeps_it(seed: int) -> None:
    """Only order matters: the logarithm of a response correlates like the response."""
    draws = np.random.default_rng(seed)
    S, T, counts = draws.lognormal(size=(1, 10)), draws.lognormal(size=(1, 10)), np.ones((1, 10))
    np.testing.assert_array_equal(spearman(S, T, counts), spearman(np.log(S), T, counts))
