"""Claims about the gate."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from transferperf.models.gate import PRIOR_ROWS, UNTRIED, mixed, stack, weigh


def densities(k: int, n: int, seed: int) -> np.ndarray:
    """Log densities (k, n) of experts of different quality."""
    stream = np.random.default_rng(seed)
    return stream.normal(size=(k, 1)) + stream.normal(size=(k, n))


def log_posterior(D: np.ndarray, weights: np.ndarray) -> float:
    """What a stack maximises: the log density of all rows, and that of a Dirichlet prior."""
    return float(mixed(D, weights).sum() + PRIOR_ROWS * np.log(weights).sum())


def believed(lead: np.ndarray) -> float:
    """Weight of an expert that transfers and is ahead at held-out rows by `lead`, a log density (n,)."""
    return float(weigh(np.stack([np.zeros(len(lead)), lead]), np.array([False, True]))[1])


def test_without_evidence_transfer_is_not_believed() -> None:
    """Experts that are equally good, or a single row, leave most of the weight with no transfer."""
    assert believed(np.zeros(10)) < 0.3
    assert believed(np.array([5.0])) == 0.0


@given(lead=st.floats(-3, 3), seed=st.integers(0, 100))
@settings(deadline=None)
def test_a_larger_lead_never_lowers_the_weight(lead: float, seed: int) -> None:
    """The weight grows with what transfer gains at each left-out row."""
    noisy = lead + 0.1 * np.random.default_rng(seed).normal(size=15)
    assert believed(noisy) <= believed(noisy + 0.5)


def test_a_lead_that_rests_on_one_row_does_not_count() -> None:
    """A gain at a single row is within its own standard error."""
    assert believed(np.array([8.0] + [0.0] * 19)) < 0.5


def test_a_lead_counts_as_far_as_errors_are_smaller_too() -> None:
    """Whatever transfer gains in density, it is believed with smaller errors, half at two of their standard errors.

    Where the sources have raised the log odds by one, none is asked; by a half, one.
    """
    lead, off, stream = np.ones(30), np.full(30, 0.5), np.random.default_rng(0).normal(size=30)
    scatter = (stream - stream.mean()) / stream.std(ddof=1) / np.sqrt(30) * 0.01  # the mean's error is 0.01 / 30

    def share(gain: np.ndarray, log_odds: float = UNTRIED) -> float:
        D, deviations = np.stack([np.zeros(30), lead]), np.stack([off, off - gain])
        return float(weigh(D, np.array([False, True]), log_odds, deviations)[1])

    assert share(scatter + 0.1) > 0.999
    assert share(scatter + 2 * 0.01 / 30) == pytest.approx(0.5, abs=1e-3)
    assert share(scatter + 0.01 / 30, UNTRIED + 0.5) == pytest.approx(0.5, abs=1e-3)
    assert share(scatter, UNTRIED + 1.0) == pytest.approx(0.5, abs=1e-3)
    assert share(scatter) < 0.05
    assert share(scatter - 0.1) < 1e-3


def test_few_rows_are_asked_for_less() -> None:
    """A lead that rests on one row is believed where there are three, and not where there are twelve."""
    uneven = np.array([4.0, 0.0, 0.0])
    assert believed(uneven) > 0.9
    assert believed(np.append(uneven, np.zeros(9))) < 0.3
    assert believed(-uneven) < 0.01


def test_belief_before_evidence_decides_where_there_is_none() -> None:
    """Of experts with equal leads of zero, transfer has the weight that other environments gave it."""
    D = np.zeros((2, 10))
    for log_odds in (-2.0, 0.0, 2.0):
        expected = 1 / (1 + np.exp(-log_odds))
        np.testing.assert_allclose(weigh(D, np.array([False, True]), log_odds)[1], expected, rtol=1e-9)


@given(k=st.integers(1, 6), n=st.integers(1, 30), seed=st.integers(0, 1000), transfers=st.integers(0, 63))
@settings(deadline=None)
def test_weights_are_shares_of_one(k: int, n: int, seed: int, transfers: int) -> None:
    """They are not negative and sum to 1, whichever experts transfer."""
    weights = weigh(densities(k, n, seed), np.array([bool(transfers >> j & 1) for j in range(k)]))
    assert (weights >= 0).all()
    np.testing.assert_allclose(weights.sum(), 1.0)


@given(k=st.integers(2, 5), seed=st.integers(0, 1000))
@settings(deadline=None, max_examples=30)
def test_the_order_of_experts_is_irrelevant(k: int, seed: int) -> None:
    """Each keeps its weight wherever it stands."""
    D, order, transfers = densities(k, 12, seed), np.random.default_rng(seed).permutation(k), np.arange(k) % 2 == 0
    np.testing.assert_allclose(weigh(D[order], transfers[order]), weigh(D, transfers)[order], atol=1e-9)


def test_an_expert_gains_nothing_by_being_listed_twice() -> None:
    """What it transfers is believed as before; beside others its two halves are its whole, but for the prior."""
    D, n = densities(3, 40, 0), 40
    once, twice = D[:2], D[[0, 1, 1]]
    np.testing.assert_allclose(
        weigh(once, np.array([False, True]))[1], weigh(twice, np.array([False, True, True]))[1:].sum(), rtol=1e-9
    )
    assert abs(stack(twice)[1:].sum() - stack(once)[1]) <= 3 * PRIOR_ROWS / n


@given(seed=st.integers(0, 1000))
@settings(deadline=None, max_examples=20)
def test_a_worse_expert_gets_next_to_nothing(seed: int) -> None:
    """One that gives every row an eighth of another's density is left with little more than its prior."""
    good = np.random.default_rng(seed).normal(size=30)
    weights = stack(np.stack([good, good - np.log(8)]))
    assert weights[1] < 2 * PRIOR_ROWS / 30


@given(k=st.integers(2, 5), seed=st.integers(0, 1000))
@settings(deadline=None, max_examples=20)
def test_stacking_finds_the_most_likely_mixture(k: int, seed: int) -> None:
    """No weights, near or far, have a higher posterior."""
    D, stream = densities(k, 15, seed), np.random.default_rng(seed)
    best = stack(D)
    near = best * np.exp(0.1 * stream.normal(size=(50, k)))
    others = np.concatenate([near / near.sum(1, keepdims=True), stream.dirichlet(np.ones(k), size=50)])
    assert max(log_posterior(D, weights) for weights in others) <= log_posterior(D, best) + 1e-3


def test_a_row_that_one_expert_thinks_impossible_is_another_experts() -> None:
    """Log densities far below float64's smallest number leave weights that are numbers."""
    weights = weigh(np.array([[0.0, 0.0, -5000.0], [0.0, 0.0, 0.0]]), np.array([False, False]))
    assert weights[1] > weights[0] > 0
