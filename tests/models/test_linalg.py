"""Claims about the linear algebra of covariances."""

import itertools

import numpy as np
import pytest
import torch
from scipy import stats

from transferperf.errors import NotEnoughDataError
from transferperf.kernels.arrays import Array
from transferperf.models.linalg import factor, log_likelihoods, solve


def covariance(n: int, seed: int) -> np.ndarray:
    """A well-conditioned covariance, shape (n, n)."""
    root = np.random.default_rng(seed).normal(size=(n, n))
    return root @ root.T / n + np.eye(n)


def problem(kind: str) -> tuple[Array, Array, Array]:
    """A covariance (6, 6), noise (6,) and values (6,), as arrays of numpy or of torch."""
    K, noise, z = covariance(6, 0), np.linspace(0.1, 0.6, 6), np.random.default_rng(1).normal(size=6)
    return (torch.as_tensor(K), torch.as_tensor(noise), torch.as_tensor(z)) if kind == "torch" else (K, noise, z)


@pytest.mark.parametrize("kind", ["numpy", "torch"])
def test_the_likelihood_is_that_of_a_normal_distribution(kind: str) -> None:
    """What is solved, and what is computed for a batch, is the textbook's density."""
    K, noise, z = problem("numpy")
    expected = stats.multivariate_normal.logpdf(z, cov=K + np.diag(noise))
    K, noise, z = problem(kind)
    batch = K[None] * 1.0
    solved = solve(K, noise, z)
    assert solved is not None
    assert solved.likelihood == pytest.approx(expected, rel=1e-12)
    assert log_likelihoods(batch, noise[None], z) == pytest.approx([expected], rel=1e-12)


@pytest.mark.parametrize("kind", ["numpy", "torch"])
@pytest.mark.parametrize("edges", [(0, 6), (0, 2, 5, 6)])
def test_slopes_in_blocks_are_finite_differences(kind: str, edges: tuple[int, ...]) -> None:
    """Moving a covariance and its mirror image moves the likelihood as the blocks on and below the diagonal say."""
    clean, noise, z = problem("numpy")
    solved = solve(*problem(kind))
    assert solved is not None
    for start, stop in itertools.pairwise(edges):
        W = np.asarray(solved.slope(start, stop))
        for i, j in np.ndindex(stop - start, stop):
            if j > start + i:
                continue
            step = np.zeros((6, 6))
            step[start + i, j] = step[j, start + i] = 1e-6
            up, down = log_likelihoods(np.stack([clean + step, clean - step]), np.stack([noise, noise]), z)
            mirrored = W[i, j] + (W[j - start, start + i] if j >= start and start + i != j else 0.0)
            assert mirrored == pytest.approx((up - down) / 2e-6, rel=1e-5, abs=1e-7)


def test_only_the_lower_triangle_is_read() -> None:
    """What stands above the diagonal does not matter."""
    K, noise, z = problem("numpy")
    clean = solve(K.copy(), noise, z)
    spoilt = solve(np.tril(K) + np.triu(np.full((6, 6), np.nan), 1), noise, z)
    assert clean is not None
    assert spoilt is not None
    assert spoilt.likelihood == clean.likelihood
    np.testing.assert_array_equal(spoilt.inverse, clean.inverse)


@pytest.mark.parametrize("kind", ["numpy", "torch"])
def test_an_indefinite_matrix_gets_the_jitter_that_mends_it(kind: str) -> None:
    """A singular matrix is factored nearly, and stays as it was; one far from a covariance is an error."""
    K: Array = np.ones((4, 4))
    K = torch.as_tensor(K) if kind == "torch" else K
    L = np.asarray(factor(K, -1e-7))
    np.testing.assert_allclose(L @ L.T, np.ones((4, 4)), atol=1e-5)
    assert (np.asarray(K) == 1.0).all()
    assert solve(-1.0 * K, 0.0 * K[0], K[0]) is None
    assert log_likelihoods(-1.0 * K[None], 0.0 * K[:1], K[0]) == [-np.inf]
    with pytest.raises(NotEnoughDataError, match="4 rows"):
        factor(-1.0 * K, 0.0)
