"""How the verbs say a front."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from transferperf.cli.arguments import check_folder
from transferperf.cli.terminal import table_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from transferperf.metric import Metric
    from transferperf.study.front import Front

FrontFigure = Annotated[
    Path | None, typer.Option(metavar="FILE", help="Figure of the front of several metrics: .svg, .png or .pdf.")
]


def check_front(path: Path | None, metrics: "Sequence[Metric]") -> None:
    """An error before the work begins, where no front can be drawn into a file."""
    from transferperf.report.front import check_figure

    if path is None:
        return
    if len(metrics) < 2:
        raise typer.BadParameter(
            f"{metrics[0].name} alone has no front; name several: --metric a,b", param_hint="--front"
        )
    check_figure(path)
    check_folder(path)


def front_document(front: "Front") -> dict[str, object]:
    """For machines."""
    return {
        "metrics": [{"name": m.name, "unit": m.unit, "direction": m.direction} for m in front.metrics],
        "n_measured": front.n_measured,
        "configurations": front.configurations.to_dict("records"),
        **{side: getattr(front, side).to_dict("records") for side in ("mean", "low", "high")},
        "default": dict(front.default),
    }


def front_text(front: "Front") -> str:
    """For people: what differs between the configurations, and what each metric is there."""
    shown = front.frame.rename(columns={metric.name: metric.label for metric in front.metrics})
    same = [name for name in front.configurations if len(front) > 1 and front.configurations[name].nunique() == 1]
    names = " and ".join(metric.label for metric in front.metrics)
    lines = [f"Front of {names}, {len(front)} of {front.n_measured} configurations:"]
    lines.append(table_text(shown.drop(columns=same)))
    values = ", ".join(f"{name}={front.configurations[name].iloc[0]}" for name in same)
    return "\n".join([*lines, f"All of them have {values}."] if same else lines)


def draw(front: "Front", path: Path | None) -> None:
    """The figure, where one is wanted."""
    from transferperf.report.front import write_front

    if path is not None:
        write_front(front, path)
