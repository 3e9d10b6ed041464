"""What was measured, as figures need it."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from transferperf.data.table import MeasurementTable
from transferperf.metric import Metric
from transferperf.report import observe
from transferperf.report.levels import levels_of
from transferperf.report.observed import cell_means, density
from transferperf.space import BinaryOption, ConfigurationSpace, Encoding, IntegerOption


def table(y: np.ndarray) -> MeasurementTable:
    """All configurations of three switches, four times each by an idle option, with responses y (32,) in two places."""
    X = np.stack(np.meshgrid([0, 1], [0, 1], [0, 1], range(4), indexing="ij"), axis=-1).reshape(-1, 4)
    rows = pd.DataFrame(X, columns=[*"abc", "idle"])
    space = ConfigurationSpace(
        (*(BinaryOption(name=name) for name in "abc"), IntegerOption(name="idle", levels=(0, 1, 2, 3)))
    )
    frame = pd.concat([rows.assign(hardware=name, time=y + shift) for name, shift in (("old", 0.0), ("new", 5.0))])
    return MeasurementTable(frame, space, ("hardware",), (Metric("time", unit="s"),))


def switches() -> np.ndarray:
    """The three switches of the table's rows, shape (32, 3)."""
    return np.stack(np.meshgrid([0, 1], [0, 1], [0, 1], range(4), indexing="ij"), axis=-1).reshape(-1, 4)[:, :3]


def test_options_that_interact_come_first() -> None:
    """A product of two switches is found beneath larger effects of all three, in both environments."""
    a, b, c = switches().T
    noise = np.random.default_rng(0).normal(scale=0.05, size=32)
    observed = observe(table(20.0 + 3 * a + 2 * b + 7 * c + a * c + noise), Metric("time"))
    names = [level.option for level in observed.levels]
    for pairs in observed.interactions:
        assert {names[k] for k in pairs[0]} == {"a", "c"}
    assert observed.n_measured == 32


def test_effects_are_those_of_the_measure() -> None:
    """A switch that adds three seconds has that effect everywhere, and matters."""
    a, b, _ = switches().T
    observed = observe(table(20.0 + 3 * a + b), Metric("time"))
    place = observed.contrasts.index("a")
    assert [found.mean[place] for found in observed.effects] == pytest.approx([3.0, 3.0])
    assert all(found.influential(corrected=True)[place] for found in observed.effects)


def test_common_configurations_keep_their_responses() -> None:
    """What two environments share stands in the same order, whatever else each has."""
    full = table(np.arange(32.0) + 1.0)
    kept = MeasurementTable(full.frame.take(np.r_[0:32, 40:64].tolist()), full.space, full.factors, full.metrics)
    observed = observe(kept, Metric("time"))
    _, s, t = observed.common(0, 1)
    assert sorted(map(len, observed.rows)) == [24, 32]
    assert len(s) == 24
    assert s - t == pytest.approx(np.full(24, 5.0)) or t - s == pytest.approx(np.full(24, 5.0))


@settings(max_examples=30, deadline=None)
@given(y=st.lists(st.floats(1e-3, 1e3), min_size=3, max_size=60), is_log=st.booleans())
def test_a_density_peaks_at_one_and_covers_all_values(y: list[float], is_log: bool) -> None:
    """Heights lie between 0 and 1 and reach 1; the grid holds every value; what does not vary has none."""
    grid, heights = density(np.array(y), is_log=is_log)
    if not len(grid):
        assert np.ptp(y) < 1e-6 * max(y)
        return
    assert heights.max() == 1.0
    assert heights.min() >= 0.0
    assert grid[0] < min(y)
    assert grid[-1] > max(y)


def test_means_of_cells_are_means() -> None:
    """Each pair of levels has the mean of its rows, and NaN where there is none."""
    X = np.array([[0.0, 0.0], [0.0, 0.0], [0.0, 1.0], [1.0, 1.0]])
    a, b = levels_of(Encoding(ConfigurationSpace((BinaryOption(name="a"), BinaryOption(name="b")))), X)
    found = cell_means(a, b, np.arange(4), np.array([1.0, 3.0, 5.0, 7.0]))
    np.testing.assert_array_equal(found, [[2.0, 5.0], [np.nan, 7.0]])


@given(n=st.integers(2, 40))
def test_many_values_become_few_ranges(n: int) -> None:
    """At most five groups, each with a name, none of them empty, in the order of the values."""
    option = IntegerOption(name="size", levels=tuple(range(1, n + 1)))
    encoding = Encoding(ConfigurationSpace((option,)))
    X = encoding.encode(pd.DataFrame({"size": range(1, n + 1)}))
    (found,) = levels_of(encoding, X)
    assert sorted(set(found.codes)) == list(range(len(found.names)))
    assert len(found.names) <= 5
    assert (np.diff(found.codes) >= 0).all()
    assert found.names[0].startswith("1")
