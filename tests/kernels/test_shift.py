"""Claims about the kernel of a linear shift."""

import numpy as np
import torch

from tests.kernels.claims import (
    assert_a_batch_is_each_of_its_members,
    assert_slopes_are_those_of_automatic_differentiation,
    disturbed,
)
from transferperf.kernels import LinearShiftKernel

D, M = 2, 3


def rows(n: int, seed: int) -> torch.Tensor:
    """Rows of two binary options and three source predictions, shape (n, 5)."""
    stream = np.random.default_rng(seed)
    return torch.as_tensor(np.hstack([stream.integers(2, size=(n, D)), stream.normal(size=(n, M))]).astype(float))


def random_kernel(seed: int) -> LinearShiftKernel:
    """A kernel whose weights are drawn around their prior."""
    return disturbed(LinearShiftKernel(D, M), np.random.default_rng(seed))


def test_the_covariance_is_a_weighted_sum_over_sources() -> None:
    """Each pair of rows has the products of what the sources say, weighted."""
    kernel, x1, x2 = random_kernel(0), rows(4, 0), rows(3, 1)
    w = kernel.log_weight.exp().tolist()
    expected = [[sum(w[j] * a[D + j] * b[D + j] for j in range(M)) for b in x2.tolist()] for a in x1.tolist()]
    torch.testing.assert_close(kernel.forward(x1, x2).detach(), torch.tensor(expected, dtype=torch.float64))


def test_options_are_not_looked_at() -> None:
    """Rows of which the sources say the same are the same row."""
    kernel, x = random_kernel(1), rows(5, 2)
    flipped = x.clone()
    flipped[:, :D] = 1 - flipped[:, :D]
    torch.testing.assert_close(kernel.forward(x, flipped), kernel.forward(x, x), rtol=0, atol=0)


def test_the_variance_is_the_diagonal_of_the_matrix() -> None:
    """What `diag` asks for is what stands on the diagonal."""
    kernel, x = random_kernel(3), rows(7, 3)
    torch.testing.assert_close(kernel.forward(x, x, diag=True), kernel.forward(x, x).diagonal())


def test_slopes_are_those_of_automatic_differentiation() -> None:
    """The formula pulls slopes back as torch does, in numpy and in torch."""
    assert_slopes_are_those_of_automatic_differentiation(random_kernel(2), rows(9, 1), rows(7, 2))


def test_a_batch_of_weights_is_each_of_its_members() -> None:
    """Covariances and slopes of many kernels at once are those of one after the other."""
    weights = np.random.default_rng(5).normal(size=(4, M))
    members = [{"log_weight": one} for one in weights]
    assert_a_batch_is_each_of_its_members(LinearShiftKernel(D, M), rows(6, 4).numpy(), members)
