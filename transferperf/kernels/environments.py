"""Kernels of environments: how alike they are, learned freely or from what describes them.

Symbols: e environments, r ranks, k descriptors, q terms; B (e, e) the covariance of the environments' responses.

Few environments meet many rows, so that a covariance is computed once for each pair of environments and spread over
the pairs of rows by two matrix products.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor

from transferperf.kernels.arrays import Array, as_numpy, constant, namespace
from transferperf.kernels.options import OptionKernel, OptionPairs
from transferperf.kernels.pairwise import (
    DTYPE,
    PairwiseKernel,
    PullBack,
    Values,
    inner,
    log_matern52,
    log_matern52_slope,
)


class EnvironmentPairs(NamedTuple):
    """What n and m rows have in common, by their environments.

    Attributes
    ----------
    left, right
        Which distinct environment each row has, one-hot: (n, a) and (m, b).
    apart
        How far environments are apart along each descriptor, shape (a, b, k); empty where they are only numbered.
    """

    left: Array
    right: Array
    apart: Array

    def spread(self, B: Array) -> Array:
        """Covariances of environments (..., a, b) at each pair of rows: (..., n, m)."""
        return self.left @ B @ self.right.T

    def gather(self, W: Array) -> Array:
        """Sum over pairs of rows (..., n, m) of what falls on each pair of environments: (..., a, b)."""
        return self.left.T @ W @ self.right


class CoregionalisationKernel(PairwiseKernel):
    """Covariance of numbered environments, B = W W' + diag(v) (Bonilla et al. 2007, eq. 3; Goovaerts 1997).

    W has entries of either sign, so that an inverted source is as good as a straight one.

    Parameters
    ----------
    n_environments, rank
        Shape of W.

    Notes
    -----
    A priori the correlation of two environments is as likely negative as positive, and in half of the cases above
    0.6 in size. W = 0 is a saddle of every likelihood: W starts at 0.7 in its first column, 0.1 in the others.
    """

    def __init__(self, n_environments: int, rank: int = 1) -> None:
        super().__init__()
        self.n_environments = n_environments
        self.register_normal("weights", torch.zeros((n_environments, rank), dtype=DTYPE), 1.0)
        self.register_log("own", (n_environments,), median=0.2, spread=1.0)
        with torch.no_grad():
            self.weights.fill_(0.1)
            self.weights[:, 0] = 0.7

    @property
    def between(self) -> Tensor:
        """Covariance B of the environments, shape (e, e)."""
        return _coregionalisation(self.weights, self.log_own.exp())

    def compare(self, x1: Array, x2: Array) -> EnvironmentPairs:
        """Which environments, numbered in x1 (n, 1) and x2 (m, 1), meet."""
        left, right = (constant(np.eye(self.n_environments)[as_numpy(x)[:, 0].astype(int)], x1) for x in (x1, x2))
        return EnvironmentPairs(left, right, constant(np.empty((0, 0, 0)), x1))

    def linearise(self, pairs: EnvironmentPairs, values: Values) -> tuple[Array, PullBack]:
        """Covariances (..., n, m) of compared rows under `values`, and the way back of their slopes."""
        W, v = values["weights"], namespace(values["log_own"]).exp(values["log_own"])

        def pull_back(S: Array) -> dict[str, Array]:
            by_B = pairs.gather(S)  # (..., e, e)
            return {
                "weights": (by_B + by_B.swapaxes(-1, -2)) @ W,
                "log_own": v * namespace(v).einsum("...ii->...i", by_B),
            }

        return pairs.spread(_coregionalisation(W, v)), pull_back

    def variance(self, x: Tensor) -> Tensor:
        """Covariance of each row of x (n, 1) with itself, shape (n,)."""
        return self.between.diagonal()[x[:, 0].long()]


def _coregionalisation(W: Array, v: Array) -> Array:
    """B from W (..., e, r) and v (..., e): shape (..., e, e)."""
    eye = constant(np.eye(W.shape[-2]), W)
    return W @ W.swapaxes(-1, -2) + v[..., None] * eye


class OwnKernel(PairwiseKernel):
    """What environment number 0 has for itself: `share` where both rows are of it, else 0; nothing is learned."""

    def __init__(self, share: float) -> None:
        super().__init__()
        self.share = share

    def compare(self, x1: Array, x2: Array) -> Array:
        """The covariances of rows x1 (n, 1) and x2 (m, 1): shape (n, m)."""
        left, right = ((as_numpy(x) == 0).astype(float) for x in (x1, x2))
        return constant(self.share * left @ right.T, x1)

    def linearise(self, pairs: Array, values: Values) -> tuple[Array, PullBack]:  # noqa: ARG002  # it has none
        """The covariances, and no slopes."""
        return pairs * 1.0, lambda _: {}

    def variance(self, x: Tensor) -> Tensor:
        """Covariance of each row of x (n, 1) with itself, shape (n,)."""
        return self.share * (x[:, 0] == 0).to(x.dtype)


class DescriptorKernel(PairwiseKernel):
    """Correlation of environments by what describes them: one factor for each descriptor, multiplied.

    A number's factor is matern52(sqrt(theta) |x - x'|), a label's exp(-theta [x != x']); equal environments have 1,
    and without a descriptor all environments are one.

    Parameters
    ----------
    n_levels
        0 for each descriptor that is a number, else its number of labels; shape (k,).

    Notes
    -----
    A priori the two ends of what was measured are correlated by about 0.5.
    """

    def __init__(self, n_levels: Sequence[int]) -> None:
        super().__init__()
        self.n_levels = tuple(n_levels)
        self.register_log("theta", (len(n_levels),), median=1.0 / max(1, len(n_levels)), spread=1.5)

    def compare(self, x1: Array, x2: Array) -> EnvironmentPairs:
        """How far environments are apart that the first k columns of x1 (n, any) and x2 (m, any) describe."""
        (rows1, left), (rows2, right) = (_distinct(as_numpy(x)[:, : len(self.n_levels)]) for x in (x1, x2))
        apart = np.abs(rows1[:, None] - rows2[None, :])  # (a, b, k)
        apart = np.where(np.array(self.n_levels) > 0, apart > 0, apart)
        return EnvironmentPairs(constant(left, x1), constant(right, x1), constant(apart, x1))

    def linearise(self, pairs: EnvironmentPairs, values: Values) -> tuple[Array, PullBack]:
        """Covariances (..., n, m) of compared rows under `values`, and the way back of their slopes."""
        xp = namespace(values["log_theta"])
        theta = xp.exp(values["log_theta"])[..., None, None, :]  # (..., 1, 1, k)
        is_label = constant(np.array(self.n_levels) > 0, theta)
        scaled = xp.sqrt(theta) * pairs.apart
        factors = xp.where(is_label, -theta * pairs.apart, log_matern52(scaled))  # logarithms
        C = xp.exp(factors.sum(-1))  # (..., a, b)

        def pull_back(S: Array) -> dict[str, Array]:
            by_log_theta = xp.where(is_label, -theta * pairs.apart, log_matern52_slope(scaled) / 2)
            return {"log_theta": xp.einsum("...ab,...abk->...k", pairs.gather(S) * C, by_log_theta)}

        return pairs.spread(C), pull_back

    def variance(self, x: Tensor) -> Tensor:
        """Covariance of each row of x (n, any) with itself: 1, shape (n,)."""
        return x.new_ones(len(x))


def _distinct(x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The distinct rows (a, k) of x (n, k), and which of them each row is, one-hot: (n, a)."""
    if not x.shape[1]:
        return np.empty((1, 0)), np.ones((len(x), 1))
    rows, at = np.unique(x, axis=0, return_inverse=True)
    return rows, np.eye(len(rows))[at.ravel()]


class MultiTaskPairs(NamedTuple):
    """What n and m rows have in common: their options, and their environments under each term and under the level."""

    options: OptionPairs
    environments: tuple[Any, ...]
    level: EnvironmentPairs


class MultiTaskKernel(PairwiseKernel):
    """Covariance of rows [x | environment]: d encoded options, then what the environments' kernels read.

        k((x, t), (x', t')) = sum_q K_q(t, t') k_q(x, x') + level K_level(t, t')

    One term is the intrinsic model of coregionalisation, several are the linear one (Alvarez et al. 2012, sec. 4.2).

    Parameters
    ----------
    n_levels
        As for `OptionKernel`, shape (d,).
    environments
        Kernel of the environments of each term; each term has its own `OptionKernel`.
    level
        Correlation of what environments differ by at all configurations alike.
    """

    def __init__(self, n_levels: Sequence[int], environments: Sequence[PairwiseKernel], level: PairwiseKernel) -> None:
        super().__init__()
        self.d = len(n_levels)
        self.environments: Any = torch.nn.ModuleList(environments)
        self.options: Any = torch.nn.ModuleList(OptionKernel(n_levels) for _ in environments)
        self.level = level
        self.register_log("level", (), median=0.1, spread=1.0)

    def compare(self, x1: Array, x2: Array) -> MultiTaskPairs:
        """What rows x1 (n, d + k) and x2 (m, d + k) have in common, whatever the parameters."""
        d = self.d
        t1, t2 = x1[:, d:], x2[:, d:]
        compared = self.options[0].compare(x1[:, :d], x2[:, :d])  # the same for all terms
        return MultiTaskPairs(
            compared, tuple(kernel.compare(t1, t2) for kernel in self.environments), self.level.compare(t1, t2)
        )

    def linearise(self, pairs: MultiTaskPairs, values: Values) -> tuple[Array, PullBack]:
        """Covariances (..., n, m) of compared rows under `values`, and the way back of their slopes."""
        scale = namespace(values["log_level"]).exp(values["log_level"])
        C, pull_level = self.level.linearise(pairs.level, _part(values, "level"))
        K = scale[..., None, None] * C
        terms = []
        for q, (environment, options) in enumerate(zip(self.environments, self.options, strict=True)):
            T, pull_T = environment.linearise(pairs.environments[q], _part(values, f"environments.{q}"))
            F, pull_F = options.linearise(pairs.options, _part(values, f"options.{q}"))
            terms.append((T, pull_T, F, pull_F))
            K = K + T * F

        def pull_back(S: Array) -> dict[str, Array]:
            slopes = {"log_level": scale * inner(S, C), **_named("level", pull_level(scale[..., None, None] * S))}
            for q, (T, pull_T, F, pull_F) in enumerate(terms):
                slopes |= _named(f"environments.{q}", pull_T(S * F)) | _named(f"options.{q}", pull_F(S * T))
            return slopes

        return K, pull_back

    def variance(self, x: Tensor) -> Tensor:
        """Covariance of each row of x (n, d + k) with itself, shape (n,)."""
        X, t = x[:, : self.d], x[:, self.d :]
        parts = zip(self.environments, self.options, strict=True)
        terms = sum((kernel.variance(t) * options.variance(X) for kernel, options in parts), x.new_zeros(len(x)))
        return terms + self.log_level.exp() * self.level.variance(t)


def _part(values: Values, module: str) -> dict[str, Array]:
    """The values of one module's parameters, under their names in it."""
    return {name.removeprefix(f"{module}."): v for name, v in values.items() if name.startswith(f"{module}.")}


def _named(module: str, slopes: dict[str, Array]) -> dict[str, Array]:
    """Slopes of one module's parameters, under their names outside it."""
    return {f"{module}.{name}": slope for name, slope in slopes.items()}
