"""Claims about the kernels of environments."""

import gpytorch
import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.kernels.claims import (
    assert_a_batch_is_each_of_its_members,
    assert_slopes_are_those_of_automatic_differentiation,
    disturbed,
)
from transferperf.kernels import PairwiseKernel
from transferperf.kernels.environments import CoregionalisationKernel, DescriptorKernel, MultiTaskKernel, OwnKernel

N_LEVELS = (2, 0, 3)
"""A binary, an ordered and a three-way option."""

DESCRIBED = (0, 0, 2)
"""Two numbers and a label with two values."""

E = 4
"""Environments."""


def options(n: int, stream: np.random.Generator) -> np.ndarray:
    """Random encoded configurations, shape (n, 3)."""
    return np.stack([stream.integers(2, size=n), stream.random(n), stream.integers(3, size=n)], axis=1)


def described(n: int, stream: np.random.Generator) -> np.ndarray:
    """Descriptors of n rows, each of one of E environments: shape (n, 3)."""
    environments = np.column_stack([stream.random((E, 2)), stream.integers(2, size=E)])
    return environments[stream.integers(E, size=n)]


def case(which: str, seed: int, n: int = 9) -> tuple[PairwiseKernel, torch.Tensor]:
    """A kernel and n rows that it reads."""
    stream = np.random.default_rng(seed)
    numbered = stream.integers(E, size=(n, 1)).astype(float)
    kernel: PairwiseKernel
    terms: list[PairwiseKernel]
    match which:
        case "numbered":
            kernel, x = CoregionalisationKernel(E, 2), numbered
        case "described":
            kernel, x = DescriptorKernel(DESCRIBED), described(n, stream)
        case "multi-task":
            terms = [CoregionalisationKernel(E, 2), CoregionalisationKernel(E, 1), OwnKernel(0.3)]
            kernel, x = MultiTaskKernel(N_LEVELS, terms, DescriptorKernel((E,))), numbered
        case _:
            terms = [DescriptorKernel(DESCRIBED), DescriptorKernel(DESCRIBED)]
            kernel, x = MultiTaskKernel(N_LEVELS, terms, DescriptorKernel(DESCRIBED)), described(n, stream)
    x = np.column_stack([options(n, stream), x]) if isinstance(kernel, MultiTaskKernel) else x
    return disturbed(kernel, stream), torch.as_tensor(x)


CASES = pytest.mark.parametrize("which", ["numbered", "described", "multi-task", "multi-task, described"])


@CASES
def test_slopes_are_those_of_automatic_differentiation(which: str) -> None:
    """The formulas pull slopes back as torch does, in numpy and in torch."""
    kernel, x = case(which, 0, 16)
    assert_slopes_are_those_of_automatic_differentiation(kernel, x[:9], x[9:])


@CASES
def test_a_batch_of_kernels_is_each_of_its_members(which: str) -> None:
    """Leading dimensions of the parameters are a batch of kernels, in covariances and slopes."""
    members = [case(which, seed) for seed in range(3)]
    kernel, x = members[0]
    values = [{name: v.detach().numpy() for name, v in member.values().items()} for member, _ in members]
    assert_a_batch_is_each_of_its_members(kernel, x.numpy(), values)


@CASES
@given(seed=st.integers(0, 1000))
@settings(max_examples=10, deadline=None)
def test_every_covariance_matrix_is_positive_semidefinite(which: str, seed: int) -> None:
    """No parameters give a covariance with a negative eigenvalue beyond rounding."""
    kernel, x = case(which, seed, 20)
    K = kernel.forward(x, x).detach()
    assert torch.linalg.eigvalsh(K).min() > -1e-10 * K.diagonal().max()


@CASES
def test_the_variance_is_the_diagonal_of_the_matrix(which: str) -> None:
    """What `diag` asks for is what stands on the diagonal."""
    kernel, x = case(which, 5)
    torch.testing.assert_close(kernel.forward(x, x, diag=True), kernel.forward(x, x).diagonal())


def test_coregionalisation_is_that_of_gpytorch() -> None:
    """The covariance of numbered environments is gpytorch's IndexKernel's, and one term its multi-task product."""
    kernel, x = case("multi-task", 2)
    assert isinstance(kernel, MultiTaskKernel)
    own = kernel.environments[0]
    index = gpytorch.kernels.IndexKernel(num_tasks=E, rank=2).double()
    index.covar_factor.data, index.var = own.weights.data, own.log_own.exp()
    X, t = x[:, :3], x[:, 3:]
    numbers = t[:, 0].long()
    expected = index.covar_matrix.to_dense()[numbers][:, numbers]
    torch.testing.assert_close(own.forward(t, t), expected)
    with torch.no_grad():
        for name in ("weights", "log_own"):
            kernel.environments[1].get_parameter(name).fill_(-40.0 if name == "log_own" else 0.0)
        kernel.options[2].log_main.fill_(-40.0)
        kernel.options[2].log_twofold.fill_(-40.0)
        kernel.options[2].log_product.fill_(-40.0)
        kernel.log_level.fill_(-40.0)
    product = expected * kernel.options[0](X, X).to_dense()
    torch.testing.assert_close(kernel.forward(x, x), product, rtol=1e-10, atol=1e-12)


def test_descriptors_are_factors_of_gpytorchs_kernels() -> None:
    """Numbers have gpytorch's Matern covariance each, labels an exponential of being different; all are multiplied."""
    kernel, x = case("described", 1)
    theta = kernel.log_theta.detach().exp()
    expected = torch.exp(-theta[2] * (x[:, None, 2] != x[None, :, 2]))
    for j in range(2):
        matern = gpytorch.kernels.MaternKernel(nu=2.5).double()
        matern.lengthscale = theta[j] ** -0.5
        expected = expected * matern(x[:, j : j + 1]).to_dense()
    torch.testing.assert_close(kernel.forward(x, x), expected)


def test_no_descriptor_makes_all_environments_one() -> None:
    """Without a descriptor the correlation is 1 everywhere, and nothing has to be learned."""
    x = torch.empty((4, 0), dtype=torch.float64)
    kernel = DescriptorKernel(())
    torch.testing.assert_close(kernel.forward(x, x), torch.ones((4, 4), dtype=torch.float64))


def test_either_sign_of_correlation_is_as_likely_before_evidence() -> None:
    """The prior of two environments' correlation is symmetric, and in half of its mass above about 0.6 in size."""
    kernel, stream = CoregionalisationKernel(2), np.random.default_rng(0)
    priors = {name.removesuffix("_prior"): prior for name, _, prior, _, _ in kernel.named_priors()}
    n = 20_000
    draws = {
        name: p.loc.numpy() + p.scale.numpy() * stream.normal(size=(n, *p.loc.shape)) for name, p in priors.items()
    }
    W, v = draws["weights"][..., 0], np.exp(draws["log_own"])
    correlation = W.prod(-1) / np.sqrt((W**2 + v).prod(-1))
    assert abs((correlation > 0).mean() - 0.5) < 0.02
    assert 0.5 < np.median(np.abs(correlation)) < 0.7


def test_a_kernel_reads_only_its_own_descriptors() -> None:
    """Columns beyond those that it has parameters for change nothing."""
    kernel, x = case("described", 4)
    longer = torch.cat([x, torch.rand((len(x), 2), generator=torch.Generator().manual_seed(0), dtype=x.dtype)], dim=-1)
    torch.testing.assert_close(kernel.forward(longer, longer), kernel.forward(x, x))
