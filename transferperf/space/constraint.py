"""Constraints: which configurations make sense, and why the others do not."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

from transferperf.space.option import Value

Configuration: TypeAlias = Mapping[str, Value]
"""One value for each option of a space."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """An option that matters only while another one has certain values; otherwise it stays at its default.

    Such a configuration is not invalid, only another spelling of the one with the default:
    `ConfigurationSpace.canonical` gives that one.
    """

    option: str
    parent: str
    values: tuple[Value, ...]

    def is_active(self, configuration: Configuration) -> bool:
        """Whether the option matters in this configuration."""
        return configuration[self.parent] in self.values


@dataclass(frozen=True, slots=True, kw_only=True)
class OneOf:
    """Binary options of which exactly one is on (or, where `is_optional`, at most one): one choice, spelt one-hot."""

    options: tuple[str, ...]
    is_optional: bool = False

    def why_violated(self, configuration: Configuration, off: Mapping[str, Value]) -> str | None:
        """Reason in words, None where the configuration is fine; `off` gives each option's value for "off"."""
        on = [name for name in self.options if configuration[name] != off[name]]
        if len(on) == 1 or (not on and self.is_optional):
            return None
        wanted = "at most one" if self.is_optional else "exactly one"
        return f"{wanted} of {', '.join(self.options)} can be on, not {len(on)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Exclusion:
    """Values that cannot occur together, and why.

    Parameters
    ----------
    values
        Pairs (option, values): a configuration that has one of these values for *each* of the options is excluded.
    """

    values: tuple[tuple[str, tuple[Value, ...]], ...]
    reason: str

    def why_violated(self, configuration: Configuration) -> str | None:
        """Reason in words, None where the configuration is fine."""
        if not all(configuration[name] in values for name, values in self.values):
            return None
        together = " with ".join(f"{name}={configuration[name]}" for name, _ in self.values)
        return f"{together} is excluded: {self.reason}"


Constraint: TypeAlias = Condition | OneOf | Exclusion
