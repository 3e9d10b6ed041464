"""`transferperf history`."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from transferperf.cli.arguments import Answer, check_folder, output, split_names
from transferperf.cli.terminal import progress, say_aside

if TYPE_CHECKING:
    from transferperf.data.table import MeasurementTable

History = Annotated[
    str, typer.Argument(metavar="HISTORY", help="runhistory.json, results.csv, Optuna's URL or journal file.")
]
Name = Annotated[str, typer.Option("--study", metavar="NAME", help="Which study, where Optuna's storage has several.")]
Metrics = Annotated[str, typer.Option(metavar="NAME,...", help="What to call the objectives, in their order.")]
Rows = Annotated[Path, output("Measurement file to write.")]


def history(history: History, *, output: Rows, study: Name = "", metrics: Metrics = "", answer: Answer) -> None:
    """What another tuner measured, Optuna, SMAC or DeepHyper, as a measurement file."""
    from transferperf.data.csv import file_suffix, write_table

    file_suffix(output)
    check_folder(output)
    with progress(f"reading {history}"):
        table = _read(history, study, split_names(metrics, "--metrics"))
    for note in table.notes:
        say_aside(f"note: {note}")
    write_table(table, output)
    names = [metric.name for metric in table.metrics]
    document = {"path": output, "n_rows": len(table), "options": list(table.space.names), "metrics": names}
    largest = ", ".join(metric.name for metric in table.metrics if not metric.lower_is_better)
    hint = f" {largest} is to be large: declare it so." if largest else ""
    answer.give(document, f"{len(table)} measurements of {', '.join(names)} are in {output}.{hint}")


def _read(path: str, study: str, metrics: list[str]) -> "MeasurementTable":
    """The measurements of any of the tuners."""
    from transferperf.data.histories import read_deephyper, read_smac

    if path.endswith(".csv"):
        return read_deephyper(path, metrics=metrics)
    if path.endswith(".json") or Path(path).is_dir():
        return read_smac(path, metrics=metrics)
    from transferperf.integrations.studies import open_study, read_study

    return read_study(open_study(path, study), metrics=metrics)
