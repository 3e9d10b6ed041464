"""The one loop that measures: a file that grows with each measurement, and a manifest that says how it came about."""

import contextlib
import datetime as dt
import json
import shlex
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pandas as pd

from transferperf.data.csv import read_csv, read_heads, write_table
from transferperf.data.files import replace_text
from transferperf.data.measurement import Measurement
from transferperf.data.store import Kept
from transferperf.data.table import MeasurementTable
from transferperf.errors import DataError
from transferperf.measure import Runner, System
from transferperf.measure.machine import machine
from transferperf.space import FACTORS, Environment, Value, declare_space

Progress = Callable[[int, int, Measurement], None]
"""Called after each measurement with how many are done, how many there are, and the latest."""

SAVE_EVERY_S = 5.0
"""Seconds between two writings of the files; whatever ends the loop, they are written once more."""

Row = tuple[Environment, tuple[Value, ...]]


def run_design(
    system: System,
    configurations: pd.DataFrame,
    environments: Sequence[Environment],
    *,
    path: str | Path,
    runner: Runner | None = None,
    seed: int = 0,
    progress: Progress | None = None,
) -> MeasurementTable:
    """Measure each configuration in each environment into the file `path`, with a manifest.json beside it.

    What the file holds already is not measured again, so that an interrupted campaign goes on where it was.

    Parameters
    ----------
    configurations
        One row for each configuration, shape (n, d).
    path
        A .csv, .csv.gz or .parquet file.

    Returns
    -------
    table
        All measurements of the file, new and old.
    """
    runner = runner or Runner()
    record = _Record.open(system, Path(path))
    done = record.done()
    wanted = distinct(system, configurations)
    asked = {
        environment: [row for row in wanted if (environment, tuple(row.values())) not in done]
        for environment in environments
    }
    total = len(wanted) * len(environments)
    n_done = total - sum(map(len, asked.values()))
    record.describe(runner, seed)
    with record.kept(), contextlib.closing(runner.measure_all(system, asked, seed)) as measured:
        for configuration, measurement in measured:
            record.add(configuration, measurement)
            n_done += 1
            if progress is not None:
                progress(n_done, total, measurement)
    return record.table


def distinct(system: System, configurations: pd.DataFrame) -> list[dict[str, Value]]:
    """The configurations of a frame, shape (n, d), as the system's space writes them; each once."""
    rows = dict.fromkeys(tuple(system.space.canonical(row).values()) for row in _records(configurations))
    return [dict(zip(system.space.names, row, strict=True)) for row in rows]


def write_kept(
    system: System,
    kept: Iterable[Kept],
    *,
    path: str | Path,
    runner: Runner,
    seed: int,
    workers: Sequence[Mapping[str, Any]] = (),
) -> MeasurementTable:
    """Write what a store keeps into a file with a manifest, as `run_design` does; what it holds already stays.

    The manifest says of `workers` on other machines what they say of themselves.
    """
    record = _Record.open(system, Path(path))
    done = record.done()
    record.describe(runner, seed, workers)
    with record.kept():
        for asked, measurement in kept:
            if (measurement.environment, tuple(system.space.canonical(asked).values())) not in done:
                record.add(asked, measurement)
    return record.table


@dataclass(slots=True, kw_only=True)
class _Record:
    """A measurement file and its manifest while they grow."""

    path: Path
    system: System
    table: MeasurementTable
    manifest: dict[str, Any]
    fresh: list[Measurement] = field(default_factory=list)
    saved_at: float = field(default_factory=time.monotonic)

    @classmethod
    def open(cls, system: System, path: Path) -> "_Record":
        """What the files hold already, or empty ones."""
        manifest = path.with_name("manifest.json")
        return cls(
            path=path,
            system=system,
            table=read_measured(system, path),
            manifest=json.loads(manifest.read_text(encoding="utf-8")) if manifest.exists() else {},
        )

    @property
    def campaign(self) -> dict[str, Any]:
        """What the manifest says of this file."""
        return self.manifest.setdefault("files", {}).setdefault(self.path.name, {})

    def done(self) -> set[Row]:
        """What was asked for before: what the file holds, and what was silently changed into something else."""
        names = [*self.table.factors, *self.table.space.names]
        rows = _records(self.table.frame[names].drop_duplicates())
        return {self._row(row, row) for row in [*rows, *(entry["asked"] for entry in self.campaign.get("changed", ()))]}

    def _row(self, factors: Mapping[str, Any], configuration: Mapping[str, Any]) -> Row:
        environment = Environment.of({name: factors[name] for name in self.table.factors})
        return environment, tuple(self.system.space.canonical(configuration).values())

    def describe(self, runner: Runner, seed: int, workers: Sequence[Mapping[str, Any]] = ()) -> None:
        """Put into the manifest what is measured, and by this process where, when and how."""
        self.manifest |= {
            "system": self.system.name,
            "environments": {name: list(values) for name, values in self.system.factors.items()},
            "metrics": [asdict(metric) for metric in self.system.metrics],
            **declare_space(self.system.space),
        }
        run = {
            "date": dt.datetime.now(tz=dt.UTC).isoformat(timespec="seconds"),
            "command": _command(),
            "seed": seed,
            "runner": asdict(runner),
            "machine": machine(),
            "versions": {"transferperf": version("transferperf"), **self.system.provenance()},
            **({"workers": list(workers)} if workers else {}),
        }
        self.campaign.setdefault("runs", []).append(run)

    def add(self, asked: Mapping[str, Value], measurement: Measurement) -> None:
        """Take in a measurement; the files are written from time to time."""
        self.fresh.append(measurement)
        if dict(asked) != dict(measurement.configuration):
            ran = {**measurement.environment.as_mapping(), **measurement.configuration}
            entry = {"asked": {**measurement.environment.as_mapping(), **asked}, "ran": ran}
            self.campaign.setdefault("changed", []).append(entry)
        if time.monotonic() - self.saved_at > SAVE_EVERY_S:
            self.save()

    @contextlib.contextmanager
    def kept(self) -> Iterator[None]:
        """Whatever happens inside, what was measured is written."""
        self.save()
        try:
            yield
        finally:
            self.save()

    def save(self) -> None:
        """Replace both files."""
        self.table = self.table.concatenate(self.fresh)
        self.fresh = []
        if len(self.table):
            write_table(self.table, self.path)
        text = json.dumps(self.manifest, indent=1, ensure_ascii=False)
        replace_text(self.path.with_name("manifest.json"), text + "\n")
        self.saved_at = time.monotonic()


def read_measured(system: System, path: Path, ignore: Sequence[str] = ()) -> MeasurementTable:
    """What was measured of a system into a file, without some columns; nothing where there is no such file."""
    factors = tuple(system.factors)
    if not path.exists():
        columns = [*factors, *system.space.names, *(metric.name for metric in system.metrics)]
        return MeasurementTable(pd.DataFrame(columns=columns), system.space, factors, system.metrics)
    named = [name for name in factors if name not in FACTORS]
    left_out = [name for name in ignore if name in read_heads(path)]
    table = read_csv(path, metrics=system.metrics, environment=named, ignore=left_out, space=system.space)
    if set(table.factors) != set(factors):
        came = ", ".join(table.factors) or "none"
        raise DataError(
            f"has the environment columns {came}; {system.name} has {', '.join(factors)}. Choose another file",
            path=path,
        )
    return replace(table, factors=factors)


def _command() -> str:
    """The command line of this process, without the folders of this machine."""
    return shlex.join(Path(word).name if Path(word).is_absolute() else word for word in sys.orig_argv)


def _records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """The rows of a frame, column -> value each."""
    return [dict(zip(frame.columns, row, strict=True)) for row in frame.itertuples(index=False)]
