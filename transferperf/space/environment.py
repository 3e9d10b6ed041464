"""Environments: where a system runs, as hardware, workload, version and whatever factors a user names."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from transferperf.errors import SpaceError
from transferperf.space.option import as_number, plain

FACTORS = ("hardware", "workload", "version")
"""Factors that every measurement file may have without declaring them."""


def factor_text(value: object) -> str:
    """An environment value as text after whole-number normalisation: 128, "128" and 128.0 are one.

    Examples
    --------
    >>> factor_text(128), factor_text("128.0"), factor_text("x86-64"), factor_text("3.40.1")
    ('128', '128', 'x86-64', '3.40.1')
    """
    text = str(plain(value)).strip()
    number = as_number(text) if text[:1].isdigit() or text[:1] == "-" else None
    return str(int(number)) if number is not None and number.is_integer() and abs(number) < 1e15 else text


@dataclass(frozen=True, slots=True, order=True)
class Environment:
    """One value for each environment factor.

    Parameters
    ----------
    factors
        Pairs (factor, value), values as text.

    Examples
    --------
    >>> Environment.of({"hardware": "h1", "workload": 128}).label
    'h1 · 128'
    """

    factors: tuple[tuple[str, str], ...] = ()

    @classmethod
    def of(cls, mapping: Mapping[str, object]) -> Self:
        """The environment that a mapping factor -> value describes."""
        if any(not str(value).strip() for value in mapping.values()):
            raise SpaceError(f"environment {dict(mapping)} has an empty value; name each factor's value")
        return cls(tuple((name, factor_text(value)) for name, value in mapping.items()))

    def as_mapping(self) -> dict[str, str]:
        """Factor -> value."""
        return dict(self.factors)

    @property
    def label(self) -> str:
        """Short name for tables and axes."""
        return " · ".join(value for _, value in self.factors) or "the only environment"

    def __str__(self) -> str:
        """Text `factor=value,factor=value`, as the command line takes it."""
        return ",".join(f"{name}={value}" for name, value in self.factors)
