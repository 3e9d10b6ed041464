"""Conservative: what held-out rows showed of promises, and what is promised then."""

from dataclasses import replace
from typing import Literal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from tests.models.synthetic import GRID, NAMES, fitted, response, truth
from transferperf.metric import Metric
from transferperf.models import Prediction, TransferPredictor
from transferperf.models.conservative import LEVEL, deviations, guaranteed, kept_by, kept_when_chosen, pessimistic_cost
from transferperf.models.warping import Warping

NORMAL = float(stats.norm.ppf(LEVEL))

scores = st.lists(st.floats(-9, 9), min_size=1, max_size=50).map(np.array)


@pytest.fixture(scope="module")
def predictor() -> TransferPredictor:
    """Of a target of twenty rows."""
    return fitted(truth(0, source_seed=0), "none")


@given(scores, st.floats(0.5, 0.95))
def test_the_conformal_limit_is_kept_by_the_share_that_was_asked(worse: np.ndarray, level: float) -> None:
    """At least that share of the rows is not worse, and a smaller row would be too few, one more row counted."""
    limit, n = kept_by(worse, level), len(worse)
    assert (worse <= limit).mean() >= min(1.0, level)
    assert (worse < limit).sum() < (n + 1) * level


@given(scores)
def test_a_fresh_row_keeps_the_limit_as_often_as_asked(worse: np.ndarray) -> None:
    """Each row in turn against the limit of the others: nine of ten are kept, where there are rows enough."""
    if len(worse) >= 10:
        kept = [w <= kept_by(np.delete(worse, i), LEVEL) for i, w in enumerate(worse)]
        assert np.mean(kept) >= LEVEL - 1 / len(worse)


def test_only_what_would_be_chosen_tells_of_choosing() -> None:
    """Rows that promise little may be off by any amount; those that promise most raise what is asked for."""
    promised, off = np.arange(60.0), np.full(20, 5.0)
    last, first = np.zeros(60), np.zeros(60)
    last[40:], first[:20] = off, off
    assert kept_when_chosen(last, promised, LEVEL) == pytest.approx(NORMAL, rel=0.01)
    assert kept_when_chosen(first, promised, LEVEL) > NORMAL + 2


@given(scores, st.integers(0, 99))
def test_rows_that_turned_out_better_than_promised_promise_nothing_more(worse: np.ndarray, seed: int) -> None:
    """No fewer deviations than those of the normal distribution, however lucky the choice was."""
    promised = np.random.default_rng(seed).normal(size=len(worse))
    assert kept_when_chosen(-np.abs(worse), promised, LEVEL) >= NORMAL


def test_held_out_rows_that_turned_out_worse_ask_for_more(predictor: TransferPredictor) -> None:
    """Values above what was believed, where small ones are good; values below it, where large ones are."""
    spread = float(np.std(predictor.z))
    worse, better = (replace(predictor, z=predictor.z + shift) for shift in (spread, -spread))
    assert NORMAL <= deviations(better) <= deviations(predictor) < deviations(worse) - 1
    turned = [replace(which, metric=Metric("speed", direction="max")) for which in (worse, better)]
    assert NORMAL <= deviations(turned[0]) < deviations(turned[1]) - 1


def test_without_held_out_rows_the_distribution_is_believed() -> None:
    """A target that only its sources tell of."""
    blind = fitted(truth(0, source_seed=0, n_target=2), "sources-only")
    assert deviations(blind) == NORMAL


@pytest.mark.parametrize(("direction", "level"), [("min", LEVEL), ("max", 1 - LEVEL)])
def test_a_guaranteed_value_is_a_quantile_of_the_response(direction: Literal["min", "max"], level: float) -> None:
    """At the normal distribution's deviations; the noise of a single measurement is no part of it."""
    warping = Warping.standardising("log", np.array([1.0, 2.0, 5.0]))
    mean, std = np.array([-0.5, 0.3]), np.array([0.1, 0.4])
    metric = Metric("m", direction=direction)
    said = Prediction(latent_mean=mean, latent_std=std, latent_noise=2.0, warping=warping, metric=metric)
    np.testing.assert_allclose(guaranteed(said, NORMAL), warping.quantile(level, mean, std))
    np.testing.assert_allclose(pessimistic_cost(said, 1.0) - pessimistic_cost(said, 0.0), std)


def test_no_more_than_a_timeouts_cap_is_guaranteed() -> None:
    """There a measurement is stopped."""
    warping = Warping.standardising("log", np.array([1.0, 2.0, 5.0]))
    said = Prediction(
        latent_mean=np.zeros(1), latent_std=np.ones(1), latent_noise=0.0, warping=warping, metric=Metric("m"), cap=2.1
    )
    assert guaranteed(said, 50.0)[0] == 2.1


def test_what_is_guaranteed_is_kept() -> None:
    """In nine of ten worlds, also where the source is unrelated; the believed median is kept far less often."""
    kept, believed = [], []
    for seed in range(10):
        model = fitted(truth(seed, source_seed=seed % 2 * (seed + 50), n_target=16, n_source=60), "auto")
        said, real = model.predict(GRID), response(GRID, seed)
        kappa = deviations(model)
        chosen, likely = pessimistic_cost(said, kappa).argmin(), said.latent_mean.argmin()
        kept.append(real[chosen] <= guaranteed(said, kappa)[chosen])
        believed.append(real[likely] <= said.median[likely])
    assert len(NAMES) == GRID.shape[1]
    assert np.mean(kept) >= 0.9
    assert np.mean(believed) <= 0.7
