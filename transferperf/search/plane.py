"""A product space as a plane, of which a form is evaluated block by block.

The *columns* are all combinations of a few axes, the *coarse* and the *fine* ones; the *rows* those of all others, in
blocks: the *heads* number blocks, the *bodies* the rows of one. Data differ in few ways in what they say of the
columns, however many data there are: their products with a row's axes are added up for each such way, and

    sum_jk D_coarse[column, j] D_fine[column, k] P[j, k, row]

is two thin products of matrices, in the cache. Effects of two axes are a table of the columns, and slopes along them.
"""

import math
from collections.abc import Callable, Sequence
from functools import reduce
from typing import NamedTuple, TypeAlias

import numpy as np

from transferperf.models.mean_form import MeanForm

Allowed: TypeAlias = Callable[[Sequence[np.ndarray]], np.ndarray]
"""Whether each configuration may be the answer, by places of the rows of its axes, broadcastable to one shape."""

WIDTHS = (32, 512)
"""Numbers of columns between which the quickest is chosen."""

BLOCK_CELLS = 1 << 16
"""Cells of a block, about: some arrays of that size stay in the processor's cache."""

ROW_COST, CELL_COST = 40.0, 50.0
"""What one datum costs in a row, and what each cell costs in any case, in units of one product in a cell."""


class Plane(NamedTuple):
    """Which axes make heads, bodies and columns, each numbered with the last axis varying fastest.

    Attributes
    ----------
    head, body, coarse, fine
        Places of axes.
    n_rows
        Rows of each axis.
    """

    head: tuple[int, ...]
    body: tuple[int, ...]
    coarse: tuple[int, ...]
    fine: tuple[int, ...]
    n_rows: tuple[int, ...]

    @property
    def column(self) -> tuple[int, ...]:
        """Axes of the columns."""
        return (*self.coarse, *self.fine)

    @classmethod
    def of(cls, forms: Sequence[MeanForm], n_rows: tuple[int, ...], tied: frozenset[int] = frozenset()) -> "Plane":
        """The quickest cut for all forms together; axes that are `tied` by constraints make columns last."""
        few = sorted(range(len(n_rows)), key=lambda a: (a in tied, n_rows[a], a))
        cuts = [few[:k] for k in range(len(few) + 1) if math.prod(n_rows[a] for a in few[:k]) <= WIDTHS[1]]
        wide = [cut for cut in cuts if math.prod(n_rows[a] for a in cut) >= WIDTHS[0]] or cuts[-1:]
        column = min(wide, key=lambda cut: sum(_cost(form, *_halves(cut, n_rows)) for form in forms))
        width, body, n_bodies = math.prod(n_rows[a] for a in column), list[int](), 1
        for a in few[len(column) :]:
            if n_bodies * n_rows[a] * width <= BLOCK_CELLS:
                body.append(a)
                n_bodies *= n_rows[a]
        head = tuple(a for a in range(len(n_rows)) if a not in body and a not in column)
        return cls(head, tuple(body), *_halves(column, n_rows), n_rows)

    def size(self, axes: Sequence[int]) -> int:
        """Combinations of the rows of some axes."""
        return math.prod(self.n_rows[a] for a in axes)

    def places(self, axes: Sequence[int], numbers: np.ndarray) -> dict[int, np.ndarray]:
        """Which row each axis has in numbered combinations (c,): axis -> (c,)."""
        shape = tuple(self.n_rows[a] for a in axes)
        return dict(zip(axes, np.unravel_index(numbers, shape), strict=True)) if axes else {}

    def mesh(self, head: int) -> list[np.ndarray]:
        """Places of all axes in a block, each broadcastable to (columns, bodies)."""
        places = {a: at[None] for a, at in self.places(self.head, np.array([head])).items()}
        places |= {a: at[None] for a, at in self.places(self.body, np.arange(self.size(self.body))).items()}
        places |= {a: at[:, None] for a, at in self.places(self.column, np.arange(self.size(self.column))).items()}
        return [places[a] for a in range(len(self.n_rows))]

    def at(self, heads: np.ndarray, bodies: np.ndarray, columns: np.ndarray) -> np.ndarray:
        """Places of axes of cells (c,): shape (c, a)."""
        parts = ((self.head, heads), (self.body, bodies), (self.column, columns))
        places = reduce(lambda a, b: a | b, (self.places(axes, numbers) for axes, numbers in parts))
        return np.column_stack([places[a] for a in range(len(self.n_rows))])


def _halves(cut: Sequence[int], n_rows: tuple[int, ...]) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Columns' axes as coarse and fine ones, with about as many combinations each."""
    width = math.prod(n_rows[a] for a in cut)
    n = next((k for k in range(len(cut)) if math.prod(n_rows[a] for a in cut[:k]) ** 2 >= width), len(cut))
    return tuple(cut[:n]), tuple(cut[n:])


def _cost(form: MeanForm, coarse: tuple[int, ...], fine: tuple[int, ...]) -> float:
    """What a cell costs with these axes as columns."""
    if not len(form.weights):
        return 0.0
    n_coarse, n_fine = (len(codes_of(form, axes)[0]) for axes in (coarse, fine))
    widths = [math.prod(form.n_rows[a] for a in axes) for axes in (coarse, fine)]
    return CELL_COST + ROW_COST * len(form.weights) / math.prod(widths) + n_fine * (n_coarse / widths[1] + 1)


def codes_of(form: MeanForm, axes: tuple[int, ...]) -> tuple[np.ndarray, np.ndarray]:
    """The distinct values (k, axes) of data in some axes, and which of them each datum has, (n,)."""
    codes, which = np.unique(form.values[:, list(axes)], axis=0, return_inverse=True)
    return codes, which.ravel()


def neighbours(places: np.ndarray, n_rows: tuple[int, ...]) -> np.ndarray:
    """Configurations with one axis at any of its rows, for each of (c, a): shape (c, sum of rows, a)."""
    axis = np.repeat(np.arange(len(n_rows)), n_rows)
    there = np.repeat(places[:, None], len(axis), axis=1)
    there[:, np.arange(len(axis)), axis] = np.concatenate([np.arange(n) for n in n_rows])
    return there
