"""Claims about Gaussian-process posteriors; gpytorch's dense model is the reference."""

import gpytorch
import numpy as np
import pytest
import torch
from linear_operator import to_linear_operator
from torch import Tensor

from transferperf.kernels import OptionKernel
from transferperf.models.posterior import MEAN_VARIANCE, Posterior, ProjectedPosterior, tiles
from transferperf.models.rows import Rows

D, NOISE = 5, 0.05


def data(n: int, seed: int = 0) -> tuple[Tensor, Tensor]:
    """Distinct binary configurations (n, 5) with smooth values (n,)."""
    stream = np.random.default_rng(seed)
    X = np.array(list(np.ndindex(*(2,) * D)), dtype=float)[stream.permutation(2**D)[:n]]
    return torch.as_tensor(X), torch.as_tensor(X @ stream.normal(size=D) + 0.1 * stream.normal(size=n))


class DenseGP(gpytorch.models.ExactGP):
    """The same process as gpytorch computes it."""

    def __init__(self, X: Tensor, z: Tensor, kernel: OptionKernel) -> None:
        likelihood = gpytorch.likelihoods.GaussianLikelihood().double()
        likelihood.noise = NOISE
        super().__init__(X, z, likelihood)
        self.mean_module = gpytorch.means.ZeroMean()
        self.kernel = kernel

    def forward(self, X: Tensor) -> gpytorch.distributions.MultivariateNormal:
        """Prior at rows X."""
        covariance = to_linear_operator(self.kernel.forward(X, X) + MEAN_VARIANCE)
        return gpytorch.distributions.MultivariateNormal(self.mean_module(X), covariance)


def test_mean_and_variance_equal_those_of_gpytorch() -> None:
    """Our posterior is the dense reference's, to rounding."""
    (X, z), (new, _) = data(12), data(20, seed=1)
    kernel = OptionKernel([2] * D)
    reference = DenseGP(X, z, kernel).eval()
    with torch.no_grad():
        expected = reference(new)
    mean, variance = Posterior.condition(kernel, NOISE, Rows.of(X, z)).predict(new)
    torch.testing.assert_close(mean, expected.mean, rtol=1e-6, atol=1e-8)
    torch.testing.assert_close(variance, expected.variance, rtol=1e-5, atol=1e-8)
    torch.testing.assert_close(Posterior.condition(kernel, NOISE, Rows.of(X, z)).mean(new), mean)


def test_leaving_one_out_equals_conditioning_on_the_others() -> None:
    """The closed form is what n posteriors on n - 1 rows say."""
    X, z = data(10)
    kernel = OptionKernel([2] * D)
    mean, variance = Posterior.condition(kernel, NOISE, Rows.of(X, z)).leave_one_out()
    for i in range(len(z)):
        others = torch.arange(len(z)) != i
        m, v = Posterior.condition(kernel, NOISE, Rows.of(X[others], z[others])).predict(X[i : i + 1])
        torch.testing.assert_close(mean[i], m[0], rtol=1e-8, atol=1e-10)
        torch.testing.assert_close(variance[i], v[0] + NOISE, rtol=1e-8, atol=1e-10)


def test_known_noise_adds_to_the_diagonal() -> None:
    """A row whose noise is known to be large says as little as a row that is not there."""
    (X, z), (new, _) = data(12), data(20, seed=1)
    kernel, known = OptionKernel([2] * D), torch.zeros(12, dtype=torch.float64)
    known[3:] = 1e9
    few = Posterior.condition(kernel, NOISE, Rows.of(X[:3], z[:3])).predict(new)
    many = Posterior.condition(kernel, NOISE, Rows.of(X, z, known)).predict(new)
    torch.testing.assert_close(many, few, rtol=1e-6, atol=1e-6)


def test_noiseless_data_are_interpolated() -> None:
    """With almost no noise the mean passes through every value, and the variance vanishes there."""
    X, z = data(15)
    mean, variance = Posterior.condition(OptionKernel([2] * D), 1e-8, Rows.of(X, z)).predict(X)
    torch.testing.assert_close(mean, z, rtol=1e-5, atol=1e-5)
    assert variance.max() < 1e-6


def test_extending_equals_conditioning_on_all_rows() -> None:
    """Rows may come in two portions."""
    (X, z), (new, _) = data(16), data(20, seed=1)
    kernel = OptionKernel([2] * D)
    whole = Posterior.condition(kernel, NOISE, Rows.of(X, z)).predict(new)
    parts = Posterior.condition(kernel, NOISE, Rows.of(X[:9], z[:9])).extend(Rows.of(X[9:], z[9:])).predict(new)
    torch.testing.assert_close(parts, whole)


def test_a_projection_onto_all_rows_is_exact() -> None:
    """Where every row is an inducing row, nothing is lost."""
    (X, z), (new, _) = data(20), data(20, seed=1)
    kernel = OptionKernel([2] * D)
    exact = Posterior.condition(kernel, NOISE, Rows.of(X, z)).predict(new)
    projected = ProjectedPosterior.condition(kernel, NOISE, Rows.of(X, z), X).predict(new)
    torch.testing.assert_close(projected[0], exact[0], rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(projected[1], exact[1], rtol=1e-3, atol=1e-5)


@pytest.mark.parametrize("n", [0, 1, 1000])
def test_tiles_hold_every_row_once(n: int) -> None:
    """Cutting and joining gives the rows back, also where there are none."""
    X = torch.arange(2.0 * n).reshape(n, 2)
    torch.testing.assert_close(torch.cat(list(tiles(X, 1 << 18))), X)
