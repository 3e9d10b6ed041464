"""Claims about fitting by the marginal likelihood."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from tests.models.test_posterior import DenseGP, data
from transferperf.kernels import OptionKernel, SourceInformedKernel
from transferperf.models import objective
from transferperf.models.fitting import (
    NoisyKernel,
    Objective,
    Prior,
    fit,
    read_parameters,
    write_parameters,
)
from transferperf.models.rows import Rows

NAMES = ("a", "b", "c", "d", "e")


def test_the_gradient_equals_finite_differences() -> None:
    """What L-BFGS is told is the slope of what it minimises."""
    X, z = data(12)
    rows = Rows.of(torch.cat([X, z[:, None] + 0.1], dim=-1), z)
    model = NoisyKernel(SourceInformedKernel([2] * 5, 1))
    function, here = Objective.of(model, rows), read_parameters(model) + 0.1
    steps = 1e-6 * np.eye(len(here))
    numeric = [(function(here + step)[0] - function(here - step)[0]) / 2e-6 for step in steps]
    np.testing.assert_allclose(function(here)[1], numeric, rtol=1e-5, atol=1e-6)


def test_the_log_likelihood_is_gpytorchs() -> None:
    """The marginal likelihood and all its slopes are the dense reference's, to rounding."""
    X, z = data(12)
    model = NoisyKernel(OptionKernel([2] * 5))
    reference = DenseGP(X, z, model.kernel)
    reference.likelihood.noise = model.noise.detach()
    expected = reference.likelihood(reference.train()(X)).log_prob(z)
    expected.backward()
    ours, slope = Objective.of(model, Rows.of(X, z)).likelihood(read_parameters(model))
    np.testing.assert_allclose(ours, expected.item(), rtol=1e-8)
    grads = [p.grad.numpy().ravel() for name, p in sorted(model.named_parameters()) if name != "log_noise"]
    np.testing.assert_allclose(slope[:-1], np.concatenate(grads), rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize("kernel", [OptionKernel([2] * 5), OptionKernel([2, 0, 3, 0, 2], parts=("product",))])
def test_blocks_are_the_whole(monkeypatch: pytest.MonkeyPatch, kernel: OptionKernel) -> None:
    """A covariance in blocks of rows gives the likelihood, its slope and a batch's as one piece does."""
    X, z = data(30)
    X[:, 1] *= torch.linspace(0.1, 1, 30)
    model = NoisyKernel(kernel)
    batch = read_parameters(model) + np.random.default_rng(0).normal(size=(3, len(read_parameters(model))))
    whole = Objective.of(model, Rows.of(X, z))
    monkeypatch.setattr(objective, "BLOCK", 7)
    blocks = Objective.of(model, Rows.of(X, z))
    assert (len(whole.blocks), len(blocks.blocks)) == (1, 5)
    for values in batch:
        np.testing.assert_allclose(blocks(values)[0], whole(values)[0], rtol=1e-12)
        np.testing.assert_allclose(blocks(values)[1], whole(values)[1], rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(blocks.log_posteriors(batch), whole.log_posteriors(batch), rtol=1e-12)


@pytest.mark.parametrize("kernel", [OptionKernel([2, 2, 3, 2, 2]), OptionKernel([2, 0, 3, 0, 2])])
def test_torch_computes_what_numpy_does(kernel: OptionKernel) -> None:
    """An objective of tensors, as another device has them, is the one of arrays."""
    X, z = data(30)
    X[:, 1] *= torch.linspace(0.1, 1, 30)
    model = NoisyKernel(kernel)
    arrays = Objective.of(model, Rows.of(X, z))
    whole = objective.Block(0, 30, kernel.compare(X, X))
    tensors = replace(arrays, z=z, known=torch.zeros_like(z), blocks=(whole,))
    batch = read_parameters(model) + np.random.default_rng(0).normal(size=(3, len(read_parameters(model))))
    np.testing.assert_allclose(tensors(batch[0])[0], arrays(batch[0])[0], rtol=1e-10)
    np.testing.assert_allclose(tensors(batch[0])[1], arrays(batch[0])[1], rtol=1e-8, atol=1e-9)
    np.testing.assert_allclose(tensors.log_posteriors(batch), arrays.log_posteriors(batch), rtol=1e-10)


def test_a_batch_is_each_of_its_members() -> None:
    """Log posteriors of many starts at once are those of one after the other."""
    X, z = data(12)
    model = NoisyKernel(OptionKernel([2] * 5))
    function, stream = Objective.of(model, Rows.of(X, z)), np.random.default_rng(0)
    batch = read_parameters(model) + stream.normal(size=(4, len(read_parameters(model))))
    np.testing.assert_allclose(function.log_posteriors(batch), [-function(one)[0] for one in batch], rtol=1e-10)


def test_the_prior_is_what_the_modules_registered() -> None:
    """Densities in one vector are those that gpytorch computes prior by prior."""
    model = NoisyKernel(SourceInformedKernel([2] * 5, 3))
    write_parameters(model, read_parameters(model) + np.linspace(-1, 1, len(read_parameters(model))))
    expected = sum(
        torch.distributions.Normal(prior.loc, prior.scale).log_prob(closure(module)).sum().item()
        for _, module, prior, closure, _ in model.named_priors()
    )
    np.testing.assert_allclose(Prior.of(model).log_density(read_parameters(model)), expected, rtol=1e-12)


def test_fitting_never_lowers_the_log_posterior() -> None:
    """The answer is at least as good as the start, and more starts are at least as good as one."""
    rows, model = Rows.of(*data(20)), NoisyKernel(OptionKernel([2] * 5))
    start = -Objective.of(model, rows)(read_parameters(model))[0]
    once = fit(model, rows, seed=0, names=NAMES, n_starts=1)
    thrice = fit(NoisyKernel(OptionKernel([2] * 5)), rows, seed=0, names=NAMES, n_starts=3)
    assert start <= once.log_posterior <= thrice.log_posterior + 1e-6


def test_parameters_survive_being_read_and_written() -> None:
    """The vector of all parameters is the model, no more and no less."""
    one, other = NoisyKernel(OptionKernel([2] * 5)), NoisyKernel(OptionKernel([2] * 5))
    values = read_parameters(one) + np.arange(len(read_parameters(one)))
    write_parameters(other, values)
    np.testing.assert_array_equal(read_parameters(other), values)


def test_starts_are_keyed_by_option_name() -> None:
    """An option keeps its start values wherever its column stands."""
    X, z = data(16)
    order = [3, 0, 4, 2, 1]
    fits = []
    for columns in (list(range(5)), order):
        model = NoisyKernel(OptionKernel([2] * 5))
        fit(model, Rows.of(X[:, columns], z), seed=1, names=[NAMES[j] for j in columns], n_starts=3)
        fits.append(model.kernel.log_theta.detach())
    torch.testing.assert_close(fits[1], fits[0][order], rtol=1e-3, atol=1e-3)
