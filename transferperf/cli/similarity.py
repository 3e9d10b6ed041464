"""`transferperf similarity`."""

from pathlib import Path
from typing import Annotated

import typer

from transferperf.cli.arguments import Answer, Data, Reading, check_folder, output, split_names
from transferperf.cli.terminal import progress, say_aside, table_text

Page = Annotated[Path | None, output("HTML page to write, with heat maps of all pairs.")]
Measures = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="Write every measure of every pair: .csv, or .json with options, too."),
]
Parts = Annotated[
    str, typer.Option(metavar="NAME,...", help="Parts of the measures to compute: 'shift,overlap'; else all.")
]
Jobs = Annotated[int, typer.Option(metavar="N", help="Processes that compute measures; -1 is all processors.")]

COLUMNS = ["target", "source", "n_common", "saved", "error", "verdict"]
"""What people see of the best source of a target."""
MOST_ANSWERS = 10
"""Of more targets the page has the sentences."""


def similarity(
    data: Data,
    *,
    reading: Reading,
    output: Page = None,
    measures: Measures = None,
    parts: Parts = "",
    jobs: Jobs = 1,
    answer: Answer,
) -> None:
    """What environments say about one another: the best source of each, and all pairs in a report."""
    _check(output, measures, is_detailed=bool(parts) or jobs != 1)
    with progress(f"reading {data}"):
        from transferperf.api.similarity import check_measures
        from transferperf.api.similarity import similarity as compare
        from transferperf.report import short_labels

        if measures is not None:
            check_measures(measures)
        table, metric = reading.read(data)
    n = len(table.environments)
    with progress(f"comparing {n} environments"):
        wanted = (split_names(parts, "--parts") or "all") if measures is not None else ()
        report = compare(table, metric=metric, parts=wanted, seed=answer.seed, n_jobs=jobs)
        if output is not None:
            report.write_html(output)
        if measures is not None:
            report.write_measures(measures)
    labels, has_source = short_labels(report.environments), report.sources["source"].notna()
    for sentence in report.sources.loc[~has_source, "answer"]:
        say_aside(f"note: {sentence}")
    found = report.sources[has_source]
    shown = found.assign(source=found["source"].map(labels), target=found["target"].map(labels))[COLUMNS]
    lines = [f"{n} environments compared in {metric.label}; the best source of each target:", table_text(shown)]
    lines += list(found["answer"]) if len(found) <= MOST_ANSWERS else []
    lines += [f"All pairs are in {output}."] if output is not None else []
    lines += [f"All measures are in {measures}."] if measures is not None else []
    document = {"metric": metric.name, "path": output, "pairs": report.pairs.to_dict("records")}
    document["sources"] = report.sources.to_dict("records")
    answer.give(document, "\n".join(lines))


def _check(output: Path | None, measures: Path | None, *, is_detailed: bool) -> None:
    """OutputError or BadParameter before the work begins, where an answer has no place."""
    check_folder(output)
    check_folder(measures)
    if is_detailed and measures is None:
        raise typer.BadParameter(
            "--parts and --jobs say how measures are computed; name a file for them", param_hint="--measures"
        )
