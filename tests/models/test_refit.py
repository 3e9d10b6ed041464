"""Parameters are fitted again from where they stand; all else is kept."""

import numpy as np
import pytest
import torch

from transferperf.data.design import design
from transferperf.data.table import MeasurementTable
from transferperf.metric import Metric
from transferperf.models import TransferPredictor, fit
from transferperf.models.gp_expert import GPExpert
from transferperf.models.refit import refit
from transferperf.models.target import Views
from transferperf.space import BinaryOption, ConfigurationSpace, Encoding, Environment, IntegerOption

SPACE = ConfigurationSpace(
    (*(BinaryOption(name=f"b{j}") for j in range(5)), IntegerOption(name="n", levels=tuple(range(1, 9))))
)
N_FIRST, N_LATER = 12, 60


def response(X: np.ndarray) -> np.ndarray:
    """Seconds of encoded configurations."""
    return np.exp(X[:, 0] - X[:, 1] * X[:, 5] + np.sin(3 * X[:, 5]) + 0.3 * X[:, 2] * X[:, 3])


@pytest.fixture(scope="module")
def grown() -> TransferPredictor:
    """A predictor that was fitted to few rows, and then told many."""
    X = Encoding(SPACE).encode(design(SPACE, N_FIRST + N_LATER, "random", 0))
    frame = design(SPACE, N_FIRST, "random", 0).assign(time=response(X[:N_FIRST]))
    table = MeasurementTable(frame, SPACE, (), (Metric("time"),))
    first = fit(table, metric=Metric("time"), target=Environment(), transfer="none")
    return first.extend(X[N_FIRST:], response(X[N_FIRST:]))


def error(predictor: TransferPredictor) -> float:
    """Root mean square error of the process on the latent scale, over the space."""
    X = Encoding(SPACE).encode(design(SPACE, SPACE.size, "random", 1))
    mean, _ = predictor.experts[0].predict(Views(torch.as_tensor(X), predictor.background.sources))
    return float(np.sqrt(np.mean((mean.numpy() - predictor.warping.warp(response(X))) ** 2)))


def test_parameters_that_know_more_rows_predict_better(grown: TransferPredictor) -> None:
    """Twelve rows told little of what matters: with parameters fitted to all, errors are smaller."""
    assert error(refit(grown, seed=0)) < 0.9 * error(grown)


def test_only_the_processes_change(grown: TransferPredictor) -> None:
    """The scale, the weights and the rows stay, and so does a forest."""
    after = refit(grown, seed=0)
    assert after.warping == grown.warping
    np.testing.assert_array_equal(after.weights, grown.weights)
    for old, new in zip(grown.experts, after.experts, strict=True):
        assert isinstance(new, GPExpert) != (new is old)
        if isinstance(old, GPExpert) and isinstance(new, GPExpert):
            assert new.posterior.rows is old.posterior.rows
            assert new.evidence is old.evidence


def test_where_nothing_is_better_nothing_moves(grown: TransferPredictor) -> None:
    """Fitting again what was just fitted ends where it began, in the log posterior."""
    once = refit(grown, seed=0)
    twice = refit(once, seed=0)
    gains = [
        b.record.log_posterior - a.record.log_posterior
        for a, b in zip(once.experts, twice.experts, strict=True)
        if isinstance(a, GPExpert) and isinstance(b, GPExpert)
    ]
    assert len(gains) > 0
    assert np.abs(gains).max() < 0.05
