"""What a study has asked for in other environments than its target, and what measurements took where."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from transferperf.space import Environment, Value

Asked = tuple[Environment, tuple[Value, ...]]
"""An environment, and the values of one canonical configuration."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Elsewhere:
    """What was asked for and told, in their order.

    Parameters
    ----------
    pending, answered
        What was asked for outside the target: not yet told, and told.
    bills
        What each measurement that was told took from the budget, those of the target included.
    """

    pending: tuple[Asked, ...] = ()
    answered: tuple[Asked, ...] = ()
    bills: tuple[tuple[Environment, float], ...] = ()

    def __len__(self) -> int:
        return len(self.pending) + len(self.answered)

    def asked(self, steps: Iterable[Asked]) -> "Elsewhere":
        """After these were asked for."""
        return replace(self, pending=(*self.pending, *steps))

    def told(self, step: Asked, taken: float) -> "Elsewhere":
        """After a measurement of any environment came, which took so much."""
        return replace(
            self,
            pending=tuple(other for other in self.pending if other != step),
            answered=(*self.answered, step) if step in self.pending else self.answered,
            bills=(*self.bills, (step[0], taken)),
        )

    def spent(self, environments: Iterable[Environment]) -> float:
        """What the measurements of these environments took together."""
        wanted = frozenset(environments)
        return sum((taken for where, taken in self.bills if where in wanted), 0.0)

    def rate(self, environment: Environment) -> float | None:
        """What one measurement there took on average; None where none was told."""
        found = [taken for where, taken in self.bills if where == environment]
        return sum(found) / len(found) if found else None
