"""Growing gradient-boosted trees on any number of rows, in bounded time."""

import contextlib

import numpy as np
from sklearn.ensemble import HistGradientBoostingRegressor

from transferperf.models.fitting import one_thread
from transferperf.models.trees import Trees

MANY = 50_000
"""Rows from which all cores grow trees; with fewer they wait for one another."""

HUGE = 200_000
"""Rows beyond which larger trees take longer steps, because each step reads all rows."""

WORK = 100_000_000
"""Rows times trees that a fit may cost, between FEWEST_TREES and MOST_TREES."""

FEWEST_TREES, MOST_TREES = 200, 1000


def grow(X: np.ndarray, z: np.ndarray, *, seed: int, n_trees: int | None = None) -> Trees:
    """Trees for values z (n,) at rows X (n, d): `n_trees`, or until rows that are left out say that it is enough."""
    n = len(z)
    regressor = HistGradientBoostingRegressor(
        learning_rate=0.2 if n > HUGE else 0.1,
        max_leaf_nodes=63 if n > HUGE else 31,
        min_samples_leaf=10,
        max_iter=n_trees or int(np.clip(WORK // n, FEWEST_TREES, MOST_TREES)),
        early_stopping=n_trees is None,
        validation_fraction=max(2, min(n // 10, 5000)),
        n_iter_no_change=20,
        random_state=seed,
    )
    with one_thread() if n < MANY else contextlib.nullcontext():
        return Trees.of_boosted(regressor.fit(X, z))
