"""Constraints: which configurations make sense, and why the others do not."""

import ast
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

import numpy as np

from transferperf.space.arithmetic import evaluate, is_true, names_in, parse_formula
from transferperf.space.option import Value

Configuration: TypeAlias = Mapping[str, Value]
"""One value for each option of a space."""

Values: TypeAlias = tuple[tuple[str, tuple[Value, ...]], ...]
"""Pairs (option, values): each of the options has one of its values."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """An option that matters only while another one has certain values; otherwise it stays at its default.

    Such a configuration is not invalid, only another spelling of the one with the default:
    `ConfigurationSpace.canonical` gives that one.
    """

    option: str
    parent: str
    values: tuple[Value, ...]

    @property
    def reads(self) -> tuple[str, ...]:
        """Options that it speaks of."""
        return (self.option, self.parent)

    def is_active(self, configuration: Configuration) -> bool:
        """Whether the option matters in this configuration."""
        return configuration[self.parent] in self.values

    def __str__(self) -> str:
        return f"{self.option} stays at its default unless {_spell([(self.parent, self.values)])}"


@dataclass(frozen=True, slots=True, kw_only=True)
class OneOf:
    """Binary options of which exactly one is on (or, where `is_optional`, at most one): one choice, spelt one-hot."""

    options: tuple[str, ...]
    is_optional: bool = False

    @property
    def reads(self) -> tuple[str, ...]:
        """Options that it speaks of."""
        return self.options

    def why_violated(self, configuration: Configuration, off: Mapping[str, Value]) -> str | None:
        """Reason in words, None where the configuration is fine; `off` gives each option's value for "off"."""
        on = [name for name in self.options if configuration[name] != off[name]]
        if len(on) == 1 or (not on and self.is_optional):
            return None
        wanted = "at most one" if self.is_optional else "exactly one"
        return f"{wanted} of {', '.join(self.options)} can be on, not {len(on)}"

    def __str__(self) -> str:
        return f"{'at most' if self.is_optional else 'exactly'} one of {', '.join(self.options)} is on"


@dataclass(frozen=True, slots=True, kw_only=True)
class Exclusion:
    """Values that cannot occur together, and why.

    Parameters
    ----------
    values
        Pairs (option, values): a configuration that has one of these values for *each* of the options is excluded.
    """

    values: Values
    reason: str

    def __post_init__(self) -> None:
        object.__setattr__(self, "values", _merged(self.values))

    @property
    def reads(self) -> tuple[str, ...]:
        """Options that it speaks of."""
        return tuple(name for name, _ in self.values)

    def why_violated(self, configuration: Configuration) -> str | None:
        """Reason in words, None where the configuration is fine."""
        if not _has(configuration, self.values):
            return None
        together = " with ".join(f"{name}={configuration[name]}" for name, _ in self.values)
        return f"{together} is excluded: {self.reason}"

    def __str__(self) -> str:
        return f"never {_spell(self.values)} ({self.reason})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Requirement:
    """Values that require values of other options, and why.

    Parameters
    ----------
    when, then
        Pairs (option, values): a configuration that has one of these values for each option of `when` needs one for
        each of `then`.

    Examples
    --------
    >>> wal = Requirement(when=(("journal", ("wal",)),), then=(("shared", (1,)),), reason="it maps memory")
    >>> wal.why_violated({"journal": "wal", "shared": 0})
    'journal=wal requires shared=1, not shared=0: it maps memory'
    """

    when: Values
    then: Values
    reason: str

    def __post_init__(self) -> None:
        object.__setattr__(self, "when", _merged(self.when))
        object.__setattr__(self, "then", _merged(self.then))

    @property
    def reads(self) -> tuple[str, ...]:
        """Options that it speaks of."""
        return tuple(dict.fromkeys(name for name, _ in (*self.when, *self.then)))

    def why_violated(self, configuration: Configuration) -> str | None:
        """Reason in words, None where the configuration is fine."""
        if not _has(configuration, self.when) or _has(configuration, self.then):
            return None
        here = " with ".join(f"{name}={configuration[name]}" for name, _ in self.when)
        came = " with ".join(f"{name}={configuration[name]}" for name, _ in self.then)
        return f"{here} requires {_spell(self.then)}, not {came}: {self.reason}"

    def __str__(self) -> str:
        return f"{_spell(self.when)} requires {_spell(self.then)} ({self.reason})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Formula:
    """What has to hold of numbers, as text: see `arithmetic`.

    Parameters
    ----------
    holds
        Comparisons, joined by and, or, not; a binary option alone means that it is on.

    Examples
    --------
    >>> memory = Formula(holds="threads * buffer_mb <= 512", reason="memory")
    >>> memory.reads, memory.why_violated({"threads": np.array(8.0), "buffer_mb": np.array(128.0)})
    (('buffer_mb', 'threads'), 'threads * buffer_mb <= 512 does not hold with buffer_mb=128, threads=8: memory')
    """

    holds: str
    reason: str = ""
    tree: ast.expr = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "tree", parse_formula(self.holds))

    @property
    def reads(self) -> tuple[str, ...]:
        """Options that it speaks of."""
        return names_in(self.tree)

    def why_violated(self, values: Mapping[str, np.ndarray]) -> str | None:
        """Reason in words, None where it holds; `values` gives each option's number, or its text as an object."""
        if is_true(evaluate(self.tree, values)):
            return None
        came = ", ".join(f"{name}={_short(values[name])}" for name in self.reads)
        return f"{self.holds} does not hold with {came}{': ' if self.reason else ''}{self.reason}"

    def __str__(self) -> str:
        return f"{self.holds} ({self.reason})" if self.reason else self.holds


Constraint: TypeAlias = Condition | OneOf | Exclusion | Requirement | Formula


def _merged(values: Values) -> Values:
    """The pairs with each option once: what all of its pairs allow."""
    merged: dict[str, tuple[Value, ...]] = {}
    for name, among in values:
        merged[name] = tuple(value for value in among if value in merged.get(name, among))
    return tuple(merged.items())


def _has(configuration: Configuration, values: Values) -> bool:
    """Whether each option has one of its values."""
    return all(configuration[name] in allowed for name, allowed in values)


def _spell(values: Iterable[tuple[str, tuple[Value, ...]]]) -> str:
    """Pairs (option, values) in words."""
    return " with ".join(f"{name}={'|'.join(map(str, allowed)) or 'nothing'}" for name, allowed in values)


def _short(value: np.ndarray) -> str:
    return str(value) if value.dtype == object else f"{float(value):.12g}"
