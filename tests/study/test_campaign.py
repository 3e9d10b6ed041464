"""run_design: the file grows, an interruption loses nothing, and the manifest says how it came about."""

import json
import platform
from pathlib import Path

import pandas as pd
import pytest

from transferperf.data.csv import read_csv
from transferperf.data.measurement import Measurement
from transferperf.data.queue import PURPOSE, Queue
from transferperf.data.store import Store
from transferperf.data.table import MeasurementTable
from transferperf.errors import DataError
from transferperf.measure import Outcome, RecordedSystem, Runner, environments
from transferperf.metric import Metric
from transferperf.space import BinaryOption, Configuration, ConfigurationSpace, Environment, IntegerOption
from transferperf.study.campaign import run_design, write_kept
from transferperf.study.workers import share, work

RUNNER = Runner(min_repeats=2, max_repeats=2, warm_ups=0)


class Counted(RecordedSystem):
    """A recorded system that keeps what it was asked for, and never runs a size of 4: it takes 2."""

    def __init__(self) -> None:
        space = ConfigurationSpace((BinaryOption(name="fast"), IntegerOption(name="size", levels=(1, 2, 4))))
        rows = [
            {"version": version, "fast": fast, "size": size, "time": 1.0 / 3 + size - fast}
            for version in ("1.0.1", "1.0.2")
            for fast in (0, 1)
            for size in (1, 2)
        ]
        super().__init__(MeasurementTable(pd.DataFrame(rows), space, ("version",), (Metric("time", unit="s"),)))
        self.asked: list[tuple[object, ...]] = []

    def measure(self, configuration: Configuration, environment: Environment) -> Outcome:
        """The recorded run."""
        self.asked.append((environment.label, *configuration.values()))
        return super().measure({**configuration, "size": min(2, int(configuration["size"]))}, environment)


DESIGN = pd.DataFrame({"fast": [0, 1, 1, 0], "size": [1, 2, 4, 1]})
"""Three distinct configurations, one of which runs as another."""


def measure(system: Counted, path: Path, design: pd.DataFrame = DESIGN) -> MeasurementTable:
    """Run a design in all environments."""
    return run_design(system, design, environments(system), path=path, runner=RUNNER, seed=7)


@pytest.mark.parametrize("suffix", ["csv", "csv.gz"])
def test_the_file_holds_every_repeat(tmp_path: Path, suffix: str) -> None:
    """Three distinct configurations in two environments, two repeats each; numbers read back exactly."""
    table = measure(Counted(), tmp_path / f"runs.{suffix}")
    written = pd.read_csv(tmp_path / f"runs.{suffix}")
    assert len(table) == len(written) == 3 * 2 * 2
    assert written["time"].tolist() == table.frame["time"].tolist()
    assert set(written["repeat"]) == {0, 1}


def test_what_is_in_the_file_is_not_measured_again(tmp_path: Path) -> None:
    """A second run asks only for the new configuration, though one of the old ones ran as something else."""
    measure(Counted(), tmp_path / "runs.csv")
    again = Counted()
    table = measure(again, tmp_path / "runs.csv", pd.concat([DESIGN, pd.DataFrame({"fast": [0], "size": [2]})]))
    assert set(again.asked) == {("1.0.1", 0, 2), ("1.0.2", 0, 2)}
    assert len(table) == 4 * 2 * 2


def test_an_interruption_loses_nothing(tmp_path: Path) -> None:
    """What was measured before the interrupt is in the file, and a later run measures the rest."""
    system, path, seen = Counted(), tmp_path / "runs.csv", []
    design = DESIGN.replace({"size": {4: 1}})

    def stop(n_done: int, n: int, latest: Measurement) -> None:
        seen.append((n_done, n, latest.status))
        if n_done == 4:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_design(system, design, environments(system), path=path, runner=RUNNER, progress=stop)
    assert [entry[:2] for entry in seen] == [(1, 6), (2, 6), (3, 6), (4, 6)]
    assert len(pd.read_csv(path)) == 4 * 2
    later = Counted()
    assert len(measure(later, path, design)) == 6 * 2
    assert len(set(later.asked)) == 2


def test_the_manifest_says_how_the_file_came_about(tmp_path: Path) -> None:
    """Machine, software, seed, runner and each run's date; what was silently changed; and no name of a host."""
    measure(Counted(), tmp_path / "runs.csv")
    measure(Counted(), tmp_path / "runs.csv")
    manifest = json.loads((tmp_path / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["metrics"] == [{"name": "time", "unit": "s", "direction": "min", "cap": None}]
    campaign = manifest["files"]["runs.csv"]
    assert [run["seed"] for run in campaign["runs"]] == [7, 7]
    assert campaign["runs"][0]["runner"]["min_repeats"] == 2
    assert campaign["runs"][0]["machine"]["python"] == platform.python_version()
    assert sorted((c["asked"]["size"], c["ran"]["size"]) for c in campaign["changed"]) == [(4, 2), (4, 2)]
    assert platform.node() not in campaign["runs"][0]["machine"].values()


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ("version,fast,time\n1,1,2.0\n", "no column for option size"),
        ("hardware,fast,size,time\n1,1,1,2.0\n", "environment columns hardware; recorded has version"),
    ],
)
def test_a_file_of_another_system_is_refused(tmp_path: Path, content: str, text: str) -> None:
    """The error says what the file lacks, and the file is kept."""
    path = tmp_path / "runs.csv"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(DataError, match=text):
        measure(Counted(), path)
    assert path.read_text(encoding="utf-8") == content


def test_an_empty_design_measures_nothing(tmp_path: Path) -> None:
    """No configuration, no row, no file of measurements."""
    assert len(measure(Counted(), tmp_path / "runs.csv", DESIGN[:0])) == 0
    assert not (tmp_path / "runs.csv").exists()


def test_the_file_reads_back_with_the_space_of_the_system(tmp_path: Path) -> None:
    """The manifest declares options, environments and metrics, so that nothing has to be inferred."""
    measure(Counted(), tmp_path / "runs.csv")
    table = read_csv(tmp_path / "runs.csv")
    assert (table.space, table.factors, table.metrics) == (Counted().space, ("version",), Counted().metrics)


def test_what_a_store_keeps_is_written_as_if_it_had_been_measured_into_the_file(tmp_path: Path) -> None:
    """The same rows, and the same note of what was silently changed; a second worker that writes adds nothing."""
    alone, shared, system = tmp_path / "alone" / "runs.csv", tmp_path / "shared" / "runs.csv", Counted()
    for path in (alone, shared):
        path.parent.mkdir()
    measure(Counted(), alone)
    with Store.open(f"sqlite:///{tmp_path / 'a.db'}") as store:
        queue = Queue(store, system.name)
        share(queue, system, DESIGN, environments(system), seed=7)
        work(system, queue, environments(system), runner=RUNNER)
        for _ in range(2):
            write_kept(system, store.read(system.name, purpose=PURPOSE), path=shared, runner=RUNNER, seed=7)
    rows = [pd.read_csv(path).drop(columns=["cost_s"], errors="ignore") for path in (alone, shared)]
    pd.testing.assert_frame_equal(rows[0], rows[1])
    changed = [
        json.loads(p.with_name("manifest.json").read_text())["files"]["runs.csv"]["changed"] for p in (alone, shared)
    ]
    assert changed[0] == changed[1]
