"""Forms of a posterior mean say what the posterior says, for every configuration."""

import numpy as np
import torch
from hypothesis import given
from hypothesis import strategies as st

from transferperf.kernels import OptionKernel
from transferperf.kernels.options import PARTS
from transferperf.models.mean_form import Block, MeanForm, mean_form, no_form
from transferperf.models.posterior import Posterior
from transferperf.models.rows import Rows

BLOCKS: list[Block] = [
    (np.array([0]), np.linspace(0, 1, 4)[:, None]),
    (np.array([1]), np.arange(3.0)[:, None]),
    (np.array([2, 4]), np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0]])),
    (np.array([3]), np.array([[0.0], [0.3], [1.0]])),
]
"""An ordered option, a choice, a one-hot group and a number with a level that no row has."""


def posterior(seed: int, n: int, parts: tuple[str, ...]) -> Posterior:
    """A posterior over rows that need not stand on the levels of BLOCKS, some of them equal."""
    stream = np.random.default_rng(seed)
    kernel = OptionKernel([0, 3, 2, 0, 2], parts=parts)
    with torch.no_grad():
        kernel.log_theta.copy_(torch.as_tensor(stream.normal(size=5)))
    numbers = [stream.integers(4, size=n) / 3, stream.integers(3, size=n), stream.integers(2, size=n)]
    X = np.column_stack([*numbers, stream.integers(5, size=n) / 4, stream.integers(2, size=n)]).astype(float)
    return Posterior.condition(kernel, 0.1, Rows.of(torch.as_tensor(X), torch.as_tensor(stream.normal(size=n))))


def every(form: MeanForm) -> tuple[np.ndarray, np.ndarray]:
    """All combinations of rows: their places, and their encoded rows."""
    places = np.indices(form.n_rows).reshape(len(form.n_rows), -1).T
    X = np.empty((len(places), 5))
    for (columns, rows), place in zip(BLOCKS, places.T, strict=True):
        X[:, columns] = rows[place]
    return places, X


@given(
    seed=st.integers(0, 99),
    n=st.integers(1, 30),
    parts=st.lists(st.sampled_from(PARTS), min_size=1, max_size=3, unique=True),
)
def test_a_form_is_the_posterior_mean(seed: int, n: int, parts: list[str]) -> None:
    """Whatever the parts of the kernel, values of all configurations are those of the posterior."""
    process = posterior(seed, n, tuple(parts))
    form = mean_form(process.kernel, process.rows.X, process.alpha, BLOCKS)
    places, X = every(form)
    said = process.mean(torch.as_tensor(X)).numpy()
    np.testing.assert_allclose(form.at(places), said, atol=1e-10)
    np.testing.assert_allclose(form.negated().at(places), -said, atol=1e-10)
    assert np.abs(said).max() <= form.most


def test_equal_rows_are_one_term() -> None:
    """Repeats of a configuration add up."""
    process = posterior(0, 200, PARTS)
    form = mean_form(process.kernel, process.rows.X, process.alpha, BLOCKS)
    assert len(form.weights) == len(np.unique(process.rows.X.numpy(), axis=0)) < 200


def test_no_form_is_zero() -> None:
    """Where nothing is said, every value is zero."""
    form = no_form(BLOCKS)
    assert (form.at(every(form)[0]) == 0).all()
    assert form.most == 0
