"""The best source of each target, and the sentence about it."""

import numpy as np
import pandas as pd
import pytest

from tests.similarity.worlds import X, base, table
from transferperf.similarity import answer_sentence, compare_and_choose
from transferperf.similarity.answer import _listed, _percent

y, draws = base(), np.random.default_rng(1)
NOISY = y + 0.5 * draws.normal(size=len(X))
RESPONSES = {"target": 2 * y, "copy": y**2, "noisy": NOISY, "other": 10 + draws.normal(size=len(X))}
LABELS = {f"workload={name}": name for name in RESPONSES}


def _chosen(n_rows: int | None) -> tuple[pd.DataFrame, pd.Series]:
    """Pairs, and the source of the target, of which so many rows are known."""
    rows = {"target": np.random.default_rng(0).permutation(len(X))[:n_rows]}
    pairs, sources = compare_and_choose(table(RESPONSES, rows), "time")
    return pairs, sources[sources["target"] == "workload=target"].iloc[0]


@pytest.mark.parametrize("n_rows", [None, 12])
def test_a_copy_is_the_best_source_and_is_enough(n_rows: int | None) -> None:
    """From all rows and from twelve: the power of the target, not its noisy likeness; and nothing beside it."""
    pairs, chosen = _chosen(n_rows)
    assert chosen["source"] == "workload=copy"
    assert chosen["set"] == ("workload=copy",)
    assert chosen["saved"] > 20
    assert chosen["error"] < 0.02
    assert chosen["regret"] == pytest.approx(0)
    sentence = answer_sentence(chosen, pairs, LABELS)
    if n_rows is None:
        assert sentence.startswith("Measure 5 configurations on target and transfer from copy: expected error")
    else:
        assert sentence.startswith("With the 12 configurations measured on target transfer from copy: expected error")
    assert "%" in sentence


def test_two_halves_make_a_set() -> None:
    """A target that is the product of two sources is told by both, with a smaller error than by the best one."""
    one, two = (np.exp(draws.normal(size=len(X))) for _ in range(2))
    responses = {"target": one * two**0.8, "one": one, "two": two, "other": np.exp(draws.normal(size=len(X)))}
    _, sources = compare_and_choose(table(responses), "time")
    chosen = sources.set_index("target").loc["workload=target"]
    assert set(chosen["set"]) == {"workload=one", "workload=two"}
    assert chosen["set_error"] < 0.1 * chosen["error"]


def test_a_target_without_a_likeness_is_measured_alone() -> None:
    """Noise has no source; a target with two rows has no answer, and the sentence says why."""
    responses = {"a": y, "b": 3 * y, "noise": 10 + draws.normal(size=len(X))}
    pairs, sources = compare_and_choose(table(responses | {"two": y}, {"two": np.arange(2)}), "time")
    found = sources.set_index("target", drop=False)
    labels = {name: name.removeprefix("workload=") for name in found["target"]}
    said = {labels[str(name)]: answer_sentence(found.loc[name], pairs, labels) for name in found.index}
    assert found.loc["workload=two", "source"] is None
    assert said["two"] == "No answer for two: too few in common: 2, at least 4 are needed"
    assert said["a"].endswith("; 'noise' has nothing to give")


def test_less_is_not_always_better() -> None:
    """Copying the best of a source is judged in the metric's direction by what was measured."""
    _, sources = compare_and_choose(table({"a": y, "reversed": 40 - y}), "time")
    assert (sources["regret"] > 0.5).all()


def test_long_lists_are_cut_and_small_errors_have_a_digit() -> None:
    """Three names and the number of the others; two digits at most."""
    assert _listed(["a"]) == "'a'"
    assert _listed(["a", "b"]) == "'a' and 'b'"
    assert _listed(list("abcde")) == "'a', 'b', 'c' and 2 others"
    assert [_percent(share) for share in (0.0, 0.0012, 0.06, 0.0644, 0.123, 2.5)] == [
        "0",
        "0.1",
        "6",
        "6.4",
        "12",
        "250",
    ]
