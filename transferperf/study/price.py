"""Prices: what a measurement costs in money, where, and by what it is counted."""

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from transferperf.data.measurement import Measurement
from transferperf.errors import BudgetError
from transferperf.space import Environment
from transferperf.space.environment import factor_text

SECONDS = {"s": 1.0, "min": 60.0, "h": 3600.0}
"""Units of time."""

NUMBER = r"(\d+(?:\.\d+)?(?:e-?\d+)?)"
"""A number of 0 or more, as text."""

EXAMPLE = "expected a price such as '0.02 eur', '0.9 eur/h', '1 eur/bill' or 'hardware=h1: 0.9 eur/h'"


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """What a measurement costs.

    Parameters
    ----------
    amount, currency
        So much money, in a currency of any name.
    per
        What it is for: "s", "min" or "h" of a measurement's `cost_s`, one of a metric that is measured, or "": a run.
    factors
        The environments that it holds for: those with these values.

    Examples
    --------
    >>> price = Price.parse("hardware=h1: 0.9 eur/h")
    >>> price.amount, price.currency, price.per, dict(price.factors)
    (0.9, 'eur', 'h', {'hardware': 'h1'})
    """

    amount: float
    currency: str
    per: str = ""
    factors: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        factors = {name: factor_text(value) for name, value in self.factors.items()}
        object.__setattr__(self, "factors", MappingProxyType(factors))

    @classmethod
    def parse(cls, text: str) -> "Price":
        """The price that a text states.

        Raises
        ------
        BudgetError
            Where it states none.
        """
        found = re.fullmatch(rf"\s*(?:(.+):)?\s*{NUMBER}\s*([^\W\d]\w*)\s*(?:/\s*(\w+)\s*)?", str(text))
        pairs = [part.partition("=") for part in (found[1] or "").split(",")] if found and found[1] else []
        if found is None or found[3] in SECONDS or not all(name.strip() and value.strip() for name, _, value in pairs):
            raise BudgetError(f"price '{text}' cannot be read; {EXAMPLE}")
        factors = {name.strip(): value.strip() for name, _, value in pairs}
        return cls(amount=float(found[2]), currency=found[3], per=found[4] or "", factors=factors)

    def holds_in(self, environment: Environment) -> bool:
        """Whether it is the price of measurements there."""
        known = environment.as_mapping()
        return all(known.get(name) == value for name, value in self.factors.items())

    def of(self, measurement: Measurement) -> float:
        """What one measurement cost, all repeats together; NaN where it does not say."""
        if self.per in SECONDS:
            return self.amount * measurement.cost_s / SECONDS[self.per]
        if not self.per:
            return self.amount * max(1, measurement.n_repeats)
        values = measurement.repeats.get(self.per)
        return self.amount * math.fsum(values) if values else math.nan

    @property
    def needs(self) -> str:
        """What a measurement has to say for it, in words; nothing where it costs the same in any case."""
        return "cost_s" if self.per in SECONDS else f"metric '{self.per}'" if self.per else ""


def parse_prices(prices: "str | Price | Iterable[str | Price]") -> tuple[Price, ...]:
    """The prices that one or several texts state; where several hold for an environment, the first is its price."""
    several = (prices,) if isinstance(prices, str | Price) else prices
    return tuple(price if isinstance(price, Price) else Price.parse(price) for price in several)
