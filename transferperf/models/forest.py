"""Experts that are random forests on the warped values: what catches deep interactions that kernels smooth over.

The trees' own left-out rows are the evidence (Breiman 2001, sec. 3.1), and their mean squared error is the variance.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
import torch
from sklearn import config_context
from sklearn.tree import DecisionTreeRegressor
from sklearn.utils import check_random_state
from torch import Tensor

from transferperf import rng
from transferperf.models.evidence import Evidence
from transferperf.models.rows import Rows
from transferperf.models.target import Sees, TargetData, Views
from transferperf.models.trees import Trees

N_TREES = 64

NAMES: Mapping[Sees, str] = {"options": "forest", "measured": "forest with sources"}
"""What forests are called, by what they see."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ForestExpert:
    """A random forest on the target's rows.

    Parameters
    ----------
    rows
        What it was grown on.
    number
        What chance came from.
    variance
        Mean squared error at left-out rows: all of a forest's uncertainty.
    """

    noise: ClassVar[float] = 0.0
    """A forest does not tell noise from ignorance."""

    sees: Sees
    rows: Rows
    number: int
    trees: Trees
    variance: float
    evidence: Evidence

    @property
    def name(self) -> str:
        """What it is called in summaries."""
        return NAMES[self.sees]

    @property
    def transfers(self) -> bool:
        """Whether it uses the sources."""
        return self.sees != "options"

    def predict(self, views: Views) -> tuple[Tensor, Tensor]:
        """Mean and variance of a measurement at n configurations: each (n,)."""
        mean = self.trees.predict(views.seen(self.sees).numpy().astype(np.float32))  # as forests compare
        return torch.as_tensor(mean), torch.full((len(mean),), self.variance, dtype=torch.float64)

    def extend(self, views: Views, rows: Rows) -> "ForestExpert":
        """The expert grown anew, with further target rows; how well it did before is kept."""
        rows = self.rows.join(replace(rows, X=views.seen(self.sees)))
        trees, said = _forest(rows, self.number)
        return replace(self, rows=rows, trees=trees, variance=float(said.variance[0]))


def fit_forest(sees: Sees, data: TargetData, *, seed: int) -> ForestExpert:
    """Grow a forest on the target's rows."""
    rows, number = data.seen(sees), int(rng.generator(seed, "forest").integers(2**31))
    trees, said = _forest(rows, number)
    return ForestExpert(
        sees=sees, rows=rows, number=number, trees=trees, variance=float(said.variance[0]), evidence=said
    )


def _forest(rows: Rows, number: int) -> tuple[Trees, Evidence]:
    """The trees of a forest, and what they say of rows that they left out."""
    X, z = rows.X.numpy().astype(np.float32), rows.z.numpy()
    trees, is_left_out = grown(X, z, number)
    said = np.stack([tree.tree_.predict(X)[:, 0] for tree in trees])  # (t, n)
    said = np.where(is_left_out, said, 0.0).sum(0)  # (n,)
    mean = np.where(is_left_out.any(0), said / np.maximum(1, is_left_out.sum(0)), z.mean())
    variance = max(float(np.mean((z - mean) ** 2)), 1e-6)
    return Trees.of_forest(trees), Evidence(mean, np.full(len(z), variance))


def grown(X: np.ndarray, z: np.ndarray, number: int) -> tuple[list[DecisionTreeRegressor], np.ndarray]:
    """Trees on bootstrap samples of rows X (n, d) in float32, and which rows each left out: (t, n).

    They are those of scikit-learn's `RandomForestRegressor` with `random_state=number`, without what it checks anew for
    each of them, which takes longer than growing it on few rows.
    """
    numbers, chance = check_random_state(number), check_random_state(number)  # `chance` is seeded again for each use
    trees, is_left_out = [], np.zeros((N_TREES, len(z)), dtype=bool)
    with config_context(skip_parameter_validation=True):
        for left_out in is_left_out:
            own = numbers.randint(np.iinfo(np.int32).max)
            chance.seed(own)
            counts = np.bincount(chance.randint(0, len(z), len(z), dtype=np.int32), minlength=len(z))
            left_out[:] = counts == 0
            chance.seed(own)
            tree = DecisionTreeRegressor(random_state=chance)
            trees.append(tree.fit(X, z, sample_weight=counts.astype(float), check_input=False))
    return trees, is_left_out
