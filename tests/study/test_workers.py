"""Workers that measure a design between them: each configuration once, also where one of them is killed."""

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pandas as pd
import pytest

from transferperf.data.measurement import Measurement
from transferperf.data.queue import PURPOSE, Queue
from transferperf.data.store import Store
from transferperf.data.table import MeasurementTable
from transferperf.errors import MeasurementError
from transferperf.measure import Outcome, RecordedSystem, Runner, environments
from transferperf.metric import Metric
from transferperf.space import Configuration, ConfigurationSpace, Environment, IntegerOption
from transferperf.study.workers import share, work

FOLDER = Path(__file__).parent
ROOT = FOLDER.parents[1]
ONCE = Runner(min_repeats=1, max_repeats=1, warm_ups=0)
SIZES = range(1, 7)
DESIGN = pd.DataFrame({"size": [*SIZES]})

WORKER = f"""
import sys
sys.path.insert(0, {str(FOLDER)!r})
from test_workers import take_part
take_part(sys.argv[1], float(sys.argv[2]))
"""


class Sleeps(RecordedSystem):
    """A recorded system that says what it is asked for, and takes its time."""

    def __init__(self, sleep_s: float = 0.0) -> None:
        space = ConfigurationSpace((IntegerOption(name="size", levels=tuple(SIZES)),))
        rows = [{"hardware": h, "size": size, "time": size / 3} for h in ("h1", "h2") for size in SIZES]
        super().__init__(MeasurementTable(pd.DataFrame(rows), space, ("hardware",), (Metric("time"),)))
        self.sleep_s, self.calls = sleep_s, list[str]()

    def prepare(self, environment: Environment) -> None:
        """As recorded."""
        self.calls.append(f"prepare {environment.label}")
        super().prepare(environment)

    def measure(self, configuration: Configuration, environment: Environment) -> Outcome:
        """As recorded, and later."""
        self.calls.append(f"{environment.label} {configuration['size']}")
        sys.stdout.write(f"{self.calls[-1]}\n")
        sys.stdout.flush()
        time.sleep(self.sleep_s)
        return super().measure(configuration, environment)

    def cleanup(self) -> None:
        """As recorded."""
        self.calls.append("cleanup")
        super().cleanup()


def take_part(url: str, sleep_s: float) -> None:
    """What each worker does: put the design in, and measure until nothing is left."""
    system = Sleeps(sleep_s)
    with Store.open(url) as store:
        queue = Queue(store, system.name)
        share(queue, system, DESIGN, environments(system))
        work(system, queue, environments(system), runner=ONCE, patience_s=1.0)


def start(url: str, sleep_s: float) -> subprocess.Popen[str]:
    """A worker in a process of its own, which prints what it measures."""
    words = [sys.executable, "-c", WORKER, url, str(sleep_s)]
    return subprocess.Popen(words, cwd=ROOT, stdout=subprocess.PIPE, text=True)


def recorded(store: Store) -> Counter[str]:
    """How often the store holds each thing."""
    kept = store.read("recorded", purpose=PURPOSE)
    return Counter(f"{measurement.environment.label} {asked['size']}" for asked, measurement in kept)


EACH_ONCE = Counter(f"{hardware} {size}" for hardware in ("h1", "h2") for size in SIZES)


def test_workers_measure_all_between_them_where_one_is_killed(store_url: str) -> None:
    """One is killed while it measures: the two others measure the rest, and what it held; each thing once."""
    killed = start(store_url, 60.0)
    assert killed.stdout is not None
    held = killed.stdout.readline().strip()
    others = [start(store_url, 0.02) for _ in range(2)]
    os.kill(killed.pid, signal.SIGKILL)
    said = [line for other in others for line in other.communicate(timeout=100)[0].splitlines()]
    assert killed.communicate()[0] == ""
    assert [worker.returncode for worker in (killed, *others)] == [-signal.SIGKILL, 0, 0]
    with Store.open(store_url) as store:
        assert recorded(store) == EACH_ONCE
        assert held in said
        assert Queue(store, "recorded").counts() == (12, 12)


def test_a_worker_prepares_each_environment_once_and_cleans_up(tmp_path: Path) -> None:
    """What lies in the same environment comes in a row; progress counts what all have done."""
    system, seen = Sleeps(), list[tuple[int, int, str]]()

    def tell(n_done: int, n: int, latest: Measurement) -> None:
        seen.append((n_done, n, latest.environment.label))

    with Store.open(f"sqlite:///{tmp_path / 'a.db'}") as store:
        queue = Queue(store, system.name)
        share(queue, system, DESIGN, environments(system))
        assert work(system, queue, environments(system), runner=ONCE, progress=tell) == 12
        assert work(Sleeps(), queue, environments(system), runner=ONCE) == 0
        assert recorded(store) == EACH_ONCE
    assert [call for call in system.calls if call in ("prepare h1", "prepare h2")] == sorted(
        {f"prepare {label}" for *_, label in seen}, key=system.calls.index
    )
    assert system.calls.count("cleanup") == 2
    assert [entry[:2] for entry in seen] == [(k, 12) for k in range(1, 13)]


def test_a_worker_measures_only_in_its_environments(tmp_path: Path) -> None:
    """A machine that stands for one hardware leaves the others' to others."""
    system = Sleeps()
    here = [where for where in environments(system) if where.label == "h2"]
    with Store.open(f"sqlite:///{tmp_path / 'a.db'}") as store:
        queue = Queue(store, system.name)
        share(queue, system, DESIGN, environments(system))
        assert work(system, queue, here, runner=ONCE) == 6
        assert set(recorded(store)) == {f"h2 {size}" for size in SIZES}


def test_the_order_is_that_of_the_seed(tmp_path: Path) -> None:
    """A lone worker measures in the order in which the runner would."""
    system, alone = Sleeps(), Sleeps()
    with Store.open(f"sqlite:///{tmp_path / 'a.db'}") as store:
        queue = Queue(store, system.name)
        share(queue, system, DESIGN, environments(system), seed=5)
        work(system, queue, environments(system), runner=ONCE)
    rows = [{"size": size} for size in SIZES]
    list(ONCE.measure_all(alone, dict.fromkeys(environments(alone), rows), 5))
    assert system.calls == alone.calls


def test_what_a_failing_worker_held_waits_for_another(tmp_path: Path) -> None:
    """An error of the system ends the worker, cleans up, and gives back at once."""

    class Broken(Sleeps):
        """Fails with the third configuration."""

        def measure(self, configuration: Configuration, environment: Environment) -> Outcome:
            """As recorded, twice."""
            if len(self.calls) > 2:
                raise MeasurementError("the disk is gone")
            return super().measure(configuration, environment)

    broken = Broken()
    with Store.open(f"sqlite:///{tmp_path / 'a.db'}") as store:
        queue = Queue(store, broken.name)
        share(queue, broken, DESIGN, environments(broken))
        with pytest.raises(MeasurementError, match="the disk is gone"):
            work(broken, queue, environments(broken), runner=ONCE)
        assert broken.calls[-1] == "cleanup"
        assert {pulse.worker for pulse in queue.pulses(environments(broken))} == {None}
        work(Sleeps(), Queue(store, broken.name), environments(broken), runner=ONCE)
        assert recorded(store) == EACH_ONCE


def test_controls_come_in_between(tmp_path: Path) -> None:
    """The default is measured before each so many configurations of an environment, and the whole design."""
    system = Sleeps()
    runner = Runner(min_repeats=1, max_repeats=1, warm_ups=0, control_every=3)
    default = system.space.canonical(system.space.default)
    with Store.open(f"sqlite:///{tmp_path / 'a.db'}") as store:
        queue = Queue(store, system.name)
        share(queue, system, DESIGN, environments(system))
        work(system, queue, environments(system), runner=runner)
        assert recorded(store) == EACH_ONCE + Counter({f"{h} {default['size']}": 2 for h in ("h1", "h2")})
    asked = [call.split()[1] for call in system.calls if call.startswith("h")]
    assert [asked[k] for k in (0, 4, 8, 12)] == [str(default["size"])] * 4


def test_a_worker_that_is_told_to_stop_gives_back_what_waits(tmp_path: Path) -> None:
    """It is asked before each claim; what it did not come to, another measures."""
    system = Sleeps()
    with Store.open(f"sqlite:///{tmp_path / 'a.db'}") as store:
        queue = Queue(store, system.name)
        share(queue, system, DESIGN, environments(system))
        n_runs = lambda: sum(call.startswith("h") for call in system.calls)  # noqa: E731
        assert work(system, queue, environments(system), runner=ONCE, is_over=lambda: n_runs() == 4) == 4
        assert system.calls[-1] == "cleanup"
        assert work(system, Queue(store, system.name), environments(system), runner=ONCE) == 8
        assert recorded(store) == EACH_ONCE
