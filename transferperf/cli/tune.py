"""`transferperf tune`."""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from transferperf.cli.arguments import Answer, Budget, System, check_folder, output, split_pairs
from transferperf.cli.diary import Diary, known_before
from transferperf.cli.measuring import Measuring, kept_in
from transferperf.cli.terminal import cell, progress, table_text

if TYPE_CHECKING:
    from transferperf.study.compare import Comparison
    from transferperf.study.tuner import Best

Where = Annotated[str, typer.Option(metavar="FACTOR=VALUE,...", help="Environment in which the system is to be tuned.")]
Sources = Annotated[list[Path], typer.Option(metavar="DATA", help="Measurements of the system; may be repeated.")]
Measured = Annotated[Path, output("Measurement file that grows with each measurement, and is resumed.")]


def tune(
    system: System,
    *,
    output: Measured,
    target: Where = "",
    source: Sources = [],  # noqa: B006  # typer copies it
    budget: Budget = "30",
    measuring: Measuring,
    answer: Answer,
) -> None:
    """Find a good configuration by measuring: each measurement as it comes, then the best against the default."""
    from transferperf.data.csv import file_suffix
    from transferperf.measure import choose_environment
    from transferperf.study.campaign import read_measured
    from transferperf.study.tuner import Tuner
    from transferperf.study.tuning import tune as ask_and_tell

    chosen = measuring.load(system)
    metric = measuring.main_metric(chosen)
    runner = measuring.runner(metric)
    where = choose_environment(chosen, split_pairs(target, "--target"))
    file_suffix(output)
    check_folder(output)
    table = read_measured(chosen, output)
    with progress("reading measurements"):
        known = known_before(chosen, table, where, source)
        tuner = Tuner(known, metric=metric, target=where.as_mapping(), budget=budget, seed=answer.seed)
    diary = Diary(system=chosen, path=output, table=table, tuner=tuner, as_json=answer.as_json)
    diary.recall()
    with kept_in(output), runner.prepared(chosen, where):
        with progress(f"tuning {metric.name} of {chosen.name}"):
            ask_and_tell(tuner, lambda suggestion: runner.measure(chosen, suggestion, where), diary.add)
            best = tuner.best()
        comparison = diary.compare(best.configuration, runner)
    answer.give(_document(diary, best, comparison), _text(diary, best, comparison))


def _text(diary: Diary, best: "Best", comparison: "Comparison | None") -> str:
    import pandas as pd

    metric, default = diary.tuner.state.metric, diary.system.space.default
    changed = [name for name, value in best.configuration.items() if value != default[name]]
    rows = {
        "option": changed,
        "default": [default[n] for n in changed],
        "best": [best.configuration[n] for n in changed],
    }
    interval = f" (90 % interval {cell(best.low)} to {cell(best.high)})" if best.low == best.low else ""
    lines = [
        f"Best of {best.n_measured} configurations: {metric.name} {cell(best.mean)} {metric.unit}".rstrip() + interval
    ]
    lines.append(table_text(pd.DataFrame(rows)) if changed else "It is the default: nothing better was found.")
    lines += [f"{comparison}."] if comparison else []
    return "\n".join([*lines, f"All measurements are in {diary.path}."])


def _document(diary: Diary, best: "Best", comparison: "Comparison | None") -> dict[str, object]:
    metric = diary.tuner.state.metric
    return {
        "system": diary.system.name,
        "environment": diary.tuner.state.target.as_mapping(),
        "metric": metric.name,
        "unit": metric.unit,
        "path": diary.path,
        "best": {**asdict(best), "configuration": dict(best.configuration)},
        "default": diary.system.space.default,
        "comparison": asdict(comparison) if comparison else None,
    }
