"""Claims about the kernel of options."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.kernels.claims import assert_slopes_are_those_of_automatic_differentiation, disturbed
from transferperf.kernels import OptionKernel, comparison

N_LEVELS = (2, 0, 3, 0)
"""A binary, an ordered, a three-way and another ordered option."""


def rows(n: int, seed: int) -> torch.Tensor:
    """Random encoded configurations of N_LEVELS, shape (n, 4)."""
    stream = np.random.default_rng(seed)
    columns = [stream.integers(levels, size=n) if levels else stream.random(n) for levels in N_LEVELS]
    return torch.as_tensor(np.stack(columns, axis=1).astype(float))


def random_kernel(seed: int) -> OptionKernel:
    """A kernel whose parameters are drawn around their priors."""
    return disturbed(OptionKernel(N_LEVELS), np.random.default_rng(seed))


def matern(r: float) -> float:
    """Matern-5/2 as a textbook writes it."""
    return (1 + math.sqrt(5) * r + 5 * r**2 / 3) * math.exp(-math.sqrt(5) * r)


def by_definition(kernel: OptionKernel, x: list[float], y: list[float]) -> float:
    """The covariance of one pair, option by option, from the equations at the head of the module."""
    theta = kernel.log_theta.exp().tolist()
    g, h = [], []
    for j, levels in enumerate(N_LEVELS):
        if levels:
            g.append(math.exp(-theta[j] * (x[j] != y[j])))
            h.append(float(x[j] == y[j]))
        else:
            g.append(matern(math.sqrt(theta[j]) * abs(x[j] - y[j])))
            h.append(matern(abs(x[j] - y[j])))
    main = sum(t * effect for t, effect in zip(theta, h, strict=True)) / sum(theta)
    scale = {part: kernel.get_parameter(part).exp().item() for part in ("log_main", "log_twofold", "log_product")}
    return scale["log_main"] * main + scale["log_twofold"] * main**2 + scale["log_product"] * math.prod(g)


@given(seed=st.integers(0, 1000))
@settings(max_examples=20, deadline=None)
def test_the_matrix_equals_the_definition_pair_by_pair(seed: int) -> None:
    """The fast covariance is the one that the module's equations give for each pair."""
    kernel, x1, x2 = random_kernel(seed), rows(5, seed), rows(4, seed + 1)
    fast = kernel.forward(x1, x2).detach()
    slow = [[by_definition(kernel, x, y) for y in x2.tolist()] for x in x1.tolist()]
    torch.testing.assert_close(fast, torch.tensor(slow, dtype=torch.float64), rtol=1e-12, atol=1e-12)


def test_many_values_are_compared_row_by_row(monkeypatch: pytest.MonkeyPatch) -> None:
    """An option with more values than a table may have gives the same covariance."""
    kernel, x1, x2 = random_kernel(1), rows(9, 1), rows(7, 2)
    tabled = kernel.forward(x1, x2)
    monkeypatch.setattr(comparison, "MOST_VALUES", 3)
    torch.testing.assert_close(kernel.forward(x1, x2), tabled, rtol=1e-12, atol=1e-12)


def test_covariances_without_a_slope_are_those_with_one() -> None:
    """numpy, which is asked where no slope is wanted, computes what torch does."""
    kernel, x1, x2 = random_kernel(5), rows(9, 1), rows(7, 2)
    torch.testing.assert_close(kernel.covariance(x1, x2), kernel.forward(x1, x2).detach(), rtol=1e-12, atol=1e-12)


def test_exchangeable_options_are_compared_by_one_product() -> None:
    """Where all options are exchangeable, the short way gives the covariance and the slopes of the long one."""
    kernel, stream = OptionKernel([2, 3, 5, 2]), np.random.default_rng(4)
    x1, x2 = (np.stack([stream.integers(v, size=n) for v in kernel.n_levels], 1).astype(float) for n in (9, 7))
    pairs, W = kernel.compare(x1, x2), stream.normal(size=(9, 7))
    values = {name: stream.normal(size=tuple(p.shape)) for name, p in kernel.values().items()}
    short, pull_short = kernel.linearise(pairs, values)
    long, pull_long = kernel.linearise(pairs._replace(is_plain=False), values)
    assert pairs.is_plain
    np.testing.assert_allclose(short, long, rtol=1e-12)
    for name, slope in pull_long(W).items():
        np.testing.assert_allclose(pull_short(W)[name], slope, rtol=1e-9, atol=1e-12)


@given(seed=st.integers(0, 1000))
@settings(max_examples=20, deadline=None)
def test_every_covariance_matrix_is_positive_semidefinite(seed: int) -> None:
    """No parameters give a covariance with a negative eigenvalue beyond rounding."""
    x = rows(30, seed)
    K = random_kernel(seed).forward(x, x).detach()
    assert torch.linalg.eigvalsh(K).min() > -1e-10 * K.diagonal().max()


def test_the_variance_is_the_diagonal_of_the_matrix() -> None:
    """What `diag` asks for is what stands on the diagonal."""
    kernel, x = random_kernel(3), rows(7, 3)
    torch.testing.assert_close(kernel.forward(x, x, diag=True), kernel.forward(x, x).diagonal())


def test_an_option_without_relevance_does_not_count() -> None:
    """As theta goes to 0, configurations that differ in that option alone become one."""
    kernel = OptionKernel(N_LEVELS)
    with torch.no_grad():
        kernel.log_theta[0] = -30.0
    x = rows(1, 0)
    y = x.clone()
    y[0, 0] = 1 - y[0, 0]
    torch.testing.assert_close(kernel.forward(x, y), kernel.forward(x, x), rtol=1e-9, atol=0)


@pytest.mark.parametrize("most_values", [1, 32])
def test_slopes_are_those_of_automatic_differentiation(monkeypatch: pytest.MonkeyPatch, most_values: int) -> None:
    """The formulas pull slopes back as torch does, for tabled and for finely graded options, in numpy and in torch."""
    monkeypatch.setattr(comparison, "MOST_VALUES", most_values)
    kernel, x1, x2 = random_kernel(2), rows(9, 1), rows(7, 2)
    assert_slopes_are_those_of_automatic_differentiation(kernel, x1, x2)
