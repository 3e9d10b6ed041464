"""Measurement files: reading and writing .csv, .csv.gz and .parquet.

One row is one measurement of one configuration in one environment; docs/concepts describes the columns.
"""

import gzip
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Self

import pandas as pd

from transferperf.data.censoring import infer_caps
from transferperf.data.checks import (
    Origin,
    check_header,
    check_is_file,
    check_lines,
    check_numbers,
    check_status,
    environment_text,
    read_header,
)
from transferperf.data.declaration import Declaration, Roles, check_columns, unmark
from transferperf.data.files import replace_file
from transferperf.data.inference import complete_space, suspect_metrics
from transferperf.data.table import RESERVED, MeasurementTable
from transferperf.errors import DataError, UnknownNameError
from transferperf.metric import Metric
from transferperf.space import FACTORS, ConfigurationSpace

SUFFIXES = (".csv", ".csv.gz", ".parquet")
"""Kinds of measurement file, by the end of their name."""


def read_csv(
    path: str | Path,
    *,
    metrics: Iterable[Metric | str] | Metric = (),
    environment: Iterable[str] = (),
    ignore: Iterable[str] = (),
    space: ConfigurationSpace | str | Path | None = None,
) -> MeasurementTable:
    """Measurements from a file: .csv, .csv.gz or .parquet.

    Parameters
    ----------
    metrics
        All metric columns that the file itself, a `<file>.toml` or a manifest.json beside it does not declare.
    environment
        Environment columns besides hardware, workload and version.
    ignore
        Columns to leave out.
    space
        The options, or the path of a system.toml or a feature model (.xml, .uvl, .dimacs) that declares them;
        inferred where nothing is said.

    Returns
    -------
    table
        Its `notes` say what was inferred.

    Raises
    ------
    DataError
        With file, line and column, where the file cannot be used as it is.
    UnknownNameError
        Where a metric, an environment column or a column to ignore is not in the file.
    """
    path = Path(path)
    suffix = file_suffix(path)
    check_is_file(path)
    wishes = _Wishes.of(metrics, environment, ignore, space)
    declared = wishes.overrule(Declaration.beside(path, suffix))
    if suffix == ".parquet":
        return _table(_read_parquet(path), Origin(path), wishes, declared)
    header = check_lines(path)
    options = () if declared.space is None else declared.space.options
    texts = [option.name for option in options if not option.is_numeric]  # "true" and "false" stay what they are
    as_text = [head for head in header if head in (*FACTORS, *declared.factors, *texts, "status", "reason")]
    return _table(_read_text(path, header, as_text), Origin(path, is_text=True), wishes, declared)


def read_frame(
    frame: pd.DataFrame,
    *,
    metrics: Iterable[Metric | str] | Metric = (),
    environment: Iterable[str] = (),
    ignore: Iterable[str] = (),
    space: ConfigurationSpace | str | Path | None = None,
) -> MeasurementTable:
    """Measurements from a DataFrame, which is not changed; keywords and errors as for `read_csv`.

    In errors its rows are counted as the lines of a file: the first row is line 2.

    Examples
    --------
    >>> frame = pd.DataFrame({"ref": [1, 5, 9], "workload": ["a", "a", "b"], "time": [2.0, 1.5, 1.0]})
    >>> table = read_frame(frame, metrics=["time"])
    >>> table.space.names, table.factors, table.space["ref"].levels
    (('ref',), ('workload',), (1, 5, 9))
    """
    origin = Origin("the frame")
    check_header([str(name) for name in frame.columns], origin)
    if not len(frame):
        raise origin.error("there is no row; expected one for each measurement")
    wishes = _Wishes.of(metrics, environment, ignore, space)
    return _table(frame.rename(columns=str).reset_index(drop=True), origin, wishes, wishes.overrule(Declaration()))


def write_table(table: MeasurementTable, path: str | Path) -> None:
    """Write a measurement file; the end of its name says which kind. The same table gives the same bytes.

    Raises
    ------
    OutputError
        Where it could not be written; the file that stood there is kept.
    """
    path = Path(path)
    suffix = file_suffix(path)
    names = (*table.factors, *table.space.names, *(metric.name for metric in table.metrics), *RESERVED)
    frame = table.frame[[name for name in names if name in table.frame]]
    text = frame.astype({"repeat": "Int64"}) if "repeat" in frame else frame  # 0, not 0.0

    def write(temporary: Path) -> None:
        if suffix == ".parquet":
            _as_text(frame).to_parquet(temporary, index=False)
            return
        with temporary.open("wb") as raw:
            if suffix == ".csv":
                text.to_csv(raw, index=False, lineterminator="\n")
                return
            with gzip.GzipFile(filename="", mode="wb", fileobj=raw, mtime=0, compresslevel=6) as packed:
                text.to_csv(packed, index=False, lineterminator="\n")

    replace_file(path, write)


def read_heads(path: Path) -> list[str]:
    """Names of the columns of a measurement file, without the marks of metrics."""
    check_is_file(path)
    return unmark(_read_parquet(path).columns if file_suffix(path) == ".parquet" else read_header(path))[0]


def file_suffix(path: Path) -> str:
    """Which of `SUFFIXES` the path has; DataError where it has none of them."""
    for suffix in SUFFIXES:
        if path.name.endswith(suffix):
            return suffix
    raise DataError(f"this name ends in '{path.suffix}'; expected {', '.join(SUFFIXES)}. Rename the file", path=path)


def _as_text(frame: pd.DataFrame) -> pd.DataFrame:
    """The frame with its columns of mixed values as text: Parquet columns have one type."""
    mixed = [name for name in frame.columns if frame[name].dtype == object]
    return frame.assign(**{name: frame[name].map(str, na_action="ignore") for name in mixed})


@dataclass(frozen=True, slots=True)
class _Wishes:
    """What the caller says of the columns."""

    metrics: tuple[Metric | str, ...]
    environment: tuple[str, ...]
    ignore: tuple[str, ...]
    space: ConfigurationSpace | Path | None

    @classmethod
    def of(
        cls,
        metrics: Iterable[Metric | str] | Metric,
        environment: Iterable[str],
        ignore: Iterable[str],
        space: ConfigurationSpace | str | Path | None,
    ) -> Self:
        """The keywords of `read_csv`, where a single name may stand for a list of one."""
        return cls(
            (metrics,) if isinstance(metrics, str | Metric) else tuple(metrics),
            (environment,) if isinstance(environment, str) else tuple(environment),
            (ignore,) if isinstance(ignore, str) else tuple(ignore),
            Path(space) if isinstance(space, str) else space,
        )

    def overrule(self, beside: Declaration) -> Declaration:
        """What stands beside the file, with what the caller's space and environment say instead or besides."""
        if isinstance(self.space, Path):
            system = Declaration.read(self.space)
            if system.space is None:
                raise DataError("there are no [[options]]; name a file that declares a space", path=self.space)
            beside = replace(
                system, metrics=(*beside.metrics, *system.metrics), factors=(*beside.factors, *system.factors)
            )
        elif self.space is not None:
            beside = replace(beside, space=self.space)
        return replace(beside, factors=(*self.environment, *beside.factors))


def _read_text(path: Path, header: list[str], as_text: list[str]) -> pd.DataFrame:
    """The cells of a file whose lines were checked; only an empty cell is a missing value."""
    return pd.read_csv(
        path,
        header=0,
        names=header,
        dtype=dict.fromkeys(as_text, str),
        keep_default_na=False,
        na_values=[""],
        encoding="utf-8-sig",
        low_memory=False,
    )


def _read_parquet(path: Path) -> pd.DataFrame:
    try:
        frame = pd.read_parquet(path)
    except (OSError, ValueError) as error:
        raise DataError("not a readable Parquet file; make it anew", path=path) from error
    if not len(frame):
        raise DataError("there is no row; expected one for each measurement", path=path)
    return frame


def _table(frame: pd.DataFrame, origin: Origin, wishes: _Wishes, declared: Declaration) -> MeasurementTable:
    """The table of a frame whose columns are as in the file."""
    heads, marked = unmark(frame.columns)
    check_header(heads, origin)
    for what, names in (("environment column", wishes.environment), ("column to ignore", wishes.ignore)):
        for name in names:
            if name not in heads:
                raise UnknownNameError(what, name, heads)
    frame = frame.set_axis(heads, axis=1).drop(columns=list(wishes.ignore))
    frame = declared.without_fixed(frame, origin)
    declared = replace(declared, metrics=(*declared.metrics, *marked))
    roles = Roles.of(frame, metrics=wishes.metrics, declared=declared)
    if wishes.space is not None and declared.space is not None:
        check_columns(roles.options, declared.space, origin)
    frame = _checked(frame, roles, origin)
    space, notes = complete_space(frame, roles.options, declared.space, origin)
    metrics, cap_notes = infer_caps(frame, roles.factors, roles.metrics)
    notes = (*suspect_metrics(frame, roles, declared.space), *cap_notes, *notes, *declared.notes)
    return MeasurementTable(frame, space, roles.factors, metrics, notes)


def _checked(frame: pd.DataFrame, roles: Roles, origin: Origin) -> pd.DataFrame:
    """The frame with its environment, metric and reserved columns as what they should be."""
    columns = {name: environment_text(frame[name], origin) for name in roles.factors}
    numbers = [name for name in ("repeat", "cost_s") if name in frame]
    columns |= {name: check_numbers(frame[name], origin) for name in (*(m.name for m in roles.metrics), *numbers)}
    if "status" in frame:
        columns["status"] = check_status(frame["status"], origin)
    if "reason" in frame:
        columns["reason"] = frame["reason"].fillna("").astype(str)
    return frame.assign(**columns)
