"""Predictions from tables are those of the posterior."""

import numpy as np
import pandas as pd
import pytest
import torch

from transferperf.data.design import design
from transferperf.data.table import MeasurementTable
from transferperf.kernels import LinearShiftKernel, OptionKernel
from transferperf.metric import Metric
from transferperf.models import fit
from transferperf.models.posterior import Posterior
from transferperf.models.rows import Rows
from transferperf.models.tabled import MOST_LEVELS, Tabled, prepare, tabled
from transferperf.rng import generator
from transferperf.search import Grid
from transferperf.space import BinaryOption, ChoiceOption, ConfigurationSpace, Encoding, Environment, IntegerOption

SPACE = ConfigurationSpace(
    (
        BinaryOption(name="a"),
        BinaryOption(name="b"),
        ChoiceOption(name="c", levels=("x", "y", "z", "w")),
        IntegerOption(name="d", levels=tuple(range(1, 17))),
        IntegerOption(name="e", levels=(1, 10, 100), scale="log"),
    )
)
CODES = [codes for codes, _ in Grid.of(SPACE).known]


def posterior(n: int, seed: int, noise: float = 1e-2) -> Posterior:
    """A posterior with drawn relevances, on rows of which some stand between levels."""
    stream = generator(seed, "rows")
    kernel = OptionKernel([0 if option.is_ordered else len(option.levels) for option in Encoding(SPACE).options])
    with torch.no_grad():
        kernel.log_theta.copy_(torch.as_tensor(stream.normal(size=5)))
    X = Grid.of(SPACE).draw(n, stream)
    X[0, 3] = 0.123
    return Posterior.condition(kernel, noise, Rows.of(torch.as_tensor(X), torch.as_tensor(stream.normal(size=n))))


@pytest.mark.parametrize(("n", "noise"), [(1, 1e-2), (40, 1e-2), (40, 1e-6), (300, 1e-3)])
def test_tables_say_what_the_posterior_says(n: int, noise: float) -> None:
    """Mean and variance at levels, and at the rows themselves, are the same to rounding."""
    plain = posterior(n, seed=n, noise=noise)
    quick = tabled(plain, CODES)
    assert isinstance(quick, Tabled)
    X = torch.cat([torch.as_tensor(Grid.of(SPACE).draw(500, generator(1, "asked"))), plain.rows.X])
    for ours, expected in zip(quick.predict(X), plain.predict(X), strict=True):
        torch.testing.assert_close(ours, expected, rtol=1e-6, atol=1e-8)
    torch.testing.assert_close(quick.mean(X), plain.mean(X), rtol=1e-6, atol=1e-8)


def test_nothing_is_predicted_of_nothing() -> None:
    """No configurations have no means and no variances."""
    mean, variance = tabled(posterior(5, seed=0), CODES).predict(torch.empty((0, 5), dtype=torch.float64))
    assert (len(mean), len(variance)) == (0, 0)


def test_what_has_no_tables_stays_as_it_is() -> None:
    """A kernel that does not compare options, and options with very many levels."""
    plain = posterior(5, seed=0)
    assert tabled(plain, [np.linspace(0, 1, MOST_LEVELS), *CODES[1:]]) is plain
    shift = Posterior.condition(LinearShiftKernel(4, 1), 0.1, plain.rows)
    assert tabled(shift, CODES[:4]) is shift


@pytest.mark.parametrize("n_source", [0, 60])
def test_a_prepared_predictor_says_what_the_predictor_says(n_source: int) -> None:
    """With sources and without, all experts together; on a scale of the sources' own, too."""
    parts = []
    for name, n, seed in (("h1", n_source, 1), ("h2", 30, 2)):
        frame = design(SPACE, n, "random", seed)
        X = Encoding(SPACE).encode(frame)
        parts.append(frame.assign(hardware=name, time=np.exp(X @ [1, 0.5, 0.1, -1, 0.3] + 0.2 * X[:, 0] * X[:, 3])))
    table = MeasurementTable(pd.concat(parts, ignore_index=True), SPACE, ("hardware",), (Metric("time"),))
    predictor = fit(table, metric=Metric("time"), target=Environment.of({"hardware": "h2"}))
    X = Grid.of(SPACE).draw(300, generator(0, "asked"))
    ours, expected = prepare(predictor, CODES).predict(X), predictor.predict(X)
    assert (len(predictor.experts) > 2) == bool(n_source)
    np.testing.assert_allclose(ours.latent_mean, expected.latent_mean, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(ours.latent_std, expected.latent_std, rtol=1e-5, atol=1e-6)
