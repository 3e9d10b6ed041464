"""Are options as important: M10 of Jamshidi et al. (ASE 2017, H2.2).

The study correlates the importances that one regression tree (Matlab's `fitrtree`) gives the options in each
environment: by Pearson for SPEAR and SQLite, by Spearman for x264. A tree grown on the rows it is judged by gives
importance to noise; permutation importance on rows that the tree has not seen does not, and is given beside it.
"""

import numpy as np
from sklearn.tree import DecisionTreeRegressor

from transferperf.rng import integer_seed
from transferperf.similarity.values import varies

MIN_SPLIT = 10
"""Rows of a node that is split, as in Matlab."""
TIED = 1e-9
"""Splits that differ by less than this part are equally good."""
MOST_SPLITS = 32
"""Thresholds of one column."""
N_REPEATS = 3
MOST_ROWS = 2000
"""Rows that permutation importance is judged by."""


def tree_importance(Z: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Share of each column of Z (n, c) in what a full regression tree explains of y (n,); NaN where nothing.

    Of equally good splits the first column's is made, as by `fitrtree`. Scikit-learn's tree draws one, and where
    options are nearly copies of one another (SPEAR's presets) that alone moves M10 by 0.5.
    """
    splits, owner = _splits(Z)
    found = np.zeros(Z.shape[1])
    least = np.finfo(float).eps * len(y) * float(np.var(y))
    nodes = [np.arange(len(y))] if varies(y) else []
    while nodes:
        rows = nodes.pop()
        if len(rows) < MIN_SPLIT:
            continue
        beyond = splits[rows]
        n_beyond = beyond.sum(axis=0)
        product = n_beyond * (len(rows) - n_beyond)
        moved = (y[rows] - y[rows].mean()) @ beyond
        gain = np.where(product > 0, moved**2 * len(rows) / np.maximum(product, 1.0), 0.0)  # of squared error
        if gain.max(initial=0.0) <= least:
            continue
        k = int(np.argmax(gain >= gain.max() * (1 - TIED)))
        found[owner[k]] += gain[k]
        nodes += [rows[beyond[:, k] > 0], rows[beyond[:, k] == 0]]
    return found / found.sum() if found.sum() > 0 else np.full(len(found), np.nan)


def _splits(Z: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Whether each row of Z (n, c) is beyond each threshold (n, splits), and which column that is of (splits,)."""
    columns, owner = [], []
    for j, z in enumerate(Z.T):
        levels = np.unique(z)[:-1]
        places = np.unique(np.linspace(0, len(levels) - 1, min(len(levels), MOST_SPLITS)).astype(int))
        columns += [z > level for level in levels[places]]
        owner += [j] * len(places)
    table = np.column_stack(columns) if columns else np.empty((len(Z), 0))
    return table.astype(float), np.array(owner, dtype=int)


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
