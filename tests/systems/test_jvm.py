"""The JVM as a system: what really ran is read back, and how a run ends depends on what the program keeps."""

import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from transferperf.data.measurement import Status
from transferperf.measure import System, choose_environment, load_system
from transferperf.space import Value
from transferperf.testing import SystemContract

SYSTEMS = Path(__file__).parents[2] / "systems"
PROGRAMS = ("java", "javac", "taskset")

pytestmark = pytest.mark.skipif(
    any(shutil.which(program) is None for program in PROGRAMS),
    reason="needs java, javac and taskset: apt-get install openjdk-17-jdk-headless util-linux",
)


class TestJvm(SystemContract):
    """Small trees on one core, where nothing else is said."""

    name = "jvm"
    folder = SYSTEMS
    environment = {"hardware": "1core", "workload": "trees-8"}
    also = ({"hardware": "2core", "workload": "grid-8"},)
    far = {
        "collector": "Serial",
        "MaxHeapSize": 64,
        "InitialHeapSize": 16,
        "AlwaysPreTouch": 1,
        "UseCompressedOops": 0,
        "NewRatio": 8,
        "SurvivorRatio": 32,
        "MaxTenuringThreshold": 1,
        "UseSharedSpaces": 0,
        "TieredStopAtLevel": 1,
        "CompileThresholdScaling": 0.2,
        "MaxInlineLevel": 1,
        "FreqInlineSize": 20,
    }
    impossible = {"MaxHeapSize": 32, "InitialHeapSize": 64}
    changed = (
        ({"MaxHeapSize": 250, "G1HeapRegionSize": 8}, {"MaxHeapSize": 256}),
        ({"collector": "Z", "UseCompressedOops": 0, "NewRatio": 8}, {"UseCompressedOops": 1, "NewRatio": 2}),
    )
    measured = SYSTEMS.with_name("measurements") / "jvm" / "2026-11-options.csv.gz"

    def test_its_main_metric_is_cpu_time(self, system: System) -> None:
        """Wall time is the second."""
        assert [metric.name for metric in system.metrics] == ["cpu_s", "wall_s", "memory_bytes", "pause_s"]

    def test_a_heap_that_begins_too_large_is_invalid(self, system: System) -> None:
        """The space says so before the JVM does, and the JVM's own words are the reason."""
        asked = {**system.space.default, **self.impossible}
        assert not system.space.contains(asked)
        outcome = self.run(system, self.impossible)
        assert outcome.status is Status.INVALID
        assert "larger value than the maximum heap" in outcome.reason

    def test_whether_memory_suffices_depends_on_the_workload(self, system: System) -> None:
        """A heap that holds small trees lacks memory for large ones; that run failed, and its flags are known."""
        small: dict[str, Value] = {"collector": "G1", "MaxHeapSize": 32, "InitialHeapSize": 16, "UseCompressedOops": 0}
        assert self.run(system, small).status is Status.OK
        outcome = self.run(system, small, {"workload": "trees-24"})
        assert (outcome.status, outcome.reason) == (Status.FAILED, "out of memory: Java heap space")
        assert {name: outcome.configuration[name] for name in small} == small

    def test_a_collector_that_never_collects_needs_a_large_heap(self, system: System) -> None:
        """And holds nothing still."""
        assert self.run(system, {"collector": "Epsilon", "MaxHeapSize": 64}).reason == "out of memory: Java heap space"


@pytest.mark.parametrize("pattern", ["cache", "words"])
def test_the_work_is_the_same_in_every_run(pattern: str) -> None:
    """A run's result depends neither on the collector nor on the compilers."""
    system: Any = load_system("jvm", SYSTEMS)
    system.prepare(choose_environment(system, TestJvm.environment))
    flags = (["-XX:+UseSerialGC"], ["-XX:+UseG1GC", "-XX:TieredStopAtLevel=1"])
    commands = (["java", *some, "-Xmx128m", "-cp", system._program, "Churn", pattern, "1"] for some in flags)
    said = {subprocess.run(command, check=True, capture_output=True, text=True).stdout for command in commands}
    assert len(said) == 1
    assert said.pop().startswith("result ")
