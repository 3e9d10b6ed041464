"""A form laid out on a plane: its values, block by block.

Effects of two axes are a table over the columns, slopes along the columns for each row, and a number for each row.
"""

from collections.abc import Sequence

import numpy as np
from scipy.sparse import csr_array

from transferperf.models.mean_form import MeanForm
from transferperf.search.plane import Plane, codes_of

Kept = np.ndarray | slice
"""Which bodies of a block are asked for."""


class Table:
    """A form laid out on a plane.

    Parameters
    ----------
    tolerance
        Rounding up to which it is computed in float32.

    Attributes
    ----------
    dtype
        What it is computed in.
    radius
        How far a value is off by rounding, at most.
    """

    def __init__(self, form: MeanForm, plane: Plane, tolerance: float) -> None:
        width = plane.size(plane.coarse) + plane.size(plane.fine)
        n_terms = len(form.weights) + width + sum(form.n_rows) + 16
        self.dtype = np.float32 if form.most * n_terms * np.finfo(np.float32).eps < tolerance else np.float64
        self.radius = float(form.most * n_terms * np.finfo(self.dtype).eps)
        self._plane, self._effects = plane, _Effects(form, plane, self.dtype)
        self._products = _Products(form, plane, self.dtype) if form.weights.any() else None

    def values(self, head: int, kept: Kept = slice(None)) -> np.ndarray:
        """Values at all columns of a block's rows, or of those `kept`: shape (columns, bodies)."""
        here = {a: int(at[0]) for a, at in self._plane.places(self._plane.head, np.array([head])).items()}
        values = self._effects.values(here, kept)  # (coarse, fine, bodies)
        if self._products:
            products = self._products.values(here, kept)
            products += values
            values = products
        return values.reshape(self._plane.size(self._plane.column), -1)


class _Products:
    """The sum of products of a form, its data ordered by what they say of the columns."""

    def __init__(self, form: MeanForm, plane: Plane, dtype: type[np.floating]) -> None:
        (coarse, of_coarse), (fine, of_fine) = (codes_of(form, axes) for axes in (plane.coarse, plane.fine))
        joint = of_coarse * len(fine) + of_fine
        order = np.argsort(joint, kind="stable")
        self._shape = len(coarse), len(fine)
        self._starts = np.searchsorted(joint[order], np.arange(len(coarse) * len(fine) + 1))
        self._coarse = _product(form, plane, plane.coarse, coarse).astype(dtype)  # (coarse columns, ways)
        self._fine = _product(form, plane, plane.fine, fine).astype(dtype)
        bodies = _product(form, plane, plane.body, form.values[order][:, list(plane.body)])
        self._body = np.ascontiguousarray(bodies.T, dtype=dtype)  # (n, bodies)
        self._weights = form.weights[order]
        self._head = {a: form.likeness[a][:, form.values[order, a]] for a in plane.head}  # (rows, n) each

    def values(self, here: dict[int, int], kept: Kept) -> np.ndarray:
        """Its values in a block: shape (coarse, fine, bodies)."""
        w = self._weights.copy()
        for a, place in here.items():
            w *= self._head[a][place]
        gather = csr_array((w.astype(self._body.dtype), np.arange(len(w)), self._starts))  # one row for each way
        ways = gather @ self._body[:, kept]
        half = self._coarse @ ways.reshape(self._shape[0], -1)  # (coarse columns, fine ways times bodies)
        return self._fine @ half.reshape(len(half), self._shape[1], -1)


class _Effects:
    """The constant of a form, and its effects of one and of two axes."""

    def __init__(self, form: MeanForm, plane: Plane, dtype: type[np.floating]) -> None:
        self._dtype, self._plane, self._starts = dtype, plane, np.cumsum([0, *form.n_rows])
        self._is_plain = not form.effects.any()
        E = {axes: _one_hot(plane, axes) for axes in (plane.body, plane.coarse, plane.fine)}  # (rows of axes, c) each
        T = self._between(form, plane.coarse, plane.fine)
        squares = {axes: _squares(E[axes], self._between(form, axes, axes)) for axes in E}
        table = squares[plane.coarse][:, None] + squares[plane.fine] + 2 * E[plane.coarse].T @ T @ E[plane.fine]
        self._table = table.astype(dtype)[:, :, None]
        self._own = (form.constant + squares[plane.body]).astype(dtype)
        self._parts = []
        for axes in (plane.coarse, plane.fine):
            along_body = 2 * self._between(form, axes, plane.body) @ E[plane.body]
            along_head = 2 * self._between(form, axes, plane.head)
            self._parts.append((E[axes].T.astype(dtype), along_body.astype(dtype), along_head))
        self._body, self._head_body = E[plane.body].astype(dtype), 2 * self._between(form, plane.body, plane.head)
        self._head = self._between(form, plane.head, plane.head)

    def values(self, here: dict[int, int], kept: Kept) -> np.ndarray:
        """Their values in a block: broadcastable to (coarse, fine, bodies)."""
        if self._is_plain:
            return np.broadcast_to(self._own[kept], (*self._table.shape[:2], len(self._own[kept])))
        e = np.concatenate([np.zeros(0), *(np.eye(self._plane.n_rows[a])[place] for a, place in here.items())])
        own = self._own[kept] + (self._head_body @ e).astype(self._dtype) @ self._body[:, kept]
        own += self._dtype(e @ self._head @ e)
        coarse, fine = (E @ (body[:, kept] + (head @ e).astype(self._dtype)[:, None]) for E, body, head in self._parts)
        values = self._table + (coarse + own)[:, None]
        values += fine
        return values

    def _between(self, form: MeanForm, p: Sequence[int], q: Sequence[int]) -> np.ndarray:
        """Effects between the rows of some axes and those of others."""
        rows, columns = ([k for a in axes for k in range(self._starts[a], self._starts[a + 1])] for axes in (p, q))
        return form.effects[np.ix_(rows, columns)]


def _product(form: MeanForm, plane: Plane, axes: Sequence[int], values: np.ndarray) -> np.ndarray:
    """Products over axes between their combinations and data with values (k, axes): shape (combinations, k)."""
    places, product = plane.places(axes, np.arange(plane.size(axes))), np.ones((plane.size(axes), len(values)))
    for j, a in enumerate(axes):
        product *= form.likeness[a][places[a]][:, values[:, j]]
    return product


def _one_hot(plane: Plane, axes: Sequence[int]) -> np.ndarray:
    """Which row each axis has in every combination (c,), one-hot: shape (rows of the axes, c)."""
    places, n = plane.places(axes, np.arange(plane.size(axes))), plane.size(axes)
    return np.vstack([np.empty((0, n)), *(np.eye(plane.n_rows[a])[:, places[a]] for a in axes)])


def _squares(E: np.ndarray, T: np.ndarray) -> np.ndarray:
    """The form e T e of each column e of E (k, c): shape (c,)."""
    return ((T @ E) * E).sum(0)
