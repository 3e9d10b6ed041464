"""What is said about a measurement file beside it: a `<file>.toml`, a manifest.json, or a system.toml."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import numpy as np
import pandas as pd

from transferperf.data.checks import Origin
from transferperf.data.feature_models import READERS, read_feature_model
from transferperf.data.files import read_toml
from transferperf.data.table import RESERVED, merge_metrics
from transferperf.errors import DataError, TransferPerfError, UnknownNameError
from transferperf.metric import MARKS, Metric
from transferperf.space import FACTORS, ConfigurationSpace, parse_space
from transferperf.space.option import as_number


@dataclass(frozen=True, slots=True, kw_only=True)
class Declaration:
    """What is known of the columns of a measurement file before it is read.

    Parameters
    ----------
    metrics
        Measured quantities.
    factors
        Names of environment columns, beside those that need no declaring.
    space
        Options, some or all; None where nothing is said.
    fixed
        Columns that have one value in every row, and are no options.
    notes
        What could not be carried over.
    """

    metrics: tuple[Metric, ...] = ()
    factors: tuple[str, ...] = ()
    space: ConfigurationSpace | None = None
    fixed: Mapping[str, int] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    @classmethod
    def read(cls, path: Path) -> Self:
        """What a TOML or JSON file says under `metrics`, `environments` and `options`, or what a feature model says.

        Other keys are not for us.
        """
        if path.suffix in READERS:
            model = read_feature_model(path)
            return cls(space=model.space(), fixed=model.fixed, notes=model.notes)
        content = _read_json(path) if path.suffix == ".json" else read_toml(path)
        try:
            return cls(
                metrics=tuple(_metric(entry) for entry in content.get("metrics", ())),
                factors=tuple(content.get("environments", ())),
                space=parse_space(content) if content.get("options") else None,
            )
        except (TransferPerfError, TypeError, ValueError, AttributeError, KeyError) as error:
            raise DataError(f"not a declaration of metrics and options: {error}; correct it", path=path) from error

    def without_fixed(self, frame: pd.DataFrame, origin: Origin) -> pd.DataFrame:
        """The frame without the columns that have one value; DataError where one has another."""
        here = [name for name in self.fixed if name in frame]
        for name in here:
            is_other = np.array([as_number(value) != self.fixed[name] for value in frame[name]])
            if is_other.any():
                row = int(is_other.argmax())
                problem = (
                    f"got {frame[name].iloc[row]}; by the feature model it is always {self.fixed[name]}. Correct one"
                )
                raise origin.error(problem, row=row, column=name)
        return frame.drop(columns=here)

    @classmethod
    def beside(cls, path: Path, suffix: str) -> Self:
        """What `<file>.toml`, or else manifest.json in its folder, says; nothing where there is neither."""
        for beside in (path.with_name(path.name.removesuffix(suffix) + ".toml"), path.with_name("manifest.json")):
            if beside.is_file():
                return cls.read(beside)
        return cls()


@dataclass(frozen=True, slots=True, kw_only=True)
class Roles:
    """What each column of a measurement file is."""

    factors: tuple[str, ...]
    metrics: tuple[Metric, ...]
    options: tuple[str, ...]

    @classmethod
    def of(cls, frame: pd.DataFrame, *, metrics: Sequence[Metric | str], declared: Declaration) -> Self:
        """The roles of a frame's columns, given the metrics that are asked for and what else is declared.

        Raises
        ------
        UnknownNameError
            Where a metric that was asked for is no column.
        DataError
            Where no column is a metric, or none is an option.
        """
        columns = [str(name) for name in frame.columns]
        factors = tuple(name for name in (*FACTORS, *declared.factors) if name in columns)
        chosen = _choose(metrics, [metric for metric in declared.metrics if metric.name in columns])
        taken = {*factors, *RESERVED}
        for metric in chosen:
            if metric.name not in columns or metric.name in taken:
                numeric = [name for name in columns if name not in taken and _is_numeric(frame[name])]
                raise UnknownNameError("metric", metric.name, numeric, remedy="Name one of these columns.")
        if not chosen:
            free = ", ".join(name for name in columns if name not in taken)
            raise DataError(
                f"no column is declared a metric; the columns are {free}. Declare with metrics=['NAME'] (--metrics "
                "NAME), with a head such as $<NAME, or with [[metrics]] in a .toml of the same name"
            )
        taken |= {metric.name for metric in chosen}
        options = tuple(name for name in columns if name not in taken)
        if not options:
            raise DataError(f"no column is left for the options; the columns are {', '.join(columns)}")
        return cls(factors=tuple(dict.fromkeys(factors)), metrics=chosen, options=options)


def check_columns(columns: Sequence[str], space: ConfigurationSpace, origin: Origin) -> None:
    """DataError where the columns that are left for options are not those of the whole space."""
    missing = [name for name in space.names if name not in columns]
    if missing:
        came = ", ".join(columns)
        raise origin.error(f"no column for option {', '.join(missing)} of the space; got {came}. Add it")
    strange = [name for name in columns if name not in space.names]
    if strange:
        raise origin.error(
            f"column {', '.join(strange)} is no option of the space; declare it among metrics= or environment=, or "
            f"leave it out with ignore="
        )


def unmark(heads: Iterable[str]) -> tuple[list[str], tuple[Metric, ...]]:
    """Column heads without their marks, and the metrics that the marks declare.

    Examples
    --------
    >>> unmark(["ref", "$>fps"])
    (['ref', 'fps'], (Metric(name='fps', unit='', direction='max', cap=None),))
    """
    heads = [head.strip() for head in heads]
    metrics = tuple(Metric.parse(head) for head in heads if head.startswith(MARKS))
    return [head[2:] if head.startswith(MARKS) else head for head in heads], metrics


def _choose(asked: Sequence[Metric | str], declared: Iterable[Metric]) -> tuple[Metric, ...]:
    """Those asked for, then the declared ones; a plain name asks for the metric as it is declared."""
    known: dict[str, Metric] = {}
    for metric in declared:
        known.setdefault(metric.name, metric)
    metrics = merge_metrics([known.get(m, m) if isinstance(m, str) else m for m in asked])
    names = {metric.name for metric in metrics}
    return (*metrics, *(metric for metric in known.values() if metric.name not in names))


def _metric(entry: str | Mapping[str, Any]) -> Metric:
    """A metric; how a command's metric is read says nothing here."""
    if isinstance(entry, str):
        return Metric.parse(entry)
    return Metric(**{key: value for key, value in entry.items() if key != "read"})


def _is_numeric(values: pd.Series) -> bool:
    return pd.api.types.is_numeric_dtype(values) and not pd.api.types.is_bool_dtype(values)


def _read_json(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise DataError(f"not a readable JSON file: {error}; correct it", path=path) from error
    return content if isinstance(content, dict) else {}
