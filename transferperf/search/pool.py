"""The best configurations of a given pool."""

import numpy as np
import pandas as pd

from transferperf.rng import generator
from transferperf.search.answer import Allowed, Found, Score, best_rows, distinct, is_among
from transferperf.search.grid import Grid
from transferperf.search.local import Guided
from transferperf.space import ConfigurationSpace

N_SCORED = 2048
"""Configurations that are scored as their guide puts them first; as many random ones are, too."""


def best_of_pool(
    score: Score,
    space: ConfigurationSpace,
    pool: pd.DataFrame,
    k: int,
    allowed: Allowed | None = None,
    *,
    taken: np.ndarray | None = None,
) -> Found:
    """The k best distinct configurations of a pool, as the pool spells them.

    Parameters
    ----------
    score
        Called once, with the canonical form of every configuration that may be the answer.
    pool
        One column for each option; others are ignored. Shape (n, any).
    allowed
        What else the answer has to satisfy; it sees the option columns.
    taken
        Encoded configurations, shape (m, d), that are no answer.

    Raises
    ------
    SpaceError
        Where the pool lacks an option, or none of it is valid and allowed.
    """
    grid = Grid.of(space)
    pool = pool.reset_index(drop=True)
    X = grid.encode(pool)  # names a missing column
    pool = pool[list(space.names)]
    kept = np.sort(distinct(X)[0])
    kept = kept[grid.is_valid(X[kept])]
    if taken is not None:
        kept = kept[~is_among(X[kept], taken)]
    if allowed is not None:
        kept = kept[np.asarray(allowed(pool.iloc[kept]), dtype=bool)]
    values = score(X[kept]) if len(kept) else np.empty(0)
    best = best_rows(X[kept], values, k)
    chosen = pool.iloc[kept[best]].reset_index(drop=True)
    return Found(configurations=chosen, values=values[best], is_exact=True, how=f"a pool of {len(pool)}")


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
