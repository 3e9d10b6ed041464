"""How configurations are compared, once for all parameters: the options in three groups, by what their factors need.

Every group answers, for weights u and relevances theta of its own k options (leading dimensions are a batch):

    main effects   sum_j u_j h_j             log product   sum_j log g_j             both (..., n, m)

and pulls slopes W (..., n, m) by either back to its options: (..., k).
"""

from collections.abc import Sequence
from functools import cache, reduce
from itertools import pairwise
from operator import add
from typing import Any, NamedTuple, cast

import numpy as np
from scipy.linalg import helmert

from transferperf.kernels.arrays import Array, constant, namespace, zeros
from transferperf.kernels.pairwise import inner, log_matern52, log_matern52_slope, matern52, total

MOST_VALUES = 32
"""Distinct values of an ordered option up to which its factor is computed once for each pair of values."""


class Agreement(NamedTuple):
    """Options that either agree or differ: exchangeable ones, and ordered ones that have two values.

    Of L values, each is a corner of a simplex in L - 1 dimensions, with c(v) . c(w) = [v = w] - 1 / L: one matrix
    product counts where rows differ, for all options together.

    Attributes
    ----------
    option
        Which options these are, shape (k,).
    left, right
        Corners that rows stand on, shapes (n, c) and (m, c).
    owner
        Which of these options each dimension belongs to, shape (c,).
    member
        The same, one-hot: shape (c, k).
    chance
        1 - 1 / L: how often two values drawn at random differ; shape (k,).
    likeness
        Main effect h where they differ, shape (k,).
    apart
        How far the two values of an ordered option are apart, shape (k,).
    is_ordered
        Whether it is ordered, shape (k,); None where none is.
    """

    option: Array
    left: Array
    right: Array
    owner: Array
    member: Array
    chance: Array
    likeness: Array
    apart: Array
    is_ordered: Array | None

    def agree(self, w: Array) -> Array:
        """Minus the weights w (..., k) of the options in which two rows differ: shape (..., n, m)."""
        product = (self.left * w[..., None, self.owner]) @ self.right.T
        product -= (w @ self.chance)[..., None, None]
        return product

    def pull_agree(self, W: Array) -> Array:
        """Slope by w (..., k) from slopes W by `agree`."""
        by_dimension = namespace(W).einsum("...nc,nc->...c", W @ self.right, self.left)
        return by_dimension @ self.member - total(W)[..., None] * self.chance

    def main_effects(self, u: Array) -> Array:
        """Main effects weighted with u (..., k)."""
        s = self.agree(u * (1 - self.likeness))
        s += u.sum(-1)[..., None, None]
        return s

    def pull_main_effects(self, W: Array) -> Array:
        """Slope by u (..., k)."""
        return self.pull_agree(W) * (1 - self.likeness) + total(W)[..., None]

    def log_product(self, theta: Array) -> Array:
        """Log of the product of the factors under theta (..., k)."""
        if self.is_ordered is None:
            return self.agree(theta)
        xp = namespace(theta)
        return self.agree(xp.where(self.is_ordered, -log_matern52(xp.sqrt(theta) * self.apart), theta))

    def pull_log_product(self, W: Array, theta: Array) -> Array:
        """Slope by log theta (..., k)."""
        slope = self.pull_agree(W)
        if self.is_ordered is None:
            return slope * theta
        xp = namespace(theta)
        return slope * xp.where(self.is_ordered, -log_matern52_slope(xp.sqrt(theta) * self.apart) / 2, theta)


class Tables(NamedTuple):
    """Ordered options with few values: a factor is a small table over pairs of values, spread by matrix products.

    Attributes
    ----------
    option
        Which options these are, shape (k,).
    left, right
        Which value of each option a row has, one-hot over the A and B values of all options: (n, A) and (m, B).
    place
        Row and column of each entry in the table of all values, shapes (T,) and (T,).
    owner
        Which of these options each entry belongs to, shape (T,).
    member
        The same, one-hot: shape (T, k).
    distance
        How far its two values are apart, shape (T,).
    likeness
        Its main effect h, shape (T,).
    """

    option: Array
    left: Array
    right: Array
    place: tuple[Array, Array]
    owner: Array
    member: Array
    distance: Array
    likeness: Array

    def spread(self, entries: Array) -> Array:
        """Sum over options of each pair of rows' table entries (..., T): shape (..., n, m)."""
        table = zeros((*entries.shape[:-1], self.left.shape[1], self.right.shape[1]), entries)
        table[..., self.place[0], self.place[1]] = entries
        return self.left @ table @ self.right.T

    def gather(self, slopes: Array) -> Array:
        """Sum over pairs of rows (..., n, m) of what falls on each table entry: (..., T); the adjoint of `spread`."""
        return (self.left.T @ (slopes @ self.right))[..., self.place[0], self.place[1]]

    def main_effects(self, u: Array) -> Array:
        """Main effects weighted with u (..., k)."""
        return self.spread(u[..., self.owner] * self.likeness)

    def pull_main_effects(self, W: Array) -> Array:
        """Slope by u (..., k)."""
        return (self.gather(W) * self.likeness) @ self.member

    def log_product(self, theta: Array) -> Array:
        """Log of the product of the factors under theta (..., k)."""
        return self.spread(log_matern52(namespace(theta).sqrt(theta)[..., self.owner] * self.distance))

    def pull_log_product(self, W: Array, theta: Array) -> Array:
        """Slope by log theta (..., k)."""
        bent = log_matern52_slope(namespace(theta).sqrt(theta)[..., self.owner] * self.distance) / 2
        return (self.gather(W) * bent) @ self.member


class Fine(NamedTuple):
    """Ordered options with too many values for a table.

    Attributes
    ----------
    option
        Which options these are, shape (k,).
    distance
        How far rows are apart along each, shape (k, n, m).
    likeness
        Their main effects h, shape (k, n, m).
    """

    option: Array
    distance: Array
    likeness: Array

    def main_effects(self, u: Array) -> Array:
        """Main effects weighted with u (..., k)."""
        return namespace(u).einsum("...k,knm->...nm", u, self.likeness)

    def pull_main_effects(self, W: Array) -> Array:
        """Slope by u (..., k)."""
        return namespace(W).einsum("...nm,knm->...k", W, self.likeness)

    def log_product(self, theta: Array) -> Array:
        """Log of the product of the factors under theta (..., k)."""
        root = namespace(theta).sqrt(theta)[..., None, None, :]
        return reduce(add, (log_matern52(root[..., j] * apart) for j, apart in enumerate(self.distance)))

    def pull_log_product(self, W: Array, theta: Array) -> Array:
        """Slope by log theta (..., k)."""
        root = namespace(theta).sqrt(theta)[..., None, None, :]
        slopes = [inner(W, log_matern52_slope(root[..., j] * apart)) for j, apart in enumerate(self.distance)]
        return namespace(theta).stack(slopes, -1) / 2


class OptionPairs(NamedTuple):
    """What n and m configurations have in common, in groups of options; the agreeing ones stand first."""

    groups: tuple[Agreement | Tables | Fine, ...]
    is_plain: bool
    """Whether all options are exchangeable, and there are some."""

    @property
    def agreement(self) -> Agreement:
        """The options that agree or differ."""
        return cast(Agreement, self.groups[0])

    def on_the_side_of(self, like: Array) -> "OptionPairs":
        """The same as arrays of the kind, and on the device, of `like`."""
        return self._replace(groups=tuple(type(g)(*(_moved(field, like) for field in g)) for g in self.groups))


def _moved(field: Any, like: Array) -> Any:
    if isinstance(field, tuple):
        return tuple(constant(f, like) for f in field)
    return field if field is None else constant(field, like)


def compare(rows1: np.ndarray, rows2: np.ndarray, is_ordered: np.ndarray) -> OptionPairs:
    """What rows1 (n, d) and rows2 (m, d) have in common, given which options are ordered, shape (d,)."""
    values = _values(rows1 if rows1 is rows2 else np.concatenate([rows1, rows2]))
    n_values = np.array([len(v) for v in values], dtype=int)
    many = is_ordered & (n_values > 2)
    tabled, fine = np.flatnonzero(many & (n_values <= MOST_VALUES)), np.flatnonzero(many & (n_values > MOST_VALUES))
    groups: list[Any] = [_agreement(rows1, rows2, np.flatnonzero(~many), values, is_ordered)]
    if len(tabled):
        groups.append(_tables(rows1, rows2, tabled, values))
    if len(fine):
        between = np.abs(rows1.T[fine, :, None] - rows2.T[fine, None, :])
        groups.append(Fine(option=fine, distance=between, likeness=matern52(between)))
    return OptionPairs(tuple(groups), is_plain=len(is_ordered) > 0 and not is_ordered[~many].any() and len(groups) == 1)


def _values(rows: np.ndarray) -> list[np.ndarray]:
    """The values of each column of rows (n, d), in order; most options have two at most, which needs no sorting."""
    low, high = rows.min(0), rows.max(0)
    ends, is_ends = np.stack([low, high], 1), ((rows == low) | (rows == high)).all(0)
    first = (low == high).astype(int)
    return [ends[j, first[j] :] if is_ends[j] else np.unique(rows[:, j]) for j in range(rows.shape[1])]


def _agreement(
    rows1: np.ndarray, rows2: np.ndarray, option: np.ndarray, values: Sequence[np.ndarray], is_ordered: np.ndarray
) -> Agreement:
    corners = [_corners(len(values[j])) for j in option]
    owner = np.repeat(np.arange(len(option)), [c.shape[1] for c in corners])
    ordered = is_ordered[option]
    apart = np.array([values[j][-1] - values[j][0] for j in option])
    left = _spelt(rows1, option, values, corners)
    return Agreement(
        option=option,
        left=left,
        right=left if rows2 is rows1 else _spelt(rows2, option, values, corners),
        owner=owner,
        member=np.eye(len(option))[owner],
        chance=np.array([1 - 1 / len(values[j]) for j in option]),
        likeness=np.where(ordered, matern52(apart), 0.0),
        apart=apart,
        is_ordered=ordered if ordered.any() else None,
    )


def _tables(rows1: np.ndarray, rows2: np.ndarray, option: np.ndarray, values: Sequence[np.ndarray]) -> Tables:
    apart = [np.abs(values[j][:, None] - values[j][None, :]) for j in option]
    ones = [np.eye(len(values[j])) for j in option]
    owner = np.repeat(np.arange(len(option)), [a.size for a in apart])
    edges = np.cumsum([0, *map(len, apart)])
    row = np.repeat(np.arange(edges[-1]), np.repeat(np.diff(edges), np.diff(edges)))
    column = np.concatenate([np.tile(np.arange(start, stop), stop - start) for start, stop in pairwise(edges)])
    distance = np.concatenate([a.ravel() for a in apart])
    left = _spelt(rows1, option, values, ones)
    return Tables(
        option=option,
        left=left,
        right=left if rows2 is rows1 else _spelt(rows2, option, values, ones),
        place=(row, column),
        owner=owner,
        member=np.eye(len(option))[owner],
        distance=distance,
        likeness=matern52(distance),
    )


def _spelt(
    rows: np.ndarray, option: np.ndarray, values: Sequence[np.ndarray], codes: Sequence[np.ndarray]
) -> np.ndarray:
    """Rows with each value replaced by its code, side by side: shape (n, sum of the codes' lengths)."""
    parts = (
        np.where(rows[:, [j]] == values[j][1], code[1], code[0])  # most have two values
        if len(code) == 2
        else code[np.searchsorted(values[j], rows[:, j])]
        for j, code in zip(option, codes, strict=True)
    )
    return np.hstack([np.empty((len(rows), 0)), *parts])


@cache
def _corners(n_values: int) -> np.ndarray:
    """Corners of a simplex around 0, shape (L, L - 1)."""
    return helmert(n_values).T
