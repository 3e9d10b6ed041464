"""`transferperf tune`."""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from transferperf.cli.arguments import Answer, Spending, System, check_folder, split_names, split_pairs
from transferperf.cli.diary import Diary, begun, known_before, read_sources
from transferperf.cli.front import FrontFigure, check_front, draw, front_document, front_text
from transferperf.cli.measuring import Measuring, Ready, kept_in
from transferperf.cli.sampling import Sampled, Stage, identity
from transferperf.cli.terminal import cell, progress, table_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from transferperf.metric import Metric
    from transferperf.study.compare import Comparison
    from transferperf.study.tuner import Best, Front

Where = Annotated[str, typer.Option(metavar="FACTOR=VALUE,...", help="Environment in which the system is to be tuned.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Keeping:
    """Where what is measured goes."""

    store: Annotated[
        str, typer.Option(metavar="URL", help="Database of all measurements, from which the same command goes on.")
    ] = "sqlite:///campaign.db"
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FILE", help="Measurement file of the target, at the end.")
    ] = None
    front: FrontFigure = None

    def check(self, metrics: "Sequence[Metric]") -> None:
        """An error before the work begins, where a file cannot be written."""
        from transferperf.data.csv import file_suffix

        check_front(self.front, metrics)
        if self.output is not None:
            file_suffix(self.output)
            check_folder(self.output)


def tune(
    system: System,
    *,
    target: Where = "",
    sources: Sampled,
    spending: Spending,
    keeping: Keeping,
    measuring: Measuring,
    answer: Answer,
) -> None:
    """Find a good configuration by measuring: each measurement as it comes, then the best against the default.

    With --metric a,b it is a front: what none beats in both.
    """
    from transferperf.data.store import Store
    from transferperf.measure import choose_environment
    from transferperf.study.tuner import Limits, Tuner

    chosen = measuring.load(system)
    metrics = measuring.metrics_of(chosen)
    runner = measuring.runner(metrics[0])
    where = choose_environment(chosen, split_pairs(target, "--target"))
    limit = spending.limit()
    keeping.check(metrics)
    sources.check()
    places = sources.places(measuring, chosen, where)
    with progress("reading measurements"):
        elsewhere = read_sources(
            chosen, sources.source, keeping.output, sources.mapping, split_names(sources.ignore, "--ignore")
        )
    with Store.open(keeping.store) as store:
        with progress("reading measurements"):
            settings = spending.asked(",".join(m.name for m in metrics), answer.seed)
            campaign = begun(store, chosen, where, elsewhere, **settings, **identity(places))
            known = known_before(store, chosen, elsewhere, campaign)
            limits: Limits = {"where": spending.where, "sample": [place.as_mapping() for place in places]}
            tuner = Tuner(known, metric=metrics, target=where.as_mapping(), budget=limit, seed=answer.seed, **limits)
        diary = Diary(store=store, campaign=campaign, system=chosen, tuner=tuner, as_json=answer.as_json)
        diary.recall()
        with kept_in(str(store)), diary.exported(keeping.output):
            found = _run(diary, Stage(home=Ready(system=chosen, environment=where, runner=runner), places=places))
    if not isinstance(found, tuple):
        draw(found, keeping.front)
    answer.give(_document(diary, found), _text(diary, found))


def _run(diary: Diary, stage: Stage) -> "Front | tuple[Best, Comparison | None]":
    """Measure until the budget is spent, and then the best and the default again, where one metric has a best."""
    from transferperf.study.tuning import tune as ask_and_tell

    tuner = diary.tuner
    with stage:
        with progress(f"tuning {tuner.state.metric.name} of {diary.system.name}"):
            ask_and_tell(tuner, lambda asked: diary.measured(asked, stage.at(asked.environment)), diary.show)
            if tuner.goal.others:
                return tuner.front()
            best = tuner.best()
        return best, diary.compare(best.configuration, stage.at(stage.home.environment))


def _text(diary: Diary, found: "Front | tuple[Best, Comparison | None]") -> str:
    told = _best_lines(diary, *found) if isinstance(found, tuple) else [front_text(found)]
    return "\n".join([f"Stopped: {diary.tuner.why_done}.", *told, f"All measurements are in {diary.store}."])


def _best_lines(diary: Diary, best: "Best", comparison: "Comparison | None") -> list[str]:
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
    return [*lines, *([f"{comparison}."] if comparison else [])]


def _document(diary: Diary, found: "Front | tuple[Best, Comparison | None]") -> dict[str, object]:
    told = {
        "system": diary.system.name,
        "environment": diary.tuner.state.target.as_mapping(),
        "store": str(diary.store),
        "why_done": diary.tuner.why_done,
    }
    if not isinstance(found, tuple):
        return {**told, "front": front_document(found)}
    metric, (best, comparison) = diary.tuner.state.metric, found
    return {
        **told,
        "metric": metric.name,
        "unit": metric.unit,
        "best": {**asdict(best), "configuration": dict(best.configuration)},
        "default": diary.system.space.default,
        "comparison": asdict(comparison) if comparison else None,
    }
