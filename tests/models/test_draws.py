"""Draws of a process's parameters stand beside it while few rows tell of them."""

from dataclasses import replace

import numpy as np
import pytest

from transferperf.data.design import design
from transferperf.data.table import MeasurementTable
from transferperf.metric import Metric
from transferperf.models import TransferPredictor, fit
from transferperf.models import draws as under_test
from transferperf.models.draws import MOST_DRAWN, MOST_ROWS, sample, with_draws
from transferperf.models.fitting import Prior, read_parameters
from transferperf.models.forest import ForestExpert
from transferperf.models.gp_expert import GPExpert
from transferperf.rng import generator
from transferperf.space import BinaryOption, ConfigurationSpace, Encoding, Environment

SPACE = ConfigurationSpace(tuple(BinaryOption(name=f"b{j}") for j in range(9)))
N_ROWS = 10


def response(X: np.ndarray) -> np.ndarray:
    """Seconds of encoded configurations: of the last options nothing is to be seen without two of them."""
    return np.exp(X[:, 0] - X[:, 1] - 2 * X[:, 7] * X[:, 8])


@pytest.fixture(scope="module")
def few() -> TransferPredictor:
    """A predictor that was fitted to few rows."""
    frame = design(SPACE, N_ROWS, "random", 0)
    table = MeasurementTable(frame.assign(time=response(Encoding(SPACE).encode(frame))), SPACE, (), (Metric("time"),))
    return fit(table, metric=Metric("time"), target=Environment(), transfer="none")


def test_a_chain_draws_from_the_posterior_that_has_a_closed_form(monkeypatch: pytest.MonkeyPatch) -> None:
    """Normal prior and normal likelihood: the posterior is normal, with the mean and the deviation that are known."""
    monkeypatch.setattr(under_test, "N_SWEEPS", 60)
    prior, seen, noise = Prior(np.array([-1.0, 2.0]), np.array([2.0, 0.5])), np.array([3.0, 1.0]), 0.7
    drawn = sample(lambda v: -0.5 * (((v - seen) / noise) ** 2).sum(-1), prior, 4000, generator(0, "test"))
    precision = 1 / prior.spread**2 + 1 / noise**2
    mean = (prior.centre / prior.spread**2 + seen / noise**2) / precision
    np.testing.assert_allclose(drawn.mean(0), mean, atol=5 / np.sqrt(len(drawn) * precision.min()))
    np.testing.assert_allclose(drawn.std(0), precision**-0.5, rtol=0.05)


def test_draws_share_the_weight_of_their_process(few: TransferPredictor) -> None:
    """No expert gains or loses by its draws, and there are about as many as asked for."""
    after = with_draws(few, seed=0)
    assert after.weights.sum() == pytest.approx(1.0)
    for expert, weight in zip(few.experts, few.weights, strict=True):
        same = [w for e, w in zip(after.experts, after.weights, strict=True) if e.name == expert.name]
        assert sum(same) == pytest.approx(weight)
        assert len(same) == (1 if isinstance(expert, ForestExpert) else 1 + int(np.ceil(MOST_DRAWN * weight)))


def test_draws_are_unsure_where_the_likeliest_parameters_are_not(few: TransferPredictor) -> None:
    """Over all configurations the deviation grows; at what was measured the mean stays."""
    sure = replace(few, weights=np.array([float(isinstance(e, GPExpert)) for e in few.experts]), stretch=1.0)
    unsure = with_draws(sure, seed=0)
    X = Encoding(SPACE).encode(design(SPACE, SPACE.size, "random", 1))
    assert unsure.predict(X).latent_std.mean() > 1.05 * sure.predict(X).latent_std.mean()
    measured = Encoding(SPACE).encode(design(SPACE, N_ROWS, "random", 0))
    gap = unsure.predict(measured).latent_mean - sure.predict(measured).latent_mean
    assert np.abs(gap).max() < np.std(few.z) / 4


def test_the_same_seed_draws_the_same(few: TransferPredictor) -> None:
    """Chance comes from the seed, and from it alone."""
    first, second, other = (with_draws(few, seed=seed) for seed in (0, 0, 1))
    parameters = [
        [read_parameters(e.posterior.kernel) for e in p.experts if isinstance(e, GPExpert)]
        for p in (
            first,
            second,
            other,
        )
    ]
    np.testing.assert_array_equal(parameters[0], parameters[1])
    assert not np.array_equal(parameters[0], parameters[2])


def test_many_rows_need_no_draws(few: TransferPredictor) -> None:
    """From so many rows on the likeliest parameters are enough."""
    X = Encoding(SPACE).encode(design(SPACE, MOST_ROWS // 2 + 1, "random", 2))
    many = few.extend(X, response(X))
    assert len(with_draws(many, seed=0).experts) == len(many.experts)


def test_the_process_itself_leads_its_draws(few: TransferPredictor) -> None:
    """What is asked where time is short is the likeliest of the processes, not a draw of it."""
    X = Encoding(SPACE).encode(design(SPACE, 50, "random", 3))
    sure = replace(few, weights=np.array([0.7 if isinstance(e, GPExpert) else 0.3 for e in few.experts]))
    for one, other in zip(sure.lead(X), with_draws(sure, seed=0).lead(X), strict=True):
        np.testing.assert_array_equal(one, other)
