"""Claims about a model in words."""

import re
from collections.abc import Sequence
from dataclasses import replace
from functools import cache

import numpy as np
import pandas as pd
import pytest

import transferperf as tp
from tests.models.synthetic import GRID, NAMES, response, truth
from transferperf.models import transfer

TARGET = {"workload": "target"}


def table(times: dict[str, np.ndarray], n: int, *, repeats: int = 1, cap: float | None = None) -> tp.MeasurementTable:
    """Sources whose first 40 configurations, and a target of which n, were measured."""
    stream, frames = np.random.default_rng(3), []
    order = stream.permutation(len(GRID))
    for name, y in times.items():
        at = np.repeat(order[: n if name == "target" else 40], repeats if name == "target" else 1)
        measured = np.minimum(y[at] * np.exp(0.02 * stream.normal(size=len(at))), cap or np.inf)
        frame = pd.DataFrame(GRID[at].astype(int), columns=NAMES).assign(workload=name, time_s=measured)
        frames.append(frame)
    joined = pd.concat(frames, ignore_index=True)
    return tp.read_frame(joined, metrics=[tp.Metric("time_s", unit="s", cap=cap)])


@cache
def summary(n: int, mode: str, sources: Sequence[str] = ("like", "unlike")) -> str:
    """What is said of a target of which n configurations were measured, with a source like it and others unlike it."""
    own = response(GRID, 0)
    times = {name: own if name == "like" else response(GRID, 7 + i) for i, name in enumerate(sources)}
    if "shuffled" in times:
        times["shuffled"] = np.random.default_rng(1).permutation(own)
    return tp.fit(table({**times, "target": own}, n), metric="time_s", target=TARGET, transfer=mode).summary()


def test_a_source_like_the_target_explains_it_and_an_unlike_one_is_ignored() -> None:
    """The first explains nearly all; the second is ignored, because it would have raised the error."""
    text = summary(20, "auto")
    share = re.search(r"Sources: workload=like explains (\d+) %", text)
    ratio = re.search(r"workload=unlike ignored: it would have raised the error (\d+\.\d)x\.", text)
    assert share is not None
    assert int(share[1]) > 95
    assert ratio is not None
    assert float(ratio[1]) > 1.05
    weight = re.search(r"Experts that transfer have (\d+) % of the weight", text)
    assert weight is not None
    assert int(weight[1]) > 90


def test_where_no_value_carries_over_it_is_said() -> None:
    """Of a target with enough rows and an unrelated source it is said that it would have hurt."""
    text = summary(30, "auto", ("shuffled",))
    assert "Sources: workload=shuffled ignored: it would have raised the error" in text


def test_of_many_sources_five_are_named() -> None:
    """The best is first, the last would have raised the error, and the others are counted."""
    text = summary(12, "auto", ("a", "b", "c", "like", "d", "e"))
    line = next(line for line in text.splitlines() if line.startswith("Sources: "))
    assert line.startswith("Sources: workload=like explains")
    assert line.count("workload=") == 5
    assert re.search(r"workload=[a-e] ignored: it would have raised the error \d\.\dx; and 1 more\.$", line)


def test_a_named_expert_says_what_its_sources_explain_and_no_more() -> None:
    """Without a model that does not transfer there is no error to compare with."""
    text = summary(12, "multi-task")
    assert "raised" not in text
    assert "of the weight" not in text
    correlation = re.search(r"Correlation with workload=like: (0\.\d\d)", text)
    assert correlation is not None
    assert float(correlation[1]) > 0.8


def test_sources_that_alone_speak_are_named_and_no_sources_are_none() -> None:
    """Of neither is it said how much they explain."""
    assert "Sources: workload=like, workload=unlike." in summary(20, "sources-only")
    assert "Sources: none." in summary(20, "none")
    assert "explain" not in summary(20, "sources-only") + summary(20, "none")


def test_a_large_target_asks_no_source(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is said why."""
    monkeypatch.setattr(transfer, "MOST_TARGET_ROWS", 19)
    known = truth(0, source_seed=0, n_source=30)
    text = tp.fit(known.table, metric="time_s", target=TARGET).summary()
    assert "Sources: not asked, because the target has so many rows of its own." in text


def test_a_cap_and_repeats_are_told() -> None:
    """How many configurations reach the cap, and by how much repeats scatter: 2 % here."""
    own = response(GRID, 0)
    cap = float(np.quantile(own, 0.8))
    known = table({"target": own}, 20, repeats=3, cap=cap)
    model = tp.fit(known, metric="time_s", target={}, transfer="none")
    n = int((known.frame.groupby(NAMES)["time_s"].max() >= cap).sum())
    assert f"{cap:.3g} s is a timeout's cap: {n} of 20 rows reach it." in model.summary()
    told = re.search(r"Repeats scatter by (\S+) s at the median of (\S+)\.", model.summary())
    assert told is not None
    assert float(told[1]) / float(told[2]) == pytest.approx(0.02, rel=0.4)


def test_widened_intervals_are_told() -> None:
    """A stretch is said where it matters."""
    known = truth(0, source_seed=0, n_source=30)
    model = tp.fit(known.table, metric="time_s", target=TARGET, transfer="none")
    wide, narrow = (replace(model, predictor=replace(model.predictor, stretch=by)) for by in (1.34, 1.1))
    assert "Intervals widened 1.3x: held-out rows scattered more than predicted." in wide.summary()
    assert "widened" not in narrow.summary()
