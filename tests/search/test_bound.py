"""Claims about radii of rounding and about the lines that stand for goals."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.search.forms import everything, form_of, forms
from transferperf.models.product_form import ProductForm
from transferperf.search.bound import Goal, Improvement, LowBound
from transferperf.search.butterfly import open_tile
from transferperf.search.products import Layout, pair_sum, single_sum
from transferperf.search.program import compile_sum, narrow, workspace
from transferperf.search.tiles import Tiles

GOALS: list[Goal] = [LowBound(kappa=2.0), LowBound(kappa=0.0), Improvement(best=-0.5)]


def errors(form: ProductForm, dtype: type[np.floating]) -> tuple[np.ndarray, np.ndarray]:
    """How far the pair sum is off in each tile at most, and what its radius says: (tiles,) and (tiles,)."""
    pairs = pair_sum(form)
    layout = Layout.of(pairs, itemsize=4)
    program = compile_sum(pairs, layout)
    program = narrow(program) if dtype is np.float32 else program
    work, cells, off = workspace(program), np.flatnonzero(layout.is_cell), []
    for tile in range(layout.n_tiles):
        digits = np.array([*np.unravel_index(tile, layout.radices or (1,)), 0], dtype=np.intp)
        values = open_tile(program, work, digits, 0, layout.size)[cells].astype(float)
        G = form.products(layout.levels(np.full(len(cells), tile), cells)).astype(np.longdouble)
        exact = ((G @ form.pair_weights.astype(np.longdouble)) * G).sum(axis=1)
        off.append((float(np.abs(values - exact).max()), float(work.radius[0])))
    return tuple(np.array(off).T)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@settings(max_examples=30, deadline=None)
@given(form=forms())
def test_rounding_stays_within_its_radius(dtype: type[np.floating], form: ProductForm) -> None:
    """No cell of any tile is further from the sum of its terms than was derived, whatever the noise."""
    off, radius = errors(form, dtype)
    scale = np.abs(form.pair_weights).sum()  # the reference rounds, too
    assert (off <= radius + 1e-17 * scale).all()


def test_the_radius_says_something() -> None:
    """With moderate noise float32 errs by a thousandth of the prior variance at most, float64 by far less."""
    form = form_of([2] * 12, 30, 1e-2, seed=0)
    single, double = errors(form, np.float32)[1].max(), errors(form, np.float64)[1].max()
    assert single < 1e-3 * form.prior_variance
    assert double < 1e-8 * single


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("goal", GOALS, ids=repr)
@settings(max_examples=20, deadline=None)
@given(form=forms())
def test_no_cell_lies_below_the_bound_of_its_tile(goal: Goal, dtype: type[np.floating], form: ProductForm) -> None:
    """What a screen says of a tile holds for all its configurations, and something in it comes near."""
    tiles = Tiles(form, 1)
    levels = everything(form.n_levels)
    mean, variance = form.moments(levels)
    std = np.sqrt(variance)
    worst = float(np.sort(goal.score(mean, std))[-1])
    lines = goal.lines(worst, float(np.sqrt(form.prior_variance)))
    cost = mean - (lines.intercepts + lines.slopes * std[:, None]).max(axis=1)
    lowest = tiles.lowest(lines, dtype)
    assert lowest.min() <= cost.min() + 1e-9
    each = [tiles.layout.tiles(levels[i : i + 1])[0] for i in range(len(levels))]
    assert (lowest[each] <= cost + 1e-9).all()


@given(worst=st.floats(-30, 1), best=st.floats(-3, 3), mean=st.floats(-5, 5), std=st.floats(1e-6, 1.5))
def test_whatever_improves_as_much_lies_below_the_lines(worst: float, best: float, mean: float, std: float) -> None:
    """A configuration that the lines exclude has a smaller expected improvement."""
    goal = Improvement(best=best)
    lines = goal.lines(worst, 1.5)
    excess = mean - (lines.intercepts + lines.slopes * std).max()
    if excess > lines.threshold:
        assert goal.score(np.array([mean]), np.array([std]))[0] < worst


def test_weights_that_round_too_often_are_not_trusted_in_float32() -> None:
    """A row that sums thousands of terms has no radius in float32: everything may hide in it."""
    program = compile_sum(single_sum(form := form_of([2] * 4, 12, 1e-2, seed=0), form.mean_weights), _layout(form))
    program.roundings[0] = 20_000
    assert np.isinf(narrow(program).radius).all()


def _layout(form: ProductForm) -> Layout:
    return Layout.of(pair_sum(form), itemsize=4)
