"""Budgets: what is a budget, and what is left of it."""

import math

import numpy as np
import pytest

from transferperf.data.measurement import Measurement
from transferperf.errors import BudgetError
from transferperf.space import Environment
from transferperf.study.budget import Budget
from transferperf.study.price import Price


@pytest.mark.parametrize(
    ("text", "n_measurements", "cost_s"),
    [
        (30, 30, math.inf),
        (np.int64(30), 30, math.inf),
        (" 30 ", 30, math.inf),
        ("90s", math.inf, 90),
        ("10min", math.inf, 600),
        ("1.5 h", math.inf, 5400),
    ],
)
def test_a_number_or_a_time_is_a_budget(text: int | str, n_measurements: float, cost_s: float) -> None:
    """A bare number counts measurements, a time counts seconds."""
    assert Budget.parse(text) == Budget(n_measurements=n_measurements, cost_s=cost_s)


@pytest.mark.parametrize("text", ["10 apples", "", "0", 0, -3, "1.5", 1.5, True, "min", "0min", "nan", None])
def test_nonsense_is_no_budget(text: str) -> None:
    """One line says what came and what was expected."""
    with pytest.raises(BudgetError, match=r"^budget .*; expected a number of measurements such as 30, or a time"):
        Budget.parse(text)


def test_what_is_left_counts_down_to_nothing() -> None:
    """Measurements or seconds, whichever the budget is of; never less than 0."""
    assert [Budget.parse(3).left(n, 1e9) for n in (0, 2, 3, 4)] == [3, 1, 0, 0]
    assert [Budget.parse("1min").left(99, s) for s in (0.0, 45.0, 61.0)] == [60, 15, 0]


def ran(hardware: str = "h1", cost_s: float = 1800.0, **metrics: tuple[float, ...]) -> Measurement:
    """A measurement that took half an hour."""
    here = Environment.of({"hardware": hardware})
    return Measurement(configuration={}, environment=here, repeats={"time": (1.0, 2.0), **metrics}, cost_s=cost_s)


@pytest.mark.parametrize(
    ("price", "measurement", "cost"),
    [
        ("0.9 eur/h", ran(), 0.45),
        ("0.02 eur", ran(), 0.04),
        ("2 eur/bill", ran(bill=(1.0, 3.0)), 8.0),
        (["hardware=h2: 4 eur/h", "0.9 eur/h"], ran("h2"), 2.0),
        (["hardware=h2: 4 eur/h", "0.9 eur/h"], ran("h1"), 0.45),
        (["1 usd/h", "0.6 eur/min"], ran(), 18.0),
    ],
)
def test_money_is_spent_by_the_first_price_that_holds(
    price: str | list[str], measurement: Measurement, cost: float
) -> None:
    """By time, by run, by a metric, by environment, in the budget's currency."""
    assert Budget.parse("5 eur", price=price).cost(measurement) == pytest.approx(cost)


@pytest.mark.parametrize(
    ("price", "measurement", "says"),
    [
        ("0.9 eur/h", ran(cost_s=math.nan), "the budget is 5 eur, and cost_s is missing"),
        ("2 eur/bill", ran(), "the budget is 5 eur, and metric 'bill' is missing"),
        ("hardware=h2: 4 eur/h", ran(), "environment hardware=h1 has no price in eur"),
    ],
)
def test_a_cost_that_nobody_knows_is_asked_for(price: str, measurement: Measurement, says: str) -> None:
    """One line says what is missing."""
    with pytest.raises(BudgetError, match=says):
        Budget.parse("5 eur", price=price).cost(measurement)


@pytest.mark.parametrize("text", ["eur", "0.9", "0.9 h", "-1 eur", "h1: 1 eur", "1 eur/", "=h1: 1 eur", ""])
def test_nonsense_is_no_price(text: str) -> None:
    """One line says what came and shows what is one."""
    with pytest.raises(BudgetError, match="cannot be read; expected a price such as"):
        Price.parse(text)


@pytest.mark.parametrize("gain", ["little", "-1", "1 eur", True, "nan", None])
def test_nonsense_is_no_least_gain(gain: str) -> None:
    """One line says what came and what was expected."""
    with pytest.raises(BudgetError, match=r"least gain .*; expected a number in the metric's unit"):
        Budget.parse(3, least_gain=gain)


def test_what_is_worth_a_measurement_is_said_by_its_gain() -> None:
    """In the metric's unit or as a share; a gain that nobody knows is worth it, and so is any without a least one."""
    assert (
        Budget.parse(3, least_gain="1 %")
        .why_not_worth(0.5, 0.009)
        .startswith("the next measurement promises a gain of 0.9 %")
    )
    assert (
        Budget.parse(3, least_gain=0.6)
        .why_not_worth(0.5, 0.9)
        .startswith("the next measurement promises a gain of 0.5")
    )
    assert Budget.parse(3, least_gain="1 %").why_not_worth(0.001, 0.02) == ""
    assert Budget.parse(3, least_gain="1 %").why_not_worth(math.nan, math.nan) == ""
    assert Budget.parse(3).why_not_worth(0.0, 0.0) == ""


def test_money_without_a_price_in_it_is_no_budget() -> None:
    """The error names the currencies that have one."""
    with pytest.raises(BudgetError, match="budget '5 eur' with prices in usd; expected"):
        Budget.parse("5 eur", price="1 usd")
