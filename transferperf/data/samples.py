"""What was measured of one metric in one environment, as arrays: row after row, and one row for each configuration."""

from dataclasses import dataclass, field, fields, replace
from typing import NamedTuple, Self

import numpy as np
import pandas as pd

FEW_ROWS = 1000
"""Rows up to which sorting them is quicker than numbering the values of each column."""


@dataclass(frozen=True, slots=True)
class Samples:
    """What was measured of one metric in one environment: one row for each distinct configuration.

    Rows stand in the order of their encoded configurations, so that no result depends on the order of a file's rows.

    Parameters
    ----------
    X
        Encoded configurations, shape (n, d).
    y
        Mean over the repeats, in the metric's unit, shape (n,).
    n_repeats
        How many repeats each mean is of, shape (n,).
    variance
        Unbiased variance of the repeats, in the metric's unit squared, NaN where there is one; shape (n,).
    is_capped
        Whether a timeout stopped one of the repeats, so that the true value is larger than y; shape (n,).
    """

    X: np.ndarray
    y: np.ndarray
    n_repeats: np.ndarray
    variance: np.ndarray = field(default_factory=lambda: np.empty(0))
    is_capped: np.ndarray = field(default_factory=lambda: np.empty(0, dtype=bool))

    def __post_init__(self) -> None:
        if not len(self.variance):
            object.__setattr__(self, "variance", np.full(len(self.y), np.nan))
        if not len(self.is_capped):
            object.__setattr__(self, "is_capped", np.zeros(len(self.y), dtype=bool))

    def __len__(self) -> int:
        return len(self.y)

    def select(self, rows: np.ndarray | slice) -> Self:
        """The samples in some rows, given by index, mask or slice."""
        chosen = {f.name: getattr(self, f.name)[rows] for f in fields(self)}
        return replace(self, **chosen)


class Outcomes(NamedTuple):
    """What came of a metric in the rows of one environment, in their order.

    Attributes
    ----------
    X
        Encoded configurations, shape (n, d).
    y
        Values in the metric's unit, NaN where there is none; shape (n,).
    is_capped
        Whether a timeout stopped the row, shape (n,).
    """

    X: np.ndarray
    y: np.ndarray
    is_capped: np.ndarray

    def join(self, other: "Outcomes") -> "Outcomes":
        """These rows, then others."""
        return Outcomes(*(np.concatenate(pair) for pair in zip(self, other, strict=True)))

    def after(self, n: int) -> "Outcomes":
        """The rows from row n on."""
        return Outcomes(*(column[n:] for column in self))

    def samples(self) -> Samples:
        """One row for each configuration that has a value."""
        is_known = ~np.isnan(self.y)
        return _aggregate(*(column[is_known] for column in self))


def _aggregate(X: np.ndarray, y: np.ndarray, is_capped: np.ndarray) -> Samples:
    """One row for each distinct row of X (n, d), with mean and variance of its y (n,), and whether any is capped."""
    if not len(y):
        return Samples(X, y, np.empty(0, dtype=int))
    ranks = _row_ranks(X)
    order = np.lexsort((y, ranks))
    y = y[order]
    first = np.flatnonzero(np.diff(ranks[order], prepend=-1))
    n_repeats = np.diff(np.r_[first, len(y)])
    mean = np.add.reduceat(y, first) / n_repeats
    squares = np.add.reduceat((y - np.repeat(mean, n_repeats)) ** 2, first)
    variance = np.full(len(mean), np.nan)
    np.divide(squares, n_repeats - 1, out=variance, where=n_repeats > 1)
    return Samples(X[order[first]], mean, n_repeats, variance, np.logical_or.reduceat(is_capped[order], first))


def _row_ranks(X: np.ndarray) -> np.ndarray:
    """Whole numbers that compare as the rows of X (n, d) do from their first column on, shape (n,)."""
    if len(X) <= FEW_ROWS:
        order = np.lexsort(X.T[::-1]) if X.shape[1] else np.arange(len(X))
        is_other = (np.diff(X[order], axis=0) != 0).any(axis=1)
        ranks = np.empty(len(X), dtype=np.int64)
        ranks[order] = np.concatenate([[0], is_other.cumsum()])
        return ranks
    ranks, n_ranks = np.zeros(len(X), dtype=np.int64), 1
    for column in X.T:
        codes, levels = pd.factorize(column, sort=True)
        if n_ranks * len(levels) >= 2**62:
            ranks, known = pd.factorize(ranks, sort=True)
            n_ranks = len(known)
        ranks, n_ranks = ranks * len(levels) + codes, n_ranks * len(levels)
    return ranks
