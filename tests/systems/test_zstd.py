"""zstd as a system: what really ran is read back, and every failure is an outcome."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from transferperf.data.measurement import Status
from transferperf.errors import MeasurementError
from transferperf.measure import System, choose_environment
from transferperf.testing import SystemContract

SYSTEMS = Path(__file__).parents[2] / "systems"
LINE_BYTES_PER_S = 2.5e6

pytestmark = pytest.mark.skipif(shutil.which("taskset") is None, reason="needs taskset: apt-get install util-linux")


class TestZstd(SystemContract):
    """On one core, small logs, with the latest release, where nothing else is said."""

    name = "zstd"
    folder = SYSTEMS
    environment = {"hardware": "1core", "workload": "logs-600k", "version": "0.25.0"}
    also = ({"version": "0.19.0"},)
    deterministic = ("compressed_bytes",)
    impossible = {"min_match": 9}
    changed = (
        ({"window_log": 16, "hash_log": 19, "chain_log": 20}, {"hash_log": 17, "chain_log": 16}),
        ({"strategy": "btopt", "window_log": 16, "chain_log": 20}, {"chain_log": 17}),
        ({"window_log": 24}, {"window_log": 20}),
        ({"strategy": "lazy", "chain_log": 12, "job_size": 512}, {"chain_log": 16, "job_size": 4096}),
    )
    measured = SYSTEMS.with_name("measurements") / "zstd" / "2026-11-options.csv.gz"

    def test_it_declares_sixteen_options_and_six_metrics(self, system: System) -> None:
        """CPU time comes first: it is the main metric."""
        assert len(system.space.options) == 16
        names = ["cpu_s", "compressed_bytes", "decompress_s", "memory_bytes", "wall_s", "delivery_s"]
        assert [metric.name for metric in system.metrics] == names
        assert all(metric.unit in {"s", "B"} and metric.lower_is_better for metric in system.metrics)

    @pytest.mark.parametrize("workload", ["text-600k", "logs-1800k", "json-600k", "binary-600k"])
    def test_every_content_is_compressed_as_asked(self, system: System, workload: str) -> None:
        """A configuration far from the default is applied option by option, and its six numbers fit together."""
        far = {option.name: option.levels[-1] for option in system.space.options}
        outcome = self.run(system, far, {"workload": workload})
        assert (outcome.status, outcome.configuration) == (Status.OK, far)
        values = outcome.values
        assert min(values.values()) > 0
        assert values["compressed_bytes"] < 1000 * int(workload.rpartition("-")[2].removesuffix("k"))
        sent_s = values["compressed_bytes"] / LINE_BYTES_PER_S
        assert values["delivery_s"] == pytest.approx(values["cpu_s"] + sent_s + values["decompress_s"], abs=1e-6)

    def test_a_run_over_its_time_is_a_timeout(self, system: System) -> None:
        """Its content takes its time to be written, so the limit is set after that."""
        environment = choose_environment(system, self.environment)
        try:
            system.prepare(environment)
        except MeasurementError as error:
            pytest.skip(str(error))
        system.timeout_s = 0.01  # type: ignore[misc]
        outcome = system.measure(system.space.default, environment)
        assert (outcome.status, dict(outcome.values)) == (Status.TIMEOUT, {})

    def test_two_workers_compress_to_the_same_size(self, system: System) -> None:
        """Compression is deterministic with them, too."""
        first, second = (self.run(system, {"threads": 2, "job_size": 512}).values for _ in range(2))
        assert first["compressed_bytes"] == second["compressed_bytes"]


@pytest.mark.parametrize("kind", ["text", "logs", "json", "binary"])
def test_more_of_a_content_begins_with_less_of_it(kind: str, tmp_path: Path) -> None:
    """Sizes of one kind differ in length alone."""
    small, large = tmp_path / "small", tmp_path / "large"
    for n, path in ((2000, small), (5000, large)):
        subprocess.run([sys.executable, SYSTEMS / "zstd" / "corpus.py", kind, str(n), path], check=True)
    assert len(small.read_bytes()) == 2000
    assert len(large.read_bytes()) == 5000
    assert large.read_bytes().startswith(small.read_bytes())
