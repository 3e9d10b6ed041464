"""What a source measured, kept small: the levels of each option, and which of them each row has.

A million rows of twenty options are twenty megabytes so, and a configuration is found among them by bisection: rows
of codes compare as bytes, and equal configurations have equal floats.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import torch

from transferperf.models.rows import Rows


@dataclass(frozen=True, slots=True)
class Measured:
    """Latent values at distinct encoded configurations.

    Parameters
    ----------
    levels
        Values of each option, ascending; d arrays.
    codes
        Which of them each configuration has, as big-endian unsigned integers, ascending by row; shape (n, d).
    z
        Latent values, shape (n,).
    """

    levels: tuple[np.ndarray, ...]
    codes: np.ndarray
    z: np.ndarray

    @classmethod
    def of(cls, X: np.ndarray, z: np.ndarray) -> "Measured":
        """Encoded configurations X (n, d) and their latent values z (n,)."""
        columns = [pd.factorize(column, sort=True) for column in np.asarray(X, dtype=float).T + 0.0]  # -0.0 is 0.0
        levels = tuple(np.asarray(values) for _, values in columns)
        codes = np.empty(X.shape, _code_type(levels))
        for j, (code, _) in enumerate(columns):
            codes[:, j] = code
        order = np.argsort(_keys(codes), kind="stable")
        return cls(levels, codes[order], np.asarray(z, dtype=float)[order])

    def __len__(self) -> int:
        return len(self.z)

    @property
    def is_constant(self) -> np.ndarray:
        """Which options had one value only, shape (d,)."""
        return np.array([len(values) == 1 for values in self.levels], dtype=bool)

    def rows(self) -> Rows:
        """All of it as rows for a model."""
        columns = [values[self.codes[:, j]] for j, values in enumerate(self.levels)]
        X = np.column_stack(columns) if columns else np.empty((len(self), 0))
        return Rows.of(torch.as_tensor(X), torch.as_tensor(self.z))

    def settle(self, X: np.ndarray) -> np.ndarray:
        """Configurations X (n, d) with each option that never changed here at its one value.

        What is measured with one value of an option says nothing about its other values.
        """
        settled = np.array(X, dtype=float)
        for j in np.flatnonzero(self.is_constant):
            settled[:, j] = self.levels[j][0]
        return settled

    def find(self, X: np.ndarray) -> np.ndarray:
        """Where settled configurations X (n, d) stand among the rows, -1 where they were not measured: shape (n,)."""
        codes, is_known = np.empty(X.shape, self.codes.dtype), np.ones(len(X), dtype=bool)
        for j, values in enumerate(self.levels):
            code = np.searchsorted(values, X[:, j]).clip(max=len(values) - 1)
            codes[:, j] = code
            is_known &= values[code] == X[:, j]
        keys, asked = _keys(self.codes), _keys(codes)
        at = np.searchsorted(keys, asked).clip(max=len(keys) - 1)
        return np.where(is_known & (keys[at] == asked), at, -1)

    def cells(self, blocks: Sequence[tuple[np.ndarray, np.ndarray]], most: int) -> np.ndarray | None:
        """Which combinations of the rows of axes were measured, whatever value an option has that never changed here.

        Parameters
        ----------
        blocks
            The encoded columns (w,) of each axis, and its rows in them (r, w).
        most
            Combinations beyond which there is no answer.

        Returns
        -------
        places
            Rows of their axes, shape (c, a); None where these are more than `most`.
        """
        X, which = self.rows().X.numpy(), np.arange(len(self))
        places = np.empty((len(self), 0), dtype=np.intp)
        for columns, rows in blocks:
            read = ~self.is_constant[columns]
            is_same = (X[:, None, columns[read]] == rows[None, :, read]).all(axis=2)  # (n, r)
            if is_same.sum(axis=1)[which].sum() > most:
                return None
            at, place = np.nonzero(is_same[which])
            places, which = np.column_stack([places[at], place]), which[at]
        return places


def _code_type(levels: tuple[np.ndarray, ...]) -> np.dtype:
    """The smallest integers that number all levels; big-endian, so that their bytes compare as they do."""
    most = max((len(values) for values in levels), default=1)
    return np.min_scalar_type(most - 1).newbyteorder(">")


def _keys(codes: np.ndarray) -> np.ndarray:
    """Rows of codes (n, d) as one value each, which compares as bytes: shape (n,)."""
    width = codes.shape[1] * codes.itemsize
    return np.ascontiguousarray(codes).view(np.dtype((np.void, width)))[:, 0] if width else np.zeros(len(codes))
