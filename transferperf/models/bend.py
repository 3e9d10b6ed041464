"""What a source-informed process bends along the sources, bounded everywhere by a table of it.

The bend f(s) = nonlinear sum_i alpha_i k(s, s_i) belongs to the space of functions of its Matern kernel k, so that

    |f(s) - f(s')| <= |f| sqrt(2 - 2 k(s, s')),    |f|^2 = nonlinear^2 alpha' K alpha     (the kernel is its own norm)

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

    def apart(self, distance: np.ndarray) -> np.ndarray:
        """How much it may differ between two places, from their distance (c,): shape (c,)."""
        near = 2 - 2 * matern52(torch.as_tensor(distance)).numpy()
        return self.norm * np.sqrt(np.maximum(near, 0.0))

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
        place = np.floor((along - self.low) / self.step).astype(int)
        is_inside = ((place >= 0) & (place < self.values.shape)).all(1)
        place = np.clip(place, 0, np.array(self.values.shape) - 1)
        from_middle = along - (self.low + self.step * (place + 0.5))
        left = np.maximum((off**2).sum(1) - (along**2).sum(1), 0.0)
        distance = np.sqrt((from_middle**2).sum(1) + left) + np.linalg.norm(radius * self.bend.root_weight)
        value, apart = self.values[tuple(place.T)], self.bend.apart(distance + 1e-6)
        norm = self.bend.norm
        low = np.where(is_inside, np.maximum(value - apart, -norm), -norm)
        return low, np.where(is_inside, np.minimum(value + apart, norm), norm)


def _matern(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Matern covariance of unit variance between rows x (c, m) and y (n, m): shape (c, n)."""
    return matern52(torch.cdist(torch.as_tensor(x), torch.as_tensor(y))).numpy()
