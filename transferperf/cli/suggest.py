"""`transferperf suggest`."""

from pathlib import Path
from typing import Annotated

import typer

from transferperf.cli.arguments import Answer, Budget, Data, Reading, Target, check_folder, output
from transferperf.cli.terminal import progress, say_aside

Count = Annotated[int, typer.Option("-n", metavar="N", min=1, help="How many configurations.")]
Next = Annotated[Path | None, output("CSV file to write, instead of standard output.")]


def suggest(
    data: Data,
    *,
    target: Target,
    reading: Reading,
    budget: Budget = "30",
    n: Count = 1,
    output: Next = None,
    answer: Answer,
) -> None:
    """The next configurations to measure in the target, as CSV: add a column with what came, and append the rows."""
    check_folder(output)
    with progress(f"reading {data}"):
        import pandas as pd

        import transferperf as tp
        from transferperf.data.files import replace_text

        table, metric = reading.read(data)
    where = target.of(table)
    with progress("fitting and searching"):
        tuner = tp.Tuner(table, metric=metric, target=where, budget=budget, seed=answer.seed)
        suggestions = tuner.ask(n)
    rows = [{**suggestion.environment.as_mapping(), **suggestion} for suggestion in suggestions]
    text = pd.DataFrame(rows).to_csv(index=False, lineterminator="\n")
    if output is not None:
        replace_text(output, text)
    if not answer.as_json:
        for k, suggestion in enumerate(suggestions, 1):
            say_aside(f"{k}: {suggestion.reason}")
    shown = [
        {"configuration": dict(s), "environment": s.environment.as_mapping(), "reason": s.reason} for s in suggestions
    ]
    document = {"metric": metric.name, "path": output, "suggestions": shown}
    answer.give(document, f"{len(rows)} configurations are in {output}." if output else text.rstrip("\n"))
