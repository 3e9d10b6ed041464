"""Caps: what is taken for a timeout, and what is not."""

import json
import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from transferperf.data import MeasurementTable, read_csv, read_frame
from transferperf.data.censoring import inferred_cap
from transferperf.errors import DataError
from transferperf.metric import Metric
from transferperf.space import Environment

HERE = Environment()
PUBLIC = Path(__file__).parents[2] / "../shared/data"


def times(n: int, seed: int = 0) -> np.ndarray:
    """Log-normal running times around 1 s, shape (n,)."""
    return np.random.default_rng(seed).lognormal(size=n)


def table(values: np.ndarray, *, metric: Metric | str = "time", **columns: object) -> MeasurementTable:
    """One row for each value, each of another configuration."""
    return read_frame(pd.DataFrame({"k": range(len(values)), **columns, "time": values}), metrics=[metric])


@given(st.integers(0, 50), st.sampled_from([100, 300]), st.sampled_from([2.0, 1234.5, 0.0007]))
def test_a_cut_tail_shows_its_cap(seed: int, n: int, cap: float) -> None:
    """Exactly, whatever the unit and the number."""
    y = times(n, seed) * cap / 2
    assert inferred_cap(np.minimum(y, cap)) == cap
    assert inferred_cap(y) is None


def test_runs_that_are_stopped_a_little_late_show_the_round_limit() -> None:
    """Known answer: a limit of 5 s on a clock of 5 ms, and stops up to 40 ms after it."""
    late = np.random.default_rng(0).integers(1, 9, size=1000) * 0.005
    y = np.round(times(1000) * 3 / 0.005) * 0.005
    assert inferred_cap(np.where(y >= 5, 5 + late, y)) == 5.0
    assert inferred_cap(np.where(y >= 5, 5.37 + late, y)) is None


@pytest.mark.parametrize(
    "y",
    [
        np.minimum(np.arange(200) % 7, 5) / 5,  # a rate of few values that saturates
        np.repeat(np.arange(1.0, 41.0), 6),  # every value repeated as often as the largest
        np.full(50, 3.0),
        np.r_[times(30), 50.0, 50.0, 50.0],
        -times(50),
        np.array([]),
        np.full(20, np.nan),
    ],
)
def test_what_is_no_timeout_shows_no_cap(y: np.ndarray) -> None:
    """Saturation, repeats, a constant, three equal outliers, negative values, and nothing at all."""
    assert inferred_cap(y) is None


def test_a_table_says_which_cap_it_took_and_marks_its_samples() -> None:
    """One note, and the samples that reach the cap; a declared cap needs no note, and inf means none."""
    y = np.minimum(times(100), 2.0)
    found = table(y)
    assert found.cap("time") == 2.0
    assert [note for note in found.notes if f"taken for a timeout's cap ({(y == 2.0).sum()} % of the rows" in note]
    assert found.samples("time", HERE).is_capped.sum() == (y == 2.0).sum()
    for cap, expected in ((math.inf, None), (1.5, 1.5)):
        declared = table(y, metric=Metric("time", cap=cap))
        assert declared.cap("time") == expected
        assert declared.samples("time", HERE).is_capped.sum() == (y >= cap).sum()
        assert not declared.notes


def test_more_of_what_is_better_has_no_cap() -> None:
    """A timeout caps what should be small."""
    assert table(np.minimum(times(100), 2.0), metric="$>time").cap("time") is None


def test_a_cap_that_another_environment_exceeds_is_none() -> None:
    """The same pile in one environment, with larger values in another."""
    y = np.r_[np.minimum(times(100), 2.0), times(100) + 2.0]
    where = np.repeat(["a", "b"], 100)
    assert table(y, workload=where).cap("time") is None
    assert table(np.minimum(y, 2.0), workload=where).cap("time") == 2.0


def test_a_timeout_with_a_value_is_a_capped_sample() -> None:
    """Its value is where it was stopped; without one it is not measured."""
    status = ["ok", "timeout", "timeout", "failed"]
    found = table(np.array([1.0, 9.0, np.nan, 3.0]), status=status)
    samples = found.samples("time", HERE)
    assert (samples.y.tolist(), samples.is_capped.tolist()) == ([1.0, 9.0], [False, True])
    assert found.cap("time") == 9.0
    assert table(np.ones(4), status=["ok"] * 4).cap("time") is None


@pytest.mark.parametrize("cap", ["5", True, math.nan])
def test_a_cap_is_a_number(cap: object) -> None:
    """Else one line says what is expected."""
    with pytest.raises(DataError, match=r"metric 'time' has cap .*; expected a number in the metric's unit \(s\)"):
        Metric("time", unit="s", cap=cap)  # type: ignore[arg-type]


@pytest.mark.skipif(not PUBLIC.is_dir(), reason="needs the public measurements")
def test_the_caps_of_the_public_data_are_found_and_no_others() -> None:
    """SPEAR was stopped after 5 s, Rodinia after 1200 s; all metrics of the smaller files are looked at."""
    found: dict[tuple[str, str], float] = {}
    for name, about in json.loads((PUBLIC / "index.json").read_text()).items():
        if about["rows"] > 5_000 and "spear-10286" not in name:
            continue
        heads = [head.removeprefix("$<").removeprefix("$>") for head in about["metrics"]]
        known = read_csv(PUBLIC / f"{name}.csv.gz", metrics=heads, environment=about["environment_columns"])
        found |= {(name, metric.name): metric.cap for metric in known.metrics if metric.cap}
    assert found == {
        ("jamshidi-ase17/sac-rodinia", "runtime"): 1200.0,
        ("sempl/sac_srad_others", "performance"): 1200.0,
        ("sempl/spear-10286", "performance"): 5.0,
    }
