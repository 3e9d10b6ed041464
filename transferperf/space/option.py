"""Options: what can be set on a system, one class for each kind of value.

Every option has `levels`, the values that are tried; numbers between the first and the last level are legal too.
"""

import math
from dataclasses import dataclass
from typing import ClassVar, Literal, TypeAlias, get_args

import numpy as np

from transferperf.errors import SpaceError, UnknownNameError

Value: TypeAlias = bool | int | float | str
Scale = Literal["linear", "log", "ordinal"]


def plain(value: object) -> Value:
    """A value as plain Python: numpy scalars unwrapped, whole numbers as int.

    Examples
    --------
    >>> plain(np.float64(128.0)), plain("wal"), plain(0.5)
    (128, 'wal', 0.5)
    """
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, bool | int | str):
        return value
    if isinstance(value, float):
        return int(value) if value.is_integer() else value
    return str(value)


def as_number(value: object) -> float | None:
    """The number that a value or its text means; None where it means none."""
    try:
        number = float(value)  # type: ignore[arg-type]  # whatever float() refuses is not a number
    except (TypeError, ValueError):
        return None
    return number if math.isfinite(number) else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """What all kinds of option share; use one of the kinds below.

    Parameters
    ----------
    name
        Column name in a measurement file.
    levels
        Values that are tried, in order where they have one.
    default
        Value of an untouched system; the first level where nothing is said.
    unit
        Unit of the values, "" for none.
    """

    is_ordered: ClassVar[bool] = False
    kind: ClassVar[str] = "option"

    name: str
    levels: tuple[Value, ...]
    default: Value | None = None
    unit: str = ""

    def __post_init__(self) -> None:
        if not self.name:
            raise SpaceError(f"an option needs a name, got {self.name!r}")
        levels = tuple(self.parse(level) for level in self.levels)
        if not levels or len(set(levels)) < len(levels):
            raise SpaceError(f"option '{self.name}' has levels {levels}; expected at least one, each once")
        object.__setattr__(self, "levels", levels)
        default = levels[0] if self.default is None else self.parse(self.default)
        object.__setattr__(self, "default", default)
        if not self.contains(default):
            raise SpaceError(f"option '{self.name}' has default {default!r}; expected {self.expectation}")

    def parse(self, value: object) -> Value:
        """The value as this option spells it: text that means a level becomes that level."""
        value = plain(value)
        if value in self.levels:
            return self.levels[self.levels.index(value)]
        by_text = {str(plain(level)): level for level in self.levels}
        if isinstance(value, bool):  # as pandas reads a column of "true" and "false"
            return by_text.get(str(value), by_text.get(str(value).lower(), value))
        return by_text.get(str(value), value)

    def contains(self, value: object) -> bool:
        """Whether the option can take this value."""
        return self.parse(value) in self.levels

    @property
    def is_numeric(self) -> bool:
        """Whether all levels are numbers, so that formulas can compute with them."""
        return all(as_number(level) is not None for level in self.levels)

    def operand(self, value: object) -> np.ndarray:
        """A value as formulas see it: a number, or text as an object."""
        return np.asarray(as_number(value), dtype=float) if self.is_numeric else np.asarray(str(value), dtype=object)

    @property
    def expectation(self) -> str:
        """What a value has to be, in words."""
        return f"one of {', '.join(str(level) for level in self.levels)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class BinaryOption(Option):
    """An option with two values, the first of which means "off".

    Examples
    --------
    >>> BinaryOption(name="cabac").contains(2)
    False
    """

    kind: ClassVar[str] = "binary"
    levels: tuple[Value, ...] = (0, 1)

    def __post_init__(self) -> None:
        Option.__post_init__(self)
        if len(self.levels) != 2:
            raise SpaceError(f"binary option '{self.name}' has {len(self.levels)} levels; expected two")


@dataclass(frozen=True, slots=True, kw_only=True)
class ChoiceOption(Option):
    """An option whose values have no order."""

    kind: ClassVar[str] = "choice"


@dataclass(frozen=True, slots=True, kw_only=True)
class RealOption(Option):
    """An option whose value is a number.

    Parameters
    ----------
    scale
        "log" where a factor means more than a difference (a cache of 1, 10, 100 MB), "ordinal" where levels lie
        evenly, however far apart (a cache of 0, 1, 64, 4096 MB); numbers between two of them lie in proportion.

    Examples
    --------
    >>> cache = RealOption(name="cache", levels=(1.0, 10.0, 100.0), unit="MB", scale="log")
    >>> cache.contains(50), cache.contains(200), cache.position(10)
    (True, False, 0.5)
    """

    is_ordered: ClassVar[bool] = True
    kind: ClassVar[str] = "real"
    scale: Scale = "linear"

    def __post_init__(self) -> None:
        numbers = [as_number(level) for level in self.levels]
        if None in numbers:
            raise SpaceError(f"option '{self.name}' has levels {self.levels}; expected numbers")
        object.__setattr__(self, "levels", tuple(sorted(plain(number) for number in numbers)))
        Option.__post_init__(self)
        if self.scale not in get_args(Scale):
            raise UnknownNameError(f"scale of option '{self.name}'", str(self.scale), get_args(Scale))
        if self.scale == "log" and self.low <= 0:
            raise SpaceError(f"option '{self.name}' has level {self.low} on a log scale; expected levels above 0")

    @property
    def low(self) -> float:
        """Smallest legal value."""
        return float(self.levels[0])

    @property
    def high(self) -> float:
        """Largest legal value."""
        return float(self.levels[-1])

    def parse(self, value: object) -> Value:
        """The number that the value or its text means; anything else unchanged."""
        number = as_number(value)
        return plain(value) if number is None else plain(number)

    def contains(self, value: object) -> bool:
        """Whether the value is a number from the first to the last level."""
        number = as_number(value)
        return number is not None and self.low <= number <= self.high

    def position(self, value: object) -> float:
        """Place of a value between the first level (0) and the last (1), on the option's scale."""
        low, high, number = self.low, self.high, float(self.parse(value))
        if self.scale == "ordinal":
            return float(np.interp(number, np.array(self.levels, dtype=float), self._places))
        if self.scale == "log":
            low, high, number = math.log(low), math.log(high), math.log(number)
        return (number - low) / (high - low) if high > low else 0.0

    def at(self, x: np.ndarray) -> np.ndarray:
        """The numbers at places x between the first level (0) and the last (1), of any shape."""
        if self.scale == "ordinal":
            return np.interp(x, self._places, np.array(self.levels, dtype=float))
        return self.low * (self.high / self.low) ** x if self.scale == "log" else self.low + x * (self.high - self.low)

    @property
    def _places(self) -> np.ndarray:
        """Where the levels lie on the ordinal scale."""
        return np.linspace(0, 1, len(self.levels))

    @property
    def expectation(self) -> str:
        """What a value has to be, in words."""
        unit = f" {self.unit}" if self.unit else ""
        return f"a number from {plain(self.low)}{unit} to {plain(self.high)}{unit}"


@dataclass(frozen=True, slots=True, kw_only=True)
class IntegerOption(RealOption):
    """An option whose value is a whole number."""

    kind: ClassVar[str] = "integer"

    def contains(self, value: object) -> bool:
        """Whether the value is a whole number from the first to the last level."""
        return isinstance(self.parse(value), int) and RealOption.contains(self, value)

    @property
    def expectation(self) -> str:
        """What a value has to be, in words."""
        return super(IntegerOption, self).expectation.replace("a number", "a whole number")


KINDS: dict[str, type[Option]] = {kind.kind: kind for kind in (BinaryOption, ChoiceOption, IntegerOption, RealOption)}
"""Kinds of option by the word that system.toml uses."""
