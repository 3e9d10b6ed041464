"""gcc as a system from a file: kernels compiled with flags, run here or simulated."""

from pathlib import Path

import pytest

from transferperf.data.measurement import Status
from transferperf.measure import System
from transferperf.testing import SystemContract

SYSTEMS = Path(__file__).parents[2] / "systems"


class TestGcc(SystemContract):
    """One kernel, simulated, where nothing else is said."""

    name = "gcc"
    folder = SYSTEMS
    environment = {"hardware": "8k-128k", "workload": "sort", "version": "gcc-12"}
    also = (
        {"hardware": "32k-1024k", "workload": "matrix"},
        {"hardware": "real", "workload": "bodies"},
        {"workload": "words", "version": "clang-14"},
    )
    deterministic = ("run_s", "code_bytes")
    far = {"O": "3", "march": "x86-64-v3", "fast-math": 1, "unroll-loops": 1, "gcse": 0, "tree-vectorize": 0}
    impossible = {"march": "pdp-11"}
    measured = SYSTEMS.with_name("measurements") / "gcc" / "2026-11-options.csv.gz"

    def test_its_main_metric_is_the_time_of_a_pass(self, system: System) -> None:
        """In seconds, real or simulated, so that a simulator is a source of the real machine."""
        assert [metric.name for metric in system.metrics] == ["run_s", "code_bytes", "compile_s"]

    @pytest.mark.parametrize("workload", ["matrix", "words"])
    def test_smaller_caches_are_slower(self, system: System, workload: str) -> None:
        """The same program has more misses; its code is the same."""
        small, large = (
            self.run(system, {}, {"hardware": hardware, "workload": workload}) for hardware in ("8k-128k", "32k-1024k")
        )
        assert small.status is large.status is Status.OK
        assert small.values["run_s"] > large.values["run_s"]
        assert small.values["code_bytes"] == large.values["code_bytes"]
