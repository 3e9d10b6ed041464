"""What a source-informed process bends along the sources, bounded everywhere by a table of it.

The bend f(s) = nonlinear sum_i alpha_i k(s, s_i) belongs to the space of functions of its Matern kernel k, so that

    |f(s) - f(s')| <= |f| sqrt(2 - 2 k(s, s')) <= |f| sqrt(5/3) |s - s'|,    |f|^2 = nonlinear^2 alpha' K alpha

A table over boxes of the few directions in which what the sources say varies most so bounds f for every s: at the
box's middle it is known, and s is no farther from there than half the box's diagonal and what other directions leave.

Symbols: n rows, m sources, p directions, s (c, m) what the sources say of c configurations.
"""

from dataclasses import dataclass

import numpy as np
import torch

from transferperf.kernels import SourceInformedKernel
from transferperf.kernels.pairwise import matern52
from transferperf.models.posterior import Posterior

N_BOXES = 1 << 15
"""Boxes of a table, about."""

STEEPEST = (5 / 3) ** 0.5
"""How fast a function of unit norm changes at most with the scaled distance: the kernel's curvature at zero is 5/3."""

MOST_DIRECTIONS = 3
"""Directions that a table has."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bend:
    """A bound from both sides of the bent part of a posterior mean.

    Parameters
    ----------
    root_weight
        Square roots of the kernel's weights, shape (m,).
    rows, alpha
        Scaled rows s_i sqrt(w), shape (n, m), and their weights times `nonlinear`, shape (n,).
    norm
        |f|, which f exceeds nowhere in size.
    """

    root_weight: np.ndarray
    rows: np.ndarray
    alpha: np.ndarray
    norm: float

    @classmethod
    def of(cls, posterior: Posterior) -> "Bend":
        """That of a posterior with a source-informed kernel."""
        kernel: SourceInformedKernel = posterior.kernel
        root_weight = (kernel.log_weight.detach() / 2).exp().numpy()
        rows = posterior.rows.X[:, kernel.d :].numpy() * root_weight
        alpha, nonlinear = posterior.alpha.numpy(), kernel.log_nonlinear.exp().item()
        squared = alpha @ _matern(rows, rows) @ alpha
        return cls(
            root_weight=root_weight, rows=rows, alpha=nonlinear * alpha, norm=nonlinear * max(squared, 0.0) ** 0.5
        )

    def at(self, scaled: np.ndarray) -> np.ndarray:
        """The bend at scaled predictions (c, m): shape (c,)."""
        return _matern(scaled, self.rows) @ self.alpha

    def table(self, s: np.ndarray) -> "BendTable":
        """A table for predictions like some s (c, m); others are bounded by the norm alone."""
        scaled = s * self.root_weight
        middle = scaled.mean(0)
        _, _, axes = np.linalg.svd(scaled - middle, full_matrices=False)
        axes = axes[:MOST_DIRECTIONS]  # (p, m)
        along = (scaled - middle) @ axes.T
        low, high = along.min(0), along.max(0)
        room = 0.2 * (high - low) + 1e-3
        low, high = low - room, high + room
        size = (np.prod(high - low) / N_BOXES) ** (1 / len(axes))
        shape = np.maximum(1, np.ceil((high - low) / size)).astype(int)
        step = (high - low) / shape
        at = np.stack(
            np.meshgrid(
                *(a + h * (np.arange(k) + 0.5) for a, h, k in zip(low, step, shape, strict=True)), indexing="ij"
            ),
            -1,
        )
        values = self.at(at.reshape(-1, len(axes)) @ axes + middle)
        return BendTable(self, middle, axes, low, step, values.reshape(shape))


@dataclass(frozen=True, slots=True)
class BendTable:
    """Values at middles of boxes, `step` (p,) wide, from `low` (p,) on along `axes` (p, m) through `middle` (m,)."""

    bend: Bend
    middle: np.ndarray
    axes: np.ndarray
    low: np.ndarray
    step: np.ndarray
    values: np.ndarray

    def bounds(self, s: np.ndarray, radius: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """What the bend is at least and at most where sources say s (c, m), give or take `radius` (m,): each (c,)."""
        off = s * self.bend.root_weight - self.middle
        along = off @ self.axes.T
        place = np.floor((along - self.low) / self.step).astype(np.intp).clip(0, np.array(self.values.shape) - 1)
        across = along - self.low - (place + 0.5) * self.step
        beside = _squares(off) - _squares(along)  # in other directions
        squared = _squares(across) + np.maximum(beside, 0.0)
        distance = np.sqrt(squared) + np.linalg.norm(radius * self.bend.root_weight) + 1e-6
        apart, norm = self.bend.norm * STEEPEST * distance, self.bend.norm
        value = self.values.ravel()[np.ravel_multi_index(tuple(place.T), self.values.shape)]
        return np.maximum(value - apart, -norm), np.minimum(value + apart, norm)


def _squares(x: np.ndarray) -> np.ndarray:
    """Sum of squares of each row of x (c, k): shape (c,)."""
    return np.einsum("ck,ck->c", x, x)


def _matern(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Matern covariance of unit variance between rows x (c, m) and y (n, m): shape (c, n)."""
    return matern52(torch.cdist(torch.as_tensor(x), torch.as_tensor(y))).numpy()
