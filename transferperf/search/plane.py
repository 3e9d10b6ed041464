"""A product space cut in two, so that a mean over it is a product of two thin matrices.

The space is a plane: the *columns* are all combinations of a few axes, and the *rows* those of all others, in blocks:
the *heads* number blocks, the *bodies* the rows of one. A form's value at a row and a column is then

    sum_k P[row, k] Q[k, column]

where k runs over the distinct ways in which data look at the columns' axes (however many data there are), over the
columns' one-hot rows for effects of two axes, and over a constant. A block is one product of matrices in the cache.
"""

import math
from collections.abc import Sequence
from functools import reduce
from operator import mul
from typing import NamedTuple

import numpy as np

from transferperf.models.mean_form import MeanForm

WIDTHS = (32, 512)
"""Numbers of columns between which the quickest is chosen."""

BLOCK_CELLS = 1 << 16
"""Cells of a block, about: some arrays of that size stay in the processor's cache."""

ROW_COST = 100.0
"""What one datum costs in a row, in units of one product in a cell."""


class Plane(NamedTuple):
    """Which axes make heads, bodies and columns, each numbered with the last axis varying fastest.

    Attributes
    ----------
    head, body, column
        Places of axes.
    n_rows
        Rows of each axis.
    """

    head: tuple[int, ...]
    body: tuple[int, ...]
    column: tuple[int, ...]
    n_rows: tuple[int, ...]

    @classmethod
    def of(cls, forms: Sequence[MeanForm], n_rows: tuple[int, ...], tied: frozenset[int] = frozenset()) -> "Plane":
        """The quickest cut for all forms together; axes that are `tied` by constraints make columns last."""
        few = sorted(range(len(n_rows)), key=lambda a: (a in tied, n_rows[a], a))
        cuts = [few[:k] for k in range(len(few) + 1) if math.prod(n_rows[a] for a in few[:k]) <= WIDTHS[1]]
        wide = [cut for cut in cuts if math.prod(n_rows[a] for a in cut) >= WIDTHS[0]] or cuts[-1:]
        column = min(wide, key=lambda cut: sum(_cost(form, cut) for form in forms))
        width, body, n_bodies = math.prod(n_rows[a] for a in column), list[int](), 1
        for a in few[len(column) :]:
            if n_bodies * n_rows[a] * width <= BLOCK_CELLS:
                body.append(a)
                n_bodies *= n_rows[a]
        head = [a for a in range(len(n_rows)) if a not in body and a not in column]
        return cls(tuple(head), tuple(body), tuple(column), n_rows)

    def size(self, axes: Sequence[int]) -> int:
        """Combinations of the rows of some axes."""
        return math.prod(self.n_rows[a] for a in axes)

    def places(self, axes: Sequence[int], numbers: np.ndarray) -> dict[int, np.ndarray]:
        """Which row each axis has in numbered combinations (c,): axis -> (c,)."""
        shape = tuple(self.n_rows[a] for a in axes)
        return dict(zip(axes, np.unravel_index(numbers, shape), strict=True)) if axes else {}

    def mesh(self, head: int) -> list[np.ndarray]:
        """Places of all axes in a block, each broadcastable to (bodies, columns)."""
        places: dict[int, np.ndarray] = {a: at[None] for a, at in self.places(self.head, np.array([head])).items()}
        places |= {a: at[:, None] for a, at in self.places(self.body, np.arange(self.size(self.body))).items()}
        places |= {a: at[None] for a, at in self.places(self.column, np.arange(self.size(self.column))).items()}
        return [places[a] if places[a].ndim == 2 else places[a][None] for a in range(len(self.n_rows))]

    def at(self, heads: np.ndarray, bodies: np.ndarray, columns: np.ndarray) -> np.ndarray:
        """Places of axes of cells (c,): shape (c, a)."""
        parts = ((self.head, heads), (self.body, bodies), (self.column, columns))
        places = reduce(lambda a, b: a | b, (self.places(axes, numbers) for axes, numbers in parts))
        return np.column_stack([places[a] for a in range(len(self.n_rows))])


def _cost(form: MeanForm, cut: Sequence[int]) -> float:
    """What a cell costs with these axes as columns."""
    if not len(form.weights):
        return 0.0
    width = math.prod(form.n_rows[a] for a in cut)
    n_codes = len(np.unique(form.values[:, list(cut)], axis=0)) if cut else 1
    return ROW_COST * len(form.weights) / width + n_codes


class Table:
    """A form laid out on a plane.

    Parameters
    ----------
    form
        What is laid out.
    dtype
        What it is computed in; float64 where `radius` in float32 would be larger than `tolerance`.
    """

    def __init__(self, form: MeanForm, plane: Plane, tolerance: float) -> None:
        self.plane, self.form = plane, form
        code, self._order, self._starts = self._group()
        E = {part: self._one_hot(axes) for part, axes in (("body", plane.body), ("column", plane.column))}
        self._T = self._by_part()
        n_terms = len(form.weights) + len(code) + len(E["column"]) + 16
        self.dtype = np.float32 if form.most * n_terms * np.finfo(np.float32).eps < tolerance else np.float64
        self.radius = float(form.most * n_terms * np.finfo(self.dtype).eps)
        """How far a value is off by rounding, at most."""
        columns = plane.places(plane.column, np.arange(plane.size(plane.column)))
        D = _product([form.likeness[a][columns[a]][:, code[:, k]] for k, a in enumerate(plane.column)], len(code))
        inner = _quadratic(E["column"], self._T["column", "column"])
        self._Q = np.vstack([D.T, E["column"], np.ones_like(inner), inner]).astype(self.dtype)
        bodies = plane.places(plane.body, np.arange(plane.size(plane.body)))
        values = form.values[self._order]
        S = _product([form.likeness[a][bodies[a]][:, values[:, a]] for a in plane.body], len(values))
        self._S = np.ascontiguousarray(np.broadcast_to(S, (plane.size(plane.body), len(values))).T, dtype=self.dtype)
        self._E = E["body"].astype(self.dtype)
        self._slopes = (2 * self._T["column", "body"] @ E["body"]).astype(self.dtype)
        self._own = (form.constant + _quadratic(E["body"], self._T["body", "body"])).astype(self.dtype)

    def values(self, head: int, kept: np.ndarray | slice = slice(None)) -> np.ndarray:
        """Values of a block's rows, or of those `kept`, at all columns: shape (bodies, columns)."""
        place = self.plane.places(self.plane.head, np.array([head]))
        e = self._one_hot_of(self.plane.head, place)[:, 0]
        w = self.form.weights[self._order].copy()
        for a in self.plane.head:
            w *= self.form.likeness[a][place[a][0]][self.form.values[self._order, a]]
        P = self._S[:, kept] * w.astype(self.dtype)[:, None]
        if len(self._starts) < len(w):
            P = np.add.reduceat(P, self._starts, axis=0)
        own = self._own[kept] + (2 * (e @ self._T["head", "body"])).astype(self.dtype) @ self._E[:, kept]
        own += self.dtype(e @ self._T["head", "head"] @ e)
        slopes = self._slopes[:, kept] + (2 * (self._T["column", "head"] @ e)).astype(self.dtype)[:, None]
        return np.vstack([P, slopes, own[None], np.ones_like(own)[None]]).T @ self._Q

    def _group(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Distinct values (k, columns' axes) of data, data in their order (n,), and where each begins (k,)."""
        at_columns = self.form.values[:, list(self.plane.column)]
        code, which = np.unique(at_columns, axis=0, return_inverse=True)
        order = np.argsort(which.ravel(), kind="stable")
        return code, order, np.searchsorted(which.ravel()[order], np.arange(len(code)))

    def _by_part(self) -> dict[tuple[str, str], np.ndarray]:
        """Effects between the axes of each two parts of the plane."""
        starts = np.cumsum([0, *self.form.n_rows])
        rows = {part: [k for a in axes for k in range(starts[a], starts[a + 1])] for part, axes in self._parts}
        return {(p, q): self.form.effects[np.ix_(rows[p], rows[q])] for p in rows for q in rows}

    @property
    def _parts(self) -> tuple[tuple[str, tuple[int, ...]], ...]:
        return ("head", self.plane.head), ("body", self.plane.body), ("column", self.plane.column)

    def _one_hot(self, axes: tuple[int, ...]) -> np.ndarray:
        return self._one_hot_of(axes, self.plane.places(axes, np.arange(self.plane.size(axes))))

    def _one_hot_of(self, axes: tuple[int, ...], places: dict[int, np.ndarray]) -> np.ndarray:
        """Which row each axis has in combinations (c,), one-hot: shape (rows of the axes, c)."""
        c = len(next(iter(places.values()), np.zeros(1)))
        return np.vstack([np.empty((0, c)), *(np.eye(self.plane.n_rows[a])[:, places[a]] for a in axes)])


def _product(factors: list[np.ndarray], n: int) -> np.ndarray:
    return reduce(mul, factors, np.ones((1, n)))


def _quadratic(E: np.ndarray, T: np.ndarray) -> np.ndarray:
    """The form e T e of each column e of E (k, c): shape (c,)."""
    return ((T @ E) * E).sum(0)
