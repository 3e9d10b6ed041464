"""`transferperf measure`."""

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from transferperf.cli.arguments import Answer, System, check_folder, output, split_pairs
from transferperf.cli.measuring import Measuring, kept_in
from transferperf.cli.terminal import progress, table_text
from transferperf.errors import OutputError

if TYPE_CHECKING:
    import pandas as pd

    from transferperf.data.table import MeasurementTable

Environments = Annotated[
    list[str], typer.Option(metavar="FACTOR=VALUE,...", help="Where to measure; may be repeated for several.")
]
Kind = Annotated[str, typer.Option(metavar="NAME", help="Design: random, latin, sobol or one-option.")]
Count = Annotated[int, typer.Option("-n", metavar="N", min=1, help="How many configurations.")]
Measurements = Annotated[
    Path, output("File (.csv, .csv.gz, .parquet) that grows and is resumed, or a folder for it.", "FILE|DIR")
]


def measure(
    system: System,
    *,
    environment: Environments = [],  # noqa: B006  # typer copies it
    design: Kind = "sobol",
    n: Count = 50,
    output: Measurements = Path("measurements"),
    measuring: Measuring,
    answer: Answer,
) -> None:
    """Measure a design of configurations in some environments of a system; what is in the file already is left out."""
    from transferperf.data.design import design as make_design
    from transferperf.measure import choose_environment
    from transferperf.study.campaign import run_design

    chosen = measuring.load(system)
    runner = measuring.runner(measuring.main_metric(chosen))
    wanted = [split_pairs(text, "--environment") for text in environment] or [{}]
    where = [choose_environment(chosen, pairs) for pairs in wanted]
    configurations = make_design(chosen.space, n, design, answer.seed)
    path = measurement_file(output, chosen.name, design)
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
