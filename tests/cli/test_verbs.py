"""What is known goes in, an answer comes out: fit, predict, best, suggest and similarity."""

import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import transferperf as tp

METRIC = ("--metric", "time", "--metrics", "memory")
TARGET = ("--target", "hardware=h3")


def test_fit_writes_a_model_and_says_what_it_is(call: Any, runs: Path) -> None:
    """The file holds the same model as `tp.fit` gives, and the text names its experts."""
    ended = call("fit", runs, *TARGET, *METRIC, "-o", "m.tperf", "--seed", 3)
    assert ended.code == 0
    assert "source-informed" in ended.out
    frame = pd.read_csv(runs)
    table = tp.read_csv(runs, metrics=["time", "memory"])
    fitted = tp.fit(table, metric="time", target={"hardware": "h3"}, seed=3)
    np.testing.assert_array_equal(tp.load("m.tperf").predict(frame).mean, fitted.predict(frame).mean)


def test_fit_as_json_is_one_document(call: Any, runs: Path) -> None:
    """Standard output is JSON and nothing else; the weights of the experts sum to 1."""
    ended = call("fit", runs, *TARGET, *METRIC, "--json")
    document = json.loads(ended.out)
    assert ended.code == 0
    assert (document["metric"], document["target"], document["n_target"]) == ("time", {"hardware": "h3"}, 6)
    assert sum(expert["weight"] for expert in document["experts"]) == pytest.approx(1)
    assert document["sources"] == ["hardware=h1", "hardware=h2"]


def test_a_target_that_was_never_measured_is_predicted_where_that_is_wanted(call: Any, runs: Path) -> None:
    """Without --unmeasured it is an error that lists what there is; with it, a note says what the model stands on."""
    words = ("fit", runs, "--target", "hardware=h9", *METRIC)
    refused = call(*words)
    assert (refused.code, refused.out) == (2, "")
    assert "unknown value of hardware 'h9'; there are h" in refused.err
    ended = call(*words, "--unmeasured")
    assert ended.code == 0
    assert ended.err.startswith("note: ")
    assert len(ended.err.splitlines()) == 1


def test_few_target_rows_are_enough_where_there_are_sources(call: Any, runs: Path, tmp_path: Path) -> None:
    """Two target rows: with sources it goes on with a note, without them it ends with 2."""
    frame = pd.read_csv(runs)
    few = frame[frame["hardware"] == "h3"][:2]
    pd.concat([frame[frame["hardware"] == "h1"], few]).to_csv(tmp_path / "few.csv", index=False)
    few.to_csv(tmp_path / "alone.csv", index=False)
    ended = call("fit", "few.csv", *TARGET, *METRIC)
    assert ended.code == 0
    assert "note: target hardware=h3 has 2 measured configurations" in ended.err
    refused = call("fit", "alone.csv", *TARGET, *METRIC, "-o", "m.tperf")
    assert refused.code == 2
    assert "needs 3" in refused.err.splitlines()[-1]
    assert not Path("m.tperf").exists()


def test_an_option_with_one_value_is_noted(call: Any, runs: Path, tmp_path: Path) -> None:
    """It stops nothing: the note is on standard error, the answer on standard output."""
    pd.read_csv(runs).assign(level=7).to_csv(tmp_path / "one.csv", index=False)
    ended = call("fit", "one.csv", *TARGET, *METRIC, "--json")
    assert ended.code == 0
    assert "note: option 'level' has one value, 7" in ended.err
    assert json.loads(ended.out)["n_target"] == 6


def test_predict_adds_columns_to_the_configurations(call: Any, model: Path, runs: Path) -> None:
    """Mean, deviation and interval of every row, beside the columns that came, equal to those of the library."""
    ended = call("predict", model, runs, "-o", "out.csv")
    assert ended.code == 0
    came, written = pd.read_csv(runs), pd.read_csv("out.csv")
    pd.testing.assert_frame_equal(written[came.columns], came)
    assert list(written)[-4:] == ["mean", "std", "low", "high"]
    np.testing.assert_allclose(written["mean"], tp.load(model).predict(came).mean, rtol=1e-12)
    assert (written["low"] < written["high"]).all()


def test_predict_shows_every_column_where_there_is_no_terminal(call: Any, model: Path, runs: Path) -> None:
    """A table in a pipe is not cut: a head, a line, and a line for each of 54 rows with all cells."""
    ended = call("predict", model, runs)
    lines = ended.out.splitlines()
    assert lines[0].split() == [*pd.read_csv(runs).columns, "mean", "std", "low", "high"]
    assert len(lines) == 2 + 54
    assert {len(line.split()) for line in lines[2:]} == {10}
    assert "…" not in ended.out


def test_predict_as_json_holds_all_rows(call: Any, model: Path, runs: Path) -> None:
    """Numbers are not rounded there."""
    document = json.loads(call("predict", model, runs, "--json").out)
    prediction = tp.load(model).predict(pd.read_csv(runs))
    assert [row["mean"] for row in document["predictions"]] == prediction.mean.tolist()


@pytest.mark.parametrize(
    ("change", "text"),
    [
        (lambda f: f.drop(columns="size"), "configs.csv: no column for option size"),
        (lambda f: f.assign(size=[16, *[2] * (len(f) - 1)]), "configs.csv, line 2, column 'size': got 16; expected"),
        (lambda f: f.assign(journal=[*["wal"] * (len(f) - 1), "WAL"]), "configs.csv, line 55, column 'journal'"),
        (lambda f: f.assign(fast=[None, *[1] * (len(f) - 1)]), "configs.csv, line 2, column 'fast': the cell is empty"),
    ],
    ids=["missing-option", "beyond-the-range", "unknown-level", "empty-cell"],
)
def test_predict_says_which_configuration_is_wrong(call: Any, model: Path, runs: Path, change: Any, text: str) -> None:
    """File, line and column of the first cell that the space does not allow; nothing is written."""
    change(pd.read_csv(runs)).to_csv("configs.csv", index=False)
    ended = call("predict", model, "configs.csv", "-o", "out.csv")
    Path("configs.csv").unlink()
    assert (ended.code, ended.out) == (2, "")
    assert text in ended.err
    assert len(ended.err.splitlines()) == 1
    assert not Path("out.csv").exists()


def test_best_of_a_model_meets_the_conditions(call: Any, model: Path) -> None:
    """The best two of those that are allowed, the first one first, and it says that this is proven."""
    ended = call("best", model, "-k", 2, "--where", "size >= 4", "--where", "journal != wal", "--json")
    document = json.loads(ended.out)
    found = document["configurations"]
    assert document["exact"] is True
    assert (found[0]["fast"], found[0]["size"], found[0]["journal"]) == (1, 4, "off")
    assert found[0]["mean"] <= found[1]["mean"]
    text = call("best", model).out
    assert "Space: 3 options, 24 combinations" in text
    assert "the optimum is proven" in text


def test_best_of_data_fits_first(call: Any, runs: Path) -> None:
    """The other direction gives another best configuration, and --observed-only one that was measured."""
    words = ("best", runs, *TARGET, *METRIC, "-k", 1, "--json")
    low, high = (json.loads(call(*words, *more).out)["configurations"][0] for more in ((), ("--maximize",)))
    assert (low["fast"], low["size"]) == (1, 1)
    assert (high["fast"], high["size"]) == (0, 8)
    observed = json.loads(call(*words, "--observed-only").out)
    assert "pool" in observed["how"]


def test_best_refuses_to_fit_a_model_again(call: Any, model: Path) -> None:
    """Options of fitting say nothing of a model that is fitted already."""
    ended = call("best", model, "--metric", "memory")
    assert ended.code == 2
    assert "is fitted already" in ended.err


def test_suggest_prints_configurations_to_measure(call: Any, runs: Path) -> None:
    """CSV with environment and options, which were not measured in the target; the reasons are on standard error."""
    words = ("suggest", runs, *TARGET, *METRIC, "-n", 2)
    ended = call(*words)
    asked = pd.read_csv(io.StringIO(ended.out), dtype=str)
    assert ended.code == 0
    assert list(asked) == ["hardware", "fast", "size", "journal"]
    known = pd.read_csv(runs, dtype=str)
    assert asked.drop_duplicates().merge(known, on=list(asked)).empty
    assert [line[:3] for line in ended.err.splitlines()[-2:]] == ["1: ", "2: "]
    document = json.loads(call(*words, "-o", "next.csv", "--json").out)
    assert len(document["suggestions"]) == 2
    assert all(suggestion["reason"] for suggestion in document["suggestions"])
    assert Path("next.csv").read_text(encoding="utf-8") == ended.out


def test_similarity_writes_a_page_and_names_the_best_source(call: Any, runs: Path) -> None:
    """Every ordered pair is in the document; the page stands alone."""
    ended = call("similarity", runs, *METRIC, "-o", "report.html", "--json")
    document = json.loads(ended.out)
    assert len(document["pairs"]) == 6
    assert "<svg" in Path("report.html").read_text(encoding="utf-8")
    shown = call("similarity", runs, *METRIC)
    assert "linear shift" in shown.out


def test_the_same_seed_gives_the_same_answer(call: Any, runs: Path) -> None:
    """Two runs of one command are equal to the byte."""
    first, second = (call("best", runs, *TARGET, *METRIC, "--seed", 8, "--json").out for _ in range(2))
    assert first == second


def test_offline_the_best_come_with_what_they_guarantee(call: Any, model: Path) -> None:
    """Ranked by a value that is worse than the mean, for people and for machines."""
    found = json.loads(call("best", model, "--offline", "-k", 4, "--json").out)
    promised = [row["guaranteed"] for row in found["configurations"]]
    assert promised == sorted(promised)
    assert all(row["mean"] < row["guaranteed"] for row in found["configurations"])
    ended = call("best", model, "--offline")
    assert "by what is guaranteed with 90 %" in ended.out
    assert "guaranteed" not in call("best", model).out
