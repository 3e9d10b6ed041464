"""What a search is asked, and what it answers."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import pandas as pd

from transferperf.errors import SpaceError

Score: TypeAlias = Callable[[np.ndarray], np.ndarray]
"""Value of each encoded configuration X (n, d), shape (n,); larger is better."""

Allowed: TypeAlias = Callable[[pd.DataFrame], np.ndarray]
"""Whether each configuration may be the answer, shape (n,)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """The best configurations that a search found, best first.

    Parameters
    ----------
    configurations
        One row for each, option columns in the space's order; k of them, or as many as there are.
    values
        Their scores, shape (k,).
    is_exact
        Whether nothing better exists, rather than was not found.
    how
        How they were found, in words.
    """

    configurations: pd.DataFrame
    values: np.ndarray
    is_exact: bool
    how: str

    def __post_init__(self) -> None:
        if not len(self.values):
            raise SpaceError(f"no configuration is allowed ({self.how}); loosen a constraint or a condition")


def is_among(X: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Whether each row of X (n, d) is a row of others (m, d), shape (n,)."""
    return np.isin(_row_bytes(X), _row_bytes(others))


def distinct(X: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """First place of each distinct row of X (n, d), shape (m,), and for each row which of these it is, shape (n,)."""
    _, first, inverse = np.unique(_row_bytes(X), return_index=True, return_inverse=True)
    return first, inverse


def best_rows(X: np.ndarray, values: np.ndarray, k: int) -> np.ndarray:
    """Places of the k best of distinct rows X (n, d), best first, shape (<= k,).

    Equal values stand in the lexicographic order of their rows; a value that is no number comes last.
    """
    cost = -values
    worst = np.partition(cost, k - 1)[k - 1] if len(cost) > k else np.nan
    near = np.flatnonzero(~(cost > worst))  # a comparison with NaN keeps all
    order = np.lexsort((*X[near].T[::-1], cost[near]))
    return near[order[:k]]


def _row_bytes(X: np.ndarray) -> np.ndarray:
    """Each row of X (n, d) as one opaque value, shape (n,); equal rows are equal values."""
    rows = np.ascontiguousarray(X + 0.0)  # -0.0 and 0.0 are one number
    return rows.view(np.dtype((np.void, rows.itemsize * rows.shape[1]))).ravel()
