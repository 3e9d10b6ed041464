"""The configurations of a space as encoded rows, many at once: its levels, conditions, exclusions and neighbours.

Symbols: X (n, d) encoded configurations, a axes, r_i rows of axis i, R = r_1 + ... + r_a. A cell is one combination of
axis rows, numbered from 0 to the space's size.
"""

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import pandas as pd

from transferperf.space import ConfigurationSpace, Encoding, Option, Rules, Value, draw_valid, encoded_axes
from transferperf.space.encoding import encode_value, known_codes, nearest

FEW = 8
"""Share of draws, one in so many, that have to be valid; of fewer, valid ones are drawn in another way."""


MOST_LEVELS = 64
"""Levels of an ordered option up to which all of them are its neighbours."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """All levels of a space, encoded.

    Parameters
    ----------
    space
        The space.
    options, columns
        Its options in the order of the encoded columns, and the column of each name.
    blocks
        For each axis its columns (w,) and its rows in them (r_i, w).
    known
        For each option the codes of its levels and default, ascending, and the values that they stand for.
    default
        Encoded default, shape (d,).
    rules
        Its constraints.
    """

    space: ConfigurationSpace
    options: tuple[Option, ...]
    columns: dict[str, int]
    blocks: tuple[tuple[np.ndarray, np.ndarray], ...]
    known: tuple[tuple[np.ndarray, pd.Series], ...]
    default: np.ndarray
    rules: Rules

    @staticmethod
    def of(space: ConfigurationSpace) -> "Grid":
        """The grid of a space."""
        return _grid(space)

    @property
    def codes(self) -> list[np.ndarray]:
        """The codes of each option's levels and default, ascending; d arrays."""
        return [codes for codes, _ in self.known]

    def encode(self, configurations: pd.DataFrame) -> np.ndarray:
        """Configurations as canonical encoded rows, shape (n, d)."""
        return self.canonical(Encoding(self.space).encode(configurations))

    def decode(self, X: np.ndarray) -> pd.DataFrame:
        """The configurations whose levels (or defaults) are nearest to encoded rows X (n, d)."""
        columns = {}
        for name in self.space.names:
            codes, values = self.known[j := self.columns[name]]
            columns[name] = values.array.take(nearest(codes, X[:, j]))
        return pd.DataFrame(columns, index=range(len(X)))

    def configuration(self, x: np.ndarray) -> dict[str, Value]:
        """The configuration whose levels (or defaults) are nearest to one encoded row x (d,)."""
        pairs = ((name, *self.known[self.columns[name]], self.columns[name]) for name in self.space.names)
        return {name: values.iloc[int(nearest(codes, x[j]))] for name, codes, values, j in pairs}

    def snap(self, X: np.ndarray) -> np.ndarray:
        """Each value moved to the nearest level or default, shape (n, d)."""
        snapped = np.empty_like(X)
        for j, (codes, _) in enumerate(self.known):
            snapped[:, j] = codes[nearest(codes, X[:, j])]
        return snapped

    def cells(self, start: int, stop: int) -> np.ndarray:
        """The valid configurations of cells start to stop, each where its canonical form is: shape (<= n, d)."""
        raw = self._rows(np.arange(start, min(stop, self.space.size)))
        X = self.canonical(raw)
        is_own = ((raw == X) | (raw == self._home())).all(
            axis=1
        )  # the other spellings of a configuration are not listed
        return X[is_own & self.is_valid(X)]

    def draw(self, n: int, stream: np.random.Generator) -> np.ndarray:
        """The valid ones among n configurations drawn at random; where these are few, n valid ones: shape (<= n, d).

        Raises
        ------
        SpaceError
            Where there is none, with the constraints that clash.
        """
        X = np.empty((n, len(self.options)))
        for columns, rows in self.blocks:
            X[:, columns] = rows[stream.integers(len(rows), size=n)]
        X = self.canonical(X)
        X = X[self.is_valid(X)]
        return X if len(X) * FEW > n else draw_valid(self.space, n, stream)

    def neighbours(self, X: np.ndarray) -> np.ndarray:
        """Rows that differ along one axis, valid or not, R' for each row of X (n, d): shape (n, R', d).

        R' is R, but an ordered option with more than MOST_LEVELS levels is moved by 1, 2, 4, ... of them only.
        """
        moves = [self._moves(columns, rows, X) for columns, rows in self.blocks]  # (n or 1, r', w) each
        R = sum(move.shape[1] for move in moves)
        there = np.repeat(X[:, None, :], R, axis=1)
        start = 0
        for (columns, _), move in zip(self.blocks, moves, strict=True):
            there[:, start : start + move.shape[1], columns] = move
            start += move.shape[1]
        return self.canonical(there.reshape(-1, X.shape[1])).reshape(there.shape)

    @property
    def n_moves(self) -> list[int]:
        """How many of the neighbours stand along each axis, in their order."""
        return [self._moves(columns, rows, self.default[None]).shape[1] for columns, rows in self.blocks]

    def _moves(self, columns: np.ndarray, rows: np.ndarray, X: np.ndarray) -> np.ndarray:
        """Where one axis may go from rows X (n, d): shape (n or 1, r', w)."""
        if len(rows) <= MOST_LEVELS or len(columns) > 1 or not self.options[columns[0]].is_ordered:
            return rows[None]
        steps = 2 ** np.arange(len(rows).bit_length())
        here = nearest(rows[:, 0], X[:, columns[0]])
        there = (here[:, None] + np.concatenate([-steps[::-1], steps])).clip(0, len(rows) - 1)
        return rows[there]

    def canonical(self, X: np.ndarray) -> np.ndarray:
        """Rows X (n, d) with every option that does not matter at its default: shape (n, d)."""
        return Encoding(self.space).canonical(X) if self.space.conditions else X

    def is_valid(self, X: np.ndarray) -> np.ndarray:
        """Whether no constraint is violated in each row of X (n, d), shape (n,)."""
        if not self.rules.constraints:
            return np.ones(len(X), dtype=bool)
        return self.rules.allow({option.name: X[:, j] for j, option in enumerate(self.options)})

    def _home(self) -> np.ndarray:
        """The levels nearest to the default, shape (d,)."""
        home = np.empty_like(self.default)
        for columns, rows in self.blocks:
            home[columns] = rows[np.abs(rows - self.default[columns]).sum(axis=1).argmin()]
        return home

    def _rows(self, cells: np.ndarray) -> np.ndarray:
        """Encoded rows of numbered cells (n,): shape (n, d)."""
        X = np.empty((len(cells), len(self.options)))
        stride = math.prod(len(rows) for _, rows in self.blocks)
        for columns, rows in self.blocks:
            stride //= len(rows)
            X[:, columns] = rows[cells // stride % len(rows)]
        return X


@lru_cache(maxsize=8)
def _grid(space: ConfigurationSpace) -> Grid:
    """The grid of a space, laid out once for the spaces that were asked for last."""
    options = Encoding(space).options
    column = {option.name: j for j, option in enumerate(options)}
    known = ((codes, pd.Series(values)) for codes, values in map(known_codes, options))
    return Grid(
        space=space,
        options=options,
        columns=column,
        blocks=tuple((np.array([column[name] for name in axis.names]), axis.rows) for axis in encoded_axes(space)),
        known=tuple(known),
        default=np.array([encode_value(option, option.default) for option in options]),
        rules=Rules.of(space),
    )
