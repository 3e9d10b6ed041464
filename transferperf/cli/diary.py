"""What a tuning run puts into a store and finds there, and what is said of each measurement."""

import contextlib
import hashlib
import math
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from transferperf.cli.measuring import Ready
from transferperf.cli.terminal import cell, progress, say, say_aside
from transferperf.errors import MeasurementError, OutputError, StoreError

if TYPE_CHECKING:
    import pandas as pd

    from transferperf.data.measurement import Measurement
    from transferperf.data.store import Campaign, Kept, Store
    from transferperf.data.table import MeasurementTable
    from transferperf.measure import Runner, System
    from transferperf.space import Configuration, Environment
    from transferperf.study.compare import Comparison
    from transferperf.study.suggest import Suggestion
    from transferperf.study.tuner import Tuner

N_ROUNDS = 10
"""How often the default and the best configuration are measured again."""

TUNE, COMPARE = "tune", "compare"
"""What a measurement was made for: only the first kind is told to the tuner, and counts in the budget."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Diary:
    """The part of a store that follows a tuner.

    Parameters
    ----------
    store
        Where it is kept.
    campaign
        Which of the store's campaigns this is.
    system, tuner
        What is tuned, and by what.
    as_json
        Whether standard output is kept for one document.
    """

    store: "Store"
    campaign: "Campaign"
    system: "System"
    tuner: "Tuner"
    as_json: bool

    def recall(self) -> None:
        """Tell the tuner what the store holds of its campaign, in its order."""
        n, target = len(self.tuner.state.outcomes.y), self.tuner.state.target
        if n:
            say_aside(f"note: {n} measurements of {target} are known already; they do not count in the budget")
        for asked, measurement in self._recorded(TUNE):
            self.tuner.recall(asked, measurement)
        n = self.tuner.state.n_told
        if n:
            say_aside(f"note: {self.store} holds {n} configurations of this campaign; they count in the budget")

    def measured(self, suggestion: "Suggestion", ready: Ready) -> "Measurement":
        """What came of a suggestion; it is in the store when this returns, and as a resumed run will read it."""
        return self._kept(suggestion, ready.measure(suggestion, ready.runner), TUNE)

    def show(self, suggestion: "Suggestion", measurement: "Measurement") -> None:
        """Say what came of a measurement that was told."""
        where = suggestion.environment
        place = "" if where == self.tuner.state.target else f"{where.label}: "
        (say_aside if self.as_json else say)(self._line(f"{place}{suggestion.reason}", measurement))

    def compare(self, best: "Configuration", ready: Ready) -> "Comparison | None":
        """The best configuration against the default, both measured again in turns; None where that says nothing.

        Rounds that the store holds are not measured again.
        """
        from transferperf.study.compare import compare, measure_in_turns

        metric, default = self.tuner.state.metric, self.system.space.canonical(self.system.space.default)
        if best == default:
            return None
        known = self._rounds(default, dict(best))
        once = replace(ready.runner, min_repeats=1, max_repeats=1)

        def measure(asked: "Configuration") -> "Measurement":
            side = known[asked != default]
            return side.popleft() if side else self._measure_again(asked, ready, once)

        try:
            with progress("measuring the default and the best again"):
                again = measure_in_turns(measure, [default, best], N_ROUNDS)
        except MeasurementError as error:
            say_aside(f"note: the best is not compared with the default: {error}")
            return None
        first, second = ([measurement.mean(metric.name) for measurement in side] for side in again)
        return compare(first, second, metric)

    def _measure_again(self, asked: "Configuration", ready: Ready, once: "Runner") -> "Measurement":
        return self._kept(asked, ready.measure(asked, once), COMPARE)

    def _kept(self, asked: "Configuration", measurement: "Measurement", purpose: str) -> "Measurement":
        """A measurement as the store gives it back; MeasurementError for what no later run could read."""
        why = _why_unfit(self.system, measurement.environment.as_mapping(), measurement.configuration)
        if why is not None:
            raise MeasurementError(f"a run of {self.system.name} ran what it does not have: {why}. Correct the adapter")
        kept = self.store.add(self.system.name, asked, measurement, purpose=purpose, campaign=self.campaign)
        return replace(kept, environment=measurement.environment)

    def _recorded(self, purpose: str) -> "list[Kept]":
        return recorded(self.store, self.system, purpose=purpose, campaign=self.campaign)

    def _rounds(self, default: "Configuration", best: "Configuration") -> "tuple[deque[Measurement], ...]":
        """What the store holds of both, in rounds: one of each in a row, so that drift met both alike."""
        rows = deque(row for row in self._recorded(COMPARE) if row[1].values(self.tuner.state.metric.name))
        sides: tuple[deque[Measurement], ...] = (deque(), deque())
        while len(rows) > 1:
            asked, measurement = rows.popleft()
            if asked in (default, best) and rows[0][0] == (default if asked == best else best):
                sides[asked == best].append(measurement)
                sides[asked != best].append(rows.popleft()[1])
        return sides

    @contextlib.contextmanager
    def exported(self, path: Path | None) -> Iterator[None]:
        """However it ends inside, the measurements of the target are then written to a measurement file."""
        try:
            yield
        finally:
            if path is not None:
                self._export(path)

    def _export(self, path: Path) -> None:
        from transferperf.data.csv import write_table

        frame = self.store.frame(self.system.name, self.tuner.state.target)
        if len(frame):
            write_table(table_of(self.system, [frame]), path)

    def _line(self, reason: str, measurement: "Measurement") -> str:
        state = self.tuner.state
        metrics = (state.metric, *self.tuner.goal.others)
        units, sign = [f" {metric.unit}".rstrip() for metric in metrics], state.metric.sign
        counted = math.isfinite(state.budget.n_measurements)
        of = f"of {state.budget.n_measurements:.0f}" if counted else f"{state.left:.3g} {state.budget.unit} left"
        means = [f"{cell(measurement.mean(metric.name))}{unit}" for metric, unit in zip(metrics, units, strict=True)]
        came = ", ".join(means) if measurement.repeats else measurement.reason
        values = state.samples.y
        best = f"best {cell(sign * float((sign * values).min()))}{units[0]}" if len(values) else "none yet"
        best = "" if len(metrics) > 1 else best
        return f"{state.n_told:3} {of}  {measurement.status:7}  {came:>12}  {best:18}  {reason}"


def recorded(store: "Store", system: "System", environment: "Environment | None" = None, **chosen: Any) -> "list[Kept]":
    """What a store holds of a system, `chosen` as in `Store.read`; StoreError where the system has changed since."""
    from transferperf.space import Environment

    found = []
    for asked, measurement in store.read(system.name, environment, **chosen):
        factors = measurement.environment.as_mapping()
        why = _why_unfit(system, factors, asked) or _why_unfit(system, factors, measurement.configuration)
        if why is not None:
            raise StoreError(
                f"store '{store}' holds a measurement of {system.name} that does not fit it: {why}. Name another store"
            )
        where = Environment.of({name: factors[name] for name in system.factors})
        found.append((asked, replace(measurement, environment=where)))
    return found


def _why_unfit(system: "System", factors: Mapping[str, str], configuration: "Configuration") -> str | None:
    """Why something measured does not belong to a system, in words; None where it does."""
    for what, came, expected in (
        ("factors", factors, system.factors),
        ("options", configuration, system.space.names),
    ):
        if set(came) != set(expected):
            return f"it has the {what} {', '.join(came)}; expected {', '.join(expected)}"
    return system.space.why_invalid(configuration)


def read_sources(
    system: "System",
    sources: Sequence[Path],
    output: Path | None,
    mapping: Path | None = None,
    ignore: Sequence[str] = (),
) -> "MeasurementTable":
    """What source files hold, in the system's names; an OutputError where one of them would be replaced."""
    from transferperf.data.checks import check_is_file
    from transferperf.data.mapping import Renaming
    from transferperf.data.sources import read_source_into
    from transferperf.study.campaign import read_measured

    for source in sources:
        check_is_file(source)
        if output is not None and output.exists() and source.samefile(output):
            raise OutputError(f"{output} is a source and cannot be replaced by what is measured; name another file")
    if mapping is None:
        return table_of(system, [read_measured(system, source, ignore).frame for source in sources])
    own, renaming = table_of(system, []), Renaming.of(mapping)
    return table_of(system, [read_source_into(source, own, renaming, ignore=ignore).frame for source in sources])


def begun(
    store: "Store", system: "System", target: "Environment", sources: "MeasurementTable", **settings: object
) -> "Campaign":
    """The campaign of the same system, target, sources and settings, which begins now where the store has none."""
    digest = hashlib.sha256(sources.frame.to_csv(index=False).encode()).hexdigest()
    identity = {"system": system.name, "target": target.as_mapping(), "sources": digest, **settings}
    return store.campaign(identity)


def known_before(
    store: "Store", system: "System", sources: "MeasurementTable", campaign: "Campaign"
) -> "MeasurementTable":
    """The sources, and what the store held of other environments than theirs when a campaign began."""
    taken = set(sources.environments)
    measured = (measurement for _, measurement in recorded(store, system, before=campaign))
    return sources.concatenate(measurement for measurement in measured if measurement.environment not in taken)


def table_of(system: "System", frames: "Sequence[pd.DataFrame]") -> "MeasurementTable":
    """Rows of measurement files as a table of a system."""
    import pandas as pd

    from transferperf.data.table import MeasurementTable

    factors = tuple(system.factors)
    columns = [*factors, *system.space.names, *(metric.name for metric in system.metrics)]
    filled = [frame for frame in frames if len(frame)]
    frame = pd.concat(filled, ignore_index=True) if filled else pd.DataFrame()
    frame = frame.reindex(columns=[*dict.fromkeys([*columns, *frame])])
    return MeasurementTable(frame, system.space, factors, system.metrics)
