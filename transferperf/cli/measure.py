"""`transferperf measure`."""

import datetime as dt
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from transferperf.cli.arguments import Answer, Sources, System, check_folder, output, split_pairs
from transferperf.cli.measuring import Measuring, kept_in
from transferperf.cli.terminal import progress, table_text
from transferperf.errors import OutputError

if TYPE_CHECKING:
    import pandas as pd

    from transferperf.data.table import MeasurementTable
    from transferperf.measure import System as Runs
    from transferperf.metric import Metric

Environments = Annotated[
    list[str], typer.Option(metavar="FACTOR=VALUE,...", help="Where to measure; may be repeated for several.")
]
Measurements = Annotated[
    Path, output("File (.csv, .csv.gz, .parquet) that grows and is resumed, or a folder for it.", "FILE|DIR")
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
    n: Annotated[int, typer.Option("-n", metavar="N", min=1, help="How many configurations.")] = 50

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


def measure(
    system: System,
    *,
    environment: Environments = [],  # noqa: B006  # typer copies it
    designing: Designing,
    output: Measurements = Path("measurements"),
    measuring: Measuring,
    answer: Answer,
) -> None:
    """Measure a design of configurations in some environments of a system; what is in the file already is left out."""
    from transferperf.measure import choose_environment
    from transferperf.study.campaign import run_design

    chosen = measuring.load(system)
    metric = measuring.main_metric(chosen)
    runner = measuring.runner(metric)
    wanted = [split_pairs(text, "--environment") for text in environment] or [{}]
    where = [choose_environment(chosen, pairs) for pairs in wanted]
    configurations = designing.configurations(chosen, metric, answer.seed)
    path = measurement_file(output, chosen.name, designing.design)
    with kept_in(path), progress(f"measuring {chosen.name}", counted=True) as step:
        table = run_design(
            chosen,
            configurations,
            where,
            path=path,
            runner=runner,
            seed=answer.seed,
            progress=lambda n_done, n_all, latest: step(n_done, n_all, f"measuring {latest.environment.label}"),
        )
    counts = count_statuses(table)
    lines = [table_text(counts), f"All rows are in {path}; what was used stands in manifest.json beside it."]
    answer.give({"system": chosen.name, "path": path, "rows": counts.to_dict("records")}, "\n".join(lines))


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
