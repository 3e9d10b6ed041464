"""Climbing in a mixed space, beside looking at every configuration."""

import numpy as np
import pytest

from tests.search.forms import brute_force, everything, form_of
from transferperf.models.product_form import ProductForm
from transferperf.search import Grid, Score
from transferperf.search.bound import Goal, Improvement, LowBound
from transferperf.search.local import Guided, best_encoded
from transferperf.space import BinaryOption, ChoiceOption, ConfigurationSpace, Exclusion, IntegerOption

N_LEVELS = (2, 2, 2, 3, 3, 8, 8)
NAMES = tuple(f"o{j}" for j in range(9, 16))  # columns stand in another order: o10 comes before o9
SPACE = ConfigurationSpace(
    (
        *(BinaryOption(name=name) for name in NAMES[:3]),
        *(ChoiceOption(name=name, levels=("x", "y", "z")) for name in NAMES[3:5]),
        *(IntegerOption(name=name, levels=tuple(range(1, 9))) for name in NAMES[5:]),
    ),
    (
        Exclusion(values=(("o9", (1,)), ("o12", ("x", "y"))), reason="both read the disk"),
        Exclusion(values=(("o11", (0,)), ("o15", (6, 7, 8))), reason="too much memory"),
    ),
)
CASES = tuple((seed, goal) for seed in range(6) for goal in (LowBound(kappa=2.0), Improvement(best=-1.0)))
"""Seeds of forms, and what is to be best."""


def places_of(X: np.ndarray) -> np.ndarray:
    """Places of levels of encoded configurations (n, d), in the order of NAMES."""
    at = np.column_stack([X[:, Grid.of(SPACE).columns[name]] for name in NAMES])
    return np.round(at * [L - 1 if L > 3 else 1 for L in N_LEVELS]).astype(int)


def may(places: np.ndarray) -> np.ndarray:
    """Whether places of levels (n, d) break no constraint of SPACE, shape (n,)."""
    is_read_twice = (places[:, 0] == 1) & (places[:, 3] < 2)
    is_too_large = (places[:, 2] == 0) & (places[:, 6] > 4)
    return ~(is_read_twice | is_too_large)


def rugged(seed: int) -> ProductForm:
    """A form with many peaks."""
    return form_of(N_LEVELS, 150, 1e-3, seed, theta=2.0)


def asked(form: ProductForm, goal: Goal, *, is_guided: bool) -> Score:
    """The score of encoded configurations, with a guide that is a little off if `is_guided`."""

    def score(X: np.ndarray) -> np.ndarray:
        mean, variance = form.moments(places_of(X))
        return goal.score(mean, np.sqrt(variance))

    return Guided(score, lambda X: score(X) + 0.02 * np.sin(9 * X.sum(axis=1))) if is_guided else score


@pytest.mark.parametrize("is_guided", [False, True])
def test_climbing_finds_the_best_of_a_mixed_space(monkeypatch: pytest.MonkeyPatch, *, is_guided: bool) -> None:
    """In at least 11 of 12 cases what trying everything that is valid finds, always valid, and the same once more."""
    monkeypatch.setattr("transferperf.search.local.MOST_SWEPT", 0)
    monkeypatch.setattr("transferperf.search.local.MOST_SWEPT_GUIDED", 0)
    grid, is_valid, n_found = Grid.of(SPACE), may(everything(N_LEVELS)), 0
    for seed, goal in CASES:
        form = rugged(seed)
        score = asked(form, goal, is_guided=is_guided)
        (X, values, is_exact), (again, *_) = (
            best_encoded(score, grid, 1, starts=grid.default[None], seed=seed) for _ in range(2)
        )
        assert not is_exact
        assert may(places_of(X)).all()
        assert X.tolist() == again.tolist()
        n_found += bool(values[0] >= brute_force(form, goal, 1, is_valid)[1][0] - 1e-9)
    assert n_found >= 11
