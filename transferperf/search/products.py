"""Sums of products of one factor for each option, and how a space is cut into tiles to evaluate them.

A sum over pairs of rows has few classes in each option: of C values that rows have there, C (C + 1) / 2 pairs. Terms
whose classes agree in what is left to fix can be added up: that is what makes a sum over n^2 pairs cheap.
"""

import math
from dataclasses import dataclass
from itertools import combinations
from typing import NamedTuple, TypeAlias

import numpy as np

from transferperf.models.product_form import ProductForm
from transferperf.search.lanes import LANES

Mesh: TypeAlias = tuple[np.ndarray, ...]
"""Places of each option's levels, all broadcastable to one shape."""

TABLE_BYTES = 96 * 1024
"""Largest table before the whole options: with what is made of it, it stays in the processor's second cache."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SumOfProducts:
    """A sum of e terms over d options: weight times a factor for each option.

    Parameters
    ----------
    weights
        Shape (e,).
    classes
        Which column of its option's factors each term has, shape (e, d).
    factors
        Non-negative factors of each option, shape (L_o, C_o).
    """

    weights: np.ndarray
    classes: np.ndarray
    factors: tuple[np.ndarray, ...]


def single_sum(form: ProductForm, weights: np.ndarray) -> SumOfProducts:
    """The sum over rows of weights (n,) times their products."""
    return SumOfProducts(weights=weights, classes=form.values, factors=form.likeness)


def pair_sum(form: ProductForm) -> SumOfProducts:
    """The sum over pairs of rows of their weights times both products; the pairs (i, j) and (j, i) are one term."""
    i, j = np.triu_indices(len(form.values))
    pairs = [np.triu_indices(table.shape[1]) for table in form.likeness]
    classes = np.empty((len(form.likeness), len(i)), dtype=np.int32)
    for o, (value, table) in enumerate(zip(form.values.T, form.likeness, strict=True)):
        number = np.zeros((table.shape[1], table.shape[1]), dtype=np.int32)
        number[pairs[o]] = np.arange(len(pairs[o][0]))  # row by row of the upper triangle
        classes[o] = np.maximum(number, number.T)[value[i], value[j]]
    return SumOfProducts(
        weights=form.pair_weights[i, j] * np.where(i == j, 1, 2),
        classes=classes.T,
        factors=tuple(table[:, a] * table[:, b] for table, (a, b) in zip(form.likeness, pairs, strict=True)),
    )


class Layout(NamedTuple):
    """Which options a tile fixes, one after the other, and which it holds all levels of.

    Attributes
    ----------
    outer, whole, lanes
        Options that number tiles, that are unfolded and that make up lanes.
    n_levels
        Levels of each option.
    """

    outer: tuple[int, ...]
    whole: tuple[int, ...]
    lanes: tuple[int, ...]
    n_levels: tuple[int, ...]

    @classmethod
    def of(cls, sums: SumOfProducts, itemsize: int, first: np.ndarray | None = None) -> "Layout":
        """Lanes as full as can be, then as many whole options as a table holds; options with many levels are fixed.

        Of options with as many levels, those that are larger in `first` (d,) are fixed, or stand further in front.
        """
        n_levels = tuple(len(table) for table in sums.factors)
        n_classes = [table.shape[1] for table in sums.factors]
        late = np.zeros(len(n_levels)) if first is None else first
        few = sorted(range(len(n_levels)), key=lambda o: (n_levels[o], n_classes[o], late[o], o))
        small = [o for o in few if 1 < n_levels[o] <= LANES][:12]
        choices = [c for k in range(4) for c in combinations(small, k) if math.prod(n_levels[o] for o in c) <= LANES]
        lanes = max(choices, key=lambda c: math.prod(n_levels[o] for o in c))
        whole, table = [], LANES * itemsize
        for o in few:
            if o not in lanes and table * max(n_classes[o], n_levels[o]) <= TABLE_BYTES:
                whole.append(o)
                table *= max(n_classes[o], n_levels[o])
        whole.sort(key=lambda o: (n_levels[o] / n_classes[o], -late[o]))  # what shrinks the table most comes first
        outer = [o for o in reversed(few) if o not in lanes and o not in whole]
        return cls(tuple(outer), tuple(whole), lanes, n_levels)

    @property
    def radices(self) -> tuple[int, ...]:
        """Levels of the options that number tiles."""
        return tuple(self.n_levels[o] for o in self.outer)

    @property
    def n_tiles(self) -> int:
        """How many tiles there are."""
        return math.prod(self.radices)

    @property
    def size(self) -> int:
        """Cells of a tile, with those of lanes that stand for nothing."""
        return math.prod(self.n_levels[o] for o in self.whole) * LANES

    @property
    def is_cell(self) -> np.ndarray:
        """Whether each cell of a tile stands for a configuration, shape (size,)."""
        return np.arange(self.size) % LANES < math.prod(self.n_levels[o] for o in self.lanes)

    def tiles(self, levels: np.ndarray) -> np.ndarray:
        """The distinct tiles of configurations given by places of levels (m, d), ascending."""
        number = np.zeros(len(levels), dtype=np.intp)
        for o in self.outer:
            number = number * self.n_levels[o] + levels[:, o]
        return np.unique(number)

    def mesh(self, tiles: np.ndarray) -> Mesh:
        """Places of each option's levels in tiles (t,), each broadcastable to (t, levels of whole options, lanes)."""
        n, m = len(self.n_levels), len(self.whole) + 2
        fixed, lanes = self.levels(tiles, np.zeros_like(tiles)), self.levels(np.zeros(LANES, np.intp), np.arange(LANES))
        shapes = {o: [-1, *[1] * (m - 1)] for o in self.outer} | {o: [-1] for o in self.lanes}
        shapes |= {o: [-1, *[1] * (m - 1 - axis)] for axis, o in enumerate(self.whole, start=1)}
        columns = {o: fixed[:, o] for o in self.outer} | {o: lanes[:, o] for o in self.lanes}
        columns |= {o: np.arange(self.n_levels[o]) for o in self.whole}
        return tuple(columns[o].reshape(shapes[o]) for o in range(n))

    def levels(self, tiles: np.ndarray, cells: np.ndarray) -> np.ndarray:
        """Places of levels of cells (m,) of tiles (m,): shape (m, d)."""
        levels = np.zeros((len(cells), len(self.n_levels)), dtype=np.intp)
        for options, numbers in ((self.outer, tiles), (self.whole, cells // LANES), (self.lanes, cells % LANES)):
            rest = numbers
            for o in reversed(options):
                levels[:, o], rest = rest % self.n_levels[o], rest // self.n_levels[o]
        return levels
