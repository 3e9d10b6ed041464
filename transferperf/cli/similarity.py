"""`transferperf similarity`."""

from pathlib import Path
from typing import Annotated

from transferperf.cli.arguments import Answer, Data, Reading, check_folder, output
from transferperf.cli.terminal import progress, table_text

Page = Annotated[Path | None, output("HTML page to write, with heat maps of all pairs.")]


def similarity(data: Data, *, reading: Reading, output: Page = None, answer: Answer) -> None:
    """What environments say about one another: the best source of each, and all pairs in a report."""
    check_folder(output)
    with progress(f"reading {data}"):
        from transferperf.api.similarity import similarity as compare
        from transferperf.similarity import best_sources

        table, metric = reading.read(data)
    n = len(table.environments)
    with progress(f"comparing {n} environments"):
        report = compare(table, metric=metric, seed=answer.seed)
        if output is not None:
            report.write_html(output)
    found = best_sources(report.pairs)
    lines = [f"{n} environments compared in {metric.label}; the best source of each target:", table_text(found)]
    lines += [f"All pairs are in {output}."] if output is not None else []
    document = {"metric": metric.name, "path": output, "pairs": report.pairs.to_dict("records")}
    answer.give(document, "\n".join(lines))
