"""Recorded measurements as a system: they answer as if they were measured now."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd

from transferperf.data.measurement import Status
from transferperf.data.table import MeasurementTable
from transferperf.measure.system import Outcome
from transferperf.metric import Metric
from transferperf.space import Configuration, ConfigurationSpace, Environment, Value


class RecordedSystem:
    """Answers from a table of measurements: each run gives the next recorded repeat, the first again after the last.

    A configuration that was never recorded is invalid.

    Parameters
    ----------
    table
        What was measured.
    name
        Name of the system that was measured.
    """

    def __init__(self, table: MeasurementTable, name: str = "recorded") -> None:
        self.table, self.name = table, name
        self.timeout_s = float("inf")
        self._runs: dict[tuple[Value, ...], list[Outcome]] = {}
        self._turns: dict[tuple[Value, ...], int] = {}

    @property
    def space(self) -> ConfigurationSpace:
        """What could be set."""
        return self.table.space

    @property
    def metrics(self) -> tuple[Metric, ...]:
        """What was measured."""
        return self.table.metrics

    @property
    def factors(self) -> Mapping[str, tuple[str, ...]]:
        """Environment factor -> its recorded values."""
        rows = [environment.as_mapping() for environment in self.table.environments]
        return {name: tuple(sorted({row[name] for row in rows})) for name in self.table.factors}

    def prepare(self, environment: Environment) -> None:
        """Look up what was recorded in an environment."""
        runs = defaultdict(list)
        for run in self._recorded(environment):
            runs[self._key(run.configuration)].append(run)
        self._runs, self._turns = dict(runs), defaultdict(int)

    def measure(self, configuration: Configuration, environment: Environment) -> Outcome:
        """The next recorded run of a configuration."""
        key = self._key(configuration)
        if key not in self._runs:
            reason = f"never measured in {environment.label}"
            return Outcome(configuration=configuration, status=Status.INVALID, reason=reason, cost_s=0.0)
        turn = self._turns[key]
        self._turns[key] = turn + 1
        return self._runs[key][turn % len(self._runs[key])]

    def cleanup(self) -> None:
        """Forget which repeats came."""
        self._runs, self._turns = {}, {}

    def provenance(self) -> Mapping[str, str]:
        """Nothing: what was used then is said by the manifest beside the recorded file."""
        return {}

    def _key(self, configuration: Configuration) -> tuple[Value, ...]:
        return tuple(self.space.canonical(configuration).values())

    def _recorded(self, environment: Environment) -> Iterator[Outcome]:
        rows: list[dict[Any, Any]] = self.table.select(environment).frame.to_dict(orient="records")
        for row in rows:
            values = {m.name: float(row[m.name]) for m in self.metrics if pd.notna(row[m.name])}
            yield Outcome(
                configuration=self.space.parse({name: row[name] for name in self.space.names}),
                values=values,
                status=Status(row["status"]) if isinstance(row.get("status"), str) else Status.OK,
                reason=row["reason"] if isinstance(row.get("reason"), str) else "",
                cost_s=float(row.get("cost_s", "nan")),
            )
