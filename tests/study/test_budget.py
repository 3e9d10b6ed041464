"""Budgets: what is a budget, and what is left of it."""

import math

import numpy as np
import pytest

from transferperf.errors import BudgetError
from transferperf.study.budget import Budget


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
