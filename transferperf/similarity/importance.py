"""Are options as important: M10 of Jamshidi et al. (ASE 2017, H2.2).

The study correlates the importances that one regression tree (Matlab's `fitrtree`) gives the options in each
environment: by Pearson for SPEAR and SQLite, by Spearman for x264. A tree grown on the rows it is judged by gives
importance to noise; permutation importance on rows that the tree has not seen does not, and is given beside it.
"""

import numpy as np
from sklearn.tree import DecisionTreeRegressor

from transferperf.rng import integer_seed

MIN_SPLIT = 10
"""Rows of a node that is split, as in Matlab."""
N_REPEATS = 3
MOST_ROWS = 2000
"""Rows that permutation importance is judged by."""


def tree_importance(Z: np.ndarray, y: np.ndarray, stream: np.random.Generator) -> np.ndarray:
    """Share of each column of Z (n, c) in what a full regression tree explains of y (n,), shape (c,)."""
    tree = DecisionTreeRegressor(min_samples_split=MIN_SPLIT, random_state=integer_seed(stream))
    return tree.fit(Z, y).feature_importances_


def held_out_importance(
    Z: np.ndarray, y: np.ndarray, stream: np.random.Generator, *, rows: np.ndarray | None = None
) -> np.ndarray:
    """How much of the variance of unseen y a tree loses where a column of Z (n, c) is permuted, shape (c,).

    Parameters
    ----------
    Z, y
        Columns (n, c) and responses (n,).
    stream
        Of the halves and the permutations.
    rows
        A resample, whole numbers below n; a row that was drawn twice stays in one half.
    """
    rows = np.arange(len(y)) if rows is None else rows
    is_first = (stream.random(len(y)) < 0.5)[rows]
    parts = [rows[is_first], rows[~is_first]]
    if min(map(len, parts)) < 2:
        return np.full(Z.shape[1], np.nan)
    found = []
    for train, test in (parts, parts[::-1]):
        tree = DecisionTreeRegressor(min_samples_leaf=3, random_state=integer_seed(stream)).fit(Z[train], y[train])
        some = test if len(test) <= MOST_ROWS else stream.choice(test, MOST_ROWS, replace=False)
        found.append(_permuted_loss(tree, Z[some], y[some], stream))
    scale = np.var(y[rows])
    return np.mean(found, axis=0) / (scale if scale > 0 else np.nan)


def _permuted_loss(
    tree: DecisionTreeRegressor, Z: np.ndarray, y: np.ndarray, stream: np.random.Generator
) -> np.ndarray:
    """Squared error that permuting each column of Z (n, c) adds, shape (c,); all columns in one prediction."""
    n, c = Z.shape
    permuted = np.tile(Z.astype(np.float32), (c, 1, 1))
    lost = np.zeros(c)
    for _ in range(N_REPEATS):
        for j in range(c):
            permuted[j, :, j] = Z[stream.permutation(n), j]
        predicted = tree.predict(permuted.reshape(c * n, c)).reshape(c, n)
        lost += ((predicted - y) ** 2).mean(axis=1) / N_REPEATS
    return lost - float(((tree.predict(Z) - y) ** 2).mean())
