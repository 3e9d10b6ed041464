"""Estimates with intervals."""

import numpy as np

from transferperf.similarity.resampling import bootstrap, interval


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
