"""Columns of an array or a DataFrame as encoded options, for values seen and unseen alike."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
import pandas as pd

from transferperf.data.inference import infer_scale, spread
from transferperf.errors import UnknownNameError
from transferperf.space import ChoiceOption, ConfigurationSpace, Option, RealOption, Value
from transferperf.space.option import plain

FAR = 1e6
"""Ranges of a column beyond which no value is thought to lie: farther ones would overflow, and say nothing more."""


@dataclass(frozen=True, slots=True)
class Choices:
    """Columns whose values have no order, and the levels that were seen.

    Parameters
    ----------
    levels
        By position of the column; each sorted as text.
    """

    levels: Mapping[int, tuple[Value, ...]]

    @classmethod
    def of(cls, X: object, declared: Iterable[str | int]) -> Self:
        """Levels of the declared columns, and of the columns of a DataFrame that hold text or categories.

        Raises
        ------
        UnknownNameError
            Where a declared column is not there.
        """
        frame = _frame(X) if (declared := tuple(declared)) or isinstance(X, pd.DataFrame) else None
        if frame is None:
            return cls({})
        positions = dict.fromkeys([*(_position(name, frame) for name in declared), *_texts(frame)])
        levels = {j: {plain(value) for value in frame.iloc[:, j].dropna().unique()} for j in positions}
        return cls({j: tuple(sorted(values, key=str)) for j, values in levels.items()})

    def spell(self, X: object) -> object:
        """X with the number of the level in place of each value of a choice; unseen values share the next number.

        What is no table of columns is left as it is, for the caller to refuse.
        """
        frame = _frame(X) if self.levels else None
        if frame is None or frame.shape[1] <= max(self.levels):
            return X
        frame = frame.copy()
        for j, levels in self.levels.items():
            frame.isetitem(j, _numbers(frame.iloc[:, j], levels))
        return frame


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """How the columns of a numeric array become encoded options.

    Parameters
    ----------
    space
        The options, one for each column, sorted by name.
    order
        Which column each option is, shape (d,).
    is_log
        Whether an option is read on a log scale, shape (d,).
    levels
        Of options that are read on an ordinal scale, by their place: the numbers that lie evenly on it, ascending.
    low, span
        Smallest value on that scale, and the distance from there to the largest: infinite where they are equal,
        because nothing is known of such a column; shape (d,).
    """

    space: ConfigurationSpace
    order: np.ndarray
    is_log: np.ndarray
    levels: Mapping[int, np.ndarray]
    low: np.ndarray
    span: np.ndarray

    @classmethod
    def of(cls, X: np.ndarray, names: Sequence[object], choices: Choices) -> Self:
        """The encoding that an array X (n, d) suggests, with the choices already spelt as numbers."""
        own = [f"x_{name}" for name in names]  # none of them is a reserved column of a table
        order = np.argsort(own)
        is_choice = np.isin(order, list(choices.levels))
        scales = np.array([infer_scale(np.unique(X[:, j])) for j in order])
        is_log = ~is_choice & (scales == "log")
        levels = {int(k): spread(np.unique(X[:, order[k]])) for k in np.flatnonzero(~is_choice & (scales == "ordinal"))}
        V = _on_scale(X[:, order], is_log, levels)
        low, span = V.min(axis=0), np.ptp(V, axis=0)
        return cls(
            space=ConfigurationSpace(tuple(_option(own[j], choices.levels.get(j)) for j in order)),
            order=order,
            is_log=is_log,
            levels=levels,
            low=np.where(is_choice, 0.0, low),
            span=np.where(is_choice, 1.0, np.where(span > 0, span, np.inf)),
        )

    def encode(self, X: np.ndarray) -> np.ndarray:
        """Rows X (n, d) as numbers, shape (n, d): a position between smallest (0) and largest (1), a level's number."""
        V = _on_scale(X[:, self.order], self.is_log, self.levels)
        with np.errstate(over="ignore"):
            return np.clip((V - self.low) / self.span, -FAR, FAR)


def _option(name: str, levels: tuple[Value, ...] | None) -> Option:
    if levels is None:
        return RealOption(name=name, levels=(0, 1))
    return ChoiceOption(name=name, levels=tuple(range(len(levels) + 1)))  # the last is for values never seen


def _on_scale(X: np.ndarray, is_log: np.ndarray, levels: Mapping[int, np.ndarray]) -> np.ndarray:
    """X (n, d) with the logarithm, or the place among levels, where that is the scale.

    The logarithm of 0 and less is as far down as can be; beyond the first and the last level there is no further place.
    """
    V = np.where(is_log, np.log(np.maximum(X, np.finfo(float).tiny)), X)
    for k, numbers in levels.items():
        V[:, k] = np.interp(X[:, k], numbers, np.arange(len(numbers)))
    return V


def _frame(X: object) -> pd.DataFrame | None:
    """X as a DataFrame; None where it is no table."""
    if isinstance(X, pd.DataFrame):
        return X
    values = np.asarray(X, dtype=object)
    return pd.DataFrame(values) if values.ndim == 2 else None


def _position(name: str | int, frame: pd.DataFrame) -> int:
    known = list(frame.columns)
    if name in known:
        return known.index(name)
    if name in range(len(known)):
        return int(name)
    raise UnknownNameError("categorical column", str(name), map(str, known))


def _texts(frame: pd.DataFrame) -> Iterator[int]:
    """Positions of the columns that hold text or categories."""
    for j in range(frame.shape[1]):
        values = frame.iloc[:, j]
        if isinstance(values.dtype, pd.CategoricalDtype) or pd.api.types.is_string_dtype(values):
            yield j


def _numbers(values: pd.Series, levels: tuple[Value, ...]) -> np.ndarray:
    """Number of each value's level, NaN where the value is missing; shape (n,)."""
    codes, uniques = pd.factorize(values)
    numbers = [levels.index(value) if value in levels else len(levels) for value in map(plain, uniques)]
    return np.array([*numbers, np.nan])[codes]  # the code of what is missing is -1
