"""Estimates with intervals."""

import numpy as np
import pytest

from transferperf.similarity.correlations import MEASURES, correlations
from transferperf.similarity.resampling import attenuated, bootstrap, correlation_ends, interval, share


def test_an_interval_holds_its_estimate_and_leaves_out_what_has_no_answer() -> None:
    """Resamples without an answer are not counted, and the ends never exclude the estimate."""
    drawn = np.array([1.0, 2.0, np.nan, 3.0])
    assert (interval(9.0, drawn).low, interval(9.0, drawn).high) == (1.0, 9.0)
    assert np.isnan(interval(9.0, np.array([np.nan])).low)
    assert np.isnan(interval(np.nan, drawn).low)


def test_the_mean_is_held_about_as_often_as_it_is_said() -> None:
    """Of 200 samples of 30 normal numbers, 88 to 99 % of the 95 % intervals hold the true mean."""
    draws = np.random.default_rng(0)
    held = []
    for _ in range(200):
        y = draws.normal(size=30)

        def mean(rows: np.ndarray, y: np.ndarray = y) -> dict[str, float]:
            return {"mean": float(y[rows].mean())}

        found = bootstrap(mean, 30, 200, draws)["mean"]
        held.append(found.low <= 0 <= found.high)
    assert 0.88 <= np.mean(held) <= 0.99


def test_without_resamples_there_is_no_interval() -> None:
    """The estimate stands alone."""
    found = bootstrap(lambda rows: {"n": float(len(rows))}, 5, 0, np.random.default_rng(0))["n"]
    assert found.value == 5.0
    assert np.isnan([found.low, found.high]).all()
    assert not found.reason


@pytest.mark.parametrize(("heaviness", "floor"), [(0.0, 0.9), (1.0, 0.85)], ids=["normal", "log-normal"])
def test_intervals_of_correlations_hold_those_of_all_rows(heaviness: float, floor: float) -> None:
    """Of 150 samples of 20 from 2000 rows with correlations from 0 to 0.99, 90 % hold it; with heavy tails 85 %."""
    stream = np.random.default_rng(1)
    held = []
    for k in range(150):
        rho = (0.0, 0.5, 0.9, 0.99)[k % 4]
        z = stream.normal(size=(2, 2000))
        both = np.stack([z[0], rho * z[0] + np.sqrt(1 - rho**2) * z[1]])
        both = np.exp(heaviness * both) if heaviness else both
        truth = correlations(both[:1], both[1:], 0, 1)[:, 0, 0, 0]
        some = both[:, stream.permutation(2000)[:20]]
        _, low, high = correlations(some[:1], some[1:], 0, 200)[..., 0, 0].T
        held.append((low <= truth) & (truth <= high))
    assert len(MEASURES) == 2
    assert (np.mean(held, axis=0) >= floor).all()


def test_a_correlation_of_few_rows_is_never_surer_than_fishers_formula() -> None:
    """Where resamples do not move at all, the ends are those of normal values; more rows, closer ends."""
    same = np.full((50, 1), 0.5)
    for n in (5, 20, 200):
        low, high = correlation_ends(np.array([0.5]), same, n)
        assert float(high[0]) == pytest.approx(np.tanh(np.arctanh(0.5) + 1.959964 / np.sqrt(n - 3)))
        assert float(low[0]) == pytest.approx(np.tanh(np.arctanh(0.5) - 1.959964 / np.sqrt(n - 3)))


def test_what_resampling_lowers_may_have_been_lowered_before() -> None:
    """Resamples around 0.8 of an estimate of 0.9 reach as far above it; all ends are correlations."""
    drawn = np.random.default_rng(0).normal(0.8, 0.01, size=200)
    found = attenuated(0.9, drawn, 50)
    assert found.high > 0.95
    assert found.low < 0.9
    assert attenuated(0.99, drawn, 50).high == 1.0
    assert np.isnan(attenuated(0.9, np.array([np.nan]), 50).low)


def test_shares_of_few_rows_are_held_though_all_rows_agree() -> None:
    """Of 2000 samples of 20, Jeffreys's intervals hold shares of 2 to 50 % in 90 % or more, 0 and 1 included."""
    stream = np.random.default_rng(0)
    for p in (0.02, 0.1, 0.5):
        counts = stream.binomial(20, p, size=2000)
        ends = {k: share(k / 20, 20) for k in range(21)}
        assert np.mean([ends[k].low <= p <= ends[k].high for k in counts]) >= 0.9
    assert (ends[0].low, ends[20].high) == (0.0, 1.0)
