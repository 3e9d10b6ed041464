"""`transferperf similarity`."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from transferperf.cli.arguments import Answer, Data, Reading, check_folder, output, split_names
from transferperf.cli.terminal import progress, say_aside, table_text

if TYPE_CHECKING:
    from transferperf.api.similarity import SimilarityReport

COLUMNS = ["target", "source", "n_common", "saved", "error", "verdict"]
"""What people see of the best source of a target."""
MOST_ANSWERS = 10
"""Of more targets the page has the sentences."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Writing:
    """What is written, and where."""

    page: Annotated[Path | None, output("HTML page to write, with heat maps of all pairs.")] = None
    figures: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER", help="Write the page's figures as SVG and PNG, and their numbers as CSV and JSON."
        ),
    ] = None
    measures: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Write every measure of every pair: .csv, or .json with options, too."),
    ] = None
    parts: Annotated[
        str, typer.Option(metavar="NAME,...", help="Parts of the measures to compute: 'shift,overlap'; else all.")
    ] = ""
    jobs: Annotated[int, typer.Option(metavar="N", help="Processes that compute measures; -1 is all processors.")] = 1
    cluster: Annotated[
        str, typer.Option(metavar="ADDRESS", help="Dask scheduler whose workers compute measures, instead of --jobs.")
    ] = ""

    @property
    def wanted(self) -> Sequence[str] | str:
        """The parts to compute."""
        return (split_names(self.parts, "--parts") or "all") if self.measures is not None else ()

    def check(self) -> None:
        """OutputError or BadParameter before the work begins, where an answer has no place."""
        from transferperf.api.similarity import check_measures

        for path in (self.page, self.figures, self.measures):
            check_folder(path)
        if self.measures is not None:
            check_measures(self.measures)
        elif self.parts or self.jobs != 1 or self.cluster:
            raise typer.BadParameter(
                "--parts, --jobs and --cluster say how measures are computed; name a file for them",
                param_hint="--measures",
            )

    def write(self, report: "SimilarityReport") -> list[str]:
        """Write it; what was written, in words."""
        written = []
        if self.page is not None:
            report.write_html(self.page)
            written.append(f"All pairs are in {self.page}.")
        if self.figures is not None:
            report.write_figures(self.figures)
            written.append(f"Figures and their numbers are in {self.figures}.")
        if self.measures is not None:
            report.write_measures(self.measures)
            written.append(f"All measures are in {self.measures}.")
        return written


def similarity(data: Data, *, reading: Reading, writing: Writing, answer: Answer) -> None:
    """What environments say about one another: the best source of each, and all pairs in a report."""
    with progress(f"reading {data}"):
        from transferperf.api.similarity import similarity as compare
        from transferperf.report import short_labels
        from transferperf.study.cluster import joblib_on

        writing.check()
        table, metric = reading.read(data)
    n = len(table.environments)
    with progress(f"comparing {n} environments"), joblib_on(writing.cluster):
        n_jobs = -1 if writing.cluster else writing.jobs
        report = compare(table, metric=metric, parts=writing.wanted, seed=answer.seed, n_jobs=n_jobs)
        written = writing.write(report)
    labels, has_source = short_labels(report.environments), report.sources["source"].notna()
    for sentence in report.sources.loc[~has_source, "answer"]:
        say_aside(f"note: {sentence}")
    found = report.sources[has_source]
    shown = found.assign(source=found["source"].map(labels), target=found["target"].map(labels))[COLUMNS]
    lines = [f"{n} environments compared in {metric.label}; the best source of each target:", table_text(shown)]
    lines += list(found["answer"]) if len(found) <= MOST_ANSWERS else []
    lines += written
    document = {"metric": metric.name, "path": writing.page, "pairs": report.pairs.to_dict("records")}
    document["sources"] = report.sources.to_dict("records")
    answer.give(document, "\n".join(lines))
