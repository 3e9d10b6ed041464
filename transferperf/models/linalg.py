"""Linear algebra of covariance matrices, in numpy (LAPACK) or torch: K with noise is factored, never inverted blindly.

A matrix that rounding left indefinite gets the smallest jitter that mends it. A covariance is symmetric: what stands
above its diagonal is not read, and LAPACK, which counts columns first, is given the transpose, in place.
"""

import math
from typing import NamedTuple

import numpy as np
import torch
from scipy.linalg import lapack

from transferperf.errors import NotEnoughDataError
from transferperf.kernels.arrays import Array

JITTERS = (0.0, 1e-10, 1e-8, 1e-6, 1e-4, 1e-2)
"""What is added to the diagonal, in turn, in units of the standardised z."""


class Solved(NamedTuple):
    """What the marginal likelihood and its slopes need of one covariance (R & W, eqs. 5.8 and 5.9).

    Attributes
    ----------
    likelihood
        Log marginal likelihood of z.
    alpha
        K^-1 z, shape (n,).
    inverse
        K^-1 below the diagonal, half of it on the diagonal, zero above; shape (n, n).
    trace
        Trace of K^-1.
    """

    likelihood: float
    alpha: Array
    inverse: Array
    trace: float

    def slope(self, start: int, stop: int) -> Array:
        """Slope of the likelihood by the covariances of rows start to stop with all before stop: (stop - start, stop).

        A pair of rows counts once: a covariance and its mirror image have one slope together.
        """
        right = self.alpha[:stop] * 1.0
        right[start:] *= 0.5
        W = self.alpha[start:stop, None] * right
        W -= self.inverse[start:stop, :stop]
        return W


def solve(K: Array, noise: Array, z: Array) -> Solved | None:
    """Likelihood of z (n,) under K (n, n) with noise (n,) on its diagonal, for slopes; None where it has no factor.

    K is overwritten.
    """
    _diagonal(K)[...] += noise
    L = _cholesky(K)
    if L is None:
        return None
    sum_of_logs = float(_sum_of_logs(L))
    if isinstance(L, torch.Tensor):
        alpha, inverse = torch.cholesky_solve(z[:, None], L)[:, 0], torch.cholesky_inverse(L).tril_()
    else:
        alpha, _ = lapack.dpotrs(L.T, z)
        inverse = lapack.dpotri(L.T, overwrite_c=1)[0].T
    diagonal = _diagonal(inverse)
    trace = float(diagonal.sum())
    diagonal *= 0.5
    return Solved(_likelihood(float(z @ alpha), sum_of_logs, len(z)), alpha, inverse, trace)


def factor(K: Array, noise: Array | float) -> Array:
    """Lower Cholesky factor of K (n, n) with noise, () or (n,), on its diagonal: shape (n, n)."""
    for jitter in JITTERS:
        noisy = K.clone() if isinstance(K, torch.Tensor) else np.array(K, order="C")
        _diagonal(noisy)[...] += noise + jitter
        L = _cholesky(noisy)
        if L is not None:
            return L
    raise no_factor(len(K))


def no_factor(n: int) -> NotEnoughDataError:
    """The error of a covariance of n rows that no jitter mends."""
    return NotEnoughDataError(f"a covariance of {n} rows has no Cholesky factor; are there values without a bound?")


def log_likelihoods(K: Array, noise: Array, z: Array) -> np.ndarray:
    """Log marginal likelihood of z (n,) under each of K (b, n, n) with noise (b, n) (R & W, eq. 5.8): shape (b,).

    A covariance without a Cholesky factor has the likelihood 0. K is overwritten.
    """
    return np.array([_log_likelihood(*pair, z) for pair in zip(K, noise, strict=True)])


def _log_likelihood(K: Array, noise: Array, z: Array) -> float:
    _diagonal(K)[...] += noise
    L = _cholesky(K)
    if L is None:
        return -math.inf
    is_torch = isinstance(L, torch.Tensor)
    alpha = torch.cholesky_solve(z[:, None], L)[:, 0] if is_torch else lapack.dpotrs(L.T, z)[0]
    return _likelihood(float(z @ alpha), float(_sum_of_logs(L)), len(z))


def _likelihood(misfit: float, sum_of_logs: float, n: int) -> float:
    return -0.5 * misfit - sum_of_logs - 0.5 * n * math.log(2 * math.pi)


def _cholesky(K: Array) -> Array | None:
    """Lower Cholesky factor of K (n, n), in its place if it can be."""
    if isinstance(K, torch.Tensor):
        L, failed = torch.linalg.cholesky_ex(K)
    else:
        U, failed = lapack.dpotrf(K.T, overwrite_a=1)
        L = U.T
    return None if failed else L


def _diagonal(K: Array) -> Array:
    """The diagonal of K (n, n), to be written to."""
    return K.diagonal() if isinstance(K, torch.Tensor) else K.reshape(-1)[:: len(K) + 1]


def _sum_of_logs(L: Array) -> Array:
    """Half the log determinant, from the factor L (n, n)."""
    return L.diagonal().log().sum() if isinstance(L, torch.Tensor) else np.log(_diagonal(L)).sum()
