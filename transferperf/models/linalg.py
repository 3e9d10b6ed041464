"""Linear algebra of covariance matrices, in numpy (LAPACK) or torch: K with noise is factored, never inverted blindly.

A matrix that rounding left indefinite gets the smallest jitter that mends it.
"""

import math

import numpy as np
import torch
from scipy.linalg import lapack, solve_triangular

from transferperf.errors import NotEnoughDataError
from transferperf.kernels.arrays import Array

JITTERS = (0.0, 1e-10, 1e-8, 1e-6, 1e-4, 1e-2)
"""What is added to the diagonal, in turn, in units of the standardised z."""


def factor(K: Array, noise: Array | float) -> Array:
    """Lower Cholesky factor of K (n, n) with noise, () or (n,), on its diagonal: shape (n, n)."""
    for jitter in JITTERS:
        if isinstance(K, torch.Tensor):
            diagonal = torch.as_tensor(noise, dtype=K.dtype, device=K.device).expand(len(K))
            L, failed = torch.linalg.cholesky_ex(K + torch.diag(diagonal + jitter))
        else:
            noisy = np.array(K, order="F")
            noisy.flat[:: len(K) + 1] += noise + jitter
            L, failed = lapack.dpotrf(noisy, lower=1, overwrite_a=1)
        if not failed:
            return L
    raise NotEnoughDataError(f"a covariance of {len(K)} rows has no Cholesky factor; are there values without a bound?")


def inverse_and_log_det(K: Array, noise: Array) -> tuple[Array, float]:
    """Inverse (n, n) and log determinant of K (n, n) with noise (n,) on its diagonal."""
    L = factor(K, noise)
    log_det = 2 * float(sum_of_logs(L))
    if isinstance(L, torch.Tensor):
        return torch.cholesky_inverse(L), log_det
    inverse, _ = lapack.dpotri(L, lower=1, overwrite_c=1)  # its lower triangle
    lower = np.tril(inverse, -1)
    return lower + lower.T + np.diag(inverse.diagonal()), log_det


def sum_of_logs(L: Array) -> Array:
    """Half the log determinant, from the factor L (n, n)."""
    diagonal = L.diagonal()
    return diagonal.log().sum() if isinstance(L, torch.Tensor) else np.log(diagonal).sum()


def log_likelihoods(K: Array, noise: Array, z: Array) -> np.ndarray:
    """Log marginal likelihood of z (n,) under each of K (b, n, n) with noise (b, n) (R & W, eq. 5.8): shape (b,).

    A covariance without a Cholesky factor has the likelihood 0.
    """
    constant = -0.5 * len(z) * math.log(2 * math.pi)
    if isinstance(K, torch.Tensor):
        L, failed = torch.linalg.cholesky_ex(K + torch.diag_embed(noise))
        a = torch.linalg.solve_triangular(L, z[:, None].expand(len(K), -1, 1), upper=False)[..., 0]
        answer = constant - 0.5 * (a * a).sum(-1) - L.diagonal(dim1=-2, dim2=-1).log().sum(-1)
        return answer.masked_fill(failed > 0, -torch.inf).cpu().numpy()
    answers = np.full(len(K), -np.inf)
    for b in range(len(K)):
        noisy = np.array(K[b], order="F")
        noisy.flat[:: len(z) + 1] += noise[b]
        L, failed = lapack.dpotrf(noisy, lower=1, overwrite_a=1)
        if not failed:
            a = solve_triangular(L, z, lower=True, check_finite=False)
            answers[b] = constant - 0.5 * a @ a - sum_of_logs(L)
    return answers
