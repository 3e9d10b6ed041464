"""Levels of an option from what a help text says: choices, a range, or a default alone."""

import math
import re
from dataclasses import dataclass
from typing import Self

from transferperf.space import Value

FEW = 9
"""Whole numbers up to which a range is tried in full."""

WIDE = 100.0
"""Ratio of the ends of a range from which on factors mean more than differences."""

UNLIMITED = 2.0**31 - 1
"""A default from which on a number means that there is no limit."""

_NUMBER = r"[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?"
_RANGES = (
    re.compile(rf"([\[(]?)\s*({_NUMBER}|imin|-inf)\s*\.\.\s*({_NUMBER}|imax|inf)\s*([\])]?)", re.IGNORECASE),
    re.compile(rf"()\b(?:between|from)\s+({_NUMBER})\s+(?:and|to)\s+({_NUMBER})()", re.IGNORECASE),
    re.compile(r"()(?<![\w.-])(\d+)\s?-\s?(\d+)(?![\w.-])()"),
)
_LISTS = (
    re.compile(r"^\{([^}]+)\}"),
    re.compile(r"^[<\[]?([\w.+-]+(?:\|[\w.+-]+)+)[>\]]?$"),
    re.compile(r"possible values: ([^\])]+)", re.IGNORECASE),
    re.compile(
        r"(?:one of|choices:|values:)\s*[:{\[(]?\s*([\w.+-]+(?:\s*(?:,|\||\bor\b)\s*(?:or\s+)?[\w.+-]+)+)",
        re.IGNORECASE,
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """The range of a number; `is_open` where its ends do not belong to it."""

    low: float = -math.inf
    high: float = math.inf
    is_open: bool = False

    @classmethod
    def find(cls, text: str) -> Self:
        """The first range that a text speaks of; unbounded where there is none.

        Examples
        --------
        >>> Bounds.find("level from 1 to 9"), Bounds.find("<double> (  0 .. inf)")
        (Bounds(low=1.0, high=9.0, is_open=False), Bounds(low=0.0, high=inf, is_open=True))
        """
        for pattern in _RANGES:
            if found := pattern.search(text):
                low, high = _end(found[2]), _end(found[3])
                if low < high:
                    return cls(low=low, high=high, is_open="(" in found[1] or ")" in found[4])
        return cls()

    def holds(self, number: float) -> bool:
        """Whether a number is in the range."""
        return self.low < number < self.high if self.is_open else self.low <= number <= self.high


def choices(value: str, text: str) -> list[Value]:
    """The values that a text lists, as numbers where all of them are; nothing where it lists none.

    Examples
    --------
    >>> choices("{1,2,4}", ""), choices("MODE", "one of fast, slow or none")
    ([1, 2, 4], ['fast', 'slow', 'none'])
    """
    for pattern, where in zip(_LISTS, (value, value, text, text), strict=True):
        if found := pattern.search(where):
            words = [word.strip(" `'\"") for word in re.split(r",|\||\bor\b", found[1])]
            listed = list(dict.fromkeys(word for word in words if word))
            numbers = [number for number in map(_number, listed) if number is not None]
            return [*numbers] if len(numbers) == len(listed) else [*listed]
    return []


def spread(bounds: Bounds, default: str, *, is_whole: bool = True) -> list[Value]:
    """Up to five levels around a default, or through a range; nothing where neither says enough.

    `is_whole` allows whole numbers; a default or an end with a fraction rules them out.

    Examples
    --------
    >>> spread(Bounds(), "64"), spread(Bounds(low=1, high=4), "2"), spread(Bounds(low=0, high=1), "0.5")
    ([16, 32, 64, 128, 256], [1, 2, 3, 4], [0.0, 0.25, 0.5, 0.75, 1.0])
    """
    start = _number(default)
    if start is not None and abs(start) >= UNLIMITED:
        return []
    if start is not None and not bounds.holds(start):
        bounds = Bounds()
    ends = [end for end in (bounds.low, bounds.high) if math.isfinite(end)]
    is_whole = is_whole and not isinstance(start, float) and all(float(end).is_integer() for end in ends)
    width = bounds.high - bounds.low
    if is_whole and width < FEW:
        tried = [bounds.low + k for k in range(int(width) + 1)]
    elif math.isfinite(width) and not (start and bounds.high > WIDE * abs(start)):
        tried = [bounds.low + width * k / 4 for k in range(5)]
    elif start:
        tried = [start * factor for factor in (0.25, 0.5, 1, 2, 4)]
    else:
        return []
    known = [] if start is None else [float(start)]
    if is_whole:
        return [*sorted({int(number) for number in [*map(round, tried), *known] if bounds.holds(number)})]
    return [*sorted({float(f"{number:.6g}") for number in [*tried, *known] if bounds.holds(number)})]


def _end(text: str) -> float:
    low = text.lower()
    return -math.inf if low in ("imin", "-inf") else math.inf if low in ("imax", "inf") else float(text)


def _number(text: str) -> int | float | None:
    """A number, whole where it is spelt so; 1e2 is."""
    if not re.fullmatch(_NUMBER, text, re.IGNORECASE):
        return None
    number = float(text)
    return int(number) if number.is_integer() and "." not in text else number
