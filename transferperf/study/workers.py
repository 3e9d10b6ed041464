"""One of several workers that measure a design between them into one store, on this machine or on many."""

import contextlib
import threading
import time
from collections.abc import Callable, Iterator, Sequence

import pandas as pd

from transferperf.data.measurement import Measurement
from transferperf.data.queue import PURPOSE, Claim, Pulse, Queue
from transferperf.errors import StoreError
from transferperf.measure import Runner, System
from transferperf.rng import generator
from transferperf.space import Environment
from transferperf.study.campaign import distinct

PATIENCE_S = 60.0
"""Seconds without a sign of life after which a worker counts as dead, and others measure what it held."""

BEATS = 6
"""Signs of life in that time."""

Progress = Callable[[int, int, Measurement], None]
"""Called after each measurement with how many are done by all, how many there are, and the latest."""


def share(
    queue: Queue, system: System, configurations: pd.DataFrame, environments: Sequence[Environment], seed: int = 0
) -> None:
    """Put a design into a queue: each configuration in each environment, shuffled as `Runner.measure_all` does.

    All workers may do so; what is in the queue or measured already stays as it is.
    """
    rows = distinct(system, configurations)
    ordered = sorted(environments)
    queue.fill(
        {
            ordered[e]: [rows[i] for i in generator(seed, "configurations", ordered[e]).permutation(len(rows))]
            for e in generator(seed, "environments").permutation(len(ordered))
        }
    )


def work(
    system: System,
    queue: Queue,
    environments: Sequence[Environment],
    *,
    runner: Runner | None = None,
    patience_s: float = PATIENCE_S,
    progress: Progress | None = None,
    is_over: Callable[[], bool] = bool,
) -> int:
    """Measure what waits in a queue for these environments until nothing is left, by this worker or another.

    What a worker held that gave no sign of life for `patience_s` is measured by another. Workers watch each other by
    their own clocks, so clocks of different machines need not agree.

    Parameters
    ----------
    is_over
        Asked before each claim; this worker stops where it says so.

    Returns
    -------
    n
        Measurements that this worker recorded.

    Raises
    ------
    StoreError
        Where the store cannot be read or written. What this worker held then waits for another.
    """
    runner = runner or Runner()
    stage, seen, n = _Stage(system, runner, queue), dict[Pulse, float](), 0
    claim: Claim | None = None
    with _alive(queue, patience_s / BEATS), contextlib.closing(stage):
        while not is_over():
            claim = claim or queue.claim(environments, stage.environment)
            if claim is None:
                stage.close()
                if not _others_work(queue, environments, seen, patience_s):
                    break
                continue
            measurement, claim = queue.exchange(claim, stage.measure(claim))
            n += measurement is not None
            if progress is not None and measurement is not None:
                progress(*queue.counts(), measurement)
    return n


class _Stage:
    """A system that is made ready when a claim needs another environment."""

    def __init__(self, system: System, runner: Runner, queue: Queue) -> None:
        self.system, self.runner, self.queue = system, runner, queue
        self.environment: Environment | None = None
        self._stack = contextlib.ExitStack()
        self._n = 0

    def measure(self, claim: Claim) -> Measurement:
        """What came of a claim; of the default before it, where it is time for a control."""
        if claim.environment != self.environment:
            self.close()
            self._stack.enter_context(self.runner.prepared(self.system, claim.environment))
            self.environment = claim.environment
        if self.runner.control_every and self._n % self.runner.control_every == 0:
            default = self.system.space.canonical(self.system.space.default)
            came = self.runner.measure(self.system, default, claim.environment)
            self.queue.store.add(self.system.name, default, came, purpose=PURPOSE)
        self._n += 1
        return self.runner.measure(self.system, claim.configuration, claim.environment)

    def close(self) -> None:
        """Clean up; the next claim makes the system ready again."""
        self.environment, self._n = None, 0
        self._stack.close()


@contextlib.contextmanager
def _alive(queue: Queue, every_s: float) -> Iterator[None]:
    """Signs of life as long as it lasts; at the end, what is not measured is given back."""
    is_over = threading.Event()

    def live() -> None:
        while not is_over.wait(every_s):
            with contextlib.suppress(StoreError):  # the measurement that follows will say it
                queue.beat()

    thread = threading.Thread(target=live, daemon=True)
    thread.start()
    try:
        yield
    finally:
        is_over.set()
        thread.join()
        with contextlib.suppress(StoreError):  # then it looks dead, and others take it back
            queue.release()


def _others_work(
    queue: Queue, environments: Sequence[Environment], seen: dict[Pulse, float], patience_s: float
) -> bool:
    """Wait a moment for what others hold, and take back what dead ones held; False where all is measured.

    `seen` keeps when each pulse was first seen, in seconds.
    """
    pulses, now = queue.pulses(environments), time.monotonic()
    for pulse in pulses:
        if now - seen.setdefault(pulse, now) > patience_s:
            queue.take_back(pulse)
    for pulse in seen.keys() - pulses:
        del seen[pulse]
    if pulses and all(pulse.worker for pulse in pulses):
        time.sleep(min(patience_s / BEATS, 1.0))
    return bool(pulses)
