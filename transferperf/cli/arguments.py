"""Arguments that several verbs share, in groups; `spread` gives each field of a group its place on the command line."""

import inspect
import itertools
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import MISSING, Field, dataclass, field, fields, is_dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from transferperf.cli.terminal import say, to_json
from transferperf.errors import DataError, OutputError, UnknownNameError

if TYPE_CHECKING:
    from transferperf.data.table import MeasurementTable
    from transferperf.metric import Metric
    from transferperf.study.budget import Budget as Limit

Data = Annotated[Path, typer.Argument(metavar="DATA", help="Measurement file: .csv, .csv.gz or .parquet.")]
System = Annotated[str, typer.Argument(metavar="SYSTEM", help="Name of a system; `transferperf systems` lists them.")]
SystemsPath = Annotated[Path, typer.Option(metavar="DIR", help="Folder in which systems are looked for.")]


def output(what: str, metavar: str = "FILE") -> Any:
    """The option that says where an answer is written."""
    return typer.Option("--output", "-o", metavar=metavar, help=what)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """How a verb answers."""

    seed: Annotated[int, typer.Option(metavar="N", min=0, help="Same data and same seed give the same answer.")] = 0
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document on standard output, nothing else.")] = False

    def give(self, document: Mapping[str, object], text: str) -> None:
        """The document for machines, or the text for people."""
        say(to_json(document) if self.as_json else text)


@dataclass(frozen=True, slots=True, kw_only=True)
class Spending:
    """What may be spent, on what."""

    budget: Annotated[
        str, typer.Option(metavar="BUDGET", help="Measurements such as 30, a time: 10min, or money: '5 eur' (--price).")
    ] = "30"
    price: Annotated[
        list[str],
        typer.Option(
            metavar="PRICE",
            help="What a measurement costs: '0.02 eur', '0.9 eur/h', '1 eur/METRIC', 'hardware=h1: 2 eur/h'.",
        ),
    ] = field(default_factory=list)
    least_gain: Annotated[
        str, typer.Option(metavar="GAIN", help="Stop where the next one promises less: '1 %', or a number.")
    ] = "0"
    where: Annotated[
        list[str], typer.Option(metavar="CONDITION", help="What the answer has to meet: 'memory_mb <= 512'; repeat it.")
    ] = field(default_factory=list)

    def limit(self) -> "Limit":
        """The budget; BudgetError where it cannot be read."""
        from transferperf.study.budget import Budget as Limit

        return Limit.parse(self.budget, price=self.price, least_gain=self.least_gain)

    def asked(self, metric: str, seed: int) -> dict[str, object]:
        """What makes two campaigns different ones; with another budget a campaign goes on."""
        return {"metric": metric, "seed": seed, "where": list(self.where)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """Further measurement files."""

    source: Annotated[
        list[Path], typer.Option(metavar="DATA", help="Measurements of other environments; may be repeated.")
    ] = field(default_factory=list)
    mapping: Annotated[
        Path | None, typer.Option(metavar="FILE", help="A .toml that says how the names in the sources become ours.")
    ] = None

    def check(self) -> None:
        """BadParameter where names are to be mapped and there is no source."""
        if self.mapping is not None and not self.source:
            raise typer.BadParameter("it says how to read a --source; name one", param_hint="--mapping")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading(Sources):
    """How measurement files are read."""

    metric: Annotated[
        str,
        typer.Option(
            metavar="NAME",
            help="Metric to look at; may be left out where there is only one. '2 * time_s + size_mb' weighs some.",
        ),
    ] = ""
    metrics: Annotated[
        str, typer.Option(metavar="NAME,...", help="All metric columns, where the file does not declare them.")
    ] = ""
    maximize: Annotated[bool, typer.Option("--maximize", help="Larger values of --metric are better.")] = False
    environment: Annotated[
        str, typer.Option(metavar="NAME,...", help="Environment columns besides hardware, workload and version.")
    ] = ""
    ignore: Annotated[str, typer.Option(metavar="NAME,...", help="Columns to leave out.")] = ""
    space: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="A system.toml or feature model that declares the options; else inferred."),
    ] = None

    def read(self, path: Path) -> "tuple[MeasurementTable, Metric]":
        """The table in a file, and the metric that was asked for."""
        table, metrics = self.read_several(path)
        if len(metrics) > 1:
            raise typer.BadParameter(
                f"got '{self.metric}'; expected one metric, or a weighted sum such as '2 * time_s + size_mb'",
                param_hint="--metric",
            )
        return table, metrics[0]

    def read_several(self, path: Path) -> "tuple[MeasurementTable, tuple[Metric, ...]]":
        """The table in a file, and the metrics that were asked for, with commas between them."""
        import transferperf as tp

        self.check()
        wanted = split_names(self.metric, "--metric")
        table = tp.read_csv(
            path,
            metrics=_declared(wanted, split_names(self.metrics, "--metrics")),
            environment=split_names(self.environment, "--environment"),
            ignore=split_names(self.ignore, "--ignore"),
            space=self.space,
        )
        if not wanted and len(table.metrics) > 1:
            known = ", ".join(metric.name for metric in table.metrics)
            raise typer.BadParameter(f"say which metric; {path} has {known}", param_hint="--metric")
        metrics = [table.metric(name) for name in wanted or table.metrics]
        if self.maximize:
            if len(metrics) > 1 or metrics[0] not in table.metrics:
                raise typer.BadParameter("it is for one metric; mark each as '$>NAME'", param_hint="--maximize")
            better = replace(metrics[0], direction="max", cap=None)
            table = replace(table, metrics=tuple(better if known == metrics[0] else known for known in table.metrics))
        table = self._with_sources(table)
        return table, tuple(map(table.metric, metrics))

    def _with_sources(self, table: "MeasurementTable") -> "MeasurementTable":
        """The table with the rows of the source files, in its names."""
        import transferperf as tp
        from transferperf.data.mapping import Renaming
        from transferperf.data.sources import read_source

        renaming = Renaming.of(self.mapping)
        named, ignored = split_names(self.environment, "--environment"), split_names(self.ignore, "--ignore")
        for path in self.source:
            source = read_source(path, table, renaming, environment=named, ignore=ignored)
            table = tp.combine(table, source, mapping=renaming)
        return table


def _declared(wanted: Iterable[str], others: Sequence[str]) -> list[str]:
    """Metric columns that names, or weighted sums, speak of, each once and with its mark where it has one."""
    from transferperf.data.weighted_sum import metrics_in
    from transferperf.metric import Metric

    declared: dict[str, str] = {}
    named = itertools.chain.from_iterable(metrics_in(text, others) for text in wanted)
    for text in [*named, *others]:
        name = Metric.parse(text).name
        declared[name] = text if text != name else declared.get(name, name)
    return list(declared.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Where a prediction is wanted."""

    target: Annotated[
        str,
        typer.Option(metavar="FACTOR=VALUE,...", help="Target environment; a factor with one value may be left out."),
    ] = ""
    unmeasured: Annotated[
        bool, typer.Option("--unmeasured", help="The target may have values that no row has: sources only.")
    ] = False

    def of(self, table: "MeasurementTable") -> dict[str, str]:
        """The target's factors; UnknownNameError where no row has one of the values, unless that is wanted."""
        environment = table.target(split_pairs(self.target, "--target"))
        for factor, value in environment.factors:
            known = sorted({where.as_mapping()[factor] for where in table.environments})
            if value not in known and not self.unmeasured:
                remedy = "Correct it, or add --unmeasured to predict from the sources alone."
                raise UnknownNameError(f"value of {factor}", value, known, remedy=remedy)
        return environment.as_mapping()


@dataclass(frozen=True, slots=True, kw_only=True)
class DescribedTarget(Target):
    """Where a prediction is wanted, and what describes environments."""

    descriptors: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Table of what describes environments: factor columns, then descriptors."),
    ] = None


def split_names(text: str, option: str) -> list[str]:
    """The names in a,b,c.

    Examples
    --------
    >>> split_names("time, memory", "--metrics")
    ['time', 'memory']
    """
    names = [name.strip() for name in text.split(",")] if text.strip() else []
    if not all(names):
        raise typer.BadParameter(f"'{text}' has an empty name; expected NAME,NAME", param_hint=option)
    return names


def split_pairs(text: str, option: str) -> dict[str, str]:
    """The factors and values in hardware=h1,workload=128.

    Examples
    --------
    >>> split_pairs("hardware=h1,workload=128", "--target")
    {'hardware': 'h1', 'workload': '128'}
    """
    pairs: dict[str, str] = {}
    for part in split_names(text, option):
        name, sign, value = (word.strip() for word in part.partition("="))
        if not (name and sign and value) or name in pairs:
            wrong = "names a factor twice" if name in pairs else "cannot be read"
            raise typer.BadParameter(f"'{text}' {wrong}; expected FACTOR=VALUE,FACTOR=VALUE", param_hint=option)
        pairs[name] = value
    return pairs


def check_folder(path: Path | None) -> None:
    """OutputError before the work begins, where the folder of an answer is not there."""
    if path is not None and not path.parent.is_dir():
        raise OutputError(
            f"{path} cannot be written: there is no folder {path.parent}; make it, or choose another path"
        )
    if path is not None and path.is_dir():
        raise OutputError(f"{path} cannot be written: it is a folder; name a file in it")


def check_columns(names: Iterable[str], columns: Iterable[object], path: Path) -> None:
    """DataError where a column is missing."""
    came = [*map(str, columns)]
    missing = [name for name in names if name not in came]
    if missing:
        raise DataError(f"no column for option {', '.join(missing)}; got {', '.join(came)}. Add it", path=path)


def spread(verb: Callable[..., None]) -> Callable[..., None]:
    """The verb with each parameter whose type is a group of arguments replaced by the fields of that group."""
    parameters = inspect.signature(verb).parameters.values()
    groups: dict[str, Any] = {
        parameter.name: parameter.annotation for parameter in parameters if is_dataclass(parameter.annotation)
    }

    def run(**values: Any) -> None:
        built = {
            name: group(**{field.name: values.pop(field.name) for field in fields(group)})
            for name, group in groups.items()
        }
        verb(**values, **built)

    flat = [p for parameter in parameters for p in _parameters(parameter)]
    run.__doc__, run.__name__ = verb.__doc__, verb.__name__
    run.__annotations__ = {parameter.name: parameter.annotation for parameter in flat}
    run.__signature__ = inspect.Signature(flat)  # type: ignore[attr-defined]  # typer reads it
    return run


def _parameters(parameter: inspect.Parameter) -> list[inspect.Parameter]:
    if not is_dataclass(parameter.annotation):
        return [parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY)]
    return [
        inspect.Parameter(
            field.name,
            inspect.Parameter.KEYWORD_ONLY,
            annotation=field.type,
            default=_default(field),
        )
        for field in fields(parameter.annotation)
    ]


def _default(field: "Field[Any]") -> Any:
    if field.default_factory is not MISSING:
        return field.default_factory()
    return inspect.Parameter.empty if field.default is MISSING else field.default
