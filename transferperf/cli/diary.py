"""The file of a tuning run while it grows, and what is said of each measurement."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from transferperf.cli.terminal import cell, progress, say, say_aside
from transferperf.errors import MeasurementError

if TYPE_CHECKING:
    from transferperf.data.measurement import Measurement
    from transferperf.data.table import MeasurementTable
    from transferperf.measure import Runner, System
    from transferperf.space import Configuration, Environment
    from transferperf.study.compare import Comparison
    from transferperf.study.suggest import Suggestion
    from transferperf.study.tuner import Tuner

N_ROUNDS = 10
"""How often the default and the best configuration are measured again."""


@dataclass(slots=True, kw_only=True)
class Diary:
    """A measurement file that follows a tuner.

    Parameters
    ----------
    system, tuner
        What is tuned, and by what.
    path
        The file.
    table
        What the file holds.
    as_json
        Whether standard output is kept for one document.
    """

    system: "System"
    tuner: "Tuner"
    path: Path
    table: "MeasurementTable"
    as_json: bool

    def recall(self) -> None:
        """Tell the tuner what the file holds of its target."""
        state = self.tuner.state
        told = measurements(self.table.select(state.target))
        for measurement in told:
            self.tuner.tell(measurement.configuration, measurement)
        if told:
            say_aside(f"note: {self.path} holds {len(told)} configurations of {state.target}; they count in the budget")

    def add(self, suggestion: "Suggestion", measurement: "Measurement") -> None:
        """Save a measurement that was told, and say what came of it."""
        self._keep([measurement])
        (say_aside if self.as_json else say)(self._line(suggestion.reason, measurement))

    def compare(self, best: "Configuration", runner: "Runner") -> "Comparison | None":
        """The best configuration against the default, both measured again; None where that says nothing."""
        from transferperf.study.compare import compare, measure_in_turns

        state, default = self.tuner.state, self.system.space.canonical(self.system.space.default)
        if best == default:
            return None
        once = replace(runner, min_repeats=1, max_repeats=1)
        try:
            with progress("measuring the default and the best again"):
                pair = [default, best]
                again = measure_in_turns(lambda c: once.measure(self.system, c, state.target), pair, N_ROUNDS)
        except MeasurementError as error:
            say_aside(f"note: the best is not compared with the default: {error}")
            return None
        self._keep([measurement for side in again for measurement in side])
        first, second = ([measurement.mean(state.metric.name) for measurement in side] for side in again)
        return compare(first, second, state.metric)

    def _keep(self, fresh: "Iterable[Measurement]") -> None:
        from transferperf.data.csv import write_table

        self.table = self.table.concatenate(fresh)
        write_table(self.table, self.path)

    def _line(self, reason: str, measurement: "Measurement") -> str:
        state = self.tuner.state
        unit, sign = f" {state.metric.unit}".rstrip(), state.metric.sign
        of = f"{state.left:.0f} s left" if state.budget.is_time else f"of {state.budget.n_measurements:.0f}"
        came = f"{cell(measurement.mean(state.metric.name))}{unit}" if measurement.repeats else measurement.reason
        values = state.samples.y
        best = f"best {cell(sign * float((sign * values).min()))}{unit}" if len(values) else "none yet"
        return f"{state.n_told:3} {of}  {measurement.status:7}  {came:>12}  {best:18}  {reason}"


def known_before(
    system: "System", table: "MeasurementTable", target: "Environment", sources: Sequence[Path]
) -> "MeasurementTable":
    """What source files hold, and what the tuning file `table` holds of other environments than the target."""
    import pandas as pd

    from transferperf.data.checks import check_is_file
    from transferperf.study.campaign import read_measured

    for source in sources:
        check_is_file(source)
    elsewhere = table.frame.drop(table.select(target).frame.index)
    frames = [elsewhere, *(read_measured(system, source).frame for source in sources)]
    filled = [frame for frame in frames if len(frame)]
    return replace(table, frame=pd.concat(filled, ignore_index=True) if filled else elsewhere)


def measurements(table: "MeasurementTable") -> "list[Measurement]":
    """The rows of one environment as measurements, in the order in which each configuration first came."""
    from transferperf.data.measurement import Measurement, Status
    from transferperf.space import Environment

    found = []
    names = list(table.space.names)
    for _, rows in table.frame.groupby(names, sort=False):
        ok = rows[rows["status"].eq(Status.OK)] if "status" in rows else rows
        last = rows.iloc[-1]
        values = ok[[metric.name for metric in table.metrics]].dropna()
        found.append(
            Measurement(
                configuration=table.space.parse({name: last[name] for name in names}),
                environment=Environment.of({name: last[name] for name in table.factors}),
                repeats={str(name): tuple(values[name].astype(float)) for name in values} if len(values) else {},
                status=Status.OK if len(values) else Status(last["status"]),
                reason="" if len(values) else str(last.get("reason", "")),
                cost_s=float(rows["cost_s"].sum()) if "cost_s" in rows else float("nan"),
            )
        )
    return found
