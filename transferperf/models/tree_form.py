"""What regression trees say of a whole space: a leaf is a product of one condition for each axis.

sum over trees(x) = start + sum_leaves value prod_a [x_a is between the leaf's thresholds on axis a]
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from transferperf.models.mean_form import Block, MeanForm, no_form
from transferperf.models.trees import Trees

MOST_LEAVES = 1 << 13
"""Leaves up to which trees are laid out: each is a term of the sum."""


class _Leaves(NamedTuple):
    """Values of all leaves (k,), and between which thresholds they lie: low < x <= high, shapes (k, d)."""

    value: np.ndarray
    low: np.ndarray
    high: np.ndarray


def tree_form(trees: Trees, blocks: Sequence[Block]) -> MeanForm | None:
    """The sum of trees over encoded columns, which they read in float32; None where they have too many leaves."""
    if np.count_nonzero(trees.nodes["left"] == 0) > MOST_LEAVES:
        return None
    d = 1 + max(int(column) for columns, _ in blocks for column in columns)
    leaves = _leaves(trees, d)
    likeness, values = zip(*(_axis(leaves, block) for block in blocks), strict=True)
    nothing = no_form(blocks)
    return MeanForm(
        constant=trees.start,
        effects=nothing.effects,
        weights=leaves.value,
        likeness=likeness,
        values=np.column_stack(values),
    )


def _leaves(trees: Trees, d: int) -> _Leaves:
    """All leaves, found one level of all trees after the other."""
    nodes, starts = trees.nodes, np.cumsum(trees.sizes) - trees.sizes
    at, root = starts, starts  # a node, and where its tree begins
    low, high = np.full((len(at), d), -np.inf), np.full((len(at), d), np.inf)
    found: list[_Leaves] = []
    while len(at):
        is_leaf = nodes["left"][at] == 0
        found.append(_Leaves(nodes["value"][at][is_leaf], low[is_leaf], high[is_leaf]))
        at, root, low, high = at[~is_leaf], root[~is_leaf], low[~is_leaf], high[~is_leaf]
        n, column, threshold = np.arange(len(at)), nodes["column"][at].astype(np.intp), nodes["threshold"][at]
        left_high, right_low = high.copy(), low.copy()
        left_high[n, column] = np.minimum(high[n, column], threshold)
        right_low[n, column] = np.maximum(low[n, column], threshold)
        at = np.concatenate([root + nodes["left"][at], root + nodes["right"][at]])
        root, low, high = np.tile(root, 2), np.vstack([low, right_low]), np.vstack([left_high, high])
    return _Leaves(*(np.concatenate(part) for part in zip(*found, strict=True)))


def _axis(leaves: _Leaves, block: Block) -> tuple[np.ndarray, np.ndarray]:
    """Which rows of an axis fall into each distinct condition, (r, C), and which condition each leaf has, (k,)."""
    columns, rows = block
    seen = rows.astype(np.float32)[:, None]  # (r, 1, w)
    limits, which = np.unique(np.hstack([leaves.low[:, columns], leaves.high[:, columns]]), axis=0, return_inverse=True)
    low, high = np.hsplit(limits, 2)
    return ((seen > low) & (seen <= high)).all(axis=2).astype(float), which.ravel()
