"""streams as a system: the same topology, simulated and as real processes."""

import importlib.util
import json
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from transferperf.data import read_csv
from transferperf.data.measurement import Status
from transferperf.measure import System, run_process
from transferperf.testing import SystemContract

ROOT = Path(__file__).parents[2]
SYSTEMS = ROOT / "systems"
COUNTS = {"spouts": 2, "splitters": 3, "counters": 2, "batch_size": 16, "queue_bound": 1, "max_pending": 128}
FAR: dict[str, int | str] = {**COUNTS, "flush_words": 32, "flush_ms": 1, "format": "json", "compression": 1}
FILES = ("options", "calibration")

needs_taskset = pytest.mark.skipif(shutil.which("taskset") is None, reason="needs taskset: apt-get install util-linux")

needs_simpy = pytest.mark.skipif(
    importlib.util.find_spec("simpy") is None, reason="needs simpy: pip install 'transferperf[systems]'"
)


@needs_simpy
class TestSimulatedStreams(SystemContract):
    """Two simulated cores, where nothing else is said."""

    name = "streams"
    folder = SYSTEMS
    environment = {"hardware": "simulator", "workload": "tweets-skewed"}
    also = ({"workload": "ids-even"}, {"hardware": "calibrated"})
    deterministic = ("latency_ms", "latency_p99_ms", "throughput", "cpu_us")
    far = FAR
    impossible = {"format": "xml"}
    changed = (({"batch_size": 16, "max_pending": 8}, {"batch_size": 8}),)

    measured = ROOT / "measurements" / "streams" / "2026-11-options.csv.gz"

    def test_latency_comes_first_of_four_metrics(self, system: System) -> None:
        """Both sides measure the same, so that the simulator is a source of the machine."""
        assert [metric.name for metric in system.metrics] == ["latency_ms", "latency_p99_ms", "throughput", "cpu_us"]
        assert [metric.lower_is_better for metric in system.metrics] == [True, True, False, True]

    def test_a_full_window_obeys_the_law_of_little(self, system: System) -> None:
        """Sentences on their way = throughput x latency: a little below the window that holds the one spout back."""
        for window in (8, 32):
            values = self.run(system, {"max_pending": window}).values
            on_their_way = values["throughput"] * values["latency_ms"] / 1e3
            assert 0.75 * window < on_their_way <= 1.02 * window

    def test_words_that_have_to_wait_for_others_wait_as_long_as_they_may(self, system: System) -> None:
        """A window that never fills a message makes every sentence as late as the flush."""
        held = {"max_pending": 8, "batch_size": 8, "flush_words": 128}
        for flush_ms in (4, 16):
            values = self.run(system, {**held, "flush_ms": flush_ms}).values
            assert flush_ms <= values["latency_ms"] <= flush_ms + 1

    def test_a_message_for_each_sentence_and_word_costs_more(self, system: System) -> None:
        """Batches are there to save CPU time."""
        one = self.run(system, {"batch_size": 1, "flush_words": 1}).values
        many = self.run(system, {"batch_size": 32, "flush_words": 128}).values
        assert one["cpu_us"] > 2 * many["cpu_us"]


@needs_taskset
class TestRealStreams(SystemContract):
    """Real processes on one core, where nothing else is said."""

    name = "streams"
    folder = SYSTEMS
    environment = {"hardware": "1core", "workload": "tweets-skewed"}
    also = ({"hardware": "2core", "workload": "articles-even"},)
    far = FAR
    impossible = {"format": "xml"}
    changed = (({"batch_size": 16, "max_pending": 8}, {"batch_size": 8}),)

    @pytest.mark.parametrize("how", ["pickle", "json", "text"])
    def test_every_format_is_read_back(self, system: System, how: str) -> None:
        """From the messages themselves, compressed or not."""
        for compression in (0, 1):
            outcome = self.run(system, {"format": how, "compression": compression})
            assert outcome.status is Status.OK
            assert (outcome.configuration["format"], outcome.configuration["compression"]) == (how, compression)

    def test_a_late_flush_is_waited_for(self, system: System) -> None:
        """A window that never fills a message makes every sentence at least as late as the flush."""
        held = {"max_pending": 8, "batch_size": 8, "flush_words": 128, "flush_ms": 16}
        assert self.run(system, held).values["latency_ms"] >= 16

    def test_a_latency_of_a_hundred_is_at_least_the_mean(self, system: System) -> None:
        """The 99 % quantile lies above the mean, and all processes together take CPU time for each sentence."""
        values = self.run(system).values
        assert values["latency_p99_ms"] >= values["latency_ms"] > 0
        assert values["cpu_us"] > 0


def program(name: str) -> Any:
    """A program of the system, as a module."""
    spec = importlib.util.spec_from_file_location(name, SYSTEMS / "streams" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("how", ["pickle", "json", "text"])
@pytest.mark.parametrize("compressed", [0, 1])
def test_a_message_comes_back_as_it_was(how: str, compressed: int) -> None:
    """In every format, which is told from its first byte."""
    topology = program("topology")
    parts = [(0, 7, ["a b", "c"]), (2, 70000, ["d"])]
    read, format_, is_compressed = topology.decode(topology.encode(parts, how, compressed))
    assert ([tuple(part) for part in read], format_, is_compressed) == (parts, how, compressed)


def test_a_splitter_loses_no_word_and_keeps_each_with_its_counter() -> None:
    """What it sends, taken together, is what it was given."""
    topology = program("topology")
    asked = {"flush_words": 1, "flush_ms": 1, "format": "text", "compression": 0}
    queues = [topology.Queue.of(4) for _ in range(3)]
    splitter = topology.Splitter(asked, queues[0], queues[1:])
    splitter.split(topology.encode([(0, 5, ["one two two", "three one"])], "text", 0))
    splitter.flush(1)
    sent = [[word for _, _, words in topology.decode(queue.get(0.0))[0] for word in words] for queue in queues[1:]]
    assert sorted(word for words in sent for word in words) == ["one", "one", "three", "two", "two"]
    assert not set(sent[0]) & set(sent[1])
    for queue in queues:
        queue.reader.close()
        queue.writer.close()


@pytest.mark.parametrize("name", [pytest.param("simulator", marks=needs_simpy), "topology"])
def test_a_program_by_itself_refuses_a_format_that_it_does_not_know(name: str) -> None:
    """Its answer has a status and a reason, and no numbers."""
    request = json.dumps({"path": "none", "configuration": {"format": "xml"}})
    command = [sys.executable, str(SYSTEMS / "streams" / f"{name}.py")]
    answer = json.loads(subprocess.run(command, input=request, capture_output=True, text=True, check=True).stdout)
    assert answer == {"status": "invalid", "reason": "there is no such format"}


@needs_taskset
def test_a_run_in_which_a_process_dies_is_a_failure(tmp_path: Path) -> None:
    """A spout without a sentence dies; the answer says so, and the run still ends with all its processes."""
    (tmp_path / "none").touch()
    asked = {**FAR, "spouts": 1, "splitters": 1, "counters": 1}
    request = json.dumps({"path": str(tmp_path / "none"), "configuration": asked})
    ran = run_process([sys.executable, str(SYSTEMS / "streams" / "topology.py")], stdin=request, timeout_s=60)
    assert json.loads(ran.stdout) == {"status": "failed", "reason": "1 of 3 processes died"}


@pytest.mark.parametrize("kind", ["tweets", "articles", "ids"])
def test_the_first_words_are_frequent_where_words_are_skewed(kind: str, tmp_path: Path) -> None:
    """The most frequent word takes a tenth and more of a skewed text, and a hundredth and less of an even one."""
    shares = {}
    for skew in ("even", "skewed"):
        path = tmp_path / skew
        subprocess.run([sys.executable, SYSTEMS / "streams" / "sentences.py", kind, skew, path], check=True)
        words = path.read_text(encoding="ascii").split()
        shares[skew] = max(map(words.count, set(words))) / len(words)
    assert shares["even"] < 0.01
    assert shares["skewed"] > 0.1


def invented_costs(chance: np.random.Generator) -> tuple[list[Any], Any, dict[str, float]]:
    """Runs of a linear system of three metrics and four costs, what simulates it, and its costs."""
    weights = chance.uniform(size=(12, 3, 4))  # runs, metrics, costs
    true = {"jitter": 0.3, "a": 2.0, "b": 5.0, "c": 1.0, "d": 8.0}

    def simulate(run: Any, costs: Any) -> np.ndarray:
        return np.log(weights[run.configuration["i"]] @ [costs[name] for name in "abcd"])

    calibrate = program("calibrate")
    asked = [calibrate.Run([], {"i": i}, np.zeros(3)) for i in range(len(weights))]
    return [run._replace(logs=simulate(run, true)) for run in asked], simulate, true


def test_calibration_finds_one_factor_that_all_costs_share() -> None:
    """Costs that are all five times too low come out right to a sixth after a few steps; what is no cost stays."""
    runs, simulate, true = invented_costs(np.random.default_rng(0))
    guessed = {name: cost / 5 if name != "jitter" else cost for name, cost in true.items()}
    assert program("calibrate").fit(runs, guessed, simulate) == pytest.approx(true, rel=1 / 6)


def test_calibration_is_led_by_most_runs() -> None:
    """One run in twelve that took twenty times as long moves no cost by more than a quarter."""
    runs, simulate, true = invented_costs(np.random.default_rng(1))
    runs[0] = runs[0]._replace(logs=runs[0].logs + np.log(20.0))
    assert program("calibrate").fit(runs, true, simulate) == pytest.approx(true, rel=0.25)


def test_no_run_that_calibrated_is_tested() -> None:
    """The runs that the simulator's costs were fitted to are of two environments whose measurements are not kept."""
    kept, calibrating = (read_csv(ROOT / "measurements" / "streams" / f"2026-11-{name}.csv.gz") for name in FILES)
    assert not set(kept.environments) & set(calibrating.environments)


@needs_simpy
def test_what_is_kept_as_calibrated_is_nearer_to_the_runs() -> None:
    """By more than half of what the simulator as written misses, on every sixth of the runs that it was fitted to."""
    calibrate, folder = program("calibrate"), SYSTEMS / "streams"
    runs = calibrate.read_runs(ROOT / "measurements" / "streams" / "2026-11-calibration.csv.gz")
    assert len(runs) == 24
    written = tomllib.loads((folder / "system.toml").read_text(encoding="utf-8"))["simulator"]
    calibrated = tomllib.loads((folder / "calibrated.toml").read_text(encoding="utf-8"))
    simulate = calibrate.simulator()
    before, after = (
        np.median([np.abs(simulate(run, costs) - run.logs) for run in runs[::6]]) for costs in (written, calibrated)
    )
    assert after < before / 2
