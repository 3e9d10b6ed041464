"""What trees say of a source, alone or on top of a Gaussian process, with a variance that held-out rows have shown."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor

from transferperf.models.gradient_trees import grow
from transferperf.models.posterior import ProjectedPosterior
from transferperf.models.rows import Rows
from transferperf.models.trees import Trees

MOST_BINS, BIN_ROWS = 10, 30
"""Held-out rows are cut by their prediction into at most so many parts of at least so many rows."""


@dataclass(frozen=True, slots=True)
class BoostedPosterior:
    """Trees that start from zero, or from the mean of a Gaussian process, which then is one more column to them.

    Parameters
    ----------
    process
        The Gaussian process; None where trees stand alone.
    level_means
        Mean response at each level of an exchangeable option, empty for an ordered one; d arrays. Trees see these
        instead of levels: of all orders this one has the best splits (Breiman et al. 1984, theorem 4.5).
    trees
        The trees over d columns, or d + 1.
    noise
        Variance of the measurement noise.
    edges, variances
        Variance of the response where the mean lies between two edges; shapes (k - 1,) and (k,).
    """

    process: ProjectedPosterior | None
    level_means: tuple[np.ndarray, ...]
    trees: Trees
    noise: float
    edges: np.ndarray
    variances: np.ndarray

    @classmethod
    def grow(
        cls,
        rows: Rows,
        n_levels: Sequence[int],
        process: ProjectedPosterior | None,
        *,
        seed: int,
        n_trees: int | None = None,
    ) -> "BoostedPosterior":
        """Trees grown on rows; they do not know yet how far they miss."""
        X, z = rows.X.numpy(), rows.z.numpy()
        level_means = tuple(_level_means(X[:, j], z, k) for j, k in enumerate(n_levels))
        start = process.mean(rows.X).numpy() if process else None
        trees = grow(_columns(X, level_means, start), z if start is None else z - start, seed=seed, n_trees=n_trees)
        return cls(process, level_means, trees, 0.0, np.empty(0), np.zeros(1))

    def mean(self, X: Tensor) -> Tensor:
        """Mean of the response at rows X (n, d): shape (n,)."""
        start = self.process.mean(X) if self.process else None
        columns = _columns(X.numpy(), self.level_means, None if start is None else start.numpy())
        above = torch.as_tensor(self.trees.predict(columns))
        return above if start is None else start + above

    def predict(self, X: Tensor) -> tuple[Tensor, Tensor]:
        """Mean and variance of the response at rows X (n, d), without noise: each (n,)."""
        mean = self.mean(X)
        return mean, torch.as_tensor(self.variances[np.searchsorted(self.edges, mean.numpy())])

    def judged(self, held: Rows, noise: float) -> "BoostedPosterior":
        """The same, with the variance that rows show which it has not seen, and at most half of it taken for noise."""
        mean = self.mean(held.X).numpy()
        squares = (held.z.numpy() - mean) ** 2
        k = max(1, min(MOST_BINS, len(mean) // BIN_ROWS))
        edges = np.unique(np.quantile(mean, np.arange(1, k) / k))
        part = np.searchsorted(edges, mean)
        n, total = np.bincount(part, minlength=len(edges) + 1), np.bincount(part, squares, minlength=len(edges) + 1)
        variances = np.where(n > 0, total / np.maximum(n, 1), squares.mean())
        noise = min(noise, float(squares.mean()) / 2)
        return replace(self, noise=noise, edges=edges, variances=np.maximum(variances - noise, 1e-12))


def _level_means(codes: np.ndarray, z: np.ndarray, n_levels: int) -> np.ndarray:
    """Mean of z (n,) at each level; a level without rows gets the mean of all; empty where there are no levels."""
    if not n_levels:
        return np.empty(0)
    n, total = (np.bincount(codes.astype(int), w, minlength=n_levels) for w in (None, z))
    return np.where(n > 0, total / np.maximum(n, 1), z.mean())


def _columns(X: np.ndarray, level_means: Sequence[np.ndarray], start: np.ndarray | None) -> np.ndarray:
    """What trees see of rows X (n, d): shape (n, d) or (n, d + 1)."""
    columns = np.empty((len(X), X.shape[1] + (start is not None)))
    for j, means in enumerate(level_means):
        columns[:, j] = means[X[:, j].astype(int)] if len(means) else X[:, j]
    if start is not None:
        columns[:, -1] = start
    return columns
