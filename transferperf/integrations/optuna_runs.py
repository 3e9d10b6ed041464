"""What came of trials and of rows of a measurement table, for one parameter space alike."""

import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from optuna.study import Study, StudyDirection
from optuna.trial import FrozenTrial, TrialState

from transferperf.data import MeasurementTable
from transferperf.data.measurement import Measurement, Status
from transferperf.data.table import is_ok
from transferperf.errors import DataError, TransferPerfWarning
from transferperf.integrations.optuna_space import Params, SearchSpace
from transferperf.metric import Metric
from transferperf.space import Environment

FACTOR = "study"
"""The one factor by which a study and its sources differ."""

TARGET = Environment.of({FACTOR: "this one"})

OBJECTIVE, CONSTRAINT = "objective ", "constraint "
"""What names of metrics begin with."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """What came of one trial.

    Parameters
    ----------
    params
        Parameter -> value.
    metrics
        Metric -> finite value; empty where nothing was measured.
    is_stopped
        Whether that is because it was stopped early, and not because it failed.
    """

    params: Params
    metrics: Mapping[str, float]
    is_stopped: bool = False

    def measurement(self, searched: SearchSpace, environment: Environment) -> Measurement | None:
        """The run as a measurement; None where its parameters are not what is searched."""
        configuration = searched.spell(self.params)
        if configuration is None:
            return None
        return Measurement(
            configuration=configuration,
            environment=environment,
            repeats={name: (value,) for name, value in self.metrics.items()},
            status=Status.OK if self.metrics else Status.TIMEOUT if self.is_stopped else Status.FAILED,
            reason="" if self.metrics else "the trial gave no value",
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """The runs of one environment that is like the study's."""

    name: str
    runs: tuple[Run, ...]


def run_of(trial: FrozenTrial) -> Run:
    """What came of a finished trial; one that failed or was pruned has no metrics."""
    values = trial.values if trial.state is TrialState.COMPLETE else []
    metrics = {f"{OBJECTIVE}{i}": float(value) for i, value in enumerate(values)}
    if metrics:
        metrics |= {CONSTRAINT + name: float(value) for name, value in constraints_of(trial).items()}
    return Run(
        params=trial.params,
        metrics=metrics if np.isfinite([*metrics.values()]).all() else {},
        is_stopped=trial.state is TrialState.PRUNED,
    )


def constraints_of(trial: FrozenTrial) -> dict[str, float]:
    """Constraint -> value, at most 0 where it holds."""
    named = getattr(trial, "constraints", None)  # since Optuna 5
    if named is None:
        return {str(i): value for i, value in enumerate(trial.system_attrs.get("constraints") or ())}
    return dict(named)


def objectives(directions: Sequence[StudyDirection]) -> tuple[Metric, ...]:
    """The metrics that a study improves."""
    largest = StudyDirection.MAXIMIZE
    return tuple(
        Metric(f"{OBJECTIVE}{i}", direction="max" if direction is largest else "min", cap=np.inf)
        for i, direction in enumerate(directions)
    )


def constraints(runs: Sequence[Run]) -> tuple[Metric, ...]:
    """The metrics that have to be at most 0, sorted by name."""
    names = sorted({name for run in runs for name in run.metrics if name.startswith(CONSTRAINT)})
    return tuple(Metric(name, cap=np.inf) for name in names)


def sources_of(given: Study | MeasurementTable, metrics: Sequence[str], n_objectives: int) -> Iterator[Source]:
    """The environments that an earlier study, or a table, tells of.

    Parameters
    ----------
    metrics
        Columns of a table that hold the objectives, in their order; none where the table's metrics are these.

    Raises
    ------
    DataError
        Where there are not as many as the study has objectives.
    """
    if isinstance(given, MeasurementTable):
        names = [given.metric(name).name for name in metrics] or [metric.name for metric in given.metrics]
        _check(f"the source table has the metrics {', '.join(names)}", len(names), n_objectives)
        yield from _of_table(given, names)
        return
    _check(f"the source study '{given.study_name}' has {len(given.directions)}", len(given.directions), n_objectives)
    finished = (TrialState.COMPLETE, TrialState.FAIL, TrialState.PRUNED)
    trials = given.get_trials(deepcopy=False, states=finished)
    yield Source(name=given.study_name, runs=tuple(run_of(trial) for trial in trials))


def table_of(sources: Sequence[Source], searched: SearchSpace, metrics: Sequence[Metric]) -> MeasurementTable:
    """The measurements of all sources; runs with a value that is not searched are left out.

    A parameter that a source lacks in all its runs stays at its default there.
    """
    empty = pd.DataFrame(columns=[FACTOR, *searched.space.names, *(metric.name for metric in metrics), "status"])
    table = MeasurementTable(empty, searched.space, (FACTOR,), tuple(metrics))
    found = []
    for i, source in enumerate(sources):
        environment = Environment.of({FACTOR: f"source {i}: {source.name}"})
        lacking = searched.defaults(set().union(*(run.params for run in source.runs)))
        runs = (replace(run, params={**run.params, **lacking}) for run in source.runs)
        found += [measured for run in runs if (measured := run.measurement(searched, environment))]
    if sources and not found:
        n, names = sum(len(source.runs) for source in sources), ", ".join(searched.distributions)
        problem = f"none of the {n} runs of the sources has values of {names} that this study may have"
        warnings.warn(f"{problem}; they are not used", TransferPerfWarning, stacklevel=2)
    return table.concatenate(found)


def leading(sources: Sequence[Source], directions: Sequence[StudyDirection]) -> list[Params]:
    """Params of the sources' runs, the best of each source, then the second best, and so on; each once."""
    signs = [metric.sign for metric in objectives(directions)]
    ranked = [_ranked(source, signs) for source in sources]
    longest = max(map(len, ranked), default=0)
    found = [runs[k].params for k in range(longest) for runs in ranked if k < len(runs)]
    return list({repr(sorted(params.items())): params for params in reversed(found)}.values())[::-1]


def _ranked(source: Source, signs: Sequence[float]) -> list[Run]:
    """Runs in the order of their mean rank in all objectives; those that break a constraint come last."""
    runs = [run for run in source.runs if run.metrics]
    costs = np.array([[sign * run.metrics[f"{OBJECTIVE}{i}"] for i, sign in enumerate(signs)] for run in runs])
    if not len(costs):
        return []
    breaks = np.array([any(v > 0 for c, v in run.metrics.items() if c.startswith(CONSTRAINT)) for run in runs])
    ranks = pd.DataFrame(costs).rank().mean(axis=1).to_numpy()
    return [runs[k] for k in np.lexsort((ranks, breaks))]


def _of_table(table: MeasurementTable, names: Sequence[str]) -> Iterator[Source]:
    for environment in table.environments:
        rows = table.select(environment).frame
        values = rows.reindex(columns=list(names)).to_numpy(dtype=float)
        is_known = is_ok(rows) & np.isfinite(values).all(axis=1)
        params = rows[list(table.space.names)].to_dict("records")
        yield Source(
            name=environment.label,
            runs=tuple(
                Run(
                    params={str(name): value for name, value in own.items()},
                    metrics={f"{OBJECTIVE}{i}": float(y) for i, y in enumerate(of)} if known else {},
                )
                for own, of, known in zip(params, values, is_known, strict=True)
            ),
        )


def _check(came: str, n: int, n_objectives: int) -> None:
    if n != n_objectives:
        remedy = "name one metric for each with metrics=, or leave the source out"
        raise DataError(f"{came}, and the study has {n_objectives} directions; {remedy}")
