"""What the columns of a measurement file say about the space, where nobody declared it."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from transferperf.data.checks import Origin, check_filled
from transferperf.data.declaration import Roles
from transferperf.data.one_hot import find_groups
from transferperf.data.table import is_ok
from transferperf.space import (
    BinaryOption,
    ChoiceOption,
    ConfigurationSpace,
    IntegerOption,
    OneOf,
    Option,
    RealOption,
    Value,
)
from transferperf.space.option import Scale, as_number, plain

MOST_LEVELS = 64
"""Levels of an inferred number; of more values, so many are kept, evenly spread over them."""

CROWDED = 0.1
"""Part of a scale on which at most half of the levels may lie."""

OFF_WORDS = ("false", "no", "off", "none", "disabled", "disable", "0")
"""Values of a binary option that mean "off"."""

SUSPICIOUS = 0.95
"""|Spearman| between a metric and a number above which the number is hardly an option."""

_WITH_UNIT = re.compile(r"\s*[-+]?\d+(\.\d+)?\s*[A-Za-zµ%]+(/[A-Za-z]+)?\s*")


def complete_space(
    frame: pd.DataFrame, names: Sequence[str], declared: ConfigurationSpace | None, origin: Origin
) -> tuple[ConfigurationSpace, tuple[str, ...]]:
    """The space of the columns `names`: declared options as they are declared, the others as their values say.

    Returns
    -------
    space, notes
        With notes on what was inferred and a user should know.

    Raises
    ------
    DataError
        Where a cell is empty, outside its declared option, or of another unit than the others.
    """
    known = {option.name: option for option in declared.options} if declared else {}
    for name in names:
        check_filled(frame[name], origin)
        if name in known:
            check_option(frame[name], known[name], origin)
    inferred = {name: infer_option(frame[name], origin) for name in names if name not in known}
    groups = infer_groups(frame, tuple(inferred.values()))
    for first in (group.options[0] for group in groups if not group.is_optional):
        inferred[first] = replace(inferred[first], default=inferred[first].levels[1])  # one of them has to be on
    options = tuple(known.get(name) or inferred[name] for name in names)
    lonely = tuple(
        f"option '{option.name}' has one value, {option.levels[0]}"
        for option in inferred.values()
        if len(option.levels) == 1
    )
    constraints = (*(declared.constraints if declared else ()), *groups)
    return ConfigurationSpace(options, constraints), (*lonely, *map(_group_note, groups))


def check_option(values: pd.Series, option: Option, origin: Origin) -> None:
    """DataError at the first value that the option cannot take."""
    codes, uniques = pd.factorize(values)
    is_known = np.array([option.contains(value) for value in uniques], dtype=bool)
    if not is_known.all():
        row = int((~is_known[codes]).argmax())
        remedy = "Correct the cell, or widen the option's declaration"
        problem = f"got {values.iloc[row]}; expected {option.expectation}. {remedy}"
        raise origin.error(problem, row=row, column=option.name)


def infer_option(values: pd.Series, origin: Origin) -> Option:
    """The option that a column's values describe: two values binary, text a choice, whole numbers integer, else real.

    Examples
    --------
    >>> infer_option(pd.Series([1, 100, 10, 100], name="cache"), Origin("x.csv")).levels
    (1, 10, 100)
    """
    name, distinct = str(values.name), values.unique()
    if not _is_number(values) and any(isinstance(value, bool | np.bool_) for value in distinct):
        levels: tuple[Value, ...] = tuple(sorted({bool(value) for value in distinct}))
    elif (numbers := _numbers(distinct)) is not None:
        if len(numbers) == 2:
            return BinaryOption(name=name, levels=tuple(plain(number) for number in numbers))
        kind = IntegerOption if (numbers == np.round(numbers)).all() else RealOption
        return kind(name=name, levels=tuple(map(plain, spread(numbers))), scale=infer_scale(numbers))
    else:
        _check_units(values, origin)
        levels = tuple(sorted({plain(value) for value in distinct}, key=_off_first))
    return (BinaryOption if len(levels) == 2 else ChoiceOption)(name=name, levels=levels)


def infer_scale(numbers: np.ndarray) -> Scale:
    """Scale of sorted numbers: "log" where they are above 0 and spaced more evenly by factors than by differences.

    "ordinal" where half of them would lie within CROWDED of either end: far ones would leave the rest no room.

    Examples
    --------
    >>> infer_scale(np.array([1.0, 2.0, 3.0])), infer_scale(np.array([1.0, 10.0, 100.0]))
    ('linear', 'log')
    >>> infer_scale(np.array([0.0, 1.0, 64.0, 4096.0]))
    'ordinal'
    """
    if len(numbers) < 3:
        return "linear"
    scales: tuple[tuple[Scale, np.ndarray], ...] = (("linear", numbers),)
    scales += (("log", np.log(numbers)),) if numbers[0] > 0 else ()
    scale, places = min(scales, key=lambda each: round(_unevenness(each[1]), 9))  # the first of equal ones
    low, middle, high = np.quantile(places, [0, 0.5, 1])
    return scale if CROWDED <= (middle - low) / (high - low) <= 1 - CROWDED else "ordinal"


def _unevenness(numbers: np.ndarray) -> float:
    """Deviation of the distances between sorted numbers, in units of their mean."""
    gaps = np.diff(numbers)
    return float((gaps / gaps.mean()).std())


def infer_groups(frame: pd.DataFrame, options: Sequence[Option]) -> tuple[OneOf, ...]:
    """Binary options that are read as one choice, see `one_hot`."""
    binary = [option for option in options if isinstance(option, BinaryOption) and set(option.levels) == {0, 1}]
    if len(binary) < 2:
        return ()
    distinct = frame[[option.name for option in options]].drop_duplicates()
    is_on = np.column_stack([distinct[option.name].to_numpy(dtype=bool) for option in binary])
    return find_groups(tuple(option.name for option in binary), is_on)


def suspect_metrics(frame: pd.DataFrame, roles: Roles, declared: ConfigurationSpace | None) -> tuple[str, ...]:
    """Notes on undeclared numbers that follow a metric, in the environment with most rows: no options, it seems."""
    rows = frame[is_ok(frame)]
    if roles.factors and len(rows):
        codes = rows.groupby(list(roles.factors)).ngroup().to_numpy()
        rows = rows[codes == np.bincount(codes).argmax()]
    rows = rows.iloc[:: max(1, len(rows) // 2000)]
    known = declared.names if declared else ()
    numbers = [name for name in roles.options if name not in known and _is_number(rows[name])]
    return tuple(_suspicions(rows, numbers, [m.name for m in roles.metrics])) if len(rows) >= 10 else ()


def _suspicions(rows: pd.DataFrame, numbers: list[str], metrics: list[str]) -> Iterator[str]:
    for name in numbers:
        for metric in metrics:
            pair = rows[[name, metric]].dropna()
            if len(pair) < 10 or pair.nunique().min() < 3:
                continue
            rank = float(pair.corr(method="spearman").to_numpy()[0, 1])
            if abs(rank) > SUSPICIOUS:
                yield f"is `{name}` a metric? it moves with `{metric}` (Spearman {rank:.2f}); declare or ignore it"
                break


def _is_number(values: pd.Series) -> bool:
    return pd.api.types.is_numeric_dtype(values) and not pd.api.types.is_bool_dtype(values)


def _numbers(distinct: np.ndarray) -> np.ndarray | None:
    """Sorted distinct numbers; None where a value is none."""
    if pd.api.types.is_numeric_dtype(distinct):
        return np.unique(np.asarray(distinct, dtype=float))
    numbers = [as_number(value) for value in distinct]
    return None if None in numbers else np.unique(np.array(numbers, dtype=float))


def spread(numbers: np.ndarray) -> np.ndarray:
    """At most `MOST_LEVELS` of sorted numbers, the first and the last among them."""
    if len(numbers) > MOST_LEVELS:
        numbers = numbers[np.linspace(0, len(numbers) - 1, MOST_LEVELS).round().astype(int)]
    return numbers


def _off_first(value: Value) -> tuple[int, float, str]:
    """Order of the levels of a choice: what means "off", then numbers, then text."""
    number = as_number(value)
    if str(value).lower() in OFF_WORDS:
        return (0, OFF_WORDS.index(str(value).lower()), str(value))
    return (2, 0.0, str(value)) if number is None else (1, number, str(value))


def _check_units(values: pd.Series, origin: Origin) -> None:
    """DataError where some cells are plain numbers and others have a unit; at the first of the rarer kind."""
    codes, uniques = pd.factorize(values)
    has_unit = np.array([bool(_WITH_UNIT.fullmatch(str(value))) for value in uniques])[codes]
    is_plain = np.array([as_number(value) is not None for value in uniques])[codes]
    if not has_unit.any() or not is_plain.any():
        return
    rare, wanted = (has_unit, "a plain number") if has_unit.sum() <= is_plain.sum() else (is_plain, "a unit")
    row = int(rare.argmax())
    problem = f"got '{values.iloc[row]}'; expected {wanted} as in the other rows"
    remedy = "Write all in one unit, as plain numbers, or declare a choice in a .toml of the same name"
    raise origin.error(f"{problem}. {remedy}", row=row, column=str(values.name))


def _group_note(group: OneOf) -> str:
    names = ", ".join(f"`{name}`" for name in group.options)
    return f"read {names} as one choice, because {'at most' if group.is_optional else 'exactly'} one of them is ever on"
