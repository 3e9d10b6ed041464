"""`transferperf measure`."""

import datetime as dt
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from transferperf.cli.arguments import Answer, Sources, System, check_folder, split_pairs
from transferperf.cli.into import Into, Wanted
from transferperf.cli.measuring import Measuring, kept_in
from transferperf.cli.terminal import progress, table_text
from transferperf.errors import OutputError

if TYPE_CHECKING:
    import pandas as pd

    from transferperf.data.table import MeasurementTable
    from transferperf.measure import Drift
    from transferperf.measure import System as Runs
    from transferperf.metric import Metric

Environments = Annotated[
    list[str], typer.Option(metavar="FACTOR=VALUE,...", help="Where to measure; may be repeated for several.")
]

GUIDED = "guided"
"""The design that needs sources."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Designing(Sources):
    """Which configurations are measured."""

    design: Annotated[
        str,
        typer.Option(
            metavar="NAME", help="Design: random, latin, sobol, one-option, or guided, by what a --source says."
        ),
    ] = "sobol"
    n: Annotated[
        int | None,
        typer.Option("-n", metavar="N", min=1, help="How many configurations; left out: 50, or as many as there are."),
    ] = None

    def configurations(self, system: "Runs", metric: "Metric", seed: int) -> "pd.DataFrame":
        """The configurations to measure, shape (n, d)."""
        from transferperf.cli.diary import read_sources
        from transferperf.data.design import DESIGNS, design
        from transferperf.errors import UnknownNameError
        from transferperf.study.guided import guided_design

        self.check()
        if self.design not in (*DESIGNS, GUIDED):
            raise UnknownNameError("design", self.design, (*DESIGNS, GUIDED))
        if bool(self.source) != (self.design == GUIDED):
            remedy = "name one with --source" if not self.source else f"add --design {GUIDED}"
            raise typer.BadParameter(f"'{self.design}' and {len(self.source)} sources; {remedy}", param_hint="--design")
        if not self.source:
            return design(system.space, self.n, self.design, seed)
        return guided_design(read_sources(system, self.source, None, self.mapping), self.n, metric=metric, seed=seed)


@dataclass(frozen=True, slots=True, kw_only=True)
class Controlling:
    """How a machine that changes while it is measured is noticed."""

    control: Annotated[
        int, typer.Option(metavar="N", min=0, help="Measure the default again every N configurations, to see drift.")
    ] = 0
    without_drift: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Also write the measurements with that drift taken out.")
    ] = None

    def look_at(self, table: "MeasurementTable") -> "list[Drift]":
        """The drift of each metric that changed by more than chance; the corrected file is written."""
        from transferperf.data.csv import write_table
        from transferperf.measure import drifts, without_drift

        if self.without_drift is not None:
            check_folder(self.without_drift)
            write_table(without_drift(table), self.without_drift)
        return [drift for drift in drifts(table) if drift.is_certain]


def measure(
    system: System,
    *,
    environment: Environments = [],  # noqa: B006  # typer copies it
    designing: Designing,
    into: Into,
    controlling: Controlling,
    measuring: Measuring,
    answer: Answer,
) -> None:
    """Measure a design of configurations in some environments of a system; what is in the file already is left out."""
    from transferperf.measure import choose_environment

    into.check()
    chosen = measuring.load(system)
    metric = measuring.main_metric(chosen)
    runner = replace(measuring.runner(metric), control_every=controlling.control)
    wanted = [split_pairs(text, "--environment") for text in environment] or [{}]
    where = [choose_environment(chosen, pairs) for pairs in wanted]
    configurations = designing.configurations(chosen, metric, answer.seed)
    path = measurement_file(into.output, chosen.name, designing.design)
    with kept_in(into.store or path), progress(f"measuring {chosen.name}", counted=True) as step:
        table = into.measure(
            Wanted(
                system=chosen,
                load=measuring.loading(system),
                configurations=configurations,
                environments=where,
                runner=runner,
                seed=answer.seed,
            ),
            path,
            lambda n_done, n_all, place: step(min(n_done, n_all), n_all, f"measuring {place}"),
        )
    _say(table, chosen.name, path, controlling.look_at(table), answer)


def _say(table: "MeasurementTable", system: str, path: Path, drift: "list[Drift]", answer: Answer) -> None:
    """How many rows there are, and what drifted."""
    counts = count_statuses(table)
    lines = [table_text(counts), f"All rows are in {path}; what was used stands in manifest.json beside it."]
    lines += [
        f"drift: {d.metric.name} of the default differed by {d.spread:.0%} (noise {d.noise:.1%}) in {d.environment}"
        for d in drift
    ]
    document = {"system": system, "path": path, "rows": counts.to_dict("records")}
    drifted = [{"environment": str(d.environment), "metric": d.metric.name, "spread": d.spread} for d in drift]
    answer.give({**document, "drift": drifted}, "\n".join(lines))


def measurement_file(output: Path, system: str, design: str) -> Path:
    """The file that is meant: itself, or <folder>/<system>/<date>-<design>.csv.gz, whose folder is then made."""
    from transferperf.data.csv import SUFFIXES

    if output.name.endswith(SUFFIXES):
        check_folder(output)
        return output
    folder = output / system
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"{folder} cannot be made: {error.strerror}; choose another path") from error
    return folder / f"{dt.datetime.now(tz=dt.UTC):%Y-%m-%d}-{design}.csv.gz"


def count_statuses(table: "MeasurementTable") -> "pd.DataFrame":
    """Rows of each environment by their status."""
    frame = table.frame.assign(status=table.frame["status"].fillna("ok"))
    return frame.groupby([*table.factors, "status"]).size().rename("rows").reset_index()
