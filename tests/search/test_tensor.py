"""Claims about sweeps of whole spaces; looking at every configuration is the reference."""

from collections.abc import Sequence

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.search.forms import brute_force, everything, form_of, forms, joint_posterior, levels_of, posterior
from transferperf.errors import SpaceError
from transferperf.models.product_form import ProductForm, product_form
from transferperf.search.ascent import climb
from transferperf.search.bound import Goal, Improvement, LowBound
from transferperf.search.tensor import sweep
from transferperf.search.tiles import Tiles, influence
from transferperf.space import (
    BinaryOption,
    ConfigurationSpace,
    Exclusion,
    Formula,
    Requirement,
    allowed_levels,
    encoded_axes,
)

GOALS: list[Goal] = [LowBound(kappa=2.0), LowBound(kappa=0.0), Improvement(best=-0.5)]
SPACES = [(2,) * 13, (2,) * 5 + (4, 4, 3), (3, 5, 2, 2, 7), (9, 10), (6,), (1, 1), (2, 2, 16, 16)]


@pytest.mark.parametrize("n_levels", SPACES, ids=str)
def test_tiles_hold_every_configuration_once_with_its_moments(n_levels: tuple[int, ...]) -> None:
    """Means and variances of all tiles are those of the form, each configuration in one cell."""
    form = form_of(n_levels, 25, 1e-3, seed=1)
    tiles = Tiles(form, 1)
    numbers = np.repeat(np.arange(tiles.layout.n_tiles), tiles.layout.size)
    cells = np.tile(np.arange(tiles.layout.size), tiles.layout.n_tiles)
    is_cell = np.tile(tiles.layout.is_cell, tiles.layout.n_tiles)
    levels = tiles.layout.levels(numbers[is_cell], cells[is_cell])
    assert np.array_equal(np.unique(levels, axis=0), everything(n_levels))
    assert len(levels) == np.prod(n_levels)
    found = tiles.moments(np.arange(tiles.layout.n_tiles)).swapaxes(0, 1).reshape(4, -1)[:, is_cell]
    mean, variance = form.moments(levels)
    assert (np.abs(found[0] - mean) <= found[2] + 1e-10).all()
    assert (np.abs(np.maximum(found[1], 1e-12) - variance) <= found[3] + 1e-10).all()


@settings(max_examples=60, deadline=None)
@given(form=forms(), goal=st.sampled_from(GOALS), k=st.integers(1, 12))
def test_a_sweep_finds_what_looking_at_everything_finds(form: ProductForm, goal: Goal, k: int) -> None:
    """The k best configurations are those of brute force, in its order, and are proven to be."""
    swept = sweep(form, goal, k=k, n_threads=1)
    levels, values = brute_force(form, goal, k)
    assert swept.is_exact
    assert np.array_equal(swept.levels, levels)
    assert np.array_equal(swept.values, values)


@pytest.mark.parametrize("noise", [1e-2, 1e-6])
@pytest.mark.parametrize("goal", GOALS, ids=repr)
def test_a_sweep_of_a_larger_space_agrees_with_the_posterior(goal: Goal, noise: float) -> None:
    """Of 2^16 configurations the best is the one that the dense posterior says is best."""
    n_levels = (2,) * 16
    process = posterior(n_levels, 60, noise, seed=3)
    form = product_form(process, levels_of(n_levels))
    assert form is not None
    levels = everything(n_levels)
    mean, variance = (m.numpy() for m in process.predict(torch.as_tensor(levels.astype(float))))
    values = goal.score(mean, np.sqrt(variance))
    swept = sweep(form, goal, k=3)
    expected = np.sort(values)[-3:][::-1]
    np.testing.assert_allclose(swept.values, expected, rtol=1e-6, atol=1e-6)
    assert np.array_equal(swept.levels[0], levels[values.argmax()])
    assert swept.certificate.n_visited <= swept.certificate.n_tiles == (64 if goal.reads_std else 32)


def test_configurations_that_do_not_differ_stand_in_lexicographic_order() -> None:
    """Where two options do not matter, all four ways of setting them are equally good, the first first."""
    form = form_of((2,) * 8, 20, 1e-2, seed=4)
    flat = [np.ones_like(table) if o in (2, 5) else table for o, table in enumerate(form.likeness)]
    form = ProductForm(**{name: getattr(form, name) for name in form.__slots__} | {"likeness": tuple(flat)})
    swept = sweep(form, LowBound(kappa=1.0), k=4)
    assert len(np.unique(swept.values)) == 1
    assert swept.levels[:, [2, 5]].tolist() == [[0, 0], [0, 1], [1, 0], [1, 1]]


@pytest.mark.parametrize("goal", GOALS, ids=repr)
@pytest.mark.parametrize("share", [0.7, 0.001])
def test_only_allowed_configurations_are_found(goal: Goal, share: float) -> None:
    """With most of the space forbidden the answer is the best of what is left."""
    n_levels = (2,) * 13 + (3,)
    form = form_of(n_levels, 30, 1e-3, seed=5)
    may = np.random.default_rng(0).random(n_levels) < share
    swept = sweep(form, goal, k=4, allowed=lambda mesh: may[tuple(np.broadcast_arrays(*mesh))])
    levels, values = brute_force(form, goal, 4, may.ravel())
    assert np.array_equal(swept.levels, levels)
    assert np.array_equal(swept.values, values)


@pytest.mark.parametrize("goal", GOALS, ids=repr)
def test_declared_constraints_are_kept(goal: Goal) -> None:
    """Constraints that read fixed options and free ones leave the best of what they allow."""
    options = tuple(BinaryOption(name=f"o{j}") for j in range(14))
    space = ConfigurationSpace(
        options,
        (
            Formula(holds="o0 + o3 + o6 + o9 + o12 == 2"),
            Requirement(when=(("o1", (1,)),), then=(("o13", (1,)),), reason="it builds on it"),
            Exclusion(values=(("o2", (0,)), ("o7", (0,))), reason="one of them is needed"),
        ),
    )
    allowed, form = allowed_levels(space, encoded_axes(space)), form_of((2,) * 14, 40, 1e-3, seed=14)
    may = allowed([*np.indices((2,) * 14)])
    assert 0.1 < may.mean() < 0.2
    swept = sweep(form, goal, k=5, allowed=allowed)
    levels, values = brute_force(form, goal, 5, may.ravel())
    assert swept.is_exact
    assert np.array_equal(swept.levels, levels)
    assert np.array_equal(swept.values, values)


def test_a_space_without_an_allowed_configuration_is_said_to_be_one() -> None:
    """Where nothing may be the answer there is none."""

    def nothing(mesh: Sequence[np.ndarray]) -> np.ndarray:
        return np.zeros(np.broadcast_shapes(*(level.shape for level in mesh)), dtype=bool)

    with pytest.raises(SpaceError, match="allowed"):
        sweep(form_of((2, 3), 5, 1e-2, seed=0), LowBound(kappa=1.0), allowed=nothing)


def test_where_float32_tells_too_little_the_screen_is_repeated() -> None:
    """Long length-scales and hardly any noise leave float32 blind; the answer is exact all the same, and says so."""
    form = form_of((2,) * 18, 60, 1e-6, seed=6, theta=1e-3)
    goal = LowBound(kappa=2.0)
    swept = sweep(form, goal, k=2)
    assert swept.certificate.fell_back
    assert swept.is_exact
    levels, values = brute_force(form, goal, 2)
    assert np.array_equal(swept.levels, levels)
    assert np.array_equal(swept.values, values)


def test_the_number_of_threads_changes_nothing() -> None:
    """One thread or three: the same answer."""
    form = form_of((2,) * 14, 40, 1e-2, seed=7)
    one, three = (sweep(form, LowBound(kappa=1.0), k=5, n_threads=n) for n in (1, 3))
    assert np.array_equal(one.levels, three.levels)
    assert np.array_equal(one.values, three.values)


def test_the_form_turned_around_has_the_other_end_as_its_best() -> None:
    """The least mean of the negated form is the largest of the form."""
    form = form_of((2,) * 9, 20, 1e-2, seed=8)
    mean, _ = form.moments(everything(form.n_levels))
    assert sweep(form.negated(), LowBound(kappa=0.0)).values[0] == pytest.approx(mean.max())


@pytest.mark.parametrize("n_terms", [1, 2])
@pytest.mark.parametrize("goal", GOALS, ids=repr)
def test_a_sweep_of_one_of_several_environments_agrees_with_looking_at_everything(goal: Goal, n_terms: int) -> None:
    """The best in an environment that three others tell of."""
    n_levels = (2,) * 9 + (3, 5)
    process = joint_posterior(n_levels, 40, n_environments=4, n_terms=n_terms, seed=9)
    form = product_form(process, levels_of(n_levels), environment=[2])
    assert form is not None
    swept = sweep(form, goal, k=3)
    levels, values = brute_force(form, goal, 3)
    assert swept.is_exact
    assert np.array_equal(swept.levels, levels)
    assert np.array_equal(swept.values, values)


@settings(max_examples=30, deadline=None)
@given(form=forms())
def test_means_alone_are_what_they_are_beside_variances(form: ProductForm) -> None:
    """Tiles laid out for means hold every configuration once, each with its mean."""
    tiles = Tiles(form, 1, is_mean=True)
    found = tiles.moments(np.arange(tiles.layout.n_tiles))
    cells = np.tile(tiles.layout.is_cell, tiles.layout.n_tiles)
    numbers = np.repeat(np.arange(tiles.layout.n_tiles), tiles.layout.size)[cells]
    levels = tiles.layout.levels(numbers, np.tile(np.arange(tiles.layout.size), tiles.layout.n_tiles)[cells])
    assert len(np.unique(levels, axis=0)) == len(levels) == np.prod(form.n_levels)
    assert (np.abs(found[:, 0].ravel()[cells] - form.moments(levels)[0]) <= found[:, 2].ravel()[cells] + 1e-10).all()


def test_what_decides_whether_a_configuration_is_allowed_is_fixed_first() -> None:
    """Tiles are numbered by the options that a constraint reads, so that whole tiles are excluded."""
    form = form_of((2,) * 14, 20, 1e-2, seed=10)
    tiles = Tiles(form, 1, lambda mesh: (mesh[3] == 1) & (mesh[5] == mesh[8]))
    assert {3, 5, 8} <= set(tiles.layout.outer)
    assert np.isinf(tiles.lowest(LowBound(kappa=1.0).lines(0.0, 1.0), np.float32)).mean() == 0.75
    assert influence(form.n_levels, lambda mesh: mesh[3] == 1).nonzero()[0].tolist() == [3]


def test_a_climb_ends_where_no_neighbour_is_better() -> None:
    """Each start of a sweep is the best of all that differ from it in one option, among those that are allowed."""
    form, goal = form_of((2, 3, 4, 5, 2), 20, 1e-2, seed=11), LowBound(kappa=1.0)
    for place in climb(form, goal, lambda mesh: mesh[1] != 2):
        there = [np.r_[place[:o], v, place[o + 1 :]] for o in range(5) for v in range(form.n_levels[o])]
        near = np.array([x for x in there if x[1] != 2])
        mean, variance = form.moments(np.vstack([place, near]))
        values = goal.score(mean, np.sqrt(variance))
        assert values[0] >= values[1:].max() - 1e-9


@pytest.mark.parametrize(("n", "n_merged"), [(110, [2, 2]), (170, [1, 2, 2])])
def test_many_rows_are_merged_without_a_change(n: int, n_merged: list[int]) -> None:
    """Where pairs of rows outnumber the ways in which they differ, options are merged, alone or two at once."""
    form = form_of((2,) * 17, n, 1e-2, seed=12)
    tiles = Tiles(form, 1)
    assert tiles.double[-1].merge[:, 0].tolist() == n_merged
    some = np.r_[0:9, 40:44, tiles.layout.n_tiles - 3 : tiles.layout.n_tiles]
    found = tiles.moments(some).swapaxes(0, 1).reshape(4, -1)
    cells = np.tile(np.arange(tiles.layout.size), len(some))
    mean, variance = form.moments(tiles.layout.levels(np.repeat(some, tiles.layout.size), cells))
    assert (np.abs(found[0] - mean) <= found[2] + 1e-10).all()
    assert (np.abs(found[1] - variance) <= found[3] + 1e-10).all()


@pytest.mark.parametrize(
    ("n_levels", "n", "merged"),
    [((2,) * 17, 2000, [[2, 2, 2]]), ((2,) * 12 + (3, 3), 2000, [[1, 3, 3], [1, 2, 2]])],
)
def test_many_single_rows_are_merged_without_a_change(
    n_levels: tuple[int, ...], n: int, merged: list[list[int]]
) -> None:
    """The same of sums over rows: two binary options at once, one of them, and one of three levels."""
    stream = np.random.default_rng(13)
    form = ProductForm(
        likeness=tuple(0.2 + stream.random((L, L)) for L in n_levels),
        values=np.column_stack([stream.integers(L, size=n) for L in n_levels]),
        mean_weights=stream.normal(size=n),
        mean_constant=1.0,
        cross_weights=np.zeros(n),
        pair_weights=np.zeros((0, 0)),
        variance_constant=1.0,
        prior_variance=1.0,
    )
    tiles = Tiles(form, 1, is_mean=True)
    assert tiles.double[0].merge[:, :3].tolist() == merged
    some = np.arange(tiles.layout.n_tiles)
    levels = tiles.layout.levels(np.repeat(some, tiles.layout.size), np.tile(np.arange(tiles.layout.size), len(some)))
    expected = form.mean_constant + form.products(levels[::37]) @ form.mean_weights
    found = tiles.moments(some)
    assert (np.abs(found[:, 0].ravel()[::37] - expected) <= found[:, 2].ravel()[::37] + 1e-8).all()
