"""`transferperf suggest`."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from transferperf.cli.arguments import Answer, Data, Reading, Spending, Target, check_folder, output
from transferperf.cli.front import FrontFigure, check_front, draw, front_document
from transferperf.cli.terminal import progress, say_aside

if TYPE_CHECKING:
    from transferperf.study.suggest import Suggestion
    from transferperf.study.tuner import Tuner

Count = Annotated[int, typer.Option("-n", metavar="N", min=1, help="How many configurations.")]
Next = Annotated[Path | None, output("CSV file to write, instead of standard output.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Writing:
    """What is written beside what is said."""

    output: Next = None
    front: FrontFigure = None


def suggest(
    data: Data,
    *,
    target: Target,
    reading: Reading,
    spending: Spending,
    n: Count = 1,
    writing: Writing,
    answer: Answer,
) -> None:
    """The next configurations to measure in the target, as CSV: add a column with what came, and append the rows.

    With --metric a,b they are those that add most to the front: what none beats in both.
    """
    output = writing.output
    check_folder(output)
    limit = spending.limit()
    with progress(f"reading {data}"):
        import pandas as pd

        import transferperf as tp
        from transferperf.data.files import replace_text

        table, metrics = reading.read_several(data)
    check_front(writing.front, metrics)
    where = target.of(table)
    with progress("fitting and searching"):
        tuner = tp.Tuner(table, metric=metrics, target=where, budget=limit, seed=answer.seed, where=spending.where)
        suggestions = [] if tuner.is_done else tuner.ask(n)
    rows = [{**suggestion.environment.as_mapping(), **suggestion} for suggestion in suggestions]
    text = pd.DataFrame(rows, columns=[*table.factors, *table.space.names]).to_csv(index=False, lineterminator="\n")
    if output is not None:
        replace_text(output, text)
    document = {**_document(tuner, suggestions, writing), "metric": ",".join(metric.name for metric in metrics)}
    if not suggestions:
        say_aside(f"note: nothing is suggested: {document['why_done']}")
    if not answer.as_json:
        for k, suggestion in enumerate(suggestions, 1):
            say_aside(f"{k}: {suggestion.reason}")
    answer.give(document, f"{len(rows)} configurations are in {output}." if output else text.rstrip("\n"))


def _document(tuner: "Tuner", suggestions: "list[Suggestion]", writing: Writing) -> dict[str, object]:
    """For machines; what is known of a front is drawn, too."""
    why = "" if suggestions else tuner.why_done
    document: dict[str, object] = {"path": writing.output, "suggestions": [*map(_shown, suggestions)], "why_done": why}
    if not tuner.goal.others or not len(tuner.state.samples):
        return document
    front = tuner.front()
    draw(front, writing.front)
    return {**document, "front": front_document(front)}


def _shown(suggestion: "Suggestion") -> dict[str, object]:
    return {
        "configuration": dict(suggestion),
        "environment": suggestion.environment.as_mapping(),
        "reason": suggestion.reason,
        "expected_gain": suggestion.expected_gain,
    }
