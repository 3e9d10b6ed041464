"""What a posterior mean says of a whole space: at most two options together, and a sum of products of all of them.

Symbols: a axes (an option, or a one-hot group as one choice), r_a rows of axis a, R = r_1 + ... + r_a, n distinct rows
of data, e(x) (R,) which row of each axis a configuration has, one-hot.

    mean(x) = constant + e(x)' effects e(x) + sum_i weights_i prod_a likeness_a(x_a, i)

The diagonal of `effects` holds the main effects, for e_k^2 = e_k.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TypeAlias

import numpy as np
import torch
from torch import Tensor

from transferperf.kernels import DTYPE, OptionKernel
from transferperf.models.posterior import MEAN_VARIANCE

Block: TypeAlias = tuple[np.ndarray, np.ndarray]
"""The encoded columns (w,) of an axis, and its rows in them (r, w)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MeanForm:
    """A function of every configuration of a product space.

    Parameters
    ----------
    constant
        A number.
    effects
        Shape (R, R), symmetric.
    weights
        Shape (n,).
    likeness
        For each axis its factor between each of its rows and each value that data have, shape (r_a, C_a).
    values
        Which of its values each datum has in each axis, shape (n, a).
    """

    constant: float
    effects: np.ndarray
    weights: np.ndarray
    likeness: tuple[np.ndarray, ...]
    values: np.ndarray

    @property
    def n_rows(self) -> tuple[int, ...]:
        """Rows of each axis."""
        return tuple(len(table) for table in self.likeness)

    @property
    def most(self) -> float:
        """A number that no sum of sizes of its terms exceeds."""
        starts = np.cumsum([0, *self.n_rows])
        largest = [np.abs(self.effects[a:b]).max(initial=0) for a, b in pairwise(starts)]
        return abs(self.constant) + len(largest) * sum(largest) + float(np.abs(self.weights).sum())

    def negated(self) -> "MeanForm":
        """The same with its sign turned."""
        return replace(self, constant=-self.constant, effects=-self.effects, weights=-self.weights)

    def at(self, places: np.ndarray) -> np.ndarray:
        """Values of configurations given by the places of their axes' rows (m, a): shape (m,)."""
        e = np.hstack([np.eye(r)[place] for r, place in zip(self.n_rows, places.T, strict=True)])
        G = np.ones((len(places), len(self.weights)))
        for table, place, value in zip(self.likeness, places.T, self.values.T, strict=True):
            G *= table[place][:, value]
        return self.constant + ((e @ self.effects) * e).sum(1) + G @ self.weights


def mean_form(kernel: OptionKernel, X: Tensor, weights: Tensor, blocks: Sequence[Block]) -> MeanForm:
    """The sum of a posterior's covariances with rows X (n, d), weighted (n,), with that of its constant mean."""
    rows, which = np.unique(X.numpy(), axis=0, return_inverse=True)
    alpha = np.bincount(which.ravel(), weights.numpy(), minlength=len(rows))
    axes = [_Axis.of(kernel, block, rows) for block in blocks]
    F = np.vstack([axis.effects[:, axis.values] for axis in axes])  # (R, n): main effects
    scale = {part: float(kernel.values()[f"log_{part}"].detach().exp()) for part in kernel.parts}
    effects = scale.get("twofold", 0.0) * (F * alpha) @ F.T
    effects[np.diag_indices(len(F))] += scale.get("main", 0.0) * F @ alpha
    return MeanForm(
        constant=MEAN_VARIANCE * float(alpha.sum()),
        effects=effects,
        weights=scale.get("product", 0.0) * alpha,
        likeness=tuple(axis.likeness for axis in axes),
        values=np.column_stack([axis.values for axis in axes]),
    )


def encoded(blocks: Sequence[Block], places: np.ndarray) -> np.ndarray:
    """Encoded configurations, (c, d), whose axes have these rows (c, a)."""
    X = np.empty((len(places), sum(len(columns) for columns, _ in blocks)))
    for (columns, rows), place in zip(blocks, places.T, strict=True):
        X[:, columns] = rows[place]
    return X


def no_form(blocks: Sequence[Block]) -> MeanForm:
    """Zero everywhere."""
    R = sum(len(rows) for _, rows in blocks)
    return MeanForm(
        constant=0.0,
        effects=np.zeros((R, R)),
        weights=np.zeros(0),
        likeness=tuple(np.ones((len(rows), 0)) for _, rows in blocks),
        values=np.zeros((0, len(blocks)), dtype=np.intp),
    )


@dataclass(frozen=True, slots=True)
class _Axis:
    """One axis: main effects and product (r, C) between its rows and the values of data, and whose value is which."""

    effects: np.ndarray
    likeness: np.ndarray
    values: np.ndarray

    @classmethod
    def of(cls, kernel: OptionKernel, block: Block, data: np.ndarray) -> "_Axis":
        """An axis beside data (n, d)."""
        columns, rows = block
        values, which = np.unique(data[:, columns], axis=0, return_inverse=True)
        share = kernel.log_theta.detach()[columns].exp().sum() / kernel.log_theta.detach().exp().sum()
        main, product = (_part(kernel, part, columns, (rows, values)) for part in ("main", "product"))
        return cls(float(share) * main, product, which.ravel())


def _part(kernel: OptionKernel, part: str, columns: np.ndarray, sides: Iterable[np.ndarray]) -> np.ndarray:
    """One part of unit variance of a kernel of some columns only, between rows (r, w) and (C, w): shape (r, C)."""
    own = OptionKernel([kernel.n_levels[j] for j in columns], parts=(part,))
    with torch.no_grad():
        own.log_theta.copy_(kernel.log_theta[columns])
        getattr(own, f"log_{part}").zero_()
    return own.covariance(*(torch.as_tensor(side, dtype=DTYPE) for side in sides)).numpy()
