"""What options are compared as: one contrast for each ordered or two-valued option, several for one with more values.

`n` configurations, `d` encoded options, `c` contrasts.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from transferperf.rng import generator


@dataclass(frozen=True, slots=True)
class Contrast:
    """A change of one option.

    Parameters
    ----------
    name
        The option, with its level where it has several without order.
    column
        Of the encoded options.
    level
        Encoded level that is compared with the lowest one; None where the option has an order or two values.
    """

    name: str
    column: int
    level: float | None = None

    def values(self, X: np.ndarray) -> np.ndarray:
        """How far each of the configurations X (n, d) has the change, shape (n,)."""
        return X[:, self.column] if self.level is None else (X[:, self.column] == self.level).astype(float)

    def rows(self, X: np.ndarray) -> np.ndarray:
        """Which of the configurations X (n, d) it compares, shape (n,)."""
        x = X[:, self.column]
        return np.full(len(X), True) if self.level is None else (x == self.level) | (x == x.min())


def contrasts_of(
    X: np.ndarray, is_ordered: np.ndarray, names: Sequence[str], levels: Mapping[str, Sequence[str]] | None = None
) -> tuple[Contrast, ...]:
    """The contrasts between configurations X (n, d); an option that never changes has none.

    Parameters
    ----------
    X
        Encoded configurations, shape (n, d).
    is_ordered
        Whether each column has an order, shape (d,).
    names
        Of the options.
    levels
        Option without order -> text of each of its levels, in the order of their codes; codes where it has none.

    Examples
    --------
    >>> X = np.array([[0.0, 0.0, 1.0], [1.0, 1.0, 1.0], [0.0, 2.0, 1.0]])
    >>> [contrast.name for contrast in contrasts_of(X, np.array([True, False, True]), ["a", "b", "c"])]
    ['a', 'b=1', 'b=2']
    """
    texts = levels or {}
    found: list[Contrast] = []
    for j, name in enumerate(names):
        codes = np.unique(X[:, j])
        if len(codes) == 2 or (len(codes) > 2 and is_ordered[j]):
            found.append(Contrast(name, j))
        elif len(codes) > 2:
            found += [Contrast(f"{name}={_text(level, texts.get(name))}", j, float(level)) for level in codes[1:]]
    return tuple(found)


def _text(code: float, texts: Sequence[str] | None) -> str:
    return f"{code:g}" if texts is None else texts[int(code)]


def design(X: np.ndarray, contrasts: Sequence[Contrast]) -> np.ndarray:
    """Contrasts of configurations X (n, d) as columns, shape (n, c)."""
    return np.column_stack([contrast.values(X) for contrast in contrasts]) if contrasts else np.empty((len(X), 0))


def flips(X: np.ndarray, contrasts: Sequence[Contrast]) -> list[tuple[np.ndarray, np.ndarray]]:
    """Pairs of rows of X (n, d) that differ in one option only, for each contrast: rows without, and rows with it.

    Of an option with more than two ordered values neighbouring ones are paired, the lower first.
    """
    codes = np.column_stack([pd.factorize(x)[0] for x in X.T]).astype(np.uint64) + np.uint64(1)
    weights = generator(0, "flips").integers(1, 2**63, size=X.shape[1], dtype=np.uint64)
    products = codes * weights  # (n, d); sums of random 64-bit weights: equal where all codes are
    total = products.sum(axis=1, dtype=np.uint64)
    pairs = []
    for contrast in contrasts:
        rows = np.flatnonzero(contrast.rows(X))
        others, x = (total - products[:, contrast.column])[rows], X[rows, contrast.column]
        order = np.lexsort((x, others))
        is_pair = (np.diff(others[order]) == 0) & (np.diff(x[order]) != 0)
        pairs.append((rows[order[:-1][is_pair]], rows[order[1:][is_pair]]))
    return pairs
