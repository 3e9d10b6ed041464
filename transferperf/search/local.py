"""The best configurations of a whole space: small ones are swept, large ones climbed from many starts."""

import numpy as np
import pandas as pd

from transferperf.rng import generator
from transferperf.search.answer import Allowed, Found, Score, best_rows, distinct, is_among
from transferperf.search.grid import Grid
from transferperf.space import ConfigurationSpace

MOST_SWEPT = 2**17
"""Cells of a space up to which every one is looked at."""

TILE = 2**14
"""Encoded configurations held at a time."""

N_DRAWN = 512
"""Random configurations of which the best are starts."""

N_CLIMBS, LEAST_CLIMBS = 16, 8
"""Starts that are climbed from, the best of the given and of the random ones; each step keeps the better half, or 8."""


def best_of_space(
    score: Score,
    space: ConfigurationSpace,
    k: int,
    *,
    starts: pd.DataFrame,
    seed: int,
    allowed: Allowed | None = None,
    taken: np.ndarray | None = None,
) -> Found:
    """The k best configurations of a space.

    Parameters
    ----------
    score
        Called with many encoded configurations at a time.
    starts
        Configurations near which the best may lie; a space of up to MOST_SWEPT cells does not need them.
    seed
        What the random starts come from.
    allowed
        What else the answer has to satisfy.
    taken
        Encoded configurations, shape (m, d), that are no answer, but may lead to one.

    Raises
    ------
    SpaceError
        Where no valid configuration is allowed, or none was found.

    Examples
    --------
    >>> from transferperf.space import IntegerOption
    >>> space = ConfigurationSpace((IntegerOption(name="a", levels=(1, 2, 3)), IntegerOption(name="b", levels=(1, 2))))
    >>> found = best_of_space(lambda X: X @ [1.0, -1.0], space, 2, starts=pd.DataFrame(space.default, [0]), seed=0)
    >>> found.configurations.to_dict("list"), found.is_exact
    ({'a': [3, 2], 'b': [1, 1]}, True)
    """
    search = _Search(score, Grid.of(space), k, allowed, taken)
    if space.size <= MOST_SWEPT:
        X, values = search.sweep()
        how = f"all {space.size} combinations"
    else:
        X, values = search.climb(search.grid.snap(search.grid.encode(starts)), generator(seed, "starts"))
        how = f"climbing from {N_CLIMBS} starts in {space.size:.3g} combinations"
    chosen = search.grid.decode(X)
    return Found(configurations=chosen, values=values, is_exact=space.size <= MOST_SWEPT, how=how)


class _Search:
    """One search: the question, and the best k rows that were seen so far."""

    def __init__(
        self, score: Score, grid: Grid, k: int, allowed: Allowed | None, taken: np.ndarray | None = None
    ) -> None:
        self.score, self.grid, self.k, self.allowed = score, grid, k, allowed
        self.taken = np.empty((0, len(grid.options))) if taken is None else taken
        self.X, self.values = np.empty((0, len(grid.options))), np.empty(0)

    def sweep(self) -> tuple[np.ndarray, np.ndarray]:
        """The best rows (k, d) of all cells, and their values (k,)."""
        for start in range(0, self.grid.space.size, TILE):
            X = self.grid.cells(start, start + TILE)
            self._see(X[self._may(X)])
        return self.X, self.values

    def climb(self, starts: np.ndarray, stream: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        """The best rows (k, d) on the ways from starts (n, d) to where no neighbour is better, and their values."""
        X = np.concatenate([starts[self.grid.is_valid(starts)], self.grid.draw(N_DRAWN, stream)])
        X = X[np.sort(distinct(X)[0])]
        X = X[self._may(X)]
        values = self._see(X)
        chosen = best_rows(X, values, N_CLIMBS)
        X, values = X[chosen], values[chosen]
        while len(X):
            there, gains = self._best_neighbours(X)
            is_better = gains > values
            X, values = there[is_better], gains[is_better]
            apart = np.sort(distinct(X)[0])  # ways that met go on as one
            X, values = X[apart], values[apart]
            kept = best_rows(X, values, max(LEAST_CLIMBS, -(-len(X) // 2)))
            X, values = X[kept], values[kept]
        return self.X, self.values

    def _best_neighbours(self, X: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The best neighbour of each row X (n, d), and its value (n,); -inf where there is none."""
        there = self.grid.neighbours(X)  # (n, R, d)
        first, inverse = distinct(there.reshape(-1, X.shape[1]))
        rows = there.reshape(-1, X.shape[1])[first]
        may = np.flatnonzero(self.grid.is_valid(rows))
        may = may[self._may(rows[may])]
        values = np.full(len(rows), -np.inf)
        values[may] = self._see(rows[may])
        each = values[inverse].reshape(there.shape[:2])  # (n, R)
        chosen = each.argmax(axis=1)
        n = np.arange(len(X))
        return there[n, chosen], each[n, chosen]

    def _may(self, X: np.ndarray) -> np.ndarray:
        """Whether each row of X (n, d) is allowed, shape (n,)."""
        if self.allowed is None or not len(X):
            return np.ones(len(X), dtype=bool)
        return np.asarray(self.allowed(self.grid.decode(X)), dtype=bool)

    def _see(self, X: np.ndarray) -> np.ndarray:
        """Score distinct rows X (n, d), shape (n,), and remember the best."""
        values = self.score(X) if len(X) else np.empty(0)
        free = ~is_among(X, self.taken)
        near = np.flatnonzero(free)[best_rows(X[free], values[free], self.k)]
        rows, seen = np.concatenate([self.X, X[near]]), np.concatenate([self.values, values[near]])
        apart = np.sort(distinct(rows)[0])
        rows, seen = rows[apart], seen[apart]
        best = best_rows(rows, seen, self.k)
        self.X, self.values = rows[best], seen[best]
        return values
