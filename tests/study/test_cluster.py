"""A cluster measures a design: each environment where it belongs, and each thing once, also where a worker dies."""

import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import joblib
import numpy as np
import pandas as pd
import pytest

import transferperf as tp
from transferperf.cli import main
from transferperf.data.queue import PURPOSE, Queue
from transferperf.data.store import Store
from transferperf.errors import MeasurementError
from transferperf.measure import Runner, load_system
from transferperf.space import Environment
from transferperf.study.cluster import Job, joblib_on, label_of, measure_on, open_cluster
from transferperf.study.workers import share

WHY = "needs distributed: pip install 'transferperf[cluster]'"
distributed, dask = pytest.importorskip("distributed", reason=WHY), pytest.importorskip("dask", reason=WHY)

HIDDEN = "127.0.0.1:0"
ROOT = Path(__file__).parents[2]
SIZES = range(1, 7)
PACES = (("h1", 1.0), ("h2", 1.5))
DECLARED = """
[environments]
hardware = ["h1", "h2", "h3"]
[[metrics]]
name = "who"
[[options]]
name = "size"
type = "integer"
levels = [1, 2, 3, 4, 5, 6]
"""
ADAPTER = """
import os, pathlib, time
from transferperf.measure import Outcome

class Says:
    def __init__(self, declaration):
        self.name, self.space, self.factors = declaration.name, declaration.space, declaration.factors
        self.metrics, self.timeout_s, self.folder = declaration.metrics, declaration.timeout_s, declaration.folder

    def prepare(self, environment): pass
    def cleanup(self): pass
    def provenance(self): return {"says": "1.0"}

    def measure(self, configuration, environment):
        who, held = os.environ["WHO"], self.folder / "held"
        if who == "1":
            held.write_text(f"{configuration['size']}")
            time.sleep(60)
        while who == "2" and not held.exists():
            time.sleep(0.01)
        return Outcome(configuration=configuration, values={"who": float(who)}, cost_s=0.0)

system = Says
"""


@pytest.fixture(scope="module")
def systems(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a system that measures who measures it; worker 1 never comes to an end, for which 2 waits."""
    folder = tmp_path_factory.mktemp("systems")
    (folder / "says").mkdir()
    (folder / "says" / "system.toml").write_text(DECLARED, encoding="utf-8")
    (folder / "says" / "adapter.py").write_text(ADAPTER, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def scheduler() -> Iterator[str]:
    """Address of a scheduler that gives a task up when the worker that has it dies."""
    with dask.config.set({"distributed.scheduler.allowed-failures": 0}):
        cluster = distributed.LocalCluster(n_workers=0, processes=False, protocol="tcp", dashboard_address=HIDDEN)
    with cluster:
        yield cluster.scheduler_address


@pytest.fixture(scope="module")
def workers(scheduler: str) -> Iterator[dict[int, subprocess.Popen[bytes]]]:
    """Processes by their number: two workers that stand for h1, and one that stands for h2."""
    started = {}
    for number, label in ((1, "hw-h1"), (2, "hw-h1"), (3, "hw-h2")):
        words = [scheduler, "--nthreads", "1", "--no-nanny", "--no-dashboard", "--resources", f"{label}=1"]
        started[number] = subprocess.Popen(
            [sys.executable, "-m", "distributed.cli.dask_worker", *words],
            cwd=ROOT,
            env={**os.environ, "WHO": str(number)},
            stderr=subprocess.DEVNULL,
        )
    with distributed.Client(scheduler) as client:
        client.wait_for_workers(3, timeout=100)
    yield started
    for worker in started.values():
        worker.kill()
        worker.wait()


def job(systems: Path, folder: Path, *hardware: str) -> Job:
    """The design in these environments, in the queue of a store."""
    load = partial(load_system, "says", systems)
    url, places = f"sqlite:///{folder / 'a.db'}", [Environment.of({"hardware": name}) for name in hardware]
    with Store.open(url) as store:
        share(Queue(store, "says"), load(), pd.DataFrame({"size": [*SIZES]}), places)
    once = Runner(min_repeats=1, max_repeats=1, warm_ups=0)
    return Job(system="says", load=load, url=url, environments=places, runner=once, patience_s=1.5)


def recorded(url: str) -> Counter[tuple[str, object, float]]:
    """How often the store holds what, where, by whom."""
    with Store.open(url) as store:
        kept = store.read("says", purpose=PURPOSE)
    return Counter((found.environment.label, asked["size"], found.mean("who")) for asked, found in kept)


Workers = dict[int, "subprocess.Popen[bytes]"]


def test_each_environment_is_measured_where_it_belongs_also_where_a_worker_dies(
    scheduler: str, workers: Workers, systems: Path, tmp_path: Path
) -> None:
    """One of two workers is killed while it measures: the other measures what it held; nothing is lost or doubled."""
    wanted, held, counted = job(systems, tmp_path, "h1", "h2"), systems / "says" / "held", list[tuple[int, int]]()

    def kill(n_done: int, n: int) -> None:
        counted.append((n_done, n))
        if held.exists() and workers[1].poll() is None:
            os.kill(workers[1].pid, signal.SIGKILL)

    with open_cluster(scheduler) as client:
        parts = measure_on(client, wanted, kill)
        assert measure_on(client, wanted)[0].n == 0
    assert held.read_text() in map(str, SIZES)
    assert workers[1].wait() == -signal.SIGKILL
    assert recorded(wanted.url) == Counter(("h1", size, 2.0) for size in SIZES) + Counter(
        ("h2", size, 3.0) for size in SIZES
    )
    assert (sum(part.n for part in parts), counted[-1]) == (12, (12, 12))
    assert {part.label for part in parts} == {"hw-h1", "hw-h2"}
    assert {part.versions["says"] for part in parts} == {"1.0"}


def test_hardware_that_no_worker_stands_for_is_named(
    scheduler: str, workers: Workers, systems: Path, tmp_path: Path
) -> None:
    """One line says its label and how to start such a worker; nothing of the others is begun, and nothing lost."""
    assert workers
    wanted = job(systems, tmp_path, "h2", "h3")
    words = "has no worker that carries 'hw-h3'; start one .* dask worker tcp://.* --resources \"hw-h3=1\""
    with open_cluster(scheduler) as client, pytest.raises(MeasurementError, match=words) as caught:
        measure_on(client, wanted)
    assert len(str(caught.value).splitlines()) == 1
    assert not recorded(wanted.url)


def test_what_a_worker_cannot_do_is_said_in_its_words(
    scheduler: str, workers: Workers, systems: Path, tmp_path: Path
) -> None:
    """A system that is not there: the line names the worker and what it lacks; what it was to do waits."""
    assert workers
    wanted = replace(job(systems, tmp_path, "h2"), load=partial(load_system, "says", tmp_path))
    with (
        open_cluster(scheduler) as client,
        pytest.raises(MeasurementError, match=r"worker tcp://.* unknown system 'says'"),
    ):
        measure_on(client, wanted)
    with Store.open(wanted.url) as store:
        assert Queue(store, "says").counts() == (0, 6)


@pytest.fixture(scope="module")
def near() -> Iterator[str]:
    """Address of a cluster of one worker that is a thread of this process, and so has its libraries."""
    with distributed.LocalCluster(n_workers=1, processes=False, dashboard_address=HIDDEN) as cluster:
        yield cluster.scheduler_address


def test_similarity_is_the_same_on_a_cluster(near: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Pairs that its workers compare have the measures that this process finds; without measures there is no work."""
    rows = [{"hardware": h, "a": a, "b": b, "time": a + b * s} for h, s in PACES for a in range(4) for b in range(4)]
    monkeypatch.chdir(tmp_path)
    pd.DataFrame(rows).to_csv("runs.csv", index=False)
    words = ["similarity", "runs.csv", "--metric", "time", "--parts", "shift,overlap"]
    assert main([*words, "--measures", "there.csv", "--cluster", near]) == 0
    here = tp.similarity(tp.read_csv("runs.csv", metrics=["time"]), metric="time", parts=("shift", "overlap"))
    here.write_measures("here.csv")
    assert Path("here.csv").read_text(encoding="utf-8") == Path("there.csv").read_text(encoding="utf-8")
    assert main([*words, "--cluster", near]) == 2


def test_models_are_fitted_on_a_cluster(near: str) -> None:
    """A model that a worker fitted predicts as one that is fitted here, also once it went to another process."""
    rows = [{"a": a, "b": b, "time": 1.0 + a + b} for a in range(3) for b in range(3)]
    table = tp.read_frame(pd.DataFrame(rows), metrics=["time"])
    fit = partial(tp.fit, metric="time", target={}, transfer="none")
    with joblib_on(near):
        (model,) = joblib.Parallel(n_jobs=-1)([joblib.delayed(fit)(table)])
    arrived = distributed.protocol.deserialize_bytes(distributed.protocol.serialize_bytes(model))
    asked = pd.DataFrame(rows)[["a", "b"]]
    np.testing.assert_array_equal(arrived.predict(asked).mean, fit(table).predict(asked).mean)


def test_a_label_is_that_of_the_hardware() -> None:
    """It has no character that separates labels; where environments say nothing of hardware, any worker will do."""
    places = ({"hardware": "rpi4", "workload": "a"}, {"hardware": "2 cores, arch=arm"}, {"workload": "a"})
    assert [label_of(Environment.of(place)) for place in places] == ["hw-rpi4", "hw-2-cores-arch-arm", ""]


@pytest.mark.parametrize("address", ["tcp://127.0.0.1:1", "nonsense://x", "local:many", "local:0"])
def test_a_cluster_that_is_not_there_is_an_error_in_one_line(address: str) -> None:
    """It says what came, and what to do."""
    with (
        dask.config.set({"distributed.comm.timeouts.connect": "1s"}),
        pytest.raises(MeasurementError, match="local") as caught,
        open_cluster(address),
    ):
        pass
    assert len(str(caught.value).splitlines()) == 1


def test_a_missing_library_says_what_brings_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """The extra is named."""
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(MeasurementError, match=r"needs .* distributed, .*pip install 'transferperf\[cluster\]'"):
        open_cluster("local").__enter__()
