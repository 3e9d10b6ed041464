"""What is not known yet is measured: measure, tune and systems, on a system without noise."""

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import transferperf as tp
from tests.cli.tuned import altered, stored, tuning
from transferperf.cli.diary import known_before, read_sources
from transferperf.data.store import Store
from transferperf.measure import load_system


def test_systems_are_listed_with_what_they_have(call: Any, systems: Path) -> None:
    """Name, description, options and environments, for people and for machines."""
    ended = call("systems", "--systems-path", systems)
    for text in ("sum: a sum", "size: 1, 2, 4, 8", "hardware: h1, h2", "time [s]"):
        assert text in ended.out
    (found,) = json.loads(call("systems", "--systems-path", systems, "--json").out)["systems"]
    assert found["environments"] == {"hardware": ["h1", "h2"], "workload": ["small"]}


def test_a_system_that_cannot_be_loaded_is_still_listed(call: Any, tmp_path: Path, systems: Path) -> None:
    """What is wrong with it stands beside its name, and the verb succeeds."""
    (tmp_path / "lame").mkdir()
    (tmp_path / "lame" / "system.toml").write_bytes((systems / "sum" / "system.toml").read_bytes())
    ended = call("systems", "--systems-path", tmp_path)
    assert ended.code == 0
    assert "adapter.py: no such file" in ended.out
    empty = call("systems", "--systems-path", tmp_path / "nowhere")
    assert (empty.code, empty.err[:15]) == (0, "note: no system")


def test_measure_fills_a_file_that_reads_back(call: Any, systems: Path) -> None:
    """Seven configurations in two environments with two repeats each, in a folder of the system's name."""
    where = ("--environment", "hardware=h1", "--environment", "hardware=h2,workload=small")
    words = ("measure", "sum", *where, "--design", "one-option", "-n", 7, "--repeats", "2:2")
    ended = call(*words, "-o", ".", "--systems-path", systems, "--json")
    assert ended.code == 0
    path = Path(json.loads(ended.out)["path"])
    assert path.parent == Path("sum")
    assert path.name.endswith("-one-option.csv.gz")
    table = tp.read_csv(path)
    assert {environment.label for environment in table.environments} == {"h1 · small", "h2 · small"}
    assert len(table.configurations().drop_duplicates()) == 7
    assert table.frame.groupby("status").size().to_dict() == {"failed": 2, "ok": 2 * 6 * 2}


def test_without_a_number_a_small_space_is_measured_as_a_whole(call: Any, systems: Path) -> None:
    """All 24 configurations, also where a source says which come first."""
    words = ("measure", "sum", "--repeats", "1", "--systems-path", systems, "--environment")
    assert call(*words, "hardware=h1", "-o", "source.csv").code == 0
    assert call(*words, "hardware=h2", "--design", "guided", "--source", "source.csv", "-o", "runs.csv").code == 0
    assert [len(pd.read_csv(path)) for path in ("source.csv", "runs.csv")] == [24, 24]


def test_an_interrupted_measure_says_what_is_saved_and_goes_on(
    call: Any, systems: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Exit code 130 and one line that names the file; the same command then fills in the rest."""
    words = ("measure", "sum", "--environment", "hardware=h1", "--repeats", "1", "-n", 6, "-o", "runs.csv")
    monkeypatch.setenv("SUM_RUNS", "4")
    stopped = call(*words, "--systems-path", systems)
    assert (stopped.code, stopped.out) == (130, "")
    assert stopped.err == "interrupted: what was measured is in runs.csv; the same command goes on from there\n"
    assert len(pd.read_csv("runs.csv")) == 3
    monkeypatch.delenv("SUM_RUNS")
    assert call(*words, "--systems-path", systems).code == 0
    assert len(pd.read_csv("runs.csv")) == 6


def test_a_design_can_be_guided_by_a_source(call: Any, systems: Path) -> None:
    """What matters in the file is measured first; without a source, or with one that is not asked for, one line."""
    words = ("measure", "sum", "--systems-path", systems, "--repeats", "1", "--environment")
    assert call(*words, "hardware=h1", "-n", 16, "-o", "source.csv").code == 0
    guided = (*words, "hardware=h2", "--design", "guided", "-n", 5, "-o", "runs.csv")
    assert call(*guided, "--source", "source.csv").code == 0
    assert len(pd.read_csv("runs.csv")) == 5
    assert (pd.read_csv("runs.csv")["size"] == 8).sum() >= 2
    for wrong, says in (
        (guided, "'guided' and 0 sources; name one with --source"),
        ((*words, "hardware=h2", "--source", "source.csv"), "'sobol' and 1 sources; add --design guided"),
        ((*words, "hardware=h2", "--design", "soboll"), "unknown design 'soboll'"),
        ((*guided, "--source", "none.csv"), "none.csv"),
    ):
        ended = call(*wrong)
        assert ended.code == 2
        assert says in " ".join(ended.err.split())


OPTIONS = ["fast", "size", "journal"]


def test_tune_prints_each_measurement_and_compares_with_the_default(call: Any, systems: Path) -> None:
    """A line for each of five measurements; the best is better than the default, as measured again, in turns."""
    assert call("measure", "sum", "--environment", "hardware=h1", "-n", 20, "-o", "known.csv", "--repeats", "1",
                "--systems-path", systems).code == 0  # fmt: skip
    ended = call(*tuning(systems, "--source", "known.csv", "--budget", 5))
    assert ended.code == 0
    lines = ended.out.splitlines()
    assert [line.split("of 5")[0].strip() for line in lines[:5]] == ["1", "2", "3", "4", "5"]
    assert "best of the sources" in lines[0]
    assert "Best of " in ended.out
    assert " s: 4 times better than the default (95 % interval 4 to 4; 10 and 10 runs)" in lines[-2]
    assert lines[-1] == "All measurements are in sqlite:///campaign.db."
    assert [len(stored("campaign.db", purpose)) for purpose in ("tune", "compare")] == [5, 2 * 10]


def test_a_tuning_run_can_be_written_to_a_measurement_file(call: Any, systems: Path) -> None:
    """The target's rows, in the order in which they came, and they read back."""
    assert call(*tuning(systems, "--budget", 5, "-o", "tune.csv")).code == 0
    frame = pd.read_csv("tune.csv")
    assert set(frame["hardware"]) == {"h2"}
    assert len(frame) == 5 + 2 * 10
    assert frame[OPTIONS].to_dict("records") == [ran for _, ran, _ in stored("campaign.db")]
    assert len(tp.read_csv("tune.csv", metrics=["time"])) == len(frame)


def test_a_store_knows_what_was_measured_elsewhere(call: Any, systems: Path) -> None:
    """Measurements of another environment are sources, and do not count in the budget."""
    assert call(*tuning(systems, "--budget", 12)).code == 0
    elsewhere = call("tune", "sum", "--target", "hardware=h1", "--repeats", "1", "--systems-path", systems,
                     "--budget", 1)  # fmt: skip
    assert elsewhere.code == 0
    assert "best of the sources" in elsewhere.out
    assert "campaign.db holds" not in elsewhere.err


def test_what_a_source_holds_is_not_taken_from_the_store_too(call: Any, systems: Path) -> None:
    """A file that was exported from the same store does not make twice as many repeats."""
    assert call(*tuning(systems, "--budget", 3, "-o", "h2.csv")).code == 0
    system = load_system("sum", systems)
    with Store.open("sqlite:///campaign.db") as store:
        n_rows = []
        for files in ([Path("h2.csv")], []):
            sources = read_sources(system, files, None)
            n_rows.append((len(sources), len(known_before(store, system, sources, store.campaign({})))))
    n = len(pd.read_csv("h2.csv"))
    assert n_rows == [(n, n), (0, n)]


def test_a_store_of_a_system_that_has_changed_is_refused(call: Any, systems: Path, tmp_path: Path) -> None:
    """One line says what it was measured with, and nothing is measured."""
    assert call(*tuning(systems, "--budget", 1)).code == 0
    changed = altered(systems, tmp_path / "changed", ('name = "fast"', 'name = "quick"'))
    ended = call(*tuning(changed, "--budget", 1))
    assert (ended.code, len(ended.err.splitlines())) == (2, 1)
    assert "it has the options fast, size, journal; expected quick, size, journal. Name another store" in ended.err
    assert len(stored("campaign.db", "tune")) == 1


def test_a_source_is_not_replaced_by_what_is_measured(call: Any, systems: Path) -> None:
    """The same name for both is refused before anything is measured."""
    assert call(*tuning(systems, "--budget", 1, "-o", "h2.csv")).code == 0
    before = Path("h2.csv").read_bytes()
    ended = call(*tuning(systems, "--budget", 2, "--source", "h2.csv", "-o", "./h2.csv"))
    assert (ended.code, ended.err) == (
        2, "error: h2.csv is a source and cannot be replaced by what is measured; name another file\n"
    )  # fmt: skip
    assert Path("h2.csv").read_bytes() == before


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (("measure", "summ"), "unknown system 'summ'; there is sum"),
        (("measure", "sum"), "the environment does not say which hardware; sum has h1, h2"),
        (("measure", "sum", "--environment", "hardware=h7"), "unknown hardware 'h7'"),
        (("measure", "sum", "--environment", "hardware"), "'hardware' cannot be read; expected FACTOR=VALUE"),
        (("measure", "sum", "--environment", "hardware=h1", "--design", "best"), "unknown design 'best'"),
        (("measure", "sum", "--environment", "hardware=h1", "-n", "99"), "99 configurations were asked for"),
        (("measure", "sum", "--environment", "hardware=h1", "--repeats", "few"), "got 'few'; expected a number"),
        (("measure", "sum", "--environment", "hardware=h1", "--repeats", "5:3"), "repeats are 5 to 3"),
        (("measure", "sum", "--environment", "hardware=h1", "--timeout", "0"), "expected seconds above 0"),
        (("measure", "sum", "--environment", "hardware=h1", "--metric", "speed"), "unknown metric 'speed'"),
        (("measure", "sum", "--environment", "hardware=h1", "-n", "2", "-o", "no/x.csv"), "there is no folder no"),
        (("tune", "sum", "--target", "hardware=h1", "-o", "x.txt"), "x.txt: this name ends in '.txt'"),
        (("tune", "sum", "--target", "hardware=h1", "-o", "x.csv", "--budget", "apples"), "budget 'apples'"),
        (("tune", "sum", "--target", "hardware=h1", "-o", "x.csv", "--source", "no.csv"), "no.csv: no such file"),
        (("tune", "sum", "--target", "hardware=h1", "--store", "x.db"), "store 'x.db' cannot be opened: Could not"),
        (("tune", "sum", "--target", "hardware=h1", "--store", "sqlite:///no/x.db"), "unable to open database file"),
    ],
)
def test_what_cannot_be_measured_is_refused_before_anything_is_written(
    call: Any, systems: Path, words: tuple[str, ...], text: str
) -> None:
    """Exit code 2, one line, and an empty folder."""
    ended = call(*words, "--systems-path", systems)
    assert (ended.code, ended.out) == (2, "")
    assert text in ended.err
    assert len(ended.err.splitlines()) == 1
    assert list(Path().iterdir()) == []


def test_a_limit_of_ones_own_overrules_that_of_the_system(systems: Path) -> None:
    """`--timeout` reaches the adapter; without it the limit is the declared one."""
    assert load_system("sum", systems, timeout_s=2.5).timeout_s == 2.5
    assert load_system("sum", systems).timeout_s == 60.0
