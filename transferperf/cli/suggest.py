"""`transferperf suggest`."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from transferperf.cli.arguments import Answer, Data, Reading, Spending, Target, check_folder, output
from transferperf.cli.terminal import progress, say_aside

if TYPE_CHECKING:
    from transferperf.study.suggest import Suggestion

Count = Annotated[int, typer.Option("-n", metavar="N", min=1, help="How many configurations.")]
Next = Annotated[Path | None, output("CSV file to write, instead of standard output.")]


def suggest(
    data: Data,
    *,
    target: Target,
    reading: Reading,
    spending: Spending,
    n: Count = 1,
    output: Next = None,
    answer: Answer,
) -> None:
    """The next configurations to measure in the target, as CSV: add a column with what came, and append the rows."""
    check_folder(output)
    limit = spending.limit()
    with progress(f"reading {data}"):
        import pandas as pd

        import transferperf as tp
        from transferperf.data.files import replace_text

        table, metric = reading.read(data)
    where = target.of(table)
    with progress("fitting and searching"):
        tuner = tp.Tuner(table, metric=metric, target=where, budget=limit, seed=answer.seed, where=spending.where)
        suggestions = [] if tuner.is_done else tuner.ask(n)
    rows = [{**suggestion.environment.as_mapping(), **suggestion} for suggestion in suggestions]
    text = pd.DataFrame(rows, columns=[*table.factors, *table.space.names]).to_csv(index=False, lineterminator="\n")
    if output is not None:
        replace_text(output, text)
    if not suggestions:
        say_aside(f"note: nothing is suggested: {tuner.why_done}")
    if not answer.as_json:
        for k, suggestion in enumerate(suggestions, 1):
            say_aside(f"{k}: {suggestion.reason}")
    why = "" if suggestions else tuner.why_done
    document = {"metric": metric.name, "path": output, "suggestions": [*map(_shown, suggestions)], "why_done": why}
    answer.give(document, f"{len(rows)} configurations are in {output}." if output else text.rstrip("\n"))


def _shown(suggestion: "Suggestion") -> dict[str, object]:
    return {
        "configuration": dict(suggestion),
        "environment": suggestion.environment.as_mapping(),
        "reason": suggestion.reason,
        "expected_gain": suggestion.expected_gain,
    }
