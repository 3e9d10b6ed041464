"""The best configurations of a whole space: small ones are swept, large ones climbed from many starts."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from transferperf.rng import generator
from transferperf.search.answer import Allowed, Found, Score, best_rows, distinct
from transferperf.search.grid import Grid
from transferperf.space import ConfigurationSpace

MOST_SWEPT, MOST_SWEPT_GUIDED = 2**17, 2**13
"""Cells of a space up to which every one is looked at; fewer where a guide makes climbing quicker than that."""

TILE = 2**14
"""Encoded configurations held at a time."""

N_DRAWN = 512
"""Random configurations of which the best are starts."""

N_CLIMBS, LEAST_CLIMBS = 16, 8
"""Starts that are climbed from, the best of the given and of the random ones; each step keeps the better half, or 8."""


N_GUIDED, LEAST_GUIDED = 8, 4
"""The same of a guide, a quicker score."""

N_FOLLOWED, N_TRIED = 4, 4
"""Ends of a guide's ways, and rows that it saw and that are not taken, the best ones, that are climbed on from."""


def best_of_space(
    score: Score,
    space: ConfigurationSpace,
    k: int,
    *,
    starts: pd.DataFrame | np.ndarray,
    seed: int,
    allowed: Allowed | None = None,
    taken: np.ndarray | None = None,
) -> Found:
    """The k best configurations of a space.

    Parameters
    ----------
    score
        Called with many encoded configurations at a time; of one that has a guide, the guide is called more often.
    starts
        Configurations, or encoded ones, near which the best may lie; a space of up to MOST_SWEPT cells does not need
        them.
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
    grid = Grid.of(space)
    encoded = grid.encode(starts) if isinstance(starts, pd.DataFrame) else starts
    X, values, is_exact = best_encoded(score, grid, k, starts=encoded, seed=seed, allowed=allowed, taken=taken)
    how = f"climbing from {N_CLIMBS} starts in {space.size:.3g} combinations"
    return Found(
        configurations=grid.decode(X),
        values=values,
        is_exact=is_exact,
        how=f"all {space.size} combinations" if is_exact else how,
    )


def best_encoded(
    score: Score,
    grid: Grid,
    k: int,
    *,
    starts: np.ndarray,
    seed: int,
    allowed: Allowed | None = None,
    taken: np.ndarray | None = None,
) -> tuple[np.ndarray, np.ndarray, bool]:
    """The same, encoded: configurations (<= k, d), their scores, and whether none is better; there may be none."""
    search = _Search(score, grid, k, allowed, taken)
    is_exact = grid.space.size <= (MOST_SWEPT_GUIDED if isinstance(score, Guided) else MOST_SWEPT)
    if is_exact:
        search.sweep()
    else:
        X = search.begin(grid.snap(starts), generator(seed, "starts"))
        if isinstance(score, Guided):
            ahead = _Search(score.guide, grid, N_TRIED, allowed, taken)
            ends = ahead.climb(X, N_GUIDED, least=LEAST_GUIDED, leaps=True)
            search.climb(_apart(np.concatenate([ends[:N_FOLLOWED], ahead.X])), N_FOLLOWED + N_TRIED)
        else:
            search.climb(X, N_CLIMBS)
    return search.X, search.values, is_exact


@dataclass(frozen=True, slots=True)
class Guided:
    """A score, and a quicker one that is much like it: a guide to where the score may be best."""

    score: Score
    guide: Score

    def __call__(self, X: np.ndarray) -> np.ndarray:
        """The score of encoded configurations X (n, d), shape (n,)."""
        return self.score(X)


def _apart(X: np.ndarray) -> np.ndarray:
    """The distinct rows of X (n, d), in their order."""
    return X[np.sort(distinct(X)[0])]


class _Search:
    """One search: the question, and the best k rows that were seen so far."""

    def __init__(
        self, score: Score, grid: Grid, k: int, allowed: Allowed | None, taken: np.ndarray | None = None
    ) -> None:
        self.score, self.grid, self.k, self.allowed = score, grid, k, allowed
        self.taken = frozenset(() if taken is None else map(np.ndarray.tobytes, taken + 0.0))  # -0.0 is 0.0
        self.X, self.values = np.empty((0, len(grid.options))), np.empty(0)

    def sweep(self) -> None:
        """Look at all cells."""
        for start in range(0, self.grid.space.size, TILE):
            X = self.grid.cells(start, start + TILE)
            self._see(X[self._may(X)])

    def begin(self, starts: np.ndarray, stream: np.random.Generator) -> np.ndarray:
        """Distinct rows to begin at: those of the starts (n, d) that may be, and random ones; shape (m, d)."""
        X = _apart(np.concatenate([starts[self.grid.is_valid(starts)], self.grid.draw(N_DRAWN, stream)]))
        return X[self._may(X)]

    def climb(self, X: np.ndarray, most: int, *, least: int = LEAST_CLIMBS, leaps: bool = False) -> np.ndarray:
        """Where ways end that start at the best of distinct rows X (n, d), `most` of them; shape (<= n, d).

        No neighbour is better there.

        Parameters
        ----------
        least
            After each step the better half goes on, or so many.
        leaps
            Whether to try several changes at once that are each for the better.
        """
        ends, reached = [X[:0]], [np.empty(0)]
        if len(X) > most:
            X = X[best_rows(X, self._see(X), most)]
        while len(X):
            there, gains = self._around(X)
            values = gains[:, 0]
            is_better = gains.max(axis=1) > values
            ends.append(X[~is_better])
            reached.append(values[~is_better])
            X, values = self._step(X[is_better], there[is_better], gains[is_better], leaps=leaps)
            first = np.sort(distinct(X)[0])  # ways that met go on as one
            X, values = X[first], values[first]
            X = X[best_rows(X, values, max(least, -(-len(X) // 2)))]
        X, values = np.concatenate(ends), np.concatenate(reached)
        return X[best_rows(X, values, len(X))]

    def _around(self, X: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Each row X (n, d), then its neighbours: (n, R, d), and their values (n, R), -inf where one may not be."""
        there = np.concatenate([X[:, None], self.grid.neighbours(X)], axis=1)
        rows = there.reshape(-1, X.shape[1])
        first, inverse = distinct(rows)
        return there, self._values(rows[first])[inverse].reshape(there.shape[:2])

    def _values(self, X: np.ndarray) -> np.ndarray:
        """Values of distinct rows X (n, d), -inf of those that may not be; shape (n,)."""
        values = np.full(len(X), -np.inf)
        may = np.flatnonzero(self.grid.is_valid(X))
        may = may[self._may(X[may])]
        values[may] = self._see(X[may])
        return values

    def _step(
        self, X: np.ndarray, there: np.ndarray, gains: np.ndarray, *, leaps: bool
    ) -> tuple[np.ndarray, np.ndarray]:
        """Where to go from rows X (n, d) with `_around` (n, R, d) of values (n, R), and the values there."""
        n = np.arange(len(X))
        chosen = gains.argmax(axis=1)
        near, value = there[n, chosen], gains[n, chosen]
        if not (leaps and len(X)):
            return near, value
        far = self.grid.canonical(_combined(there, gains, self.grid.n_moves))
        first, inverse = distinct(far)
        reached = self._values(far[first])[inverse]
        is_far = reached > value
        return np.where(is_far[:, None], far, near), np.where(is_far, reached, value)

    def _may(self, X: np.ndarray) -> np.ndarray:
        """Whether each row of X (n, d) is allowed, shape (n,)."""
        if self.allowed is None or not len(X):
            return np.ones(len(X), dtype=bool)
        return np.asarray(self.allowed(self.grid.decode(X)), dtype=bool)

    def _see(self, X: np.ndarray) -> np.ndarray:
        """Score distinct rows X (n, d), shape (n,), and remember the best."""
        values = self.score(X) if len(X) else np.empty(0)
        may_lead = ~(values < (self.values[-1] if len(self.values) == self.k else -np.inf))  # no number comes last
        near = np.flatnonzero(may_lead)
        near = near[[row.tobytes() not in self.taken for row in X[near] + 0.0]] if self.taken else near
        near = near[best_rows(X[near], values[near], self.k)]
        if not len(near):
            return values
        rows, seen = np.concatenate([self.X, X[near]]), np.concatenate([self.values, values[near]])
        first = np.sort(distinct(rows)[0])
        rows, seen = rows[first], seen[first]
        best = best_rows(rows, seen, self.k)
        self.X, self.values = rows[best], seen[best]
        return values


def _combined(there: np.ndarray, gains: np.ndarray, sizes: list[int]) -> np.ndarray:
    """Rows, the first around (n, R, d), with the best change along each axis that is for the better at once: (n, d)."""
    n, start, X = np.arange(len(there)), 1, there[:, 0]
    far = X.copy()
    for size in sizes:
        best = start + gains[:, start : start + size].argmax(axis=1)
        moved = there[n, best]
        far = np.where((moved != X) & (gains[n, best] > gains[:, 0])[:, None], moved, far)
        start += size
    return far
