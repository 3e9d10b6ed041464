"""Claims about the kernel of options and source predictions."""

import numpy as np
import torch

from tests.kernels.claims import assert_slopes_are_those_of_automatic_differentiation, disturbed
from transferperf.kernels import SourceInformedKernel, log_matern52

D, M = 3, 2


def rows(n: int, seed: int) -> torch.Tensor:
    """Rows of three binary options and two source predictions, shape (n, 5)."""
    stream = np.random.default_rng(seed)
    return torch.as_tensor(np.hstack([stream.integers(2, size=(n, D)), stream.normal(size=(n, M))]).astype(float))


def test_the_covariance_is_linear_plus_nonlinear_plus_options() -> None:
    """The matrix is the sum of the three parts, each computed on its own."""
    kernel, x = SourceInformedKernel([2] * D, M), rows(6, 0)
    options, s = x[:, :D], x[:, D:]
    weights = kernel.log_weight.exp()
    linear = kernel.log_linear.exp() * (s * weights) @ s.T
    distance = (weights * (s[:, None] - s[None]) ** 2).sum(-1).sqrt()
    expected = (
        linear + kernel.log_nonlinear.exp() * log_matern52(distance).exp() + kernel.options.forward(options, options)
    )
    torch.testing.assert_close(kernel.forward(x, x), expected, rtol=1e-6, atol=1e-6)


def test_the_variance_is_the_diagonal_of_the_matrix() -> None:
    """What `diag` asks for is what stands on the diagonal."""
    kernel, x = SourceInformedKernel([2] * D, M), rows(6, 1)
    torch.testing.assert_close(kernel.forward(x, x, diag=True), kernel.forward(x, x).diagonal(), rtol=1e-6, atol=1e-6)


def test_gradients_are_finite_where_two_rows_are_equal() -> None:
    """The root of a distance of 0 has no slope, and the kernel does not divide by it."""
    kernel, x = SourceInformedKernel([2] * D, M), rows(1, 2).repeat(2, 1)
    kernel.forward(x, x).sum().backward()
    assert all(p.grad is None or torch.isfinite(p.grad).all() for p in kernel.parameters())


def test_slopes_are_those_of_automatic_differentiation() -> None:
    """Those of the sources' weights and of the options alike."""
    kernel = disturbed(SourceInformedKernel([2] * D, M), np.random.default_rng(2))
    assert_slopes_are_those_of_automatic_differentiation(kernel, rows(9, 1), rows(7, 2))
