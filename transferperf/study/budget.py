"""Budgets: how much may be measured, and when it is not worth it any more."""

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from transferperf.data.measurement import Measurement
from transferperf.errors import BudgetError
from transferperf.space import Environment
from transferperf.study.price import EXAMPLE, NUMBER, SECONDS, Price, parse_prices


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """A number of measurements, a time that they may take, or a sum of money; the other two are infinite.

    Parameters
    ----------
    n_measurements, cost_s, money
        How much may be spent.
    currency
        Of the money.
    prices
        What a measurement costs; the first one that holds for its environment.
    least_gain
        What a measurement has to promise, in the metric's unit; 0: whatever it promises, the budget is spent.
    least_share
        The same, as a share of the best value that is believed to be reached.

    Examples
    --------
    >>> Budget.parse("10min").cost_s
    600.0
    >>> str(Budget.parse(30)), str(Budget.parse("5 eur", price="0.9 eur/h"))
    ('30 measurements', '5 eur')
    """

    n_measurements: float = math.inf
    cost_s: float = math.inf
    money: float = math.inf
    currency: str = ""
    prices: tuple[Price, ...] = ()
    least_gain: float = 0.0
    least_share: float = 0.0

    def __post_init__(self) -> None:
        amounts = (self.n_measurements, self.cost_s, self.money)
        if not all(amount > 0 for amount in amounts) or sum(map(math.isfinite, amounts)) != 1:
            raise BudgetError(_expected(f"{self.n_measurements} measurements, {self.cost_s} s, {self.money} of money"))
        if self.is_money and self.currency not in {price.currency for price in self.prices}:
            raise BudgetError(f"the budget is {self}, and no price is in {self.currency or 'it'}; {EXAMPLE}")

    @classmethod
    def parse(
        cls,
        text: "int | str | Budget",
        *,
        price: str | Price | Iterable[str | Price] = (),
        least_gain: float | str = 0.0,
    ) -> "Budget":
        """The budget that a number of measurements or a text means.

        Parameters
        ----------
        text
            30, "10min", or money such as "5 eur".
        price
            What a measurement costs: "0.02 eur", "0.9 eur/h" (by its cost_s) or "1 eur/bill" (by a metric); for some
            environments only with "hardware=h1: " before it.
        least_gain
            What a measurement has to promise, in the metric's unit, or as a share such as "1 %".

        Raises
        ------
        BudgetError
            Where one of them cannot be read, or money has no price.
        """
        if isinstance(text, Budget):
            return text
        came = re.fullmatch(rf"\s*{NUMBER}\s*([^\W\d]\w*)?\s*", str(text))
        is_text = isinstance(text, int | str | np.integer) and not isinstance(text, bool)
        if not is_text or came is None or not float(came[1]):
            raise BudgetError(_expected(repr(text)))
        number, unit = came.groups()
        prices, (gain, share) = parse_prices(price), _least_gain(least_gain)
        given = cls(n_measurements=1, prices=prices, least_gain=gain, least_share=share)
        if unit in SECONDS:
            return replace(given, n_measurements=math.inf, cost_s=float(number) * SECONDS[unit])
        if unit in {price.currency for price in prices}:
            return replace(given, n_measurements=math.inf, money=float(number), currency=unit)
        if unit is not None or not number.isdigit():
            priced = ", ".join(dict.fromkeys(price.currency for price in prices)) or "nothing"
            raise BudgetError(_expected(f"{text!r} with prices in {priced}" if unit and prices else repr(text)))
        return replace(given, n_measurements=int(number))

    @property
    def is_time(self) -> bool:
        """Whether seconds are counted."""
        return math.isfinite(self.cost_s)

    @property
    def is_money(self) -> bool:
        """Whether money is counted."""
        return math.isfinite(self.money)

    def cost(self, measurement: Measurement) -> float:
        """What a measurement takes from a budget of time or money; 0 where nobody knows and measurements are counted.

        Raises
        ------
        BudgetError
            Where the measurement does not say what it cost.
        """
        if not self.is_money:
            cost, needed = measurement.cost_s, "cost_s"
        else:
            price = self._price(measurement.environment)
            cost, needed = price.of(measurement), price.needs
        if math.isnan(cost) and (self.is_time or self.is_money):
            raise BudgetError(f"the budget is {self}, and {needed} is missing; tell how much it was")
        return 0.0 if math.isnan(cost) else cost

    def expected(self, environment: Environment, rows: pd.DataFrame) -> float:
        """What a measurement is expected to take there, by rows of the same environment; NaN where these do not say."""
        if not self.is_money:
            return _mean(rows, "cost_s") if self.is_time else 1.0
        price = self._price(environment)
        if not price.needs:
            return price.amount
        in_time = price.per in SECONDS
        return price.amount * (_mean(rows, "cost_s") / SECONDS[price.per] if in_time else _mean(rows, price.per))

    def is_fixed(self, environment: Environment) -> bool:
        """Whether a measurement there costs the same sum of money in any case."""
        return self.is_money and not self._price(environment).needs

    def _price(self, environment: Environment) -> Price:
        for price in self.prices:
            if price.currency == self.currency and price.holds_in(environment):
                return price
        raise BudgetError(f"environment {environment} has no price in {self.currency}; {EXAMPLE}")

    def left(self, n_measured: int, spent: float) -> float:
        """Measurements, seconds or money that remain, at least 0; `spent` is time or money."""
        counts = not (self.is_time or self.is_money)
        return max(0.0, self.n_measurements - n_measured if counts else min(self.cost_s, self.money) - spent)

    def why_not_worth(self, gain: float, share: float) -> str:
        """Why a measurement that promises a gain, in the metric's unit and as a share, is not worth it, in words.

        Empty where it is worth it, or nobody knows the gain yet.
        """
        came = f"{gain:.2g}, and {self.least_gain:.4g}" if gain < self.least_gain else ""
        if share < self.least_share:
            came = f"{100 * share:.2g} %, and {100 * self.least_share:.4g} %"
        return f"the next measurement promises a gain of {came} is the least that is worth it" if came else ""

    @property
    def unit(self) -> str:
        """What is counted."""
        return "s" if self.is_time else self.currency if self.is_money else "measurements"

    def __str__(self) -> str:
        return f"{min(self.n_measurements, self.cost_s, self.money):g} {self.unit}"


def _mean(rows: pd.DataFrame, column: str) -> float:
    """Mean of a column's known values; NaN where there are none."""
    return float(rows[column].astype(float).mean()) if column in rows else math.nan


def _expected(came: str) -> str:
    return (
        f"budget {came}; expected a number of measurements such as 30, or a time such as 10min, or money such as "
        "'5 eur' with a price in it"
    )


def _least_gain(text: float | str) -> tuple[float, float]:
    """A least gain in the metric's unit, and as a share; one of them is 0."""
    came = re.fullmatch(rf"\s*{NUMBER}\s*(%)?\s*", str(text))
    if isinstance(text, bool) or came is None or not math.isfinite(float(came[1])):
        raise BudgetError(f"least gain {text!r}; expected a number in the metric's unit, or a share such as '1 %'")
    return (0.0, float(came[1]) / 100) if came[2] else (float(came[1]), 0.0)
