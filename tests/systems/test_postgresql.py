"""PostgreSQL as a system: settings are read back, data are reset, and no server outlives what it was started for."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from transferperf.data.measurement import Status
from transferperf.errors import MeasurementError
from transferperf.measure import System, load_system
from transferperf.testing import SystemContract

SYSTEMS = Path(__file__).parents[2] / "systems"
PROGRAMS = Path("/usr/lib/postgresql/15/bin")
GONE_S = 30.0
"""Seconds that a server has to end."""

pytestmark = pytest.mark.skipif(
    shutil.which("taskset") is None or not (PROGRAMS / "pgbench").is_file() or not Path("/dev/shm").is_dir(),  # noqa: S108
    reason="needs PostgreSQL 15 and taskset (apt-get install postgresql-15 util-linux), and /dev/shm",
)

MEASURING = f"""
from pathlib import Path
from transferperf.measure import choose_environment, load_system
system = load_system("postgresql", Path({str(SYSTEMS)!r}))
environment = choose_environment(system, {{"hardware": "shm-1core", "workload": "tpcb-1"}})
system.prepare(environment)
print(system._folder, flush=True)
while True:
    system.measure(system.space.default, environment)
"""


@pytest.fixture(scope="module")
def kept() -> Iterator[System]:
    """The system, with its server where a test has prepared it."""
    system = load_system("postgresql", SYSTEMS)
    yield system
    system.cleanup()


class TestPostgreSQL(SystemContract):
    """In memory, on one core, one client, where nothing else is said."""

    name = "postgresql"
    folder = SYSTEMS
    environment = {"hardware": "shm-1core", "workload": "tpcb-1"}
    far = {"shared_buffers": 512, "wal_level": "minimal", "max_wal_senders": 0, "checkpoint_completion_target": 0.5}
    impossible = {"wal_level": "minimal", "max_wal_senders": 10}
    changed = (
        ({"wal_buffers": 8, "synchronous_commit": "off", "commit_delay": 200}, {"wal_buffers": 32, "commit_delay": 0}),
    )
    measured = SYSTEMS.with_name("measurements") / "postgresql" / "2026-11-options.csv.gz"

    @pytest.fixture
    def system(self, kept: System) -> System:
        """One server for all tests that can share it: to make one takes longer than a run."""
        return kept

    def test_a_system_that_is_not_prepared_is_refused(self, system: System) -> None:
        """The error says so, rather than a number from nowhere."""
        with pytest.raises(MeasurementError, match="not prepared"):
            load_system(self.name, SYSTEMS).measure(system.space.default, self.where(system))

    def test_a_run_over_its_time_is_a_timeout(self, system: System) -> None:
        """The limit is one of pgbench, however long the server took to start; the next run is measured."""
        self.run(system)
        limit_s, system.timeout_s = system.timeout_s, 0.001  # type: ignore[misc]
        try:
            outcome = self.run(system)
        finally:
            system.timeout_s = limit_s  # type: ignore[misc]
        assert (outcome.status, outcome.reason, dict(outcome.values)) == (Status.TIMEOUT, "stopped after 0.001 s", {})
        assert self.run(system).values["restart_s"] > 0

    def test_it_declares_twenty_two_options_and_five_metrics(self, system: System) -> None:
        """CPU time comes first: it is the main metric; more transactions in a second are better."""
        assert len(system.space.options) == 22
        labels = ["cpu_ms [ms]", "latency_ms [ms]", "tps [1/s]", "wal_bytes [B]", "restart_s [s]"]
        assert [metric.label for metric in system.metrics] == labels
        assert [metric.name for metric in system.metrics if not metric.lower_is_better] == ["tps"]

    @pytest.mark.parametrize("workload", ["tpcb-4", "select-4", "analytical-1"])
    def test_every_workload_runs_as_asked(self, system: System, workload: str) -> None:
        """A configuration with every option at its last level is applied, and its numbers fit together."""
        asked = system.space.canonical({option.name: option.levels[-1] for option in system.space.options})
        outcome = self.run(system, asked, {"workload": workload})
        assert (outcome.status, outcome.configuration) == (Status.OK, asked)
        values, clients = outcome.values, int(workload.rpartition("-")[2])
        assert values["tps"] * values["latency_ms"] == pytest.approx(1000 * clients, rel=0.1)
        assert 0 < values["cpu_ms"] < 2 * values["latency_ms"]

    def test_the_server_restarts_only_where_an_option_needs_it(self, system: System) -> None:
        """What a session or a reload can set costs no restart; the size of shared memory does."""
        self.run(system)
        assert self.run(system, {"work_mem": 64, "max_wal_size": 8}).values["restart_s"] == 0
        assert self.run(system, {"shared_buffers": 2048}).values["restart_s"] > 0

    def test_the_data_are_reset_and_the_server_comes_back(self, system: System) -> None:
        """The history of a run holds its own transactions only, also after a refusal and after a crash."""
        assert self.run(system, self.impossible).status is Status.INVALID
        assert self.run(system).status is Status.OK
        os.kill(_postmaster(system._folder), signal.SIGKILL)  # type: ignore[attr-defined]
        assert self.run(system).status is Status.FAILED
        assert self.run(system).status is Status.OK
        words = ["psql", "-h", system._folder, "-U", "postgres", "-Atc", "SELECT count(*) FROM history", "bench"]  # type: ignore[attr-defined]
        assert subprocess.run(words, capture_output=True, text=True, check=True).stdout.strip() == "400"

    def test_a_server_does_not_outlive_the_process_that_measures(self) -> None:
        """Killed in the middle of a run, without a chance to clean up: the server ends and its data are removed."""
        with subprocess.Popen([sys.executable, "-c", MEASURING], stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            folder = Path(process.stdout.readline().strip())
            postmaster = _postmaster(folder)
            process.terminate()
        until = time.monotonic() + GONE_S
        while (folder.exists() or Path(f"/proc/{postmaster}").exists()) and time.monotonic() < until:
            time.sleep(0.05)
        assert not folder.exists()
        assert not Path(f"/proc/{postmaster}").exists()


def _postmaster(folder: Path) -> int:
    """The process that serves the data of a folder."""
    return int((folder / "data" / "postmaster.pid").read_text(encoding="ascii").split()[0])
