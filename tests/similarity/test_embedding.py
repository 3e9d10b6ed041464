"""Maps of environments."""

import itertools

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from transferperf.data.table import MeasurementTable
from transferperf.errors import NotEnoughDataError, UnknownNameError
from transferperf.metric import Metric
from transferperf.similarity.compare import compare_environments
from transferperf.similarity.embedding import distance, embed, place, place_at
from transferperf.space import BinaryOption, ConfigurationSpace, Environment

X = np.array(list(itertools.product((0, 1), repeat=6)))
EFFECTS = np.array([3.0, 2.0, 1.5, 1.0, 0.7, 0.5])


def _of_points(points: np.ndarray) -> pd.DataFrame:
    """Pairs whose distances are those of points (e, 2) in the plane."""
    rows = []
    for i, j in itertools.permutations(range(len(points)), 2):
        rho = 1 - np.sum((points[i] - points[j]) ** 2) / 2
        rows.append({"source": f"e{i}", "target": f"e{j}", "spearman": rho})
    return pd.DataFrame(rows)


def _apart(points: np.ndarray) -> np.ndarray:
    return np.linalg.norm(points[:, None] - points[None], axis=-1)


@given(seed=st.integers(0, 500), e=st.integers(3, 9))
def test_points_of_a_plane_come_back(seed: int, e: int) -> None:
    """Distances that a plane allows are shown exactly, without stress, whatever the order of pairs; signs are fixed."""
    points = np.random.default_rng(seed).uniform(-0.6, 0.6, size=(e, 2))
    found = embed(_of_points(points))
    np.testing.assert_allclose(_apart(found.points), _apart(points), atol=1e-6)
    assert found.stress < 1e-6
    assert found.kept > 1 - 1e-6
    again = embed(_of_points(points).sample(frac=1, random_state=seed))
    np.testing.assert_allclose(found.points, again.points, atol=1e-6)
    assert (found.points[np.abs(found.points).argmax(axis=0), [0, 1]] >= 0).all()


@given(seed=st.integers(0, 500))
def test_an_environment_of_the_map_is_placed_where_it_stands(seed: int) -> None:
    """Gower's formula gives back every place of a flat map, with all distances or with four of them."""
    points = np.random.default_rng(seed).uniform(-0.6, 0.6, size=(7, 2))
    found = embed(_of_points(points))
    D = _apart(points)
    np.testing.assert_allclose(place_at(found, D), found.points, atol=1e-5)
    D[:, 4:] = np.nan
    np.testing.assert_allclose(place_at(found, D), found.points, atol=1e-4)


def test_pairs_that_are_not_known_are_bridged() -> None:
    """A line of five whose ends were never compared keeps its order; two islands stay unrelated."""
    line = np.column_stack([np.linspace(-0.6, 0.6, 5), np.zeros(5)])
    pairs = _of_points(line)
    is_end = pairs[["source", "target"]].isin(["e0", "e4"]).all(axis=1)
    found = embed(pairs.assign(spearman=pairs["spearman"].mask(is_end)))
    x = found.points[:, 0]
    assert (np.diff(x) > 0).all() or (np.diff(x) < 0).all()
    assert found.stress < 1e-6
    islands = pairs[pairs["source"].isin(["e0", "e1"]) == pairs["target"].isin(["e0", "e1"])]
    assert np.linalg.norm(embed(islands).points[0] - embed(islands).points[4]) > 1.0


def _table(n_new: int) -> MeasurementTable:
    """Workloads that turn from one set of effects to another, the sixth of them known by a few configurations."""
    stream = np.random.default_rng(0)
    parts = []
    for k, share in enumerate((0.0, 0.2, 0.4, 0.6, 1.0, 0.5)):
        y = X @ ((1 - share) * EFFECTS + share * EFFECTS[::-1]) + 0.1 * stream.random(len(X))
        part = pd.DataFrame(X, columns=list("abcdef")).assign(workload=f"w{k}", time=y, status="ok")
        parts.append(part.sample(n_new, random_state=1) if k == 5 else part)
    space = ConfigurationSpace(tuple(BinaryOption(name=name) for name in "abcdef"))
    return MeasurementTable(pd.concat(parts), space, ("workload",), (Metric("time"),))


def _map(table: MeasurementTable) -> pd.DataFrame:
    pairs = compare_environments(table, "time", n_resamples=10)
    return pairs[~pairs[["source", "target"]].isin(["workload=w5"]).any(axis=1)]


NEW = Environment.of({"workload": "w5"})


def test_ten_measurements_place_a_new_environment_between_its_neighbours() -> None:
    """The region holds where all rows put it, near the workloads beside it; more measurements make it smaller."""
    areas = []
    for n in (10, 40):
        table = _table(n)
        found = embed(_map(table))
        placed = place(found, table, "time", NEW)
        whole = place(found, _table(64), "time", NEW)
        nearest = found.names[int(np.linalg.norm(found.points - whole.point, axis=1).argmin())]
        assert nearest in {"workload=w2", "workload=w3"}
        assert placed.n_common.tolist() == [n] * 5
        low, high = placed.region.min(axis=0), placed.region.max(axis=0)
        assert ((low <= whole.point) & (whole.point <= high)).all()
        areas.append(float(np.prod(high - low)))
        np.testing.assert_array_equal(placed.region, place(found, table, "time", NEW).region)
    assert areas[1] < areas[0]


def test_what_cannot_be_mapped_is_told() -> None:
    """Too few measurements, an unknown measure or environment, no answer at all: one line each."""
    table = _table(3)
    found = embed(_map(table))
    with pytest.raises(NotEnoughDataError, match="in common with 0 environments of the map"):
        place(found, table, "time", NEW)
    with pytest.raises(UnknownNameError, match="unknown environment 'workload=w9'"):
        place(found, table, "time", Environment.of({"workload": "w9"}))
    with pytest.raises(UnknownNameError, match="unknown measure 'kendall'"):
        embed(_map(table), measure="kendall")
    with pytest.raises(NotEnoughDataError, match="has a spearman"):
        embed(_map(table).assign(spearman=np.nan))
    assert list(found.frame.columns) == ["environment", "x", "y"]
    assert distance(0.0) == pytest.approx(np.sqrt(2))
