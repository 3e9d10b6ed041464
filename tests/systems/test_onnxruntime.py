"""onnxruntime as a system: threads are counted, networks are what they should be, and quantised ones come close."""

import shutil
from pathlib import Path

import pytest

from transferperf.measure import System
from transferperf.testing import SystemContract

SYSTEMS = Path(__file__).parents[2] / "systems"

pytestmark = pytest.mark.skipif(shutil.which("taskset") is None, reason="needs taskset: apt-get install util-linux")


class TestOnnxRuntime(SystemContract):
    """The smallest network on two cores, with the latest release, where nothing else is said."""

    name = "onnxruntime"
    folder = SYSTEMS
    environment = {"hardware": "2core", "workload": "mobile-32", "version": "1.31.1"}
    also = ({"hardware": "1core", "version": "1.16.3"},)
    deterministic = ("output_error",)
    far = {
        "quantisation": "static",
        "graph_optimization": "basic",
        "batch": 16,
        "execution_mode": "parallel",
        "inter_op_threads": 4,
        "intra_op_threads": 1,
        "spinning": 0,
        "cpu_arena": 0,
        "mem_reuse": 0,
        "prepacking": 0,
    }
    impossible = {"quantisation": "half"}
    changed = (({"execution_mode": "parallel", "inter_op_threads": 1}, {"execution_mode": "sequential"}),)
    measured = SYSTEMS.with_name("measurements") / "onnxruntime" / "2026-11-options.csv.gz"

    def test_its_main_metric_is_latency(self, system: System) -> None:
        """For one image; its CPU time is the second."""
        names = ["latency_ms", "cpu_ms", "memory_bytes", "output_error", "start_ms"]
        assert [metric.name for metric in system.metrics] == names

    @pytest.mark.parametrize("workload", ["residual-32", "dense-32"])
    def test_a_quantised_network_comes_close(self, system: System, workload: str) -> None:
        """Optimisation changes no more than rounding does, quantisation a few percent of what the network says."""
        errors = {"static": self.run(system, {"quantisation": "static"}, {"workload": workload}).values["output_error"]}
        for form in ("none", "dynamic"):
            asked = {**system.space.default, "quantisation": form}
            outcome = system.measure(asked, self.where(system, {"workload": workload}))
            errors[form] = outcome.values["output_error"]
        assert errors["none"] < 1e-5
        assert 1e-4 < errors["dynamic"] < 0.05
        assert 1e-4 < errors["static"] < 0.1
