"""Gradient-boosted trees as plain arrays: grown and walked by scikit-learn, kept without code.

scikit-learn has no public way to take its trees apart and to put them together: the private names that this needs
stand in this file only, and a test holds the answers to those of the public `predict`.
"""

import contextlib
from dataclasses import dataclass

import numpy as np
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.ensemble._hist_gradient_boosting.common import PREDICTOR_RECORD_DTYPE
from sklearn.ensemble._hist_gradient_boosting.predictor import TreePredictor

from transferperf.models.fitting import one_thread

NODE = {"value": "value", "feature_idx": "column", "num_threshold": "threshold", "left": "left", "right": "right"}
"""What a node holds: scikit-learn's name, and ours."""

MANY = 50_000
"""Rows from which all cores grow trees; with fewer they wait for one another."""

HUGE = 200_000
"""Rows beyond which larger trees take longer steps, because each step reads all rows."""

WORK = 100_000_000
"""Rows times trees that a fit may cost, between FEWEST_TREES and MOST_TREES."""

FEWEST_TREES, MOST_TREES = 200, 1000


@dataclass(frozen=True, slots=True)
class GradientTrees:
    """A sum of regression trees over numeric columns.

    Parameters
    ----------
    start
        What is added to the sum of the trees.
    sizes
        Number of nodes of each tree, shape (t,).
    nodes
        For each of NODE's values an array over the nodes of all trees; children are numbered within their tree, and a
        node without children is a leaf.
    """

    start: float
    sizes: np.ndarray
    nodes: dict[str, np.ndarray]

    @classmethod
    def of(cls, model: HistGradientBoostingRegressor) -> "GradientTrees":
        """The trees of a fitted regressor without categorical columns."""
        trees = [stage[0].nodes for stage in model._predictors]  # noqa: SLF001
        joined = np.concatenate([np.empty(0, PREDICTOR_RECORD_DTYPE), *trees])
        nodes = {ours: joined[theirs].copy() for theirs, ours in NODE.items()}
        start = float(model._baseline_prediction.item())  # noqa: SLF001
        return cls(start, np.array([len(tree) for tree in trees], dtype=int), nodes)

    def __len__(self) -> int:
        return len(self.sizes)

    def predict(self, X: np.ndarray) -> np.ndarray:
        """The sum of the trees at rows X (n, d): shape (n,)."""
        flat = np.zeros(len(self.nodes["left"]), PREDICTOR_RECORD_DTYPE)
        for theirs, ours in NODE.items():
            flat[theirs] = self.nodes[ours]
        flat["is_leaf"] = flat["left"] == 0  # the root, 0, is nobody's child
        no_sets, X = np.zeros((0, 8), dtype=np.uint32), np.ascontiguousarray(X, dtype=float)
        answer, places = np.full(len(X), self.start), np.zeros(X.shape[1], dtype=np.uint32)
        for end, size in zip(np.cumsum(self.sizes), self.sizes, strict=True):
            tree = TreePredictor(flat[end - size : end], no_sets, no_sets)
            answer += tree.predict(X, no_sets, places, 1)  # threads would wait for one another at every tree
        return answer


def grow(X: np.ndarray, z: np.ndarray, *, seed: int, n_trees: int | None = None) -> GradientTrees:
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
        return GradientTrees.of(regressor.fit(X, z))
