"""SQLite as a system: what really ran is read back, and every failure is an outcome."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from transferperf.data.csv import read_csv
from transferperf.data.measurement import Status
from transferperf.errors import MeasurementError
from transferperf.measure import Outcome, System, choose_environment, find_systems, load_system
from transferperf.space import Value

SYSTEMS = Path(__file__).parents[2] / "systems"
MEASURED = SYSTEMS.with_name("measurements") / "sqlite" / "2026-11-options.csv.gz"

pytestmark = pytest.mark.skipif(
    shutil.which("taskset") is None or not Path("/dev/shm").is_dir(),  # noqa: S108
    reason="needs taskset (apt-get install util-linux) and /dev/shm",
)


@pytest.fixture
def sqlite() -> Iterator[System]:
    """The system, cleaned up at the end."""
    system = load_system("sqlite", SYSTEMS)
    yield system
    system.cleanup()


def run(system: System, **asked: Value) -> Outcome:
    """One run in memory, on one core, of the default with the options asked for."""
    factors = {"workload": "mixed-2k", "version": "python"}
    factors |= {name: str(asked.pop(name)) for name in factors if name in asked}
    environment = choose_environment(system, {"hardware": "shm-1core", **factors})
    try:
        system.prepare(environment)
    except MeasurementError as error:
        pytest.skip(str(error))
    return system.measure({**system.space.default, **asked}, environment)


def test_it_declares_fourteen_options_and_three_metrics(sqlite: System) -> None:
    """CPU time comes first: it is the main metric."""
    assert "sqlite" in find_systems(SYSTEMS)
    assert len(sqlite.space.options) == 14
    assert [metric.label for metric in sqlite.metrics] == ["cpu_s [s]", "wall_s [s]", "file_bytes [B]"]


@pytest.mark.parametrize("workload", ["mixed-2k", "insert-2k", "select-2k", "scan-aggregate-2k"])
def test_every_workload_runs_as_asked(sqlite: System, workload: str) -> None:
    """A configuration far from the default is applied option by option, and gives three positive numbers."""
    asked: dict[str, Value] = {option.name: option.levels[-1] for option in sqlite.space.options}
    asked["journal_mode"] = "wal"
    outcome = run(sqlite, workload=workload, **asked)
    assert (outcome.status, outcome.reason) == (Status.OK, "")
    assert outcome.configuration == asked
    assert sorted(outcome.values) == ["cpu_s", "file_bytes", "wall_s"]
    assert min(outcome.values.values()) > 0


@pytest.mark.parametrize("version", ["3.40.0.0", "3.54.1.0"])
def test_a_release_of_its_own_is_measured(sqlite: System, version: str) -> None:
    """The wheel's SQLite runs the default configuration."""
    outcome = run(sqlite, version=version)
    assert (outcome.status, outcome.configuration) == (Status.OK, sqlite.space.default)


def test_a_silently_ignored_pragma_is_recorded_as_what_ran(sqlite: System) -> None:
    """SQLite ignores a page size that is no power of two and keeps 4096 bytes."""
    assert run(sqlite, page_size=3000).configuration["page_size"] == 4096


def test_an_option_without_effect_stays_at_its_default(sqlite: System) -> None:
    """wal_autocheckpoint matters only with a write-ahead log."""
    assert run(sqlite, journal_mode="delete", wal_autocheckpoint=10).configuration["wal_autocheckpoint"] == 1000


def test_an_impossible_configuration_is_invalid(sqlite: System) -> None:
    """It comes back with a reason and without numbers."""
    outcome = run(sqlite, rows_per_transaction=0)
    assert (outcome.status, dict(outcome.values)) == (Status.INVALID, {})
    assert "rows_per_transaction is 0" in outcome.reason


def test_a_run_over_its_time_is_a_timeout() -> None:
    """A limit of a hundredth of a second stops any run."""
    system = load_system("sqlite", SYSTEMS, timeout_s=0.01)
    outcome = run(system)
    system.cleanup()
    assert (outcome.status, dict(outcome.values)) == (Status.TIMEOUT, {})


def test_the_same_workload_leaves_the_same_file(sqlite: System) -> None:
    """Content is deterministic: the size of the file repeats exactly."""
    assert run(sqlite).values["file_bytes"] == run(sqlite).values["file_bytes"]


def test_nothing_is_left_behind(sqlite: System) -> None:
    """After cleanup the storage holds as many folders as before."""
    before = set(Path("/dev/shm").glob("transferperf-sqlite-*"))  # noqa: S108
    run(sqlite)
    sqlite.cleanup()
    assert set(Path("/dev/shm").glob("transferperf-sqlite-*")) <= before  # noqa: S108


def test_the_measured_environments_have_their_configurations_in_common(sqlite: System) -> None:
    """Ten environments with the same 201 configurations, one of which is the default, three to five times each."""
    table = read_csv(MEASURED)
    assert (table.space, table.metrics, table.notes) == (sqlite.space, sqlite.metrics, ())
    names = list(table.space.names)
    rows = [set(table.select(e).frame[names].itertuples(index=False, name=None)) for e in table.environments]
    assert len(rows) == 10
    assert all(row == rows[0] for row in rows)
    assert len(rows[0]) == 201
    assert tuple(sqlite.space.default.values()) in rows[0]
    assert set(table.frame.groupby([*table.factors, *names]).size()) <= {3, 4, 5}
