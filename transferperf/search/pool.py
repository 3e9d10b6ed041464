"""The best configurations of a given pool."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from transferperf.rng import generator
from transferperf.search.answer import Allowed, Found, Score, best_rows, distinct
from transferperf.search.grid import Grid
from transferperf.search.local import Guided
from transferperf.space import ConfigurationSpace

N_SCORED = 2048
"""Configurations that are scored as their guide puts them first; as many random ones are, too."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Pool:
    """Given configurations, encoded once for all questions.

    Parameters
    ----------
    configurations
        One column for each option, shape (n, d), as they were spelled.
    kept
        Places of those that are valid, each configuration once: ascending, shape (m,).
    X
        The same in canonical form, encoded: shape (m, d).
    places
        Where the bytes of a row stand in X.
    """

    configurations: pd.DataFrame
    kept: np.ndarray
    X: np.ndarray
    places: dict[bytes, int]

    @classmethod
    def of(cls, space: ConfigurationSpace, configurations: pd.DataFrame) -> "Pool":
        """The pool of configurations, shape (n, any); columns that are no options are ignored.

        Raises
        ------
        SpaceError
            Where an option's column is missing, or a value is outside its option.
        """
        grid = Grid.of(space)
        X = grid.encode(configurations) + 0.0  # -0.0 and 0.0 are one number
        kept = np.sort(distinct(X)[0])
        kept = kept[grid.is_valid(X[kept])]
        places = {x.tobytes(): place for place, x in enumerate(X[kept])}
        spelled = configurations[list(space.names)].reset_index(drop=True)
        return cls(configurations=spelled, kept=kept, X=X[kept], places=places)

    def holds(self, X: np.ndarray) -> np.ndarray:
        """Whether encoded configurations X (n, d) are in the pool and valid, shape (n,)."""
        return np.array([x.tobytes() in self.places for x in X + 0.0], dtype=bool)

    def best(self, score: Score, k: int, *, allowed: Allowed | None = None, taken: np.ndarray | None = None) -> Found:
        """The k best configurations, as the pool spells them.

        Parameters
        ----------
        score
            Called once, with the canonical form of every configuration that may be the answer; of a small pool, of
            all its configurations, those that are taken included: so that what is known of them is found out once.
        allowed
            What else the answer has to satisfy; it sees the option columns.
        taken
            Encoded configurations, shape (m, d), that are no answer.

        Raises
        ------
        SpaceError
            Where none of the pool is valid and allowed.
        """
        is_left = np.ones(len(self.X), dtype=bool)
        if taken is not None:
            is_left[[self.places[key] for key in (x.tobytes() for x in taken + 0.0) if key in self.places]] = False
        if allowed is not None:
            is_left[is_left] = np.asarray(allowed(self.configurations.iloc[self.kept[is_left]]), dtype=bool)
        left = np.flatnonzero(is_left)
        asked = np.arange(len(self.X)) if allowed is None and len(left) > 0 and len(self.X) <= 2 * N_SCORED else left
        values = np.full(len(self.X), -np.inf)
        values[asked] = score(self.X[asked]) if len(asked) else 0.0
        best = left[best_rows(self.X[left], values[left], k)]
        chosen = self.configurations.iloc[self.kept[best]].reset_index(drop=True)
        how = f"a pool of {len(self.configurations)}"
        return Found(configurations=chosen, values=values[best], is_exact=True, how=how)


def where_promising(score: Score, seed: int) -> Score:
    """The score, but of many configurations only of those that its guide puts first, and of random ones.

    It is -inf elsewhere. The random ones, others each time, are for where the guide is wrong.
    """
    if not isinstance(score, Guided):
        return score

    def promising(X: np.ndarray) -> np.ndarray:
        if len(X) <= 2 * N_SCORED:
            return score(X)
        first = best_rows(X, score.guide(X), N_SCORED)
        others = np.setdiff1d(np.arange(len(X)), first)
        drawn = generator(seed, "pool", len(X)).choice(others, N_SCORED, replace=False)
        values = np.full(len(X), -np.inf)
        for rows in (first, drawn):
            values[rows] = score(X[rows])
        return values

    return promising
