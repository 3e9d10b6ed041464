"""What describes environments: numbers that have an order, and labels that have none.

A factor whose values are all numbers describes in itself; a table may add further descriptors for the values of some
factors (the cores, memory and clock of each hardware, say).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from transferperf.errors import SpaceError
from transferperf.space.environment import Environment, factor_text
from transferperf.space.option import as_number

LOG_SPAN = 10.0
"""Positive numbers that differ by more than this factor are described by their logarithms."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Descriptors:
    """Environments as rows of descriptors.

    Parameters
    ----------
    environments
        The environments, e of them.
    names
        Names of the descriptors, k of them.
    n_levels
        Number of labels of each descriptor that has no order, 0 for a number; shape (k,).
    values
        Positions of numbers, 0 to 1 over those that set the scale, and indices of labels; shape (e, k).
    """

    environments: tuple[Environment, ...]
    names: tuple[str, ...]
    n_levels: tuple[int, ...]
    values: np.ndarray

    def of(self, environment: Environment) -> np.ndarray:
        """Descriptors of one environment, shape (k,)."""
        return self.values[self.environments.index(environment)]


def describe(
    environments: Sequence[Environment], others: Sequence[Environment] = (), *, frame: pd.DataFrame | None = None
) -> Descriptors:
    """Descriptors of environments, which set the scale of numbers, and then of others, which may lie beyond it.

    Parameters
    ----------
    frame
        Further descriptors: columns that are factors say of which environments a row speaks, the others what it says.

    Raises
    ------
    SpaceError
        Where the frame has no factor, or not one row with all values for an environment.

    Examples
    --------
    >>> known = [Environment.of({"hardware": name, "size": size}) for name, size in (("a", 10), ("b", 30))]
    >>> described = describe(known, [Environment.of({"hardware": "c", "size": 50})])
    >>> described.names, described.n_levels, described.values.tolist()
    (('hardware', 'size'), (3, 0), [[0.0, 0.0], [1.0, 1.0], [2.0, 2.0]])
    """
    everywhere = tuple(dict.fromkeys((*environments, *others)))
    texts = [{**environment.as_mapping(), **_further(environment, frame)} for environment in everywhere]
    names, n_levels, columns = [], [], []
    for name in texts[0] if texts else ():
        column = [text[name] for text in texts]
        if len(set(column)) == 1:
            continue
        numbers = [number for number in map(as_number, column) if number is not None]
        is_label = len(numbers) < len(column)
        labels = sorted(set(column))
        names.append(name)
        n_levels.append(len(labels) if is_label else 0)
        columns.append(
            np.array([labels.index(text) for text in column], dtype=float)
            if is_label
            else _positions(np.array(numbers), n_scale=len(set(environments)))
        )
    values = np.column_stack(columns) if columns else np.empty((len(everywhere), 0))
    return Descriptors(environments=everywhere, names=tuple(names), n_levels=tuple(n_levels), values=values)


def _positions(numbers: np.ndarray, n_scale: int) -> np.ndarray:
    """Numbers (e,) on a scale where the first `n_scale` span 0 to 1; where these are equal, 1 is double their size."""
    is_log = (numbers > 0).all() and numbers.max() > LOG_SPAN * numbers.min()
    scaled = np.log(numbers) if is_log else numbers
    low, high = scaled[:n_scale].min(), scaled[:n_scale].max()
    span = high - low if high > low else np.log(2.0) if is_log else abs(low) or 1.0
    return (scaled - low) / span


def _further(environment: Environment, frame: pd.DataFrame | None) -> Mapping[str, str]:
    """What the frame says of one environment: descriptor -> value as text."""
    if frame is None:
        return {}
    factors = environment.as_mapping()
    keys = [str(name) for name in frame.columns if str(name) in factors]
    if not keys:
        came, wanted = ", ".join(map(str, frame.columns)), ", ".join(factors) or "none, as there is no factor"
        raise SpaceError(f"the descriptors have the columns {came}; expected one of the factors {wanted}. Add it.")
    is_here = np.all([frame[key].map(factor_text).to_numpy() == factors[key] for key in keys], axis=0)
    which = ",".join(f"{key}={factors[key]}" for key in keys)
    if is_here.sum() != 1:
        raise SpaceError(
            f"the descriptors have {int(is_here.sum())} rows for {which}; expected one. Correct the table."
        )
    row = frame.loc[is_here].drop(columns=keys).iloc[0]
    empty = next((name for name, value in row.items() if pd.isna(value) or not str(value).strip()), None)
    if empty is not None:
        raise SpaceError(f"descriptor '{empty}' of {which} is empty; expected a number or a label. Fill it in.")
    return {str(name): factor_text(value) for name, value in row.items()}
