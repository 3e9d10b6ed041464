"""Regression trees as plain arrays, so that a model file can hold them: built by scikit-learn, read here.

Symbols: t trees, N nodes of all trees together, n rows.
"""

from dataclasses import dataclass

import numpy as np
from sklearn.ensemble import RandomForestRegressor


@dataclass(frozen=True, slots=True)
class Trees:
    """Trees that each say a value for every row.

    Parameters
    ----------
    root
        First node of each tree, shape (t,).
    left, right
        Where a node sends rows; itself where it is a leaf; shape (N,).
    column, threshold
        A row goes left where its column is at most the threshold; shape (N,).
    value
        What a leaf says, shape (N,).
    """

    root: np.ndarray
    left: np.ndarray
    right: np.ndarray
    column: np.ndarray
    threshold: np.ndarray
    value: np.ndarray

    @classmethod
    def of(cls, forest: RandomForestRegressor) -> "Trees":
        """The trees of a fitted forest."""
        trees = [estimator.tree_ for estimator in forest.estimators_]
        root = np.cumsum([0, *(tree.node_count for tree in trees)])[:-1]
        return cls(
            root=root,
            left=_children([tree.children_left for tree in trees], root),
            right=_children([tree.children_right for tree in trees], root),
            column=np.concatenate([np.maximum(tree.feature, 0) for tree in trees]),
            threshold=np.concatenate([tree.threshold for tree in trees]),
            value=np.concatenate([tree.value[:, 0, 0] for tree in trees]),
        )

    def predict(self, X: np.ndarray) -> np.ndarray:
        """What each tree says of rows X (n, d): shape (t, n)."""
        X = np.asarray(X, dtype=np.float32)  # as scikit-learn compares
        at = np.repeat(self.root[:, None], len(X), axis=1)  # (t, n)
        rows = np.arange(len(X))
        while True:
            goes_left = X[rows, self.column[at]] <= self.threshold[at]
            there = np.where(goes_left, self.left[at], self.right[at])
            if (there == at).all():
                return self.value[at]
            at = there


def _children(sides: list[np.ndarray], root: np.ndarray) -> np.ndarray:
    """Children of the nodes of all trees, numbered through; a leaf is its own child."""
    own = [np.where(side < 0, np.arange(len(side)), side) + start for side, start in zip(sides, root, strict=True)]
    return np.concatenate(own)
