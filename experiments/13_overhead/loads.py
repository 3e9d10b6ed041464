"""What is measured: systems that do nothing, workers that share one store, and stores with many rows."""

import itertools
import math
import multiprocessing as mp
import statistics
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from multiprocessing.synchronize import Barrier
from pathlib import Path

import pandas as pd

from transferperf.data.measurement import Measurement
from transferperf.data.queue import PURPOSE, Queue
from transferperf.data.store import Store
from transferperf.data.store_files import export_rows, import_rows
from transferperf.data.store_rows import TABLE, rows_of
from transferperf.data.table import MeasurementTable
from transferperf.measure import Outcome, RecordedSystem, Runner, System, environments, load_system
from transferperf.metric import Metric
from transferperf.space import Configuration, ConfigurationSpace, Environment, IntegerOption
from transferperf.study.campaign import run_design
from transferperf.study.workers import share, work

ONCE = Runner(min_repeats=1, max_repeats=1, warm_ups=0)
THRICE = Runner(min_repeats=3, max_repeats=3, warm_ups=0)
SIDE = 64
"""Values of an option: a design has up to the square of it."""
PEAK = Path("/proc/self/clear_refs")
REPEATS = 10
"""Of each stored measurement, where there are many rows."""

TRUE = """
timeout_s = 10.0
[command]
run = ["true", "{k}"]
[environments]
hardware = ["h1"]
[[metrics]]
name = "wall_s"
unit = "s"
[[options]]
name = "k"
type = "integer"
levels = [1, 2]
"""


class Nothing(RecordedSystem):
    """A system whose runs take no time."""

    def __init__(self) -> None:
        space = ConfigurationSpace(tuple(IntegerOption(name=n, levels=tuple(range(SIDE))) for n in ("a", "b")))
        rows = design(1).assign(hardware="h1", time=1.0)
        super().__init__(MeasurementTable(rows, space, ("hardware",), (Metric("time", unit="s"),)))

    def measure(self, configuration: Configuration, environment: Environment) -> Outcome:  # noqa: ARG002
        """The same answer to everything."""
        return Outcome(configuration=configuration, values={"time": 1.0}, cost_s=0.0)


def design(n: int) -> pd.DataFrame:
    """The first configurations, shape (n, 2)."""
    pairs = itertools.islice(itertools.product(range(SIDE), repeat=2), n)
    return pd.DataFrame(pairs, columns=["a", "b"])


def runner_ms(n: int, folder: Path) -> Iterator[tuple[str, float]]:
    """Milliseconds of each of n measurements, by where they go."""
    system, rows = Nothing(), design(n)
    (where,) = environments(system)
    asked: list[Configuration] = rows.to_dict("records")
    yield "runner alone", _each_ms(n, lambda: list(ONCE.measure_all(system, {where: asked}, 0)))
    yield "into a file", _each_ms(n, lambda: run_design(system, rows, [where], path=folder / "a.csv", runner=ONCE))
    with Store.open(f"sqlite:///{folder / 'runner.db'}") as store:
        queue = Queue(store, system.name)
        share(queue, system, rows, [where])
        yield "into a SQLite store, by one worker", _each_ms(n, lambda: work(system, queue, [where], runner=ONCE))


def command_ms(n: int, folder: Path) -> Iterator[dict[str, object]]:
    """Milliseconds to start `true`: by itself, and as a system from a file; n of each, in turns."""
    (folder / "true").mkdir()
    (folder / "true" / "system.toml").write_text(TRUE, encoding="utf-8")
    system: System = load_system("true", folder)
    (where,) = environments(system)
    bare, ours, said = list[float](), list[float](), list[float]()
    started = time.process_time()
    with ONCE.prepared(system, where):
        ONCE.measure(system, {"k": 1}, where)
        for k in range(n):
            bare.append(_each_ms(1, lambda: subprocess.run(["true"], check=True)))  # noqa: S607
            start = time.monotonic()
            measured = ONCE.measure(system, {"k": 1 + k % 2}, where)
            ours.append((time.monotonic() - start) * 1e3)
            said.append(measured.mean("wall_s") * 1e3)
    cpu_ms = (time.process_time() - started) / n * 1e3
    for what, times in (("by itself", bare), ("as a system from a file", ours), ("of which it ran, as measured", said)):
        yield {"starting `true`": what, "median ms": statistics.median(times), "least ms": min(times)}
    yield {"starting `true`": "CPU time of ours for both", "median ms": cpu_ms, "least ms": math.nan}


def shared_rate(url: str, n: int, n_workers: int) -> dict[str, object]:
    """Measurements a second, and how many of the n are missing or stand there more than once."""
    context = mp.get_context("spawn")
    barrier = context.Barrier(n_workers)
    with Store.open(url):
        pass  # the tables are made
    workers = [context.Process(target=_take_part, args=(url, n, barrier)) for _ in range(n_workers)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    with Store.open(url) as store:
        kept = store.read("recorded", purpose=PURPOSE)
        times = pd.to_datetime(store.frame("recorded")["timestamp"])
    found = Counter(tuple(asked.values()) for asked, _ in kept)
    seconds = (times.max() - times.min()).total_seconds()
    return {
        "workers": n_workers,
        "measurements": n,
        "a second": (n - 1) / seconds,
        "lost": n - len(found),
        "twice": sum(times > 1 for times in found.values()),
        "torn": sum(measurement.n_repeats != 3 for _, measurement in kept),
        "failed workers": sum(worker.exitcode != 0 for worker in workers),
    }


def _take_part(url: str, n: int, barrier: Barrier) -> None:
    system = Nothing()
    with Store.open(url) as store:
        queue = Queue(store, system.name)
        share(queue, system, design(n), environments(system))
        barrier.wait()
        work(system, queue, environments(system), runner=THRICE)


def file_seconds(url: str, n_rows: int, folder: Path) -> Iterator[dict[str, object]]:
    """Seconds to write a store of so many rows to files."""
    with Store.open(url) as store:
        _fill(store, n_rows)
        for name in ("rows.csv", "rows.csv.gz", "rows.parquet"):
            path = folder / name
            used = _used(lambda path=path: export_rows(store, path))
            yield {"what": f"write {name}", "rows": n_rows, **used, "megabytes": path.stat().st_size / 1e6}


def back_seconds(url: str, n_rows: int, folder: Path) -> Iterator[dict[str, object]]:
    """Seconds to read such a store as a frame, and to add a file of its rows to an empty one."""
    with Store.open(url) as store:
        _fill(store, n_rows)
        path = folder / "few.parquet"
        export_rows(store, path)
        yield {"what": "read as a frame", "rows": n_rows, **_used(lambda: store.frame("sum")), "megabytes": math.nan}
    with Store.open(f"sqlite:///{folder / 'other.db'}") as other:
        yield {
            "what": "add to SQLite",
            "rows": n_rows,
            **_used(lambda: import_rows(other, path)),
            "megabytes": math.nan,
        }


def _fill(store: Store, n_rows: int) -> None:
    """So many rows of a system with 14 options, as a campaign leaves them."""
    (where,) = environments(Nothing())
    with store.engine.begin() as connection:
        for start in range(0, n_rows // REPEATS, 1000):
            batch = range(start, min(start + 1000, n_rows // REPEATS))
            connection.execute(TABLE.insert(), [row for k in batch for row in _rows(k, where)])


def _rows(k: int, where: Environment) -> list[dict[str, object]]:
    """The rows of the k-th measurement."""
    asked: Configuration = {f"option_{j}": (k * (j + 1)) % 97 for j in range(14)}
    times = tuple(1.0 + k / 3 + r / 7 for r in range(REPEATS))
    measured = Measurement(configuration=asked, environment=where, repeats={"time": times}, cost_s=1.0)
    first_id = 1 + k * REPEATS
    rows = rows_of("sum", asked, measured, PURPOSE)
    return [{**row, "id": first_id + r, "first_id": first_id if r else None} for r, row in enumerate(rows)]


def _used(action: Callable[[], object]) -> dict[str, float]:
    """Seconds on the clock and of the processor, and how much memory more than before was held at the peak."""
    PEAK.write_text("5", encoding="ascii")  # forgets the peak so far
    before = _memory_mb()
    seconds, cpu_s = _timed(action)
    return {"seconds": seconds, "cpu_s": cpu_s, "more memory, MB": _memory_mb() - before}


def _memory_mb() -> float:
    """The most memory that this process held since the peak was forgotten."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(float(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1e3


def _timed(action: Callable[[], object]) -> tuple[float, float]:
    """Seconds on the clock, and of the processor."""
    started, started_cpu = time.monotonic(), time.process_time()
    action()
    return time.monotonic() - started, time.process_time() - started_cpu


def _each_ms(n: int, action: Callable[[], object]) -> float:
    return _timed(action)[0] / n * 1e3


def shown(rows: Sequence[dict[str, object]]) -> str:
    """Rows as a table in Markdown."""
    heads = list(rows[0])
    cells = [[_cell(row[head]) for head in heads] for row in rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in (heads, ["---"] * len(heads), *cells))


def _cell(value: object) -> str:
    if isinstance(value, float):
        return "" if math.isnan(value) else f"{value:.3g}" if value < 100 else f"{value:.0f}"
    return str(value)
