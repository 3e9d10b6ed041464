"""Names that another file has for what this one names: a renaming, as keywords or as a TOML file."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Self

import pandas as pd

from transferperf.data.checks import Origin
from transferperf.data.files import read_toml
from transferperf.data.inference import infer_option
from transferperf.data.table import MeasurementTable
from transferperf.errors import DataError, UnknownNameError
from transferperf.space import ConfigurationSpace, Option, Value
from transferperf.space.option import plain

TABLES = ("options", "metrics", "values", "defaults")


@dataclass(frozen=True, slots=True, kw_only=True)
class Renaming:
    """How the names of a source become those of a target.

    Parameters
    ----------
    options, metrics
        Their name -> ours.
    values
        Our name of an option -> their level -> ours.
    defaults
        Our name of an option -> the value that it has where a table lacks it.
    place
        Where this is said, for errors.
    """

    options: Mapping[str, str] = field(default_factory=dict)
    metrics: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, Mapping[str, Value]] = field(default_factory=dict)
    defaults: Mapping[str, Value] = field(default_factory=dict)
    place: str = "the mapping"

    @classmethod
    def of(cls, mapping: "Renaming | Mapping[str, Any] | str | Path | None") -> Self:
        """The renaming in a mapping with the tables options, metrics, values and defaults, or in the path of one."""
        place, content = "the mapping", mapping or {}
        if isinstance(mapping, Renaming):
            content = {name: getattr(mapping, name) for name in TABLES}
            place = mapping.place
        elif isinstance(mapping, str | Path):
            place, content = str(mapping), read_toml(Path(mapping))
        if not isinstance(content, Mapping):
            raise DataError(f"{place} is {content!r}; expected a mapping with tables {', '.join(TABLES)}, or a path")
        for name, table in content.items():
            if name not in TABLES:
                raise UnknownNameError(f"table in {place}", name, TABLES)
            if not isinstance(table, Mapping):
                raise DataError(f"{place} has {name} = {table!r}; expected a table [{name}] of names")
        return cls(**content, place=place)

    def apply(self, source: MeasurementTable, target: MeasurementTable) -> MeasurementTable:
        """The source in the target's names.

        Raises
        ------
        UnknownNameError
            Where a name that the renaming speaks of is not there.
        DataError
            Where two columns would have one name.
        """
        ours = [metric.name for metric in target.metrics]
        self._check("option", self.options, source.space.names, target.space.names)
        self._check("metric", self.metrics, [metric.name for metric in source.metrics], ours)
        names = {**self.options, **self.metrics}
        heads = [names.get(str(head), str(head)) for head in source.frame.columns]
        twice = next((head for head in heads if heads.count(head) > 1), None)
        if twice is not None:
            raise DataError(f"{self.place} makes two columns of the source '{twice}'; give each its own name")
        renamed = [replace(option, name=names.get(option.name, option.name)) for option in source.space.options]
        known = [*target.space.names, *(option.name for option in renamed)]
        for name in (*self.values, *self.defaults):
            if name not in known:
                raise UnknownNameError(f"option in {self.place}", name, known)
        frame = source.frame.set_axis(heads, axis=1)
        frame = frame.assign(**{o.name: self._translate(frame[o.name], o) for o in renamed if o.name in self.values})
        return replace(
            source,
            frame=frame,
            space=ConfigurationSpace(tuple(self._translated(option, target.space) for option in renamed)),
            metrics=tuple(replace(metric, name=names.get(metric.name, metric.name)) for metric in source.metrics),
        )

    def _check(self, what: str, names: Mapping[str, str], theirs: Sequence[str], ours: Sequence[str]) -> None:
        """UnknownNameError at the first name that one of the tables does not have."""
        for their, our in names.items():
            if their not in theirs:
                raise UnknownNameError(f"{what} of the source in {self.place}", their, theirs)
            if our not in ours:
                raise UnknownNameError(f"{what} of the target in {self.place}", str(our), ours)

    def _translate(self, values: pd.Series, option: Option) -> pd.Series:
        """A column of their levels as one of ours."""
        codes, uniques = pd.factorize(values)
        levels = pd.Series([self._level(option.parse(value), option.name) for value in uniques], dtype=object)
        return pd.Series(levels.to_numpy()[codes], values.index)

    def _translated(self, option: Option, ours: ConfigurationSpace) -> Option:
        """An option of the source with our levels."""
        if option.name not in self.values:
            return option
        for their, our in self.values[option.name].items():
            if their not in _texts(option):
                raise UnknownNameError(f"level of '{option.name}' of the source in {self.place}", their, _texts(option))
            if option.name in ours.names and not ours[option.name].contains(our):
                known = _texts(ours[option.name])
                raise UnknownNameError(f"level of '{option.name}' of the target in {self.place}", str(our), known)
        levels = [self._level(level, option.name) for level in option.levels]
        found = infer_option(pd.Series(levels, name=option.name, dtype=object), Origin(self.place))
        return replace(found, default=self._level(option.parse(option.default), option.name), unit=option.unit)

    def _level(self, theirs: Value, name: str) -> Value:
        return self.values[name].get(str(plain(theirs)), theirs)


def _texts(option: Option) -> list[str]:
    return [str(plain(level)) for level in option.levels]
