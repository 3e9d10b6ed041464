"""Overlap of the best and the worst, M4 and M5, and what copying the best costs."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from transferperf.similarity.overlap import (
    membership,
    regret_of_copying,
    shared_share,
    shared_share_published,
    unseen_regrets,
)

responses = st.lists(st.integers(0, 6), min_size=3, max_size=25).map(lambda y: np.array(y, dtype=float))


@given(y=responses, share=st.sampled_from([0.05, 0.1, 0.2, 0.5]))
def test_places_are_shared_out_and_none_is_lost(y: np.ndarray, share: float) -> None:
    """Memberships add up to the places there are, and a smaller value never belongs less."""
    found = membership(y, share)
    assert found.sum() == pytest.approx(max(1, round(share * len(y))))
    assert all(found[i] >= found[j] for i in range(len(y)) for j in range(len(y)) if y[i] < y[j])


@given(seed=st.integers(0, 1000))
def test_it_is_the_published_overlap_averaged_over_orders_of_tied_rows(seed: int) -> None:
    """Where only the source has ties, shuffling rows often gives the shared-out overlap on average."""
    draws = np.random.default_rng(seed)
    s, t = draws.integers(0, 3, size=10).astype(float), draws.permutation(10).astype(float)
    orders = [draws.permutation(10) for _ in range(400)]
    shuffled = [shared_share_published(s[order], t[order], 0.3)[0] for order in orders]
    assert shared_share(s, t, 0.3) == pytest.approx(np.mean(shuffled), abs=0.1)


@given(seed=st.integers(0, 1000), share=st.sampled_from([0.1, 0.25]))
def test_without_ties_all_definitions_agree_with_counting(seed: int, share: float) -> None:
    """The overlap of distinct values is that of the sorted sets, at both ends; M5 as published looks at one more."""
    draws = np.random.default_rng(seed)
    s, t = draws.permutation(20).astype(float), draws.permutation(20).astype(float)
    k = round(20 * share)
    best = len({*np.argsort(s)[:k]} & {*np.argsort(t)[:k]}) / k
    worst = len({*np.argsort(s)[-k:]} & {*np.argsort(t)[-k:]}) / k
    more = len({*np.argsort(s)[-k - 1 :]} & {*np.argsort(t)[-k - 1 :]}) / k
    assert shared_share_published(s, t, share) == (best, min(1.0, more))
    assert shared_share(s, t, share) == pytest.approx(best)
    assert shared_share(-t, -s, share) == pytest.approx(worst)


@given(s=responses, seed=st.integers(0, 100))
def test_a_rising_change_of_values_keeps_the_overlap(s: np.ndarray, seed: int) -> None:
    """Only order matters, and it lies between 0 and 1."""
    t = np.random.default_rng(seed).normal(size=len(s))
    assert shared_share(np.exp(s), 3 * t + 1, 0.2) == pytest.approx(shared_share(s, t, 0.2))
    assert 0.0 <= shared_share(s, t, 0.2) <= 1.0 + 1e-12


def test_copying_the_best_costs_what_was_counted_by_hand() -> None:
    """The source's best is third of five in the target: 1 more than the best of 2, of a range of 4."""
    found = regret_of_copying(np.array([1.0, 2, 3, 4, 5]), np.array([3.0, 2, 2.5, 6, 4]))
    assert found == pytest.approx({"regret": 0.5, "regret_of_range": 0.25, "regret_rank": 0.5})


@given(s=responses)
def test_a_rising_line_costs_nothing(s: np.ndarray) -> None:
    """Where the target is the source scaled and shifted, copying the best has no regret."""
    found = regret_of_copying(s, 2 * s + 5)
    assert found["regret"] == 0.0
    assert found["regret_rank"] == 0.0


def test_a_best_value_of_0_has_no_share() -> None:
    """The excess over 0 is no share of it; the regret over the range is known still."""
    found = regret_of_copying(np.array([2.0, 1.0]), np.array([0.0, 4.0]))
    assert np.isnan(found["regret"])
    assert found["regret_of_range"] == 1.0
    assert np.isnan(regret_of_copying(np.array([2.0, 1.0]), np.array([0.0, 0.0]))["regret_of_range"])


def test_intervals_of_regret_hold_that_of_all_rows() -> None:
    """Of 100 samples of 20 from 1000 log-normal rows, 80 % of the intervals hold what copying the best of all costs."""
    stream = np.random.default_rng(2)
    held = []
    for k in range(100):
        rho = (0.0, 0.5, 0.9, 0.99)[k % 4]
        z = stream.normal(size=(2, 1000))
        s, t = np.exp(z[0] / 2), np.exp((rho * z[0] + np.sqrt(1 - rho**2) * z[1]) / 2)
        rows = stream.permutation(1000)[:20]
        seen, truth = regret_of_copying(s[rows], t[rows]), regret_of_copying(s, t)
        drawn = unseen_regrets(s[rows], t[rows], 1000, 200, stream)
        ends = {name: (*np.quantile(drawn[name], (0.025, 0.975)), seen[name]) for name in truth}
        held.append([min(ends[name]) <= truth[name] <= max(ends[name]) for name in truth])
    assert (np.mean(held, axis=0) >= 0.8).all()


def test_where_ranks_are_the_same_copying_costs_nothing() -> None:
    """Of two hundred equal ranks the best of thousand others is expected to cost little; of reversed ones, the most."""
    y = np.linspace(1.0, 2.0, 200)
    stream = np.random.default_rng(0)
    assert np.median(unseen_regrets(y, y**2, 1000, 200, stream)["regret_of_range"]) < 0.01
    assert np.median(unseen_regrets(y, -y, 1000, 200, stream)["regret_of_range"]) > 0.9
