"""The constraints of a space for many configurations at once, each computed on the options that it reads alone.

Columns are encoded values (see `encoding`) of shapes that broadcast: (n,) for each option where configurations stand in
rows, or one axis of an array for each option where all of their combinations are meant.
"""

import operator
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial, reduce
from typing import TypeAlias

import numpy as np

from transferperf.errors import UnknownNameError
from transferperf.space.arithmetic import evaluate, is_true
from transferperf.space.constraint import Condition, Constraint, Exclusion, Formula, OneOf, Requirement
from transferperf.space.encoding import decode_column, encode_value, encode_values
from transferperf.space.option import Option, Value
from transferperf.space.space import ConfigurationSpace

Columns: TypeAlias = Mapping[str, np.ndarray]
"""Encoded values of each option, of shapes that broadcast."""

FEW = 4
"""Values up to which comparing with each in turn is quicker than looking them up."""


@dataclass(frozen=True, slots=True)
class Rules:
    """The constraints of a space, ready to be asked of many configurations.

    Parameters
    ----------
    constraints
        The constraints, in the space's order.
    holds
        For each constraint what says where it holds. A condition holds where its option matters or is at its default.

    Examples
    --------
    >>> from transferperf.space.option import IntegerOption
    >>> options = tuple(IntegerOption(name=name, levels=(1, 2, 3)) for name in ("a", "b"))
    >>> rules = Rules.of(ConfigurationSpace(options, (Formula(holds="a * b <= 2"),)))
    >>> a, b = np.array([0.0, 0.5, 1.0])[:, None], np.array([0.0, 0.5, 1.0])
    >>> rules.allow({"a": a, "b": b}).astype(int).tolist()
    [[1, 1, 0], [1, 0, 0], [0, 0, 0]]
    """

    constraints: tuple[Constraint, ...]
    holds: tuple[Callable[[Columns], np.ndarray], ...]

    @classmethod
    def of(cls, space: ConfigurationSpace) -> "Rules":
        """The rules of a space."""
        options = {option.name: option for option in space.options}
        return cls(space.constraints, tuple(_compile(constraint, options) for constraint in space.constraints))

    def within(self, names: Iterable[str]) -> "Rules":
        """The rules that read none but these options."""
        known = frozenset(names)
        return self._only(k for k, constraint in enumerate(self.constraints) if known.issuperset(constraint.reads))

    def of_each(self, groups: Iterable[Iterable[str]]) -> "list[Rules]":
        """For each group of options the rules that read one of them."""
        places: dict[str, list[int]] = {}
        for k, constraint in enumerate(self.constraints):
            for name in constraint.reads:
                places.setdefault(name, []).append(k)
        return [self._only(sorted({k for name in names for k in places.get(name, ())})) for names in groups]

    def _only(self, places: Iterable[int]) -> "Rules":
        kept = tuple(places)
        return Rules(tuple(self.constraints[k] for k in kept), tuple(self.holds[k] for k in kept))

    def allow(self, columns: Columns, *, canonical: bool = False) -> np.ndarray:
        """Whether all constraints hold, of the shape that the columns broadcast to.

        Parameters
        ----------
        columns
            An option that no constraint reads may be left out.
        canonical
            Whether an option that does not matter has to be at its default, so that of all spellings of a
            configuration one is allowed.

        Raises
        ------
        UnknownNameError
            Where an option is missing that a constraint reads.
        """
        masks: dict[tuple[int, ...], np.ndarray] = {}
        for constraint, holds in zip(self.constraints, self.holds, strict=True):
            if isinstance(constraint, Condition) and not canonical:
                continue
            for name in constraint.reads:
                if name not in columns:
                    raise UnknownNameError("column", name, columns, remedy=f"Give it: {constraint} reads it.")
            mask = holds(columns)
            masks[mask.shape] = masks[mask.shape] & mask if mask.shape in masks else mask
        shape = np.broadcast_shapes(*(np.shape(column) for column in columns.values()))
        smallest_first = sorted(masks.values(), key=lambda mask: mask.size)
        return np.broadcast_to(reduce(operator.and_, smallest_first, np.array(True)), shape).copy()


def _compile(constraint: Constraint, options: Mapping[str, Option]) -> Callable[[Columns], np.ndarray]:
    """Where a constraint holds, as a function of columns."""
    match constraint:
        case Condition(option=name, parent=parent, values=values):
            default = encode_value(options[name], options[name].default)
            return partial(_settled, name=name, default=default, has=_Has.of([(parent, values)], options))
        case OneOf():
            return partial(_counted, names=constraint.options, least=0 if constraint.is_optional else 1)
        case Exclusion():
            return partial(_excluded, has=_Has.of(constraint.values, options))
        case Requirement():
            return partial(_required, when=_Has.of(constraint.when, options), then=_Has.of(constraint.then, options))
        case Formula():
            return partial(_computed, formula=constraint, options={name: options[name] for name in constraint.reads})


@dataclass(frozen=True, slots=True)
class _Has:
    """Whether each option has one of its values."""

    pairs: tuple[tuple[str, tuple[float, ...]], ...]

    @classmethod
    def of(cls, values: Sequence[tuple[str, tuple[Value, ...]]], options: Mapping[str, Option]) -> "_Has":
        """The test for pairs (option, values)."""
        return cls(tuple((name, tuple(encode_values(options[name], among))) for name, among in values))

    def __call__(self, columns: Columns) -> np.ndarray:
        return reduce(operator.and_, (_is_among(columns[name], codes) for name, codes in self.pairs), np.array(True))


def _is_among(column: np.ndarray, codes: tuple[float, ...]) -> np.ndarray:
    if len(codes) > FEW:
        return np.isin(column, codes)
    return reduce(operator.or_, (column == code for code in codes), np.zeros(column.shape, dtype=bool))


def _settled(columns: Columns, *, name: str, default: float, has: _Has) -> np.ndarray:
    return has(columns) | (columns[name] == default)


def _counted(columns: Columns, *, names: Sequence[str], least: int) -> np.ndarray:
    n_on = reduce(np.add, ((columns[name] != 0).astype(np.int16) for name in names))  # code 0 means off
    return (n_on <= 1) & (n_on >= least)


def _excluded(columns: Columns, *, has: _Has) -> np.ndarray:
    return ~has(columns)


def _required(columns: Columns, *, when: _Has, then: _Has) -> np.ndarray:
    return ~when(columns) | then(columns)


def _computed(columns: Columns, *, formula: Formula, options: Mapping[str, Option]) -> np.ndarray:
    values = {name: decode_column(option, columns[name]) for name, option in options.items()}
    return is_true(evaluate(formula.tree, values))
