"""All measures of pairs, from good input and bad."""

import itertools
import json
from collections.abc import Mapping
from pathlib import Path
from typing import get_args

import numpy as np
import pandas as pd
import pytest

from transferperf.data.samples import Samples
from transferperf.data.table import MeasurementTable
from transferperf.errors import DataError, NotEnoughDataError, UnknownNameError
from transferperf.metric import Direction, Metric
from transferperf.similarity import (
    CATALOGUE,
    PARTS,
    PairSimilarity,
    compare_environments,
    compare_pair,
    measure_pairs,
)
from transferperf.similarity.catalogue import NAMES
from transferperf.similarity.known import Common
from transferperf.similarity.profile import Asked
from transferperf.space import BinaryOption, ConfigurationSpace

X264 = Path(__file__).parents[2] / "../shared/data/jamshidi-ase17/x264-with-invalid.csv.gz"
X = np.array(list(itertools.product((0, 1), repeat=5)))
BASE = 10 + X @ [4.0, 2.0, 1.0, 0.0, 0.0] + 3 * X[:, 0] * X[:, 1] + 0.05 * np.random.default_rng(0).normal(size=len(X))
QUICK = ("correlation", "shift", "overlap", "validity")


def _table(
    responses: Mapping[str, np.ndarray], *, status: Mapping[str, np.ndarray] | None = None, direction: Direction = "min"
) -> MeasurementTable:
    """One environment for each response; NaN where a configuration was not measured."""
    parts = []
    for name, y in responses.items():
        part = pd.DataFrame(X, columns=list("abcde")).assign(workload=name, time=y, status="ok")
        ended = None if status is None else status.get(name)
        part = part.assign(status="ok" if ended is None else ended)
        parts.append(part[part["time"].notna() | (part["status"] != "ok")])
    space = ConfigurationSpace(tuple(BinaryOption(name=name) for name in "abcde"))
    return MeasurementTable(pd.concat(parts), space, ("workload",), (Metric("time", "", direction),))


def _one(found: tuple[PairSimilarity, ...], source: str, target: str) -> PairSimilarity:
    return next(pair for pair in found if (pair.source, pair.target) == (f"workload={source}", f"workload={target}"))


def test_every_measure_of_the_catalogue_is_given() -> None:
    """Names are unique, in the catalogue's order, and each has a value, or a reason why it has none."""
    names = [measure.name for measure in CATALOGUE]
    assert len(set(names)) == len(names)
    (pair, _) = measure_pairs(_table({"one": BASE, "two": 2 * BASE + 1}), "time", n_resamples=20)
    assert list(pair.measures) == names
    for name, estimate in pair.measures.items():
        assert np.isnan(estimate.value) == bool(estimate.reason), name
        assert np.isnan(estimate.low) or estimate.low <= estimate.value <= estimate.high, name
    assert {f"M{k}" for k in range(1, 19)} <= {measure.study for measure in CATALOGUE}


def test_a_linear_shift_is_seen_by_every_part() -> None:
    """Twice the values plus 1: line, ranks, overlaps, options and interactions all carry over."""
    found = _one(measure_pairs(_table({"one": BASE, "two": 2 * BASE + 1}), "time", n_resamples=40), "one", "two")
    assert (found["slope"].value, found["intercept"].value) == pytest.approx((2.0, 1.0))
    for name in ("pearson", "spearman", "best_10", "worst_20", "effect_correlation", "interaction_correlation"):
        value = found[name].value
        assert value == pytest.approx(1.0) or "fewer than three" in found[name].reason, name
    assert found["task_correlation"].value > 0.97
    assert found["regret"].value == 0.0
    assert [option.kind for option in found.options[:3]] == ["agrees"] * 3
    assert [(change.options, change.kind) for change in found.interactions] == [(("a", "b"), "agrees")]
    assert found.interactions[0].target == pytest.approx(2 * found.interactions[0].source)


def test_the_few_measures_of_both_tables_agree() -> None:
    """M1 and M3 with their intervals are those of `compare_environments`, to the last digit."""
    pairs = compare_environments(_table({"one": BASE, "two": BASE**2}), "time")
    from_pairs = pairs[pairs["source"] == "workload=one"].iloc[0]
    found = _one(measure_pairs(_table({"one": BASE, "two": BASE**2}), "time", parts=["correlation"]), "one", "two")
    row = found.row()
    for name in ("pearson", "spearman", "pearson_low", "spearman_high"):
        assert row[name] == pytest.approx(from_pairs[name], rel=1e-12)


def test_same_seed_same_numbers_in_any_number_of_processes() -> None:
    """Two processes, another order of rows and a part of the pairs change no number."""
    table = _table({"one": BASE, "two": np.sqrt(BASE), "three": BASE[::-1]})
    shuffled = MeasurementTable(table.frame.sample(frac=1, random_state=1), table.space, table.factors, table.metrics)
    first = measure_pairs(table, "time", parts=["shift", "importance"], n_resamples=20, seed=3)
    second = measure_pairs(shuffled, "time", parts=["shift", "importance"], n_resamples=20, seed=3, n_jobs=2)
    assert [pair.document() for pair in first] == [pair.document() for pair in second]
    wanted = ("workload=two", "workload=one")
    third = measure_pairs(table, "time", pairs=[wanted], parts=["shift", "importance"], n_resamples=20, seed=3)
    assert third[0].document() == next(pair for pair in first if (pair.source, pair.target) == wanted).document()


def test_where_larger_is_better_the_best_are_the_largest() -> None:
    """Best and worst change places with the direction of the metric, and so does the regret."""
    t = BASE.copy()
    t[BASE.argmax()] = BASE.min() / 2
    few, many = (
        _one(measure_pairs(_table({"one": BASE, "two": t}, direction=way), "time", parts=["overlap"]), "one", "two")
        for way in get_args(Direction)
    )
    assert few["best_10"].value == pytest.approx(many["worst_10"].value)
    assert many["regret"].value == pytest.approx((np.sort(t)[-1] - t[BASE.argmax()]) / np.sort(t)[-1])


def test_what_failed_or_is_infinite_is_no_value() -> None:
    """Failed and infinite rows count as tried and invalid; neither touches a correlation."""
    broken = np.where(X[:, 0] == 1, "invalid", "ok")
    odd = np.where(X[:, 4] == 1, np.inf, 3 * BASE)
    table = _table({"one": np.where(broken == "ok", BASE, np.nan), "two": odd}, status={"one": broken})
    found = _one(measure_pairs(table, "time", parts=QUICK), "one", "two")
    assert (found.n_common, found.n_tried) == (8, 32)
    assert found["invalid_source"].value == 0.5
    assert found["invalid_target"].value == 0.5
    assert found["pearson"].value == pytest.approx(1.0)


def _only(is_measured: np.ndarray) -> np.ndarray:
    """The base response where it was measured."""
    return np.where(is_measured, BASE, np.nan)


AT = np.arange(32)
BAD = {
    "nothing in common": ((_only(X[:, 0] == 1), _only(X[:, 0] == 0)), "too few in common: 0"),
    "one configuration": ((BASE, _only(AT == 3)), "too few in common: 1"),
    "two rows": ((BASE, _only(AT < 2)), "too few in common: 2"),
    "a constant metric": ((np.full(32, 0.1), BASE), "nothing varies in the source"),
    "two constants": ((np.full(32, 0.1), np.full(32, 7.0)), "nothing varies in the source and the target"),
    "all infinite": ((np.full(32, np.inf), BASE), "too few in common: 0"),
}


@pytest.mark.parametrize(("responses", "reason"), BAD.values(), ids=BAD)
def test_bad_input_is_told_in_one_line(responses: tuple[np.ndarray, np.ndarray], reason: str) -> None:
    """No part fails or warns; what cannot be known is NaN, and its reason is one line."""
    found = measure_pairs(_table(dict(zip(("one", "two"), responses, strict=True))), "time", n_resamples=20)
    pair = _one(found, "one", "two")
    for name in ("pearson", "spearman", "task_correlation", "importance_pearson_published"):
        assert np.isnan(pair[name].value)
        assert pair[name].reason.startswith(reason), name
    assert all("\n" not in estimate.reason for estimate in pair.measures.values())
    json.dumps(pair.document(), allow_nan=False)


def test_where_all_is_invalid_the_shares_are_still_known() -> None:
    """Everything failed in one environment: M15 is 1, and all that needs values says so."""
    ended = {"one": np.full(32, "failed")}
    table = _table({"one": np.full(32, np.nan), "two": BASE}, status=ended)
    found = _one(measure_pairs(table, "time", n_resamples=20), "one", "two")
    assert (found.n_common, found.n_tried) == (0, 32)
    assert (found["invalid_source"].value, found["invalid_target"].value) == (1.0, 0.0)
    assert found["validity_auc"].reason == "all or nothing that was tried in both is invalid"


@pytest.mark.parametrize("n", [4, 5, 10])
def test_few_rows_are_measured_with_intervals(n: int) -> None:
    """From four configurations on every part answers or says why not, without a warning."""
    rows = np.random.default_rng(n).permutation(32)[:n]
    y = np.full(32, np.nan)
    y[rows] = 5 * BASE[rows]
    found = _one(measure_pairs(_table({"one": BASE, "two": y}), "time", n_resamples=40), "one", "two")
    assert found.n_common == n
    assert found["slope"].low <= 5.0 + 1e-9 <= found["slope"].high + 2e-9
    assert found["pearson"].value == pytest.approx(1.0)


def test_two_hundred_environments_are_compared() -> None:
    """39 800 pairs get their correlations; those of one target can be looked at closely."""
    table = _table({f"w{k}": np.where(np.arange(32) < 6, BASE + k, np.nan) for k in range(200)})
    assert len(compare_environments(table, "time", n_resamples=10)) == 39_800
    wanted = [(f"workload=w{k}", "workload=w0") for k in range(1, 200)]
    found = measure_pairs(table, "time", pairs=wanted, parts=["shift"], n_resamples=10)
    assert len(found) == 199
    assert [round(pair["intercept"].value, 6) for pair in found] == [-float(k) for k in range(1, 200)]


def test_names_that_nobody_knows_are_refused() -> None:
    """Parts, environments and pairs of one environment: one line each, with what there is."""
    table = _table({"one": BASE, "two": BASE})
    with pytest.raises(UnknownNameError, match=r"unknown part 'shfit'.*shift"):
        measure_pairs(table, "time", parts=["shfit"])
    with pytest.raises(UnknownNameError, match=r"unknown environment 'workload=on'.*workload=one"):
        measure_pairs(table, "time", pairs=[("workload=on", "workload=two")])
    with pytest.raises(DataError, match="has 'workload=one' twice"):
        measure_pairs(table, "time", pairs=[("workload=one", "workload=one")])
    with pytest.raises(NotEnoughDataError, match="similarity needs two"):
        measure_pairs(_table({"one": BASE}), "time")


def test_a_row_is_flat_and_a_document_whole() -> None:
    """A row has a column for each measure and each end; a document has the options and interactions, too."""
    (pair, _) = measure_pairs(_table({"one": BASE, "two": BASE**2}), "time", n_resamples=20)
    assert set(pair.row()) == {"source", "target", "n_common", "n_tried"} | {
        f"{measure.name}{end}" for measure in CATALOGUE for end in ("", "_low", "_high")
    }
    document = json.loads(json.dumps(pair.document(), allow_nan=False))
    assert document["measures"]["pearson"]["low"] == pair["pearson"].low
    assert [option["option"] for option in document["options"]] == list("abcde")
    assert sorted(NAMES) == sorted(PARTS)


@pytest.mark.skipif(not X264.exists(), reason="needs the public measurements, which are not part of the repository")
def test_the_published_numbers_of_two_changes_of_x264_come_out() -> None:
    """M1, M2, M3, M6 to M9 and M11 to M14 of two rows of Table II (Jamshidi et al. 2017), to the printed digit."""
    names = ["pearson", "kl_published", "spearman"]
    names += [f"influential_{what}_published" for what in ("source", "target", "agree", "flip")]
    names += [f"terms_{what}_published" for what in ("source", "target", "common", "correlation")]
    published = {
        ("feature1", "128", "feature8", "128"): (0.97, 1.00, 0.99, 9, 10, 8, 0, 21, 33, 18, 1.00),
        ("feature10", "8", "feature1", "128"): (0.09, 14.51, 0.26, 8, 9, 5, 2, 33, 21, 18, 0.94),
    }
    frame = pd.read_csv(X264, dtype={"workload": str})
    options = [
        str(name) for name in frame if name not in ("hardware", "version", "workload", "status", "encoding_time")
    ]
    parts = ("correlation", "divergence", "influence", "interaction")
    asked = Asked(options=options, is_ordered=np.ones(len(options), dtype=bool), parts=parts, n_resamples=1)
    for (h_s, w_s, h_t, w_t), expected in published.items():
        source, target = (
            frame[(frame["hardware"] == h) & (frame["workload"] == w)].dropna(subset=["encoding_time"])
            for h, w in ((h_s, w_s), (h_t, w_t))
        )
        sides = [
            Samples(part[options].to_numpy(float), part["encoding_time"].to_numpy(), np.ones(len(part), dtype=int))
            for part in (source, target)
        ]
        tried = np.zeros((2, len(source)), dtype=bool)
        common = Common(source=sides[0], target=sides[1], X_tried=sides[0].X, is_invalid=tried)
        found = compare_pair(common, asked, names=("source", "target"))
        assert [found[name].value for name in names] == pytest.approx(expected, abs=0.0051), (h_s, w_s)
