"""Regression trees as plain arrays, so that a model file can hold them: grown and walked by scikit-learn.

scikit-learn has no public way to take its trees apart and to put them together: the private names that this needs
stand in this file only, and a test holds the answers to those of the public `predict`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.ensemble._hist_gradient_boosting.common import PREDICTOR_RECORD_DTYPE
from sklearn.ensemble._hist_gradient_boosting.predictor import TreePredictor
from sklearn.tree import DecisionTreeRegressor

NODE = {"value": "value", "feature_idx": "column", "num_threshold": "threshold", "left": "left", "right": "right"}
"""What a node holds: scikit-learn's name, and ours."""


@dataclass(frozen=True, slots=True)
class Trees:
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
    def of_boosted(cls, model: HistGradientBoostingRegressor) -> "Trees":
        """The trees of a fitted regressor without categorical columns."""
        return cls._of(float(model._baseline_prediction.item()), [stage[0].nodes for stage in model._predictors])  # noqa: SLF001

    @classmethod
    def of_forest(cls, trees: Sequence[DecisionTreeRegressor]) -> "Trees":
        """Fitted trees, whose mean is the sum of their shares; they read columns in float32."""
        found = []
        for tree in (tree.tree_ for tree in trees):
            nodes = np.zeros(tree.node_count, PREDICTOR_RECORD_DTYPE)
            nodes["value"] = tree.value[:, 0, 0] / len(trees)
            nodes["feature_idx"], nodes["num_threshold"] = np.maximum(tree.feature, 0), tree.threshold
            nodes["left"], nodes["right"] = np.maximum(tree.children_left, 0), np.maximum(tree.children_right, 0)
            found.append(nodes)
        return cls._of(0.0, found)

    @classmethod
    def _of(cls, start: float, trees: Sequence[np.ndarray]) -> "Trees":
        joined = np.concatenate([np.empty(0, PREDICTOR_RECORD_DTYPE), *trees])
        nodes = {ours: joined[theirs].copy() for theirs, ours in NODE.items()}
        return cls(start, np.array([len(tree) for tree in trees], dtype=int), nodes)

    def __len__(self) -> int:
        return len(self.sizes)

    def arrays(self) -> dict[str, np.ndarray]:
        """All but the start as arrays by name, for a model file."""
        return {"sizes": self.sizes, **self.nodes}

    @classmethod
    def from_arrays(cls, start: float, arrays: Mapping[str, np.ndarray]) -> "Trees":
        """The trees that `arrays` took apart, among others by name."""
        return cls(start, arrays["sizes"], {name: arrays[name] for name in NODE.values()})

    @property
    def range(self) -> tuple[float, float]:
        """Two numbers between which every prediction lies."""
        is_leaf = self.nodes["left"] == 0
        starts = np.cumsum(self.sizes) - self.sizes
        ends = (np.where(is_leaf, self.nodes["value"], worst) for worst in (np.inf, -np.inf))
        low, high = (reduce.reduceat(x, starts).sum() for reduce, x in zip((np.minimum, np.maximum), ends, strict=True))
        return self.start + float(low), self.start + float(high)

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
