"""Gaussian processes conditioned on data: exact, and projected onto inducing rows where there are many.

Symbols: X (n, d) rows, z (n,) latent values, K (n, n) their covariance, noise the variance of z given the response.
A constant of unit prior variance is part of every covariance: the mean of z is not quite known.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from transferperf.kernels import PairwiseKernel
from transferperf.models.linalg import factor
from transferperf.models.rows import Rows

MEAN_VARIANCE = 1.0
"""Prior variance of the constant mean, in units of the standardised z."""

TILE = 1 << 18
"""Covariances held at a time while many rows are predicted: few enough for the processor's cache."""


def covariance(kernel: PairwiseKernel, x1: Tensor, x2: Tensor) -> Tensor:
    """Dense covariance of rows x1 (n, d) and x2 (m, d) with the constant mean's: shape (n, m)."""
    K = kernel.covariance(x1, x2)
    K += MEAN_VARIANCE
    return K


@dataclass(frozen=True, slots=True)
class Posterior:
    """An exact Gaussian-process posterior (Rasmussen & Williams, algorithm 2.1).

    Parameters
    ----------
    kernel
        Covariance with its fitted parameters.
    rows
        What it is conditioned on.
    noise
        Variance of the measurement noise, beyond what is known of each row.
    """

    kernel: PairwiseKernel
    rows: Rows
    noise: float
    L: Tensor
    alpha: Tensor

    @classmethod
    def condition(cls, kernel: PairwiseKernel, noise: float, rows: Rows, K: Tensor | None = None) -> "Posterior":
        """The posterior given rows, whose covariance K (n, n) may be known already."""
        with torch.no_grad():
            K = covariance(kernel, rows.X, rows.X) if K is None else K
            L = factor(K, noise + rows.known)
            alpha = torch.cholesky_solve(rows.z[:, None], L)[:, 0]  # K^-1 z, line 3
        return cls(kernel, rows, noise, L, alpha)

    def extend(self, rows: Rows) -> "Posterior":
        """The posterior given m further rows, with the same parameters, in O(n^2 m): the factor grows by m rows."""
        n, joined = len(self.rows), self.rows.join(rows)
        with torch.no_grad():
            K = covariance(self.kernel, joined.X, rows.X)  # (n + m, m)
            S = torch.linalg.solve_triangular(self.L, K[:n], upper=False)
            L = self.L.new_zeros(len(joined), len(joined))
            L[:n, :n], L[n:, :n] = self.L, S.mT
            L[n:, n:] = factor(K[n:] - S.mT @ S, self.noise + rows.known)
            alpha = torch.cholesky_solve(joined.z[:, None], L)[:, 0]
        return Posterior(self.kernel, joined, self.noise, L, alpha)

    def mean(self, X: Tensor) -> Tensor:
        """Mean of the response at rows X (m, d): shape (m,)."""
        return _mean(self.kernel, self.rows.X, self.alpha, X)

    def predict(self, X: Tensor) -> tuple[Tensor, Tensor]:
        """Mean and variance of the response at rows X (m, d), without noise: each (m,)."""
        return _moments(self.kernel, self.rows.X, self.alpha, X, self._explained)

    def covariance(self, X: Tensor) -> Tensor:
        """Covariance of the response at rows X (m, d), without noise: shape (m, m) (eq. 2.26)."""
        with torch.no_grad():
            S = torch.linalg.solve_triangular(self.L, covariance(self.kernel, self.rows.X, X), upper=False)
            return covariance(self.kernel, X, X) - S.mT @ S

    def _explained(self, K_s: Tensor) -> Tensor:
        """Variance that the data take away, from covariances K_s (n, m): shape (m,) (lines 5 and 6)."""
        return torch.linalg.solve_triangular(self.L, K_s, upper=False).square().sum(0)

    def leave_one_out(self) -> tuple[Tensor, Tensor]:
        """Mean and variance (with noise) of each z given all the others (eq. 5.12): each (n,)."""
        diagonal = torch.cholesky_inverse(self.L).diagonal()
        return self.rows.z - self.alpha / diagonal, 1 / diagonal


@dataclass(frozen=True, slots=True)
class ProjectedPosterior:
    """A posterior that many rows reach through m inducing rows (projected process, R & W sec. 8.3.4).

    Parameters
    ----------
    Z
        Inducing rows, shape (m, d).
    weights
        Mean of the response is k(x, Z) weights; shape (m,).
    reduction
        Variance is k(x, x) - k(x, Z) reduction k(Z, x); shape (m, m).
    """

    kernel: PairwiseKernel
    noise: float
    Z: Tensor
    weights: Tensor
    reduction: Tensor

    @classmethod
    def condition(cls, kernel: PairwiseKernel, noise: float, rows: Rows, Z: Tensor) -> "ProjectedPosterior":
        """The posterior given rows, seen through Z (m, d); memory is O(m^2)."""
        with torch.no_grad():
            K_mm = covariance(kernel, Z, Z)
            K_mm = K_mm + 1e-8 * K_mm.diagonal().mean() * torch.eye(len(Z), dtype=Z.dtype)
            A, b, start = noise * K_mm, torch.zeros(len(Z), dtype=Z.dtype), 0
            for tile in tiles(rows.X, len(Z)):
                K_mt = covariance(kernel, Z, tile)
                A, b = A + K_mt @ K_mt.mT, b + K_mt @ rows.z[start : start + len(tile)]
                start += len(tile)
            L, L_mm = factor(A, 0.0), factor(K_mm, 0.0)
            weights = torch.cholesky_solve(b[:, None], L)[:, 0]  # eq. 8.26
            reduction = torch.cholesky_inverse(L_mm) - noise * torch.cholesky_inverse(L)  # eq. 8.27
        return cls(kernel, noise, Z, weights, reduction)

    def mean(self, X: Tensor) -> Tensor:
        """Mean of the response at rows X (k, d): shape (k,)."""
        return _mean(self.kernel, self.Z, self.weights, X)

    def predict(self, X: Tensor) -> tuple[Tensor, Tensor]:
        """Mean and variance of the response at rows X (k, d), without noise: each (k,)."""
        return _moments(self.kernel, self.Z, self.weights, X, self._explained)

    def _explained(self, K_s: Tensor) -> Tensor:
        """Variance that the data take away, from covariances K_s (m, k): shape (k,) (eq. 8.27)."""
        return (K_s * (self.reduction @ K_s)).sum(0)


def _moments(
    kernel: PairwiseKernel, rows: Tensor, weights: Tensor, X: Tensor, explained: Callable[[Tensor], Tensor]
) -> tuple[Tensor, Tensor]:
    """Mean and variance at X (m, d), from covariances with rows (n, d): each (m,)."""
    means, variances = [], []
    with torch.no_grad():
        for tile in tiles(X, len(rows)):
            K_s = covariance(kernel, rows, tile)  # (n, tile)
            prior = kernel.variance(tile) + MEAN_VARIANCE
            means.append(K_s.mT @ weights)
            variances.append((prior - explained(K_s)).clamp_min(1e-12))
    return torch.cat(means), torch.cat(variances)


def _mean(kernel: PairwiseKernel, rows: Tensor, weights: Tensor, X: Tensor) -> Tensor:
    """Sum of covariances with rows (n, d), weighted (n,), at X (m, d): shape (m,)."""
    with torch.no_grad():
        return torch.cat([covariance(kernel, rows, tile).mT @ weights for tile in tiles(X, len(rows))])


def tiles(X: Tensor, n: int) -> Iterator[Tensor]:
    """Rows of X in pieces whose covariance with n other rows fits TILE; one empty piece where X is empty."""
    yield from X.split(max(1, TILE // max(1, n))) if len(X) else (X,)
