"""Where suggestions come from: a pool or a space, what is taken there, and the best of the rest."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from transferperf.data.design import design
from transferperf.errors import NotEnoughDataError, SpaceError
from transferperf.rng import generator
from transferperf.search import Found, Grid, Pool, Score, best_of_space
from transferperf.search.local import best_encoded
from transferperf.search.pool import where_promising
from transferperf.space import ConfigurationSpace, Value
from transferperf.study.state import State


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """Where suggestions come from.

    Parameters
    ----------
    state
        What is known and pending.
    pool
        What suggestions are limited to; None for the whole space.
    seed
        What chance comes from.
    space
        What they may be: the space of the study, or less.
    """

    state: State
    pool: Pool | None
    seed: int
    space: ConfigurationSpace

    def best(self, score: Score, k: int = 1) -> Found:
        """The configurations with the largest score."""
        if self.pool is not None:
            return self.pool.best(score, k)
        return best_of_space(score, self.space, k, starts=self._starts(), seed=self.seed)

    def next(
        self, score: Score, taken: np.ndarray, near: np.ndarray | None = None
    ) -> tuple[dict[str, Value], float] | None:
        """The configuration with the largest score, none of those `taken` (m, d), and its score; None: all are.

        `near` are further encoded configurations (n, d) near which it may lie.
        """
        if self.pool is None:
            grid = Grid.of(self.space)
            starts = self._starts() if near is None else np.concatenate([near, self._starts()])
            X, values, _ = best_encoded(score, grid, 1, starts=starts, seed=self.seed, taken=taken)
            return (grid.configuration(X[0]), float(values[0])) if len(X) else None
        try:
            found = self.pool.best(where_promising(score, self.seed), 1, taken=taken)
        except SpaceError:
            return None
        return first(found.configurations), float(found.values[0])

    def holds(self, configuration: Mapping[str, Value]) -> bool:
        """Whether a configuration is valid, and in the pool where there is one."""
        grid = Grid.of(self.space)
        return bool(self.hold(grid.encode(pd.DataFrame([configuration])))[0])

    def hold(self, X: np.ndarray) -> np.ndarray:
        """The same of encoded configurations X (n, d): shape (n,)."""
        return Grid.of(self.space).is_valid(X) if self.pool is None else self.pool.holds(X)

    def spread(self, n: int) -> pd.DataFrame:
        """About n configurations that are spread without regard to what is known."""
        if self.pool is not None:
            candidates = self.pool.configurations
            return candidates.iloc[generator(self.seed, "candidates").permutation(len(candidates))]
        try:
            return design(self.space, n, "sobol", self.seed)
        except NotEnoughDataError:  # the space has no more than that
            return self.best(lambda X: np.zeros(len(X)), n).configurations

    def by_chance(self, number: int, n: int) -> np.ndarray:
        """Valid encoded configurations drawn by chance, about n, others for each `number`: shape (m, d)."""
        stream = generator(self.seed, "chance", number)
        if self.pool is None:
            return Grid.of(self.space).draw(n, stream)
        return self.pool.X[stream.permutation(len(self.pool.X))[:n]]

    def _starts(self) -> np.ndarray:
        """The default, the best that was measured in the target, and the best of all sources, encoded: (n, d)."""
        state = self.state
        return np.concatenate([Grid.of(self.space).default[None], state.leading, state.leading_sources])


def first(configurations: pd.DataFrame) -> dict[str, Value]:
    """The configuration in the first row."""
    return {str(name): configurations[name].iloc[0] for name in configurations}
