"""Evidence: what a model that had not seen a target row said of it.

The rows are dealt into folds; each is predicted by a model fitted anew to the others. (The closed form of leaving one
out keeps parameters that have seen the row, and believes flexible models too much.)

Symbols: n rows, k experts, m and v mean and variance of a held-out value, noise included.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats
from scipy.special import ndtr

from transferperf import rng
from transferperf.models.rows import Rows

MOST_FOLDS = 5
"""Folds of the rows: each model is fitted so many times more."""

N_HALVINGS = 24
"""How often the interval that holds a mixture's median is halved."""

PRIOR_ROWS = 10.0
"""How many rows the belief is worth that a model's variances are right."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What was said of each held-out latent value.

    Parameters
    ----------
    mean, variance
        Mean, and variance with noise; shapes (n,).
    dof
        Degrees of freedom of Student's t, whose squared scale `variance` then is; infinity for a normal distribution.
    """

    mean: np.ndarray
    variance: np.ndarray
    dof: float = np.inf

    @property
    def total_variance(self) -> np.ndarray:
        """Variance with noise, tails included, shape (n,)."""
        return self.variance * (self.dof / (self.dof - 2) if np.isfinite(self.dof) else 1.0)

    def log_density(self, rows: Rows) -> np.ndarray:
        """Log density of each latent value; of a capped one, log probability to be above the cap; shape (n,)."""
        z, std = rows.z.numpy(), np.sqrt(self.variance)
        family = stats.norm if np.isinf(self.dof) else stats.t(self.dof)
        r = (self.mean - z) / std
        return np.where(rows.is_capped.numpy(), family.logcdf(r), family.logpdf(r) - np.log(std))


def deal(n: int, seed: int) -> np.ndarray:
    """Fold of each of n rows, of nearly equal sizes: shape (n,)."""
    n_folds = min(n, MOST_FOLDS)
    return rng.generator(seed, "folds").permutation(np.arange(n) % n_folds)


def hold_out(
    predictor: Callable[[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]], folds: np.ndarray
) -> Evidence:
    """Evidence on all rows, each from a model of the other folds.

    Parameters
    ----------
    predictor
        From rows that may be seen and rows that may not (indices) to means and variances of the latter.
    folds
        Fold of each row, shape (n,).
    """
    mean, variance = np.empty(len(folds)), np.empty(len(folds))
    for fold in range(folds.max() + 1):
        held = np.flatnonzero(folds == fold)
        mean[held], variance[held] = predictor(np.flatnonzero(folds != fold), held)
    return Evidence(mean, variance)


def mix(parts: Sequence[tuple[np.ndarray, np.ndarray]], weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Median of a mixture of k normals, and the variance around it, from their means and variances (n,): each (n,).

    The median is not moved far by one expert that is far off.
    """
    if len(parts) == 1:
        return parts[0]
    means, variances = np.stack([mean for mean, _ in parts]), np.stack([variance for _, variance in parts])  # (k, n)
    stds, low, high = np.sqrt(variances), means.min(0), means.max(0)
    for _ in range(N_HALVINGS):
        middle = (low + high) / 2
        is_below = weights @ ndtr((middle - means) / stds) < 0.5
        np.copyto(low, middle, where=is_below)
        np.copyto(high, middle, where=~is_below)
    middle = (low + high) / 2
    return middle, weights @ (variances + (means - middle) ** 2)


def mix_evidence(said: Sequence[Evidence], weights: np.ndarray) -> Evidence:
    """What a mixture of experts said of each held-out value."""
    return Evidence(*mix([(each.mean, each.total_variance) for each in said], weights))


def r2(said: Evidence, z: np.ndarray) -> float:
    """Share of the variance of n held-out values z (n,) that is explained: 0 for the mean of the others, at most 1.

    Examples
    --------
    >>> z, unknown = np.array([1.0, 2.0, 6.0]), np.ones(3)
    >>> r2(Evidence(z, unknown), z), r2(Evidence(np.array([4.0, 3.5, 1.5]), unknown), z)
    (1.0, 0.0)
    """
    others = (z.sum() - z) / (len(z) - 1)
    spread = np.sum((z - others) ** 2)
    return float(1 - np.sum((z - said.mean) ** 2) / spread) if spread else 0.0


def stretch(mixed: Evidence, rows: Rows) -> float:
    """By what to multiply standard deviations for held-out values to scatter as predicted.

    The experts' weights were chosen by the same rows, which so seem predicted too well: where deviations could be
    smaller, they go half of the way, on a log scale.
    """
    is_seen = ~rows.is_capped.numpy()
    squares = (rows.z.numpy() - mixed.mean)[is_seen] ** 2 / mixed.variance[is_seen]
    ratio = (PRIOR_ROWS + squares.sum()) / (PRIOR_ROWS + len(squares))
    return float(ratio**0.5 if ratio > 1 else ratio**0.25)
