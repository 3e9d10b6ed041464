"""Pairs of values that nobody has tried together: where nothing better comes, one of them is.

A process that has never seen two values together believes that each acts as it does without the other, and more rows of
the kind that it has do not change its mind. That all pairs occur is what pair-wise sampling asks of a sample (Cohen et
al. 1997, "The AETG system").
"""

from dataclasses import dataclass

import numpy as np

from transferperf.search import Guided, Score, distinct
from transferperf.space import Encoding
from transferperf.study.state import State

STALE, EVERY = 8, 4
"""Measurements without a better one after which pairs are tried; of how many each one does."""

AHEAD = 1e6
"""By how much what is tried first is ahead of all others, as the logarithm of a gain."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class UntriedPairs:
    """Which values of two options were never tried together; of an ordered option, which halves of its range.

    Parameters
    ----------
    start
        Where the values of each option begin in the table of pairs, shape (d,).
    is_ordered
        Whether an option is ordered, shape (d,).
    is_untried
        Whether two values have not been tried together, shape (L, L).
    """

    start: np.ndarray
    is_ordered: np.ndarray
    is_untried: np.ndarray

    @classmethod
    def of(cls, encoding: Encoding, tried: np.ndarray) -> "UntriedPairs":
        """What encoded configurations tried (n, d) leave out."""
        n_values = [2 if option.is_ordered else len(option.levels) for option in encoding.options]
        start = np.concatenate([[0], np.cumsum(n_values)])
        blank = cls(start=start[:-1], is_ordered=encoding.is_ordered, is_untried=np.ones((start[-1],) * 2, dtype=bool))
        Z = blank._one_hot(tried)
        return cls(start=blank.start, is_ordered=blank.is_ordered, is_untried=Z.T @ Z == 0)

    @classmethod
    def due(cls, state: State, picked: np.ndarray) -> "UntriedPairs | None":
        """The pairs of which one is to be tried next, given what is picked already (n, d); None where it is not time.

        Sources have tried theirs; and a budget that ends where little is to be gained asks for nothing else.
        """
        if len(state.leading_sources) or state.budget.least_gain or state.budget.least_share:
            return None
        cost = state.metric.sign * state.outcomes.y
        n_since = len(cost) - 1 - int(np.where(np.isnan(cost), np.inf, cost).argmin())
        X = np.concatenate([state.taken(), picked])
        tried = X[distinct(X)[0]]
        return cls.of(Encoding(state.table.space), tried) if n_since >= STALE and len(tried) % EVERY == 0 else None

    def has(self, X: np.ndarray) -> np.ndarray:
        """Whether encoded configurations X (n, d) try one of the pairs, shape (n,)."""
        Z = self._one_hot(X)
        return ((Z @ self.is_untried) * Z).sum(axis=1) > 0

    def ahead(self, promise: Guided) -> Guided:
        """What configurations promise, those that try one of the pairs ahead of all others."""

        def led(score: Score) -> Score:
            return lambda X: score(X) + AHEAD * self.has(X)

        return Guided(led(promise.score), led(promise.guide))

    def _one_hot(self, X: np.ndarray) -> np.ndarray:
        """Which values configurations have, shape (n, L)."""
        place = self.start + np.where(self.is_ordered, X > 0.5, X).astype(int)
        Z = np.zeros((len(X), len(self.is_untried)), dtype=np.float32)
        np.put_along_axis(Z, place, 1.0, axis=1)
        return Z
