"""A design that the workers of a Dask cluster measure between them, each in the environments that it stands for."""

import contextlib
import importlib
import re
import time
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Self

import joblib

from transferperf.data.queue import Queue
from transferperf.data.store import Store
from transferperf.errors import MeasurementError, TransferPerfError
from transferperf.measure import Runner, System
from transferperf.measure.machine import machine
from transferperf.space import Environment
from transferperf.study.workers import PATIENCE_S, work

LOCAL = "local"
"""Address of a cluster of this machine's own; `local:4` has four workers."""

TICK_S = 1.0
"""Seconds between two looks at the workers."""

GRACE_S = 10.0
"""Seconds that workers have to end what they measure when a campaign is interrupted."""

UNDISTURBED = {"distributed.nanny.pre-spawn-environ": {}, "distributed.worker.profile.enabled": False}
"""Settings of local workers: else commands had variables that say one thread, and a profiler ran beside them."""

SEPARATORS = r"[\s,=]+"
"""What ends a label on the command line of a worker."""

Client = Any
"""A `distributed.Client`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """What workers measure.

    Parameters
    ----------
    system
        Its name.
    load
        Gives the system, on the machine of the worker.
    url
        Of the store that has the design in its queue; workers reach it by the same URL.
    environments
        Where it is measured.
    runner
        How each configuration is measured.
    patience_s
        Seconds without a sign of life after which a worker counts as dead.
    """

    system: str
    load: Callable[[], System]
    url: str
    environments: Sequence[Environment]
    runner: Runner
    patience_s: float = PATIENCE_S


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What a worker did.

    Parameters
    ----------
    worker, label
        Its address, and the label that it was asked for.
    n
        Measurements that it recorded.
    machine, versions
        What it runs on, and what it measured with.
    problem
        Why it gave up; "" where it did not.
    """

    worker: str
    label: str
    n: int = 0
    machine: Mapping[str, Any] = field(default_factory=dict)
    versions: Mapping[str, str] = field(default_factory=dict)
    problem: str = ""


@contextlib.contextmanager
def open_cluster(address: str, labels: Iterable[str] = ()) -> Iterator[Client]:
    """A client of the scheduler at an address, or of workers that live on this machine meanwhile.

    Parameters
    ----------
    address
        Such as "tcp://server:8786"; "local" for one worker of this machine, "local:4" for four.
    labels
        Resource labels that all local workers carry.

    Raises
    ------
    MeasurementError
        Where no scheduler answers, or the package `distributed` is missing.
    """
    distributed, (kind, _, n) = _distributed(), address.partition(":")
    with contextlib.ExitStack() as stack:
        place: Any = address
        if kind == LOCAL:
            if not (n or "1").isdigit() or int(n or 1) < 1:
                raise MeasurementError(f"a cluster of '{n}' workers; expected a number, as in {LOCAL}:4")
            config = importlib.import_module("dask").config
            stack.enter_context(config.set(UNDISTURBED))
            place = distributed.LocalCluster(
                n_workers=int(n or 1),
                threads_per_worker=1,
                memory_limit=0,
                dashboard_address="127.0.0.1:0",
                resources=dict.fromkeys(labels, 1),
            )
            stack.enter_context(place)
        try:
            client = stack.enter_context(distributed.Client(place))
        except (OSError, ValueError) as error:
            said = (str(error).splitlines() or [type(error).__name__])[0]
            raise MeasurementError(
                f"no Dask scheduler answers at {address} ({said}); start one with `dask scheduler`, or say {LOCAL}"
            ) from error
        yield client


@contextlib.contextmanager
def joblib_on(address: str) -> Iterator[None]:
    """Inside, what joblib computes with `n_jobs=-1` is computed by a cluster's workers; without an address, as ever."""
    if not address:
        yield
        return
    with open_cluster(address) as client, joblib.parallel_config("dask", client=client):
        yield


def label_of(environment: Environment) -> str:
    """The resource label of workers that stand for its hardware, such as "hw-rpi4"; "" where any worker will do."""
    hardware = environment.as_mapping().get("hardware")
    return f"hw-{re.sub(SEPARATORS, '-', hardware)}" if hardware is not None else ""


def measure_on(client: Client, job: Job, progress: Callable[[int, int], None] | None = None) -> tuple[Part, ...]:
    """Have a cluster measure what waits in the queue, each environment by workers that carry its label.

    What a worker held that dies is measured by another. What is measured is in the store at once, so that the same call
    goes on where one was interrupted.

    Parameters
    ----------
    progress
        Called now and then with how many are measured, and how many there are.

    Returns
    -------
    parts
        What each task came to; one for each worker of a label, more where workers died.

    Raises
    ------
    MeasurementError
        Where no worker carries a label, workers die and nothing comes of it, or one cannot measure.
    StoreError
        Where the store cannot be read.
    """
    with Store.open(job.url) as store, _Campaign(client, job, Queue(store, job.system)) as campaign:
        while not campaign.is_over:
            campaign.submit()
            campaign.wait()
            if progress is not None:
                progress(*campaign.queue.counts())
        return tuple(campaign.parts)


class _Campaign:
    """Tasks for workers, as many of a label as there are workers that carry it, until all of it is measured."""

    def __init__(self, client: Client, job: Job, queue: Queue) -> None:
        self.client, self.job, self.queue = client, job, queue
        self.waiting: dict[str, list[Environment]] = {}  # label -> where it is measured
        for environment in job.environments:
            self.waiting.setdefault(label_of(environment), []).append(environment)
        self.tasks: dict[Any, str] = {}  # future -> label
        self.parts: list[Part] = []
        self._seen = dict.fromkeys(self.waiting, -job.patience_s)  # label -> when a worker had it, in s
        self._n_at_death = -1
        self._stop = _distributed().Event(f"transferperf-{uuid.uuid4().hex}", client)

    @property
    def is_over(self) -> bool:
        """Whether all is measured, and all workers have answered."""
        return not self.waiting and not self.tasks

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        """Tell workers that still measure to stop; they give back what they hold."""
        if self.tasks:
            self._stop.set()
            with contextlib.suppress(TimeoutError):
                _distributed().wait(list(self.tasks), timeout=GRACE_S)
            self.client.cancel(list(self.tasks))

    def submit(self) -> None:
        """Give each worker of a label something to do; MeasurementError where nobody carries it for too long."""
        workers, now = self.client.scheduler_info(n_workers=-1)["workers"].values(), time.monotonic()
        free = {
            label: sum(int(worker["resources"].get(label, 0)) for worker in workers) if label else len(workers)
            for label in self.waiting
        }
        self._seen |= {label: now for label, n in free.items() if n}
        for label in free:
            if now - self._seen[label] > self.job.patience_s:
                raise MeasurementError(self._missing(label))
        for label, n in free.items():
            only = {"resources": {label: 1}} if label else {}
            for _ in range(n - list(self.tasks.values()).count(label)):
                here = tuple(self.waiting[label])
                task = self.client.submit(take_part, self.job, here, self._stop.name, pure=False, **only)
                self.tasks[task] = label

    def wait(self) -> None:
        """Wait a moment for answers, and take them."""
        if self.tasks:
            with contextlib.suppress(TimeoutError):
                _distributed().wait(list(self.tasks), timeout=TICK_S, return_when="FIRST_COMPLETED")
        else:
            time.sleep(TICK_S)
        for task in [task for task in self.tasks if task.done()]:
            self._take(task, self.tasks.pop(task))

    def _take(self, task: Any, label: str) -> None:
        if task.status != "finished":
            self._check_death(task)
            return
        part: Part = task.result()
        if part.problem:
            raise MeasurementError(f"worker {part.worker}: {part.problem}")
        self.parts.append(part)
        self.waiting.pop(label, None)

    def _check_death(self, task: Any) -> None:
        """Raise what went wrong; nothing where its workers died and something was measured since one did last."""
        if task.status == "error" and not isinstance(task.exception(), _distributed().KilledWorker):
            task.result()
        n_done, _ = self.queue.counts()
        if n_done <= self._n_at_death:
            raise MeasurementError("workers die while they measure, and nothing comes of it; their logs say why")
        self._n_at_death = n_done

    def _missing(self, label: str) -> str:
        address = self.client.scheduler.address
        lacks, carried = (f" that carries '{label}'", f' --resources "{label}=1"') if label else ("", "")
        return (
            f"{address} has no worker{lacks}; start one on that hardware with: dask worker {address} --nthreads 1 "
            f"--no-nanny{carried}. What is measured is kept, and the same command goes on"
        )


def take_part(job: Job, environments: Sequence[Environment], stop: str) -> Part:
    """What a worker does: it measures until nothing waits in its environments, or the event `stop` is set."""
    distributed = _distributed()
    who = {"worker": distributed.get_worker().address, "label": label_of(environments[0])}
    try:
        system = job.load()
        with Store.open(job.url) as store:
            n = work(
                system,
                Queue(store, job.system),
                environments,
                runner=job.runner,
                patience_s=job.patience_s,
                is_over=distributed.Event(stop).is_set,
            )
        return Part(**who, n=n, machine=machine(), versions=dict(system.provenance()))
    except TransferPerfError as error:
        return Part(**who, problem=str(error))


def _distributed() -> Any:
    """The package `distributed`, which few need; MeasurementError where it is missing."""
    try:
        return importlib.import_module("distributed")
    except ImportError as error:
        raise MeasurementError(
            f"a cluster needs the Python package {error.name}, which is missing; install it with: "
            "pip install 'transferperf[cluster]'"
        ) from error
