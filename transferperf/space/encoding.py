"""Configurations as numbers: one column for each option, whatever its kind.

An ordered option becomes its position between its first level (0) and its last (1), on its own scale; an exchangeable
one becomes the index of its level, of which only "same or different" is ever used.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from transferperf.errors import SpaceError
from transferperf.space.constraint import Condition
from transferperf.space.option import IntegerOption, Option, RealOption, Value
from transferperf.space.space import ConfigurationSpace


@dataclass(frozen=True, slots=True)
class Encoding:
    """How the configurations of one space are spelt in numbers.

    Columns stand in the order of the option *names*, so that no result depends on the order of a file's columns.

    Parameters
    ----------
    space
        The space whose configurations are encoded.
    """

    space: ConfigurationSpace

    @property
    def options(self) -> tuple[Option, ...]:
        """Options in the order of the encoded columns."""
        return tuple(sorted(self.space.options, key=lambda option: option.name))

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the encoded columns."""
        return tuple(option.name for option in self.options)

    @property
    def is_ordered(self) -> np.ndarray:
        """Whether each encoded column has an order, shape (d,)."""
        return np.array([option.is_ordered for option in self.options], dtype=bool)

    def encode(self, configurations: pd.DataFrame) -> np.ndarray:
        """Configurations as numbers.

        Parameters
        ----------
        configurations
            One column for each option; others are ignored. Shape (n, any).

        Returns
        -------
        X
            Shape (n, d), float64.

        Raises
        ------
        SpaceError
            Where a column is missing, or a value is outside its option.
        """
        missing = [name for name in self.names if name not in configurations.columns]
        if missing:
            came = ", ".join(map(str, configurations.columns)) or "nothing"
            raise SpaceError(f"configurations lack the option {', '.join(missing)}; got columns {came}. Add it.")
        X = np.empty((len(configurations), len(self.options)))
        for j, option in enumerate(self.options):
            X[:, j] = encode_column(option, configurations[option.name])
        return self.settle(X)

    def settle(self, X: np.ndarray) -> np.ndarray:
        """Encoded configurations X (n, d) with every option that does not matter there at its default: shape (n, d).

        An option that never matters here may matter where else it was measured, and keeps its values.
        """
        return self._at_default(X, [condition for condition in self.space.conditions if condition.values])

    def canonical(self, X: np.ndarray) -> np.ndarray:
        """The same, an option that never matters among them: one row for each spelling of a configuration."""
        return self._at_default(X, self.space.conditions)

    def _at_default(self, X: np.ndarray, conditions: Sequence[Condition]) -> np.ndarray:
        """X (n, d) with every option at its default that a condition finds idle; X itself without conditions."""
        options, places = self.options, {name: j for j, name in enumerate(self.names)}
        X = X.copy() if conditions else X
        for _ in conditions:
            before = X.copy()
            for condition in conditions:
                child, parent = places[condition.option], places[condition.parent]
                is_idle = ~np.isin(X[:, parent], encode_values(options[parent], condition.values))
                X[is_idle, child] = encode_value(options[child], options[child].default)
            if np.array_equal(X, before):
                break
        return X


@dataclass(frozen=True, slots=True)
class EncodedAxis:
    """Options that move together, and the encoded rows (r, w) of values they take."""

    names: tuple[str, ...]
    rows: np.ndarray


def encoded_axes(space: ConfigurationSpace) -> list[EncodedAxis]:
    """What can be changed on its own, encoded."""
    options = {option.name: option for option in space.options}
    return [
        EncodedAxis(
            axis.names,
            np.array(
                [[encode_value(options[n], v) for n, v in zip(axis.names, row, strict=True)] for row in axis.rows]
            ),
        )
        for axis in space.axes
    ]


def encode_column(option: Option, values: pd.Series) -> np.ndarray:
    """One option's values as numbers, shape (n,)."""
    codes, uniques = pd.factorize(values, use_na_sentinel=False)
    table = np.empty(len(uniques))
    for k, value in enumerate(uniques):
        if not option.contains(value):
            row = int(np.flatnonzero(codes == k)[0]) + 1
            raise SpaceError(
                f"option '{option.name}' is {value!r} in configuration {row}; expected {option.expectation}. "
                "Correct it, or declare the value in the space file."
            )
        table[k] = encode_value(option, value)
    return table[codes]  # (n,)


def encode_value(option: Option, value: object) -> float:
    """One value as a number: position of an ordered option, level index of another."""
    return option.position(value) if isinstance(option, RealOption) else float(option.levels.index(option.parse(value)))


def encode_values(option: Option, values: Sequence[Value]) -> list[float]:
    """Those of the values that the option can have, in its own spelling, as numbers."""
    return [encode_value(option, v) for v in values if option.contains(v) and option.parse(v) in values]


def decode_column(option: Option, x: np.ndarray) -> np.ndarray:
    """The numbers (or text, as objects) that encoded values x of any shape stand for; levels and default exactly."""
    codes, values = known_codes(option)
    known = np.array([option.operand(value)[()] for value in values], dtype=float if option.is_numeric else object)
    near = nearest(codes, x)
    if not isinstance(option, RealOption):
        return known[near]
    between = np.round(option.at(x)) if isinstance(option, IntegerOption) else option.at(x)
    return np.where(np.abs(codes[near] - x) < 1e-12, known[near], between)


def known_codes(option: Option) -> tuple[np.ndarray, list[Value]]:
    """Codes of an option's levels and default, ascending, and the values that they stand for."""
    values = [*dict.fromkeys([*option.levels, *([] if option.default is None else [option.default])])]
    codes = np.array([encode_value(option, value) for value in values])
    order = np.argsort(codes, kind="stable")
    return codes[order], [values[k] for k in order]


def nearest(codes: np.ndarray, x: np.ndarray) -> np.ndarray:
    """Place of the nearest of ascending codes (r,) for each x of any shape."""
    right = np.searchsorted(codes, x).clip(0, len(codes) - 1)
    left = np.maximum(right - 1, 0)
    return np.where(x - codes[left] < codes[right] - x, left, right)
