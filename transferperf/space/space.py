"""Configuration spaces: ordered options, and constraints between them."""

import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from transferperf.errors import SpaceError, UnknownNameError
from transferperf.space.arithmetic import check_kinds
from transferperf.space.constraint import (
    Condition,
    Configuration,
    Constraint,
    Exclusion,
    Formula,
    OneOf,
    Requirement,
)
from transferperf.space.option import BinaryOption, Option, Value


@dataclass(frozen=True, slots=True, kw_only=True)
class Axis:
    """Options that move together, and the rows of values they take: one option, or a one-hot group as one choice."""

    names: tuple[str, ...]
    rows: tuple[tuple[Value, ...], ...]


@dataclass(frozen=True, slots=True)
class ConfigurationSpace:
    """All configurations of a system.

    Parameters
    ----------
    options
        What can be set, in order.
    constraints
        Which combinations make sense.

    Examples
    --------
    >>> from transferperf.space.option import BinaryOption, IntegerOption
    >>> space = ConfigurationSpace((BinaryOption(name="cabac"), IntegerOption(name="ref", levels=(1, 5, 9))))
    >>> space.size, space.default
    (6, {'cabac': 0, 'ref': 1})
    >>> space.why_invalid({"cabac": 0, "ref": 12})
    'ref is 12; expected a whole number from 1 to 9'
    """

    options: tuple[Option, ...]
    constraints: tuple[Constraint, ...] = ()

    def __post_init__(self) -> None:
        by_name = {option.name: option for option in self.options}
        if len(by_name) < len(self.options):
            names = self.names
            raise SpaceError(f"options {sorted({n for n in names if names.count(n) > 1})} are declared twice")
        for constraint in self.constraints:
            for name in constraint.reads:
                if name not in by_name:
                    raise UnknownNameError("option in a constraint", name, by_name)
            if isinstance(constraint, Formula):
                texts = {name: by_name[name].levels for name in constraint.reads if not by_name[name].is_numeric}
                check_kinds(constraint.tree, {n: tuple(map(str, ls)) for n, ls in texts.items()}, constraint.holds)
        in_groups = Counter(n for group in self.constraints if isinstance(group, OneOf) for n in group.options)
        for name, count in in_groups.items():
            is_binary = isinstance(by_name[name], BinaryOption)
            if not is_binary or count > 1:
                problem = "is in two of them" if is_binary else "is no binary option"
                raise SpaceError(f"option '{name}' {problem}; a one-hot group takes binary options, each in one group")

    @property
    def names(self) -> tuple[str, ...]:
        """Option names, in order."""
        return tuple(option.name for option in self.options)

    def __getitem__(self, name: str) -> Option:
        """The option of that name; UnknownNameError where there is none."""
        for option in self.options:
            if option.name == name:
                return option
        raise UnknownNameError("option", name, self.names)

    @property
    def default(self) -> dict[str, Value]:
        """Configuration of an untouched system."""
        return {option.name: option.default for option in self.options if option.default is not None}

    def parse(self, configuration: Mapping[str, object]) -> dict[str, Value]:
        """The configuration in this space's spelling and order; SpaceError where an option is missing."""
        missing = [name for name in self.names if name not in configuration]
        if missing:
            raise SpaceError(f"configuration lacks {', '.join(missing)}; give each of {', '.join(self.names)}")
        return {option.name: option.parse(configuration[option.name]) for option in self.options}

    def why_invalid(self, configuration: Mapping[str, object]) -> str | None:
        """Why a configuration does not belong here, in words; None where it does."""
        values = self.parse(configuration)
        for option in self.options:
            if not option.contains(values[option.name]):
                return f"{option.name} is {values[option.name]}; expected {option.expectation}"
        reasons = (self._why_violated(constraint, values) for constraint in self.constraints)
        return next((reason for reason in reasons if reason), None)

    def _why_violated(self, constraint: Constraint, values: Configuration) -> str | None:
        match constraint:
            case OneOf():
                return constraint.why_violated(values, {name: self[name].levels[0] for name in constraint.options})
            case Exclusion() | Requirement():
                return constraint.why_violated(values)
            case Formula():
                return constraint.why_violated({name: self[name].operand(values[name]) for name in constraint.reads})
            case Condition():
                return None

    def contains(self, configuration: Mapping[str, object]) -> bool:
        """Whether the configuration belongs to the space."""
        return self.why_invalid(configuration) is None

    def canonical(self, configuration: Mapping[str, object]) -> dict[str, Value]:
        """The configuration with every option that does not matter at its default."""
        values, default = self.parse(configuration), self.default
        conditions = self.conditions
        for _ in conditions:
            idle = [c.option for c in conditions if _settle(values, c, default[c.option])]
            if not idle:
                break
        return values

    @property
    def conditions(self) -> tuple[Condition, ...]:
        """The conditions, that of an option after those of its parent: whether that matters decides what it is."""
        conditions = [constraint for constraint in self.constraints if isinstance(constraint, Condition)]
        depth = dict.fromkeys((name for condition in conditions for name in condition.reads), 0)
        for _ in conditions:
            before = dict(depth)
            for condition in conditions:
                depth[condition.option] = max(depth[condition.option], depth[condition.parent] + 1)
            if depth == before:  # not reached where conditions go round in a circle
                break
        return tuple(sorted(conditions, key=lambda condition: depth[condition.option]))

    @property
    def axes(self) -> tuple[Axis, ...]:
        """What can be changed on its own: each option, with each one-hot group as one axis."""
        groups = {name: group for group in self.constraints if isinstance(group, OneOf) for name in group.options}
        free = (Axis(names=(o.name,), rows=tuple((v,) for v in o.levels)) for o in self.options if o.name not in groups)
        return (*free, *(self._one_hot(group) for group in dict.fromkeys(groups.values())))

    def _one_hot(self, group: OneOf) -> Axis:
        levels = [self[name].levels for name in group.options]
        hot = [None] if group.is_optional else []
        choices: list[int | None] = [*hot, *range(len(levels))]
        return Axis(
            names=group.options,
            rows=tuple(tuple(pair[i == chosen] for i, pair in enumerate(levels)) for chosen in choices),
        )

    @property
    def size(self) -> int:
        """Number of combinations of levels, before exclusions and conditions."""
        return math.prod(len(axis.rows) for axis in self.axes)

    def neighbours(self, configuration: Mapping[str, object]) -> list[dict[str, Value]]:
        """Valid configurations that differ along one axis."""
        here = self.canonical(configuration)
        found: dict[tuple[Value, ...], dict[str, Value]] = {}
        for axis in self.axes:
            for row in axis.rows:
                there = self.canonical({**here, **dict(zip(axis.names, row, strict=True))})
                if there != here and self.contains(there):
                    found[tuple(there.values())] = there
        return list(found.values())


def _settle(values: dict[str, Value], condition: Condition, default: Value) -> bool:
    """Whether an option was not at its default and does not matter; then it is now."""
    if condition.is_active(values) or values[condition.option] == default:
        return False
    values[condition.option] = default
    return True
