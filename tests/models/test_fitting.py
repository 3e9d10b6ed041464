"""Claims about fitting by the marginal likelihood."""

import numpy as np
import torch
from scipy import optimize

from tests.models.test_posterior import DenseGP, data
from transferperf.kernels import OptionKernel, SourceInformedKernel
from transferperf.models.fitting import (
    NoisyKernel,
    Prior,
    _loss,
    fit,
    log_likelihood,
    read_parameters,
    write_parameters,
)

NAMES = ("a", "b", "c", "d", "e")


def test_the_gradient_equals_finite_differences() -> None:
    """What L-BFGS is told is the slope of what it minimises."""
    X, z = data(12)
    rows = torch.cat([X, z[:, None] + 0.1], dim=-1)
    model = NoisyKernel(SourceInformedKernel([2] * 5, 1))
    pairs, here, prior = model.kernel.compare(rows, rows), read_parameters(model) + 0.1, Prior.of(model)
    _, gradient = _loss(here, model, prior, pairs, z)

    def loss(values: np.ndarray) -> float:
        return _loss(values, model, prior, pairs, z)[0]

    numeric = optimize.approx_fprime(here, loss, 1e-6)
    np.testing.assert_allclose(gradient, numeric, rtol=1e-3, atol=1e-4)


def test_the_log_likelihood_is_gpytorchs() -> None:
    """The marginal likelihood is the dense reference's, to rounding."""
    X, z = data(12)
    model = NoisyKernel(OptionKernel([2] * 5))
    reference = DenseGP(X, z, model.kernel)
    reference.likelihood.noise = model.noise.detach()
    with torch.no_grad():
        expected = reference.likelihood(reference.train()(X)).log_prob(z)
    ours = log_likelihood(model, model.kernel.compare(X, X), z)
    np.testing.assert_allclose(ours.item(), expected.item(), rtol=1e-8)


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
    X, z = data(20)
    model = NoisyKernel(OptionKernel([2] * 5))
    start = -_loss(read_parameters(model), model, Prior.of(model), model.kernel.compare(X, X), z)[0]
    once = fit(model, (X, z), seed=0, names=NAMES, n_starts=1)
    thrice = fit(NoisyKernel(OptionKernel([2] * 5)), (X, z), seed=0, names=NAMES, n_starts=3)
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
        fit(model, (X[:, columns], z), seed=1, names=[NAMES[j] for j in columns], n_starts=3)
        fits.append(model.kernel.log_theta.detach())
    torch.testing.assert_close(fits[1], fits[0][order], rtol=1e-3, atol=1e-3)
