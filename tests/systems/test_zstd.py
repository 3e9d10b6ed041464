"""zstd as a system: what really ran is read back, and every failure is an outcome."""

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from transferperf.data.csv import read_csv
from transferperf.data.measurement import Status
from transferperf.errors import MeasurementError
from transferperf.measure import Outcome, System, choose_environment, find_systems, load_system
from transferperf.space import Value

SYSTEMS = Path(__file__).parents[2] / "systems"
MEASURED = SYSTEMS.with_name("measurements") / "zstd" / "2026-11-options.csv.gz"
LINE_BYTES_PER_S = 2.5e6

pytestmark = pytest.mark.skipif(shutil.which("taskset") is None, reason="needs taskset: apt-get install util-linux")


@pytest.fixture
def zstd() -> Iterator[System]:
    """The system, cleaned up at the end."""
    system = load_system("zstd", SYSTEMS)
    yield system
    system.cleanup()


def run(system: System, **asked: Value) -> Outcome:
    """One run on one core of the default with the options asked for; skipped where the release cannot be installed."""
    factors = {"workload": "logs-600k", "version": "0.25.0"}
    factors |= {name: str(asked.pop(name)) for name in factors if name in asked}
    environment = choose_environment(system, {"hardware": "1core", **factors})
    try:
        system.prepare(environment)
    except MeasurementError as error:
        pytest.skip(str(error))
    return system.measure({**system.space.default, **asked}, environment)


def test_it_declares_sixteen_options_and_six_metrics(zstd: System) -> None:
    """CPU time comes first: it is the main metric."""
    assert "zstd" in find_systems(SYSTEMS)
    assert len(zstd.space.options) == 16
    names = ["cpu_s", "compressed_bytes", "decompress_s", "memory_bytes", "wall_s", "delivery_s"]
    assert [metric.name for metric in zstd.metrics] == names
    assert all(metric.unit in {"s", "B"} and metric.lower_is_better for metric in zstd.metrics)


@pytest.mark.parametrize("workload", ["text-600k", "logs-1800k", "json-600k", "binary-600k"])
def test_every_content_is_compressed_as_asked(zstd: System, workload: str) -> None:
    """A configuration far from the default is applied option by option, and its six numbers fit together."""
    asked: dict[str, Value] = {option.name: option.levels[-1] for option in zstd.space.options}
    outcome = run(zstd, workload=workload, **asked)
    assert (outcome.status, outcome.reason) == (Status.OK, "")
    assert outcome.configuration == asked
    values = outcome.values
    assert min(values.values()) > 0
    assert values["compressed_bytes"] < 1000 * int(workload.rpartition("-")[2].removesuffix("k"))
    sent_s = values["compressed_bytes"] / LINE_BYTES_PER_S
    assert values["delivery_s"] == pytest.approx(values["cpu_s"] + sent_s + values["decompress_s"], abs=1e-6)


@pytest.mark.parametrize("version", ["0.19.0", "0.25.0"])
def test_a_release_of_its_own_is_measured(zstd: System, version: str) -> None:
    """The wheel's zstd runs the default configuration, and says its number."""
    outcome = run(zstd, version=version)
    assert (outcome.status, outcome.configuration) == (Status.OK, zstd.space.default)
    assert zstd.provenance()[f"zstd in {version}"].startswith("1.5.")


def test_tables_that_zstd_makes_smaller_are_recorded_as_what_ran(zstd: System) -> None:
    """Tables beyond the window, which the space excludes, are cut to it, and so is a window beyond the content."""
    ran = run(zstd, window_log=16, hash_log=19, chain_log=20).configuration
    assert (ran["hash_log"], ran["chain_log"]) == (17, 16)
    assert run(zstd, strategy="btopt", window_log=16, chain_log=20).configuration["chain_log"] == 17
    assert run(zstd, window_log=24).configuration["window_log"] == 20


def test_an_option_without_effect_stays_at_its_default(zstd: System) -> None:
    """Only trees and dfast have a second table, and only workers have jobs."""
    ran = run(zstd, strategy="lazy", chain_log=12, job_size=512).configuration
    assert (ran["chain_log"], ran["job_size"]) == (16, 4096)


def test_an_impossible_configuration_is_invalid(zstd: System) -> None:
    """It comes back with a reason and without numbers."""
    outcome = run(zstd, min_match=9)
    assert (outcome.status, dict(outcome.values)) == (Status.INVALID, {})
    assert "zstd refused" in outcome.reason


def test_a_run_over_its_time_is_a_timeout(zstd: System) -> None:
    """A limit of a hundredth of a second stops any run."""
    run(zstd)
    zstd.timeout_s = 0.01  # type: ignore[misc]
    environment = choose_environment(zstd, {"hardware": "1core", "workload": "logs-600k", "version": "0.25.0"})
    outcome = zstd.measure(zstd.space.default, environment)
    assert (outcome.status, dict(outcome.values)) == (Status.TIMEOUT, {})


def test_the_same_content_is_compressed_to_the_same_size(zstd: System) -> None:
    """Content and compression are deterministic, also with two workers."""
    first, second = (run(zstd, threads=2, job_size=512).values["compressed_bytes"] for _ in range(2))
    assert first == second


@pytest.mark.parametrize("kind", ["text", "logs", "json", "binary"])
def test_more_of_a_content_begins_with_less_of_it(kind: str, tmp_path: Path) -> None:
    """Sizes of one kind differ in length alone."""
    small, large = tmp_path / "small", tmp_path / "large"
    for n, path in ((2000, small), (5000, large)):
        subprocess.run([sys.executable, SYSTEMS / "zstd" / "corpus.py", kind, str(n), path], check=True)
    assert len(small.read_bytes()) == 2000
    assert len(large.read_bytes()) == 5000
    assert large.read_bytes().startswith(small.read_bytes())


def test_nothing_is_left_behind(zstd: System) -> None:
    """After cleanup there are as many folders as before, also where two environments were prepared."""
    folder = Path(tempfile.gettempdir())
    before = set(folder.glob("transferperf-zstd-*"))
    run(zstd)
    run(zstd, workload="text-600k")
    zstd.cleanup()
    assert set(folder.glob("transferperf-zstd-*")) <= before


def test_the_measured_environments_have_their_configurations_in_common(zstd: System) -> None:
    """Seven environments with the same 121 configurations, one of which is the default, three to five times each."""
    table = read_csv(MEASURED)
    assert (table.space, table.metrics, table.notes) == (zstd.space, zstd.metrics, ())
    names = list(table.space.names)
    rows = [set(table.select(e).frame[names].itertuples(index=False, name=None)) for e in table.environments]
    assert len(rows) == 7
    assert all(row == rows[0] for row in rows)
    assert len(rows[0]) == 121
    assert tuple(zstd.space.default.values()) in rows[0]
    assert set(table.frame.groupby([*table.factors, *names]).size()) <= {3, 4, 5}
