"""Tables of measurements: selecting, adding and averaging rows."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from transferperf.data import Measurement, MeasurementTable, Samples, Status, read_frame
from transferperf.errors import DataError, UnknownNameError
from transferperf.metric import Metric
from transferperf.space import Environment

FRAME = pd.DataFrame(
    {
        "hardware": ["h1", "h1", "h1", "h2", "h2", "h1"],
        "workload": [128, 128, 128, 128, 128, 128],
        "cabac": [0, 1, 1, 0, 1, 0],
        "ref": [1, 5, 5, 9, 1, 9],
        "time": [4.0, 2.0, 3.0, 1.0, 7.0, None],
        "status": ["ok", "ok", None, "ok", "ok", "timeout"],
    }
)
H1 = Environment.of({"hardware": "h1", "workload": "128"})


@pytest.fixture
def table() -> MeasurementTable:
    """Two environments, one configuration measured twice, one that timed out."""
    return read_frame(FRAME, metrics=["time"])


def test_samples_are_means_of_the_repeats_of_what_succeeded(table: MeasurementTable) -> None:
    """Known answer: (cabac, ref) = (0, 1) took 4, (1, 5) took 2 and 3; the timeout is left out."""
    samples = table.samples("time", H1)
    assert samples.X.tolist() == [[0, 0], [1, 0.5]]
    assert samples.y.tolist() == [4.0, 2.5]
    assert samples.n_repeats.tolist() == [1, 2]


@given(st.permutations(range(12)), st.lists(st.floats(-1e3, 1e3), min_size=12, max_size=12))
def test_the_order_of_rows_changes_no_sample(order: list[int], times: list[float]) -> None:
    """Not even in the last bit: the mean of repeats is summed in a fixed order."""
    frame = pd.DataFrame({"a": [k % 2 for k in range(12)], "b": [k % 3 for k in range(12)], "time": times})
    here = read_frame(frame, metrics=["time"]).samples("time", Environment())
    there = read_frame(frame.iloc[order], metrics=["time"]).samples("time", Environment())
    assert np.array_equal(here.X, there.X)
    assert np.array_equal(here.y, there.y)
    assert here.n_repeats.tolist() == [2] * 6


def test_environments_are_those_with_a_row_in_order(table: MeasurementTable) -> None:
    """Each once, and a table without factors has one."""
    assert [environment.label for environment in table.environments] == ["h1 · 128", "h2 · 128"]
    assert read_frame(FRAME.drop(columns=["hardware", "workload"]), metrics=["time"]).environments == (Environment(),)
    assert len(table.select(H1)) == 4


def test_a_target_names_every_factor_that_varies(table: MeasurementTable) -> None:
    """A factor with one value may be left out, one that was never measured is legal."""
    assert table.target({"hardware": "h1"}) == H1
    assert table.target({"hardware": "h1", "workload": 128.0}) == H1
    assert table.target({"hardware": "h3"}).as_mapping() == {"hardware": "h3", "workload": "128"}
    with pytest.raises(DataError, match="does not say which hardware; the table has h1, h2"):
        table.target({})
    with pytest.raises(UnknownNameError, match="environment factor 'hardwear'"):
        table.target({"hardwear": "h1"})


def test_a_metric_is_found_by_name_and_by_mark(table: MeasurementTable) -> None:
    """An unknown one is an error that lists those that are there."""
    assert table.metric("time") == table.metric("$<time") == table.metric(Metric("time", "s")) == Metric("time")
    with pytest.raises(UnknownNameError, match="unknown metric 'tiem'; there is time"):
        table.metric("tiem")


def test_added_measurements_become_rows(table: MeasurementTable) -> None:
    """One row for each repeat, and one for a failure, which is no sample."""
    good = Measurement(configuration={"cabac": 0, "ref": 9}, environment=H1, repeats={"time": (5.0, 6.0)}, cost_s=11.0)
    bad = Measurement(configuration={"cabac": 1, "ref": 9}, environment=H1, status=Status.FAILED, reason="it crashed")
    grown = table.concatenate([good, bad])
    assert len(grown) == len(table) + 3
    assert len(table) == len(FRAME)
    assert grown.frame["cost_s"].sum() == 11.0
    assert grown.samples("time", H1).y.tolist() == [4.0, 5.5, 2.5]
    assert table.concatenate([]) is table


def test_the_same_configuration_in_another_spelling_is_the_same_sample(table: MeasurementTable) -> None:
    """Text that means a level is that level."""
    spelt = Measurement(configuration={"cabac": "0", "ref": "1.0"}, environment=H1, repeats={"time": (6.0,)})
    assert table.concatenate([spelt]).samples("time", H1).y.tolist() == [5.0, 2.5]


def test_samples_know_how_far_their_repeats_are_apart(table: MeasurementTable) -> None:
    """Known answer: 2 and 3 have the unbiased variance 0.5; of a single repeat nothing is known."""
    variance = table.samples("time", H1).variance
    assert np.isnan(variance[0])
    assert variance[1] == 0.5


def test_selected_samples_keep_all_that_is_known_of_them() -> None:
    """By index, mask or slice alike; what was not given is filled in."""
    samples = Samples(np.arange(6.0).reshape(3, 2), np.array([1.0, 2.0, 3.0]), np.array([1, 2, 1]))
    assert np.isnan(samples.variance).all()
    assert not samples.is_capped.any()
    for rows in (np.array([0, 2]), np.array([True, False, True]), slice(0, None, 2)):
        chosen = samples.select(rows)
        assert chosen.X.tolist() == [[0, 1], [4, 5]]
        assert (chosen.y.tolist(), chosen.n_repeats.tolist()) == ([1.0, 3.0], [1, 1])
        assert len(chosen.variance) == len(chosen.is_capped) == 2
    assert len(samples.select(np.zeros(3, dtype=bool)).is_capped) == 0


@pytest.mark.parametrize("d", [3, 90])
def test_samples_stand_in_the_order_of_their_encoded_columns(d: int) -> None:
    """From the first column on, also where the options have more combinations than an integer can count."""
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(rng.integers(0, 3, size=(200, d)), columns=[f"o{j:02}" for j in range(d)])
    X = read_frame(frame.assign(time=1.0), metrics=["time"]).samples("time", Environment()).X
    assert X.tolist() == sorted(map(list, {tuple(row) for row in frame.to_numpy() / 2}))


def test_the_validity_of_a_configuration_is_the_share_of_its_rows_that_ran() -> None:
    """Known answer: a timeout ran, invalid and failed did not; other environments do not count."""
    status = ["ok", "invalid", "timeout", None, "failed", "invalid"]
    rows = {"k": [0, 0, 1, 1, 2, 1], "workload": ["a", "a", "a", "a", "a", "b"], "time": [1, None, None, 2, None, None]}
    table = read_frame(pd.DataFrame({**rows, "status": status}), metrics=["time"])
    here = table.validity(Environment.of({"workload": "a"}))
    assert here.X.tolist() == [[0.0], [0.5], [1.0]]
    assert (here.y.tolist(), here.n_repeats.tolist()) == ([0.5, 1.0, 0.0], [2, 2, 1])
    assert table.validity(Environment.of({"workload": "b"})).y.tolist() == [0.0]
    assert len(table.validity(Environment.of({"workload": "c"}))) == 0


def test_without_a_status_every_configuration_is_valid() -> None:
    """Nothing was said against any of them."""
    table = read_frame(FRAME.drop(columns="status"), metrics=["time"])
    assert table.validity(H1).y.tolist() == [1.0, 1.0, 1.0]
