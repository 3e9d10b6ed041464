"""Source files whose names are partly not those of the target."""

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import numpy as np

from transferperf.data.checks import Origin
from transferperf.data.csv import read_csv, read_heads
from transferperf.data.inference import check_option
from transferperf.data.mapping import Renaming
from transferperf.data.table import MeasurementTable
from transferperf.data.union import combine
from transferperf.errors import DataError


def read_source(
    path: Path,
    target: MeasurementTable,
    renaming: Renaming,
    *,
    environment: Iterable[str] = (),
    ignore: Iterable[str] = (),
) -> MeasurementTable:
    """A source file, in its own names: its metrics are those that the renaming or the target names, and its own.

    Parameters
    ----------
    environment, ignore
        As for `read_csv`; what the file does not have is passed over.
    """
    heads = read_heads(path)
    renamed = {theirs for theirs in renaming.metrics if theirs in heads}
    same = {metric.name for metric in target.metrics} - {*renaming.metrics.values(), *renaming.options}
    metrics = renamed | (same & {*heads})
    if not metrics:
        wanted = ", ".join(metric.name for metric in target.metrics)
        raise DataError(f"no column is {wanted}; say in the mapping's [metrics] which one is", path=path)
    return read_csv(
        path,
        metrics=sorted(metrics),
        environment=[name for name in environment if name in heads],
        ignore=[name for name in ignore if name in heads],
    )


def read_source_into(
    path: Path, target: MeasurementTable, renaming: Renaming, *, ignore: Iterable[str] = ()
) -> MeasurementTable:
    """A source file in the space, the factors and the metrics of a target, whose rows are not added.

    Rows in which an option that the target lacks is not at its default are left out.

    Raises
    ------
    DataError
        Where a value is beyond the target's space, or an environment column is none of the target's factors.
    """
    empty = replace(target, frame=target.frame[:0])
    source = read_source(path, target, renaming, environment=target.factors, ignore=ignore)
    both = combine(empty, source, mapping=renaming)
    strange = [name for name in both.factors if name not in target.factors]
    if strange:
        wanted = ", ".join(target.factors)
        raise DataError(f"has the environment column {strange[0]}; expected {wanted}. Remove it", path=path)
    origin = Origin(path, is_text=path.suffix != ".parquet")
    for option in target.space.options:
        check_option(both.frame[option.name], option, origin)
    is_here = np.ones(len(both), dtype=bool)
    for option in both.space.options[len(target.space.options) :]:
        is_here &= both.frame[option.name].to_numpy() == option.default
    if not is_here.any():
        raise DataError("every row has an option that the target lacks at another value than its default", path=path)
    kept = both.frame.loc[is_here].drop(columns=[n for n in both.space.names if n not in target.space.names])
    return replace(target, frame=kept.reset_index(drop=True), metrics=both.metrics[: len(target.metrics)])
