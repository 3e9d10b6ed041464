"""Budgets: how much may be measured."""

import math
import re
from dataclasses import dataclass

import numpy as np

from transferperf.errors import BudgetError

SECONDS = {"s": 1.0, "min": 60.0, "h": 3600.0}
"""Units of time that a budget may have."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """A number of measurements, or a time that they may take; the other one is infinite.

    Examples
    --------
    >>> Budget.parse("10min")
    Budget(n_measurements=inf, cost_s=600.0)
    >>> str(Budget.parse(30))
    '30 measurements'
    """

    n_measurements: float = math.inf
    cost_s: float = math.inf

    def __post_init__(self) -> None:
        if not (self.n_measurements > 0 and self.cost_s > 0) or self.is_time == math.isfinite(self.n_measurements):
            raise BudgetError(_expected(f"{self.n_measurements} measurements, {self.cost_s} s"))

    @classmethod
    def parse(cls, text: "int | str | Budget") -> "Budget":
        """The budget that a number of measurements or a text means.

        Raises
        ------
        BudgetError
            Where it is neither a number of measurements nor a time.
        """
        if isinstance(text, Budget):
            return text
        came = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*(s|min|h)?\s*", str(text))
        if isinstance(text, bool) or not isinstance(text, int | str | np.integer) or came is None or not float(came[1]):
            raise BudgetError(_expected(repr(text)))
        number, unit = came.groups()
        if unit is not None:
            return cls(cost_s=float(number) * SECONDS[unit])
        if "." in number:
            raise BudgetError(_expected(repr(text)))
        return cls(n_measurements=int(number))

    @property
    def is_time(self) -> bool:
        """Whether seconds are counted, rather than measurements."""
        return math.isfinite(self.cost_s)

    def left(self, n_measured: int, spent_s: float) -> float:
        """Measurements or seconds that remain, at least 0."""
        return max(0.0, self.cost_s - spent_s if self.is_time else self.n_measurements - n_measured)

    def __str__(self) -> str:
        return f"{self.cost_s:g} s" if self.is_time else f"{self.n_measurements:g} measurements"


def _expected(came: str) -> str:
    return f"budget {came}; expected a number of measurements such as 30, or a time such as 10min"
