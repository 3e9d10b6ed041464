"""All pairs of environments of a table."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from transferperf.data.table import MeasurementTable
from transferperf.errors import NotEnoughDataError
from transferperf.metric import Metric
from transferperf.similarity import compare_environments, correlations
from transferperf.space import ChoiceOption, ConfigurationSpace, IntegerOption

X264 = Path(__file__).parents[2] / "../shared/data/jamshidi-ase17/x264.csv.gz"
n = 40
x = np.arange(n)
noise = np.random.default_rng(3).normal(size=n)


def _table(responses: Mapping[str, np.ndarray]) -> MeasurementTable:
    """One environment for each response; NaN where a configuration was not measured."""
    rows = [
        pd.DataFrame({"a": x // 5, "b": x % 5, "workload": name, "time": y}).dropna() for name, y in responses.items()
    ]
    space = ConfigurationSpace(
        (IntegerOption(name="a", levels=tuple(range(8))), IntegerOption(name="b", levels=tuple(range(5))))
    )
    return MeasurementTable(pd.concat(rows), space, ("workload",), (Metric("time"),))


def _pair(found: pd.DataFrame, source: str, target: str) -> pd.Series:
    return found[(found["source"] == f"workload={source}") & (found["target"] == f"workload={target}")].iloc[0]


def _some(y: np.ndarray, measured: slice) -> np.ndarray:
    """A response of which only a part was measured."""
    return np.where(np.isin(x, x[measured]), y, np.nan)


RESPONSES = {
    "base": x + noise,
    "shifted": 100 + 3 * (x + noise),
    "curved": np.exp((x + noise) / 4),
    "mirrored": -(x + noise),
    "other": np.random.default_rng(4).normal(size=n),
    "flat": np.full(n, 7.0),
    "half": _some(x - 2 * noise, slice(10, 30)),
    "thin": _some(x - 2 * noise, slice(0, 3)),
}


def test_known_relations_get_their_verdict() -> None:
    """Shifted, curved, mirrored and flat responses are named for what they are."""
    found = compare_environments(_table(RESPONSES), "time")
    assert len(found) == len(RESPONSES) * (len(RESPONSES) - 1)
    assert _pair(found, "base", "shifted")["verdict"] == "linear shift, same ranking"
    assert _pair(found, "curved", "base")["verdict"] == "same ranking, not linear"
    assert _pair(found, "base", "mirrored")["verdict"] == "linear shift of negative slope, reversed ranking"
    assert _pair(found, "flat", "base")["verdict"] == "no answer: one of the two does not vary"
    thin = _pair(found, "thin", "base")
    assert thin["n_common"] == 3
    assert thin[["pearson", "pearson_low", "spearman", "spearman_high"]].isna().all()
    assert thin["verdict"].startswith("too few in common: 3")


def test_only_common_configurations_count() -> None:
    """A pair that shares a part of its configurations has the correlations of that part."""
    pair = _pair(compare_environments(_table(RESPONSES), "time"), "half", "curved")
    part = slice(10, 30)
    assert pair["n_common"] == 20
    assert pair["pearson"] == pytest.approx(stats.pearsonr(RESPONSES["half"][part], RESPONSES["curved"][part])[0])
    assert pair["spearman"] == pytest.approx(stats.spearmanr(RESPONSES["half"][part], RESPONSES["curved"][part])[0])


def test_source_and_target_may_be_exchanged() -> None:
    """Correlations, intervals and verdicts are the same in both directions; what is saved need not be."""
    found = compare_environments(_table(RESPONSES), "time").set_index(["source", "target"]).sort_index()
    found = found.drop(
        columns=[name for name in found if str(name).startswith(("saved", "error", "n_rows", "is_bound"))]
    )
    reverse = found.swaplevel().rename_axis(["source", "target"]).sort_index()
    pd.testing.assert_frame_equal(found, reverse, rtol=1e-12)


def test_rows_in_another_order_give_the_same_answer() -> None:
    """The order of a file's rows changes no number, and neither does asking again."""
    table = _table(RESPONSES)
    shuffled = MeasurementTable(table.frame.sample(frac=1, random_state=0), table.space, table.factors, table.metrics)
    found = compare_environments(table, "time", seed=5)
    pd.testing.assert_frame_equal(found, compare_environments(shuffled, "time", seed=5))
    assert not found.equals(compare_environments(table, "time", seed=6))


def test_small_portions_of_resamples_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """How many resamples are held at once is a matter of memory only."""
    table = _table(RESPONSES)
    found = compare_environments(table, "time", n_resamples=50)
    monkeypatch.setattr(correlations, "CHUNK", 300)
    pd.testing.assert_frame_equal(found, compare_environments(table, "time", n_resamples=50), rtol=1e-12)


def test_intervals_hold_the_true_correlation_about_as_often_as_they_say() -> None:
    """Of 98 independent pairs of normal responses with correlation 0.6, between 85 and 100 % hold it."""
    draws = np.random.default_rng(0)
    S = draws.normal(size=(49, n))
    twins = {f"t{i:02}": 0.6 * y + 0.8 * draws.normal(size=n) for i, y in enumerate(S)}
    found = compare_environments(_table({f"s{i:02}": y for i, y in enumerate(S)} | twins), "time")
    same = found[found["source"].str[-2:] == found["target"].str[-2:]]
    held = (same["pearson_low"] <= 0.6) & (same["pearson_high"] >= 0.6)
    assert len(same) == 98
    assert 0.85 <= held.mean() <= 1.0
    assert ((same["pearson_low"] <= same["pearson"]) & (same["pearson"] <= same["pearson_high"])).all()


def test_failed_measurements_are_left_out() -> None:
    """A row that is not ok takes no part."""
    table = _table({"base": x + noise, "shifted": 2 * (x + noise)})
    frame = table.frame.assign(status="ok")
    is_first = (frame["a"] == 0) & (frame["b"] == 0) & (frame["workload"] == "base")
    frame = frame.assign(time=frame["time"].mask(is_first, 1e9), status=frame["status"].mask(is_first, "timeout"))
    failed = MeasurementTable(frame, table.space, table.factors, table.metrics)
    pair = _pair(compare_environments(failed, "time"), "base", "shifted")
    assert pair["n_common"] == n - 1
    assert pair["pearson"] == pytest.approx(1.0)


def test_one_environment_is_not_enough() -> None:
    """The error says what is missing."""
    with pytest.raises(NotEnoughDataError, match=r"one environment .* similarity needs two"):
        compare_environments(_table({"base": x + noise}), "time")


@pytest.mark.skipif(not X264.exists(), reason="needs the public measurements, which are not part of the repository")
def test_the_published_correlations_of_x264_come_out() -> None:
    """M1 and M3 of all eight x264 pairs of Table II of Jamshidi et al. (ASE 2017) within 0.01; repeats are averaged."""
    published = {
        ("feature1,2762,128", "feature8,2762,128"): (0.97, 0.99),
        ("feature1,2762,8", "feature8,2762,8"): (0.96, 0.96),
        ("feature8,2762,8", "feature8,2762,32"): (0.65, 0.63),
        ("feature8,2762,8", "feature8,2762,128"): (0.67, 0.64),
        ("feature10,2744,128", "feature8,2762,128"): (0.05, 0.44),
        ("feature9,2389,128", "feature8,2762,128"): (0.06, 0.43),
        ("feature10,2744,8", "feature8,2762,128"): (0.08, 0.26),
        ("feature10,2744,8", "feature1,2762,128"): (0.09, 0.26),
    }
    factors = ("hardware", "version", "workload")
    frame = pd.read_csv(X264, dtype=dict.fromkeys(factors, str))
    options = [name for name in frame if name not in (*factors, "encoding_time")]
    space = ConfigurationSpace(
        tuple(ChoiceOption(name=str(name), levels=tuple(frame[name].unique().tolist())) for name in options)
    )
    named = frame[list(factors)].agg(",".join, axis=1)
    used = frame[named.isin({name for pair in published for name in pair})]
    table = MeasurementTable(used, space, factors, (Metric("encoding_time"),))
    found = compare_environments(table, "encoding_time", n_resamples=20)
    plain = found[["source", "target"]].replace(r"\w+=", "", regex=True)
    for (source, target), expected in published.items():
        pair = found[(plain["source"] == source) & (plain["target"] == target)].iloc[0]
        assert pair[["pearson", "spearman"]].to_list() == pytest.approx(expected, abs=0.0101), (source, target)
