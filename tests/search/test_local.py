"""Searching a space: exact where it is small, feasible and repeatable where it is large."""

import itertools

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from transferperf.errors import SpaceError
from transferperf.rng import generator
from transferperf.search import Found, Grid, Score, best_of_space, is_among
from transferperf.search.local import Guided, best_encoded
from transferperf.space import (
    BinaryOption,
    ChoiceOption,
    Condition,
    ConfigurationSpace,
    Constraint,
    Encoding,
    Exclusion,
    IntegerOption,
    OneOf,
    Option,
    Value,
)


@st.composite
def spaces(draw: st.DrawFn) -> ConfigurationSpace:
    """Spaces of 4 to 6 options with a one-hot group, a condition and exclusions, of at most a few hundred cells."""
    options: list[Option] = [BinaryOption(name=name) for name in ("hot_a", "hot_b")]
    for j in range(draw(st.integers(2, 4))):
        n_levels = draw(st.integers(2, 4))
        if draw(st.booleans()):
            options.append(ChoiceOption(name=f"o{j}", levels=tuple("wxyz"[:n_levels])))
        else:
            default = draw(st.integers(1, 2**n_levels // 2))
            levels = tuple(2**k for k in range(n_levels))
            options.append(IntegerOption(name=f"o{j}", levels=levels, default=default, scale="log"))
    constraints: list[Constraint] = [OneOf(options=("hot_a", "hot_b"), is_optional=draw(st.booleans()))]
    child, parent, *_ = draw(st.permutations(options[2:]))
    active = draw(st.sets(st.sampled_from(parent.levels), min_size=1))
    constraints.append(Condition(option=child.name, parent=parent.name, values=tuple(active)))
    for _ in range(draw(st.integers(0, 2))):
        pair = draw(st.permutations(options))[:2]
        values = tuple((option.name, (draw(st.sampled_from(option.levels)),)) for option in pair)
        constraints.append(Exclusion(values=values, reason="drawn"))
    return ConfigurationSpace(tuple(draw(st.permutations(options))), tuple(constraints))


def every_configuration(space: ConfigurationSpace) -> list[dict[str, Value]]:
    """Valid canonical configurations, one by one, by the space's own rules."""
    found = {}
    for rows in itertools.product(*(axis.rows for axis in space.axes)):
        pairs = [zip(axis.names, row, strict=True) for axis, row in zip(space.axes, rows, strict=True)]
        configuration = space.canonical(dict(itertools.chain(*pairs)))
        if space.contains(configuration):
            found[tuple(configuration.values())] = configuration
    return list(found.values())


def random_score(space: ConfigurationSpace, seed: int) -> Score:
    """A score with interactions and ties."""
    stream = generator(seed, "score")
    d = len(space.names)
    A, b = stream.integers(-2, 3, (d, d)), stream.integers(-2, 3, d)
    return lambda X: np.round((np.round(3 * X) @ A * np.round(3 * X)).sum(axis=1) + X @ b, 3)


def search(score: Score, space: ConfigurationSpace, k: int, seed: int = 0) -> Found:
    """`best_of_space` from the default."""
    return best_of_space(score, space, k, starts=pd.DataFrame(space.default, index=[0]), seed=seed)


def records(frame: pd.DataFrame) -> list[dict[str, object]]:
    """Rows as mappings."""
    return [dict(zip(frame.columns, row, strict=True)) for row in frame.itertuples(index=False)]


@given(space=spaces(), seed=st.integers(0, 99), k=st.integers(1, 7))
def test_a_small_space_is_searched_exactly(space: ConfigurationSpace, seed: int, k: int) -> None:
    """The answer is that of trying every configuration, ties in lexicographic order, no configuration twice."""
    every, score = every_configuration(space), random_score(space, seed)
    if not every:
        with pytest.raises(SpaceError, match="no configuration is allowed"):
            search(score, space, k)
        return
    X = Encoding(space).encode(pd.DataFrame(every))
    order = np.lexsort((*X.T[::-1], -score(X)))[:k]
    found = search(score, space, k)
    assert found.is_exact
    assert [space.parse(row) for row in records(found.configurations)] == [every[i] for i in order]
    np.testing.assert_array_equal(found.values, score(X)[order])


@given(space=spaces())
def test_neighbours_are_those_of_the_space(space: ConfigurationSpace) -> None:
    """Encoded neighbours, valid ones, are those that the space lists one by one."""
    grid = Grid.of(space)
    for configuration in every_configuration(space)[-2:]:
        here = grid.encode(pd.DataFrame([configuration]))
        there = grid.neighbours(here)[0]
        valid = there[grid.is_valid(there) & (there != here).any(axis=1)]
        expected = space.neighbours(configuration)
        assert {tuple(space.parse(row).values()) for row in records(grid.decode(valid))} == {
            tuple(row.values()) for row in expected
        }


def large_space() -> ConfigurationSpace:
    """30 binary options, two of which exclude each other."""
    options = tuple(BinaryOption(name=f"b{j:02}") for j in range(30))
    return ConfigurationSpace(options, (Exclusion(values=(("b00", (1,)), ("b01", (1,))), reason="both"),))


@pytest.mark.parametrize("seed", range(3))
def test_climbing_finds_the_best_of_a_separable_score(seed: int) -> None:
    """In 2^30 combinations; of two options that exclude each other the better one is on."""
    space, weights = large_space(), generator(seed, "weights").normal(size=30)
    weights[:2] = 1.0, 1.5
    found = search(lambda X: X @ weights, space, 3, seed)
    best = weights > 0
    best[0] = False
    assert not found.is_exact
    assert found.configurations.to_numpy()[0].tolist() == best.astype(int).tolist()
    assert found.values[0] == pytest.approx(weights[best].sum())
    assert len(found.configurations.drop_duplicates()) == 3


@pytest.mark.parametrize("space", [large_space(), ConfigurationSpace(large_space().options[:10])])
def test_only_allowed_configurations_are_answers(space: ConfigurationSpace) -> None:
    """A condition of the user is never broken, in a small space and in a large one."""
    half = 0.5 * len(space.names)
    found = best_of_space(
        lambda X: X.sum(axis=1),
        space,
        20,
        starts=pd.DataFrame(space.default, index=[0]),
        seed=0,
        allowed=lambda rows: (rows.sum(axis=1) <= half).to_numpy(),
    )
    assert found.configurations.sum(axis=1).tolist() == [half] * 20


def test_nothing_allowed_is_an_error() -> None:
    """One line, in a small space and in a large one."""
    for space in (large_space(), ConfigurationSpace(large_space().options[:5])):
        with pytest.raises(SpaceError, match="no configuration is allowed"):
            best_of_space(
                lambda X: X[:, 0],
                space,
                1,
                starts=pd.DataFrame(space.default, index=[0]),
                seed=0,
                allowed=lambda rows: np.zeros(len(rows), dtype=bool),
            )


def test_the_same_seed_gives_the_same_answer() -> None:
    """A rugged score in a large space, searched twice."""
    space = large_space()
    A = generator(0, "rugged").normal(size=(30, 30))

    def score(X: np.ndarray) -> np.ndarray:
        return np.asarray(((X @ A) * X).sum(axis=1))

    first, again = search(score, space, 5, seed=4), search(score, space, 5, seed=4)
    pd.testing.assert_frame_equal(first.configurations, again.configurations)
    assert first.values.tolist() == again.values.tolist()


def test_climbing_starts_where_it_is_told() -> None:
    """A lone peak that chance does not meet is the answer where it is a start."""
    space = large_space()
    peak = generator(0, "peak").integers(0, 2, 30) * (np.arange(30) > 0)
    found = best_of_space(
        lambda X: (peak == X).all(axis=1).astype(float),
        space,
        1,
        starts=pd.DataFrame([peak], columns=list(space.names)),
        seed=0,
    )
    assert found.configurations.to_numpy()[0].tolist() == peak.tolist()


def test_what_is_taken_is_no_answer_but_leads_to_one() -> None:
    """A lone peak is taken: the answer is the best of its neighbours, which chance does not meet."""
    space = large_space()
    peak = generator(0, "peak").integers(0, 2, 30) * (np.arange(30) > 0)

    def score(X: np.ndarray) -> np.ndarray:
        differs = peak != X
        return np.where(differs.sum(axis=1) == 1, 1.0 + differs @ np.arange(30), 0.0) + 50.0 * ~differs.any(axis=1)

    starts = pd.DataFrame([peak], columns=list(space.names))
    found = best_of_space(score, space, 1, starts=starts, seed=0, taken=peak[None, :].astype(float))
    assert found.values.tolist() == [30.0]
    assert (found.configurations.to_numpy()[0] != peak).tolist() == [False] * 29 + [True]


def test_a_small_space_without_what_is_taken() -> None:
    """The sweep passes over taken cells; where all are taken, nothing is left."""
    space = ConfigurationSpace((IntegerOption(name="a", levels=(1, 2, 3)),))
    X = Grid.of(space).encode(pd.DataFrame({"a": [3, 2]}))
    starts = pd.DataFrame(space.default, [0])
    found = best_of_space(lambda rows: rows[:, 0], space, 3, starts=starts, seed=0, taken=X)
    assert found.configurations["a"].tolist() == [1]
    everything = Grid.of(space).cells(0, 3)
    with pytest.raises(SpaceError, match="no configuration is allowed"):
        best_of_space(lambda rows: rows[:, 0], space, 1, starts=starts, seed=0, taken=everything)


def test_an_option_with_thousands_of_levels_is_moved_by_powers_of_two() -> None:
    """A narrow valley in two options of 5000 levels is walked down to its end, past few neighbours."""
    levels = tuple(range(1, 5001))
    space = ConfigurationSpace(tuple(IntegerOption(name=name, levels=levels) for name in ("a", "b")))
    grid, seen = Grid.of(space), []

    def score(X: np.ndarray) -> np.ndarray:
        seen.append(len(X))
        a, b = np.round(X.T * 4999)
        return -np.abs(a - 4321) - np.abs(b - 17)

    found = best_of_space(score, space, 1, starts=pd.DataFrame(space.default, [0]), seed=0)
    assert found.configurations.iloc[0].tolist() == [4322, 18]
    assert grid.neighbours(np.zeros((1, 2))).shape[1] < 60
    assert sum(seen) < 20_000


@pytest.mark.parametrize("seed", range(4))
def test_a_guide_leads_where_the_score_alone_leads(seed: int) -> None:
    """Of a rugged score in 2^30 combinations, with a guide that is a little off; the guide is asked more often."""
    space, stream = large_space(), generator(seed, "guided")
    A, B = 0.3 * stream.normal(size=(30, 30)), 0.01 * stream.normal(size=(30, 30))
    b, n_scored = stream.normal(size=30), [0, 0]

    def score(X: np.ndarray) -> np.ndarray:
        n_scored[0] += len(X)
        return np.asarray(((X @ A) * X).sum(axis=1) + X @ b)

    def guide(X: np.ndarray) -> np.ndarray:
        n_scored[1] += len(X)
        return np.asarray(((X @ (A + B)) * X).sum(axis=1) + X @ b)

    guided = search(Guided(score, guide), space, 1, seed)
    n_guided = n_scored[0]
    alone = search(score, space, 1, seed)
    assert guided.values[0] >= alone.values[0] - 1e-9
    assert n_guided < n_scored[1]
    assert n_guided < (n_scored[0] - n_guided) / 2


@given(space=spaces(), seed=st.integers(0, 99))
def test_guided_answers_are_valid_and_free(space: ConfigurationSpace, seed: int) -> None:
    """Climbing, in whatever space, names only valid canonical configurations that are not taken, with their scores."""
    every, score = every_configuration(space), random_score(space, seed)
    if len(every) < 2:
        return
    grid = Grid.of(space)
    taken = grid.encode(pd.DataFrame(every))[::2]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("transferperf.search.local.MOST_SWEPT_GUIDED", 0)
        guided = Guided(score, lambda X: score(X) + np.sin(X.sum(axis=1)))
        X, values, is_exact = best_encoded(guided, grid, 3, starts=grid.default[None], seed=seed, taken=taken)
    assert not is_exact
    assert 1 <= len(X) <= 3
    assert not is_among(X, taken).any()
    found = [space.parse(grid.configuration(x)) for x in X]
    assert all(
        space.contains(configuration) and space.canonical(configuration) == configuration for configuration in found
    )
    np.testing.assert_array_equal(values, score(X))
    assert grid.decode(X).to_dict("records") == [grid.configuration(x) for x in X]
