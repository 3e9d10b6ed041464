"""SQLite as a system: what really ran is read back, and every failure is an outcome."""

import shutil
from pathlib import Path

import pytest

from transferperf.measure import System
from transferperf.testing import SystemContract

SYSTEMS = Path(__file__).parents[2] / "systems"

pytestmark = pytest.mark.skipif(
    shutil.which("taskset") is None or not Path("/dev/shm").is_dir(),  # noqa: S108
    reason="needs taskset (apt-get install util-linux) and /dev/shm",
)


class TestSQLite(SystemContract):
    """In memory, on one core, with Python's own release, where nothing else is said."""

    name = "sqlite"
    folder = SYSTEMS
    environment = {"hardware": "shm-1core", "workload": "mixed-2k", "version": "python"}
    also = ({"version": "3.40.0.0"}, {"version": "3.54.1.0"})
    deterministic = ("file_bytes",)
    far = {"page_size": 65536, "cache_size": 8000, "journal_mode": "wal", "rows_per_transaction": 1000}
    impossible = {"rows_per_transaction": 0}
    changed = (
        ({"page_size": 3000}, {"page_size": 4096}),
        ({"journal_mode": "delete", "wal_autocheckpoint": 10}, {"wal_autocheckpoint": 1000}),
    )
    measured = SYSTEMS.with_name("measurements") / "sqlite" / "2026-11-options.csv.gz"

    def test_it_declares_fourteen_options_and_three_metrics(self, system: System) -> None:
        """CPU time comes first: it is the main metric."""
        assert len(system.space.options) == 14
        assert [metric.label for metric in system.metrics] == ["cpu_s [s]", "wall_s [s]", "file_bytes [B]"]

    @pytest.mark.parametrize("workload", ["mixed-2k", "insert-2k", "select-2k", "scan-aggregate-2k"])
    def test_every_workload_runs_as_asked(self, system: System, workload: str) -> None:
        """A configuration far from the default is applied option by option."""
        far = {option.name: option.levels[-1] for option in system.space.options} | {"journal_mode": "wal"}
        outcome = self.run(system, far, {"workload": workload})
        assert outcome.configuration == far
        assert min(outcome.values.values()) > 0
