"""One table of two: sources whose options, metrics or environments are partly named otherwise, or partly others."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from transferperf.data.censoring import OVERSHOOT
from transferperf.data.checks import Origin
from transferperf.data.inference import infer_option
from transferperf.data.mapping import Renaming
from transferperf.data.measurement import Status
from transferperf.data.table import OWN, MeasurementTable, is_ok
from transferperf.errors import DataError
from transferperf.metric import Metric
from transferperf.space import Condition, ConfigurationSpace, Environment, Option, Value

ORIGIN = "origin"
"""Factor that tells tables apart whose environments do not."""


def combine(
    target: MeasurementTable,
    source: MeasurementTable,
    *,
    mapping: Renaming | Mapping[str, Any] | str | Path | None = None,
    source_environment: Mapping[str, object] | None = None,
) -> MeasurementTable:
    """One table of the rows of both, in the names and with the metrics of the target.

    An option that one of them lacks has there the value that the mapping's `defaults` name, or else the option's
    default. An option that the target lacks stays at that value in all that is searched.

    A factor that one of them lacks has the value "own" in the target's rows and "source" in the source's. Where their
    environments are the same even so, the factor `origin` tells them apart. `MeasurementTable.target` takes "own" for
    what is not named.

    Parameters
    ----------
    mapping
        Mapping or path of a TOML file with any of the tables `options` and `metrics` (their name = our name), `values`
        (of an option: their level = our level) and `defaults` (our option = value).
    source_environment
        Factors of all rows of the source, such as {"version": "3.1"}.

    Returns
    -------
    table
        Its `notes` say what was taken for the same, and what was filled in.

    Raises
    ------
    UnknownNameError
        Where the mapping names what is not there.
    DataError
        Where no metric is common to both, or a column is an option in one and something else in the other.

    Examples
    --------
    >>> from transferperf.data import read_frame
    >>> new = read_frame(pd.DataFrame({"cache_kb": [1, 4, 8], "time": [5.0, 3.0, 2.0]}), metrics=["time"])
    >>> old = read_frame(pd.DataFrame({"cache-size": [1, 2, 4], "time": [9.0, 8.0, 6.0]}), metrics=["time"])
    >>> both = combine(new, old, mapping={"options": {"cache-size": "cache_kb"}})
    >>> both.space["cache_kb"].levels, [str(environment) for environment in both.environments]
    ((1, 4, 8), ['origin=own', 'origin=source'])
    """
    renaming = Renaming.of(mapping)
    source = _placed(renaming.apply(source, target), source_environment or {})
    _check_roles(target, source)
    target, source, metric_notes = _with_common_metrics(target, source)
    space, filled, option_notes = _union(target.space, source.space, renaming)
    frames = [_spelt(_filled(t, filled), space) for t in (target, source)]
    factors, frames = _told_apart(target, source, frames)
    ours = [metric.name for metric in target.metrics]
    return MeasurementTable(
        frame=pd.concat([frame for frame in frames if len(frame)] or frames[:1], ignore_index=True),
        space=space,
        factors=factors,
        metrics=(*target.metrics, *(metric for metric in source.metrics if metric.name not in ours)),
        notes=tuple(dict.fromkeys((*target.notes, *source.notes, *metric_notes, *option_notes))),
    )


def _placed(source: MeasurementTable, environment: Mapping[str, object]) -> MeasurementTable:
    """The source with these factors in all of its rows."""
    where = Environment.of(environment).as_mapping()
    taken = [name for name in where if name in source.frame and name not in source.factors]
    if taken:
        raise DataError(f"'{taken[0]}' is a column of the source but no factor; name another factor")
    factors = tuple(dict.fromkeys((*source.factors, *where)))
    return replace(source, frame=source.frame.assign(**where), factors=factors)


def _roles(table: MeasurementTable) -> dict[str, str]:
    return {
        **dict.fromkeys(table.space.names, "an option"),
        **dict.fromkeys(table.factors, "an environment factor"),
        **{metric.name: "a metric" for metric in table.metrics},
    }


def _check_roles(target: MeasurementTable, source: MeasurementTable) -> None:
    """DataError where a column means one thing in the target and another in the source, or no metric is common."""
    ours, theirs = _roles(target), _roles(source)
    for name in ours.keys() & theirs.keys():
        if ours[name] != theirs[name]:
            remedy = "Declare it alike, leave it out with ignore=, or rename it in the mapping"
            raise DataError(f"'{name}' is {ours[name]} in the target and {theirs[name]} in the source. {remedy}")
    known = [metric.name for metric in target.metrics]
    came = [metric.name for metric in source.metrics]
    if not set(known) & set(came):
        remedy = "Say in the mapping's [metrics] which of them it is"
        raise DataError(f"the source has the metric {', '.join(came)}; expected {', '.join(known)}. {remedy}")


def _with_common_metrics(
    target: MeasurementTable, source: MeasurementTable
) -> tuple[MeasurementTable, MeasurementTable, list[str]]:
    """Both tables with one meaning of each common metric, and notes on those that differ in unit or direction."""
    notes = []
    theirs = {metric.name: metric for metric in source.metrics}
    for ours in target.metrics:
        other = theirs.get(ours.name)
        if other is None:
            continue
        if ours.unit and other.unit and ours.unit != other.unit:
            notes.append(
                f"`{ours.name}` is in {other.unit} in the source, in {ours.unit} in the target; models learn both"
            )
        if not ours.lower_is_better:
            continue
        cap = _common_cap(target, source, ours, other)
        if cap is None and ours.cap != other.cap:
            target, source = _stopped(target, ours), _stopped(source, other)
            cap = np.inf
        metrics = tuple(replace(m, cap=cap) if m.name == ours.name else m for m in target.metrics)
        target = replace(target, metrics=metrics)
    return target, source, notes


def _common_cap(target: MeasurementTable, source: MeasurementTable, ours: Metric, theirs: Metric) -> float | None:
    """The cap that holds in both tables; None where there is none."""
    if ours.cap == theirs.cap:
        return ours.cap
    if ours.cap is not None and theirs.cap is not None:
        return None
    cap, silent = (ours.cap, source) if theirs.cap is None else (theirs.cap, target)
    largest = silent.frame[ours.name].max() if len(silent) else -np.inf
    return cap if cap is not None and not largest > OVERSHOOT * cap else None


def _stopped(table: MeasurementTable, metric: Metric) -> MeasurementTable:
    """The table with the rows that reach the metric's cap as timeouts, so that the metric needs no cap."""
    if metric.cap is None or metric.name not in table.frame:
        return table
    is_capped = is_ok(table.frame) & (table.frame[metric.name].to_numpy(dtype=float) >= metric.cap)
    status = pd.Series(table.frame.get("status", Status.OK.value), table.frame.index, dtype=object)
    return replace(table, frame=table.frame.assign(status=status.mask(is_capped, Status.TIMEOUT.value)))


def _union(
    ours: ConfigurationSpace, theirs: ConfigurationSpace, renaming: Renaming
) -> tuple[ConfigurationSpace, dict[str, Value], list[str]]:
    """The space of both, the values that options have where a table lacks them, and notes on these."""
    options = [_merged(o, theirs[o.name]) if o.name in theirs.names else o for o in ours.options]
    options += [option for option in theirs.options if option.name not in ours.names]
    removed, added = set(theirs.names) - set(ours.names), set(ours.names) - set(theirs.names)
    filled = {o.name: _default(o, renaming) for o in options if o.name in removed | added}
    notes = [
        f"the {who} has no {', '.join(f'`{o}`' for o in filled if o in lacking)}; its rows are read as "
        f"{', '.join(f'{o} = {value}' for o, value in filled.items() if o in lacking)}, unless [defaults] of the "
        "mapping say otherwise"
        for who, lacking in (("source", added), ("target", removed))
        if lacking
    ]
    options = [replace(o, default=filled[o.name]) if o.name in removed else o for o in options]
    fixed = tuple(Condition(option=o, parent=ours.names[0], values=()) for o in filled if o in removed)
    return ConfigurationSpace(tuple(options), (*ours.constraints, *fixed)), filled, notes


def _default(option: Option, renaming: Renaming) -> Value:
    value = renaming.defaults.get(option.name, option.default)
    if not option.contains(value):
        raise DataError(f"{renaming.place}: '{option.name}' has the default {value!r}; expected {option.expectation}")
    return option.parse(value)


def _merged(ours: Option, theirs: Option) -> Option:
    """Our option, wide enough for their levels too."""
    if all(ours.contains(level) for level in theirs.levels):
        return ours
    wider = theirs
    if not {theirs.parse(level) for level in ours.levels} <= {*theirs.levels}:
        levels = pd.Series([*ours.levels, *theirs.levels], name=ours.name, dtype=object)
        wider = infer_option(levels, Origin("the levels of both tables"))
    return replace(wider, default=ours.default, unit=ours.unit)


def _filled(table: MeasurementTable, values: Mapping[str, Value]) -> pd.DataFrame:
    return table.frame.assign(**{name: value for name, value in values.items() if name not in table.space.names})


def _spelt(frame: pd.DataFrame, space: ConfigurationSpace) -> pd.DataFrame:
    """The frame with the values of its options as the space spells them."""
    columns = {}
    for option in space.options:
        codes, uniques = pd.factorize(frame[option.name])
        levels = pd.Series([option.parse(value) for value in uniques], dtype=None if len(uniques) else object)
        columns[option.name] = levels.to_numpy()[codes]
    return frame.assign(**columns)


def _told_apart(
    target: MeasurementTable, source: MeasurementTable, frames: list[pd.DataFrame]
) -> tuple[tuple[str, ...], list[pd.DataFrame]]:
    """Factors and frames in which no row of the source is in an environment of the target."""
    known = {value for where in target.environments for _, value in where.factors}
    n = next(n for n in range(1, len(known) + 2) if f"source {n}".removesuffix(" 1") not in known)
    sides = (OWN, f"source {n}".removesuffix(" 1"))
    factors = tuple(dict.fromkeys((*target.factors, *source.factors)))
    lacking = [[name for name in factors if name not in table.factors] for table in (target, source)]
    ours, theirs = (
        {tuple({**dict.fromkeys(factors, side), **where.as_mapping()}.items()) for where in table.environments}
        for table, side in zip((target, source), sides, strict=True)
    )
    if ours & theirs:
        if any(ORIGIN in frame for frame in frames):
            where = Environment(min(ours & theirs))
            problem = f"target and source share the environment {where}, and '{ORIGIN}' is a column already"
            raise DataError(f"{problem}; tell them apart with source_environment=")
        factors, lacking = (*factors, ORIGIN), [[*names, ORIGIN] for names in lacking]
    return factors, [
        frame.assign(**dict.fromkeys(names, side)) for frame, names, side in zip(frames, lacking, sides, strict=True)
    ]
