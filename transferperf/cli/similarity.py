"""`transferperf similarity`."""

from pathlib import Path
from typing import Annotated

from transferperf.cli.arguments import Answer, Data, Reading, check_folder, output
from transferperf.cli.terminal import progress, say_aside, table_text

Page = Annotated[Path | None, output("HTML page to write, with heat maps of all pairs.")]

COLUMNS = ["target", "source", "n_common", "pearson", "spearman", "verdict"]
"""What people see of a pair."""


def similarity(data: Data, *, reading: Reading, output: Page = None, answer: Answer) -> None:
    """What environments say about one another: the best source of each, and all pairs in a report."""
    check_folder(output)
    with progress(f"reading {data}"):
        from transferperf.api.similarity import similarity as compare
        from transferperf.report import short_labels
        from transferperf.similarity import best_sources

        table, metric = reading.read(data)
    n = len(table.environments)
    with progress(f"comparing {n} environments"):
        report = compare(table, metric=metric, seed=answer.seed)
        if output is not None:
            report.write_html(output)
    found, labels = best_sources(report.pairs), short_labels(report.environments)
    alone = [label for where, label in labels.items() if where not in set(found["target"])]
    if alone:
        say_aside(f"note: no source for {'; '.join(alone)}: too little in common, or nothing varies")
    shown = found.assign(source=found["source"].map(labels), target=found["target"].map(labels))[COLUMNS]
    lines = [f"{n} environments compared in {metric.label}; the best source of each target:", table_text(shown)]
    lines += [f"All pairs are in {output}."] if output is not None else []
    document = {"metric": metric.name, "path": output, "pairs": report.pairs.to_dict("records")}
    answer.give(document, "\n".join(lines))
