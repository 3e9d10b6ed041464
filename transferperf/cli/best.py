"""`transferperf best`."""

import zipfile
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from transferperf.cli.arguments import Answer, DescribedTarget, Reading
from transferperf.cli.fit import described, fitted, space_line
from transferperf.cli.terminal import progress, table_text

if TYPE_CHECKING:
    from transferperf.api.model import PerformanceModel

ModelOrData = Annotated[Path, typer.Argument(metavar="MODEL|DATA", help="Model file, or measurements to fit one to.")]
Count = Annotated[int, typer.Option("-k", metavar="K", min=1, help="How many configurations.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Choosing:
    """What is allowed, and what decides."""

    where: Annotated[
        list[str], typer.Option(metavar="CONDITION", help="Such as 'memory_mb <= 512'; may be repeated.")
    ] = field(default_factory=list)
    observed_only: Annotated[
        bool, typer.Option("--observed-only", help="Choose among measured configurations only.")
    ] = False
    offline: Annotated[
        bool, typer.Option("--offline", help="Nothing more is measured: rank by what is guaranteed with 90 %.")
    ] = False


def best(
    model: ModelOrData,
    *,
    k: Count = 5,
    choosing: Choosing,
    target: DescribedTarget,
    reading: Reading,
    answer: Answer,
) -> None:
    """The best configurations under a model; of measurements, one is fitted first."""
    chosen = _model(model, target, reading, answer.seed)
    with progress("searching"):
        found = chosen.best(k, **asdict(choosing))
    proof = "the optimum is proven" if found.exact else "the optimum is not proven"
    lines = [
        f"Space: {space_line(chosen)}.",
        f"Searched {found.how} for {chosen.metric.label} in {chosen.target.label}: {proof}.",
        table_text(found),
    ]
    document = {"exact": found.exact, "how": found.how, "configurations": found.to_dict("records")}
    answer.give({**described(chosen), **document}, "\n".join(lines))


def _model(path: Path, target: DescribedTarget, reading: Reading, seed: int) -> "PerformanceModel":
    """The model in a model file, or that of a measurement file."""
    import transferperf as tp
    from transferperf.data.csv import SUFFIXES

    if path.name.endswith(SUFFIXES) and not (path.is_file() and zipfile.is_zipfile(path)):
        return fitted(path, target, reading, seed)
    if (target, reading) != (DescribedTarget(), Reading()):
        raise typer.BadParameter(f"{path} is fitted already; leave out how to fit one", param_hint="MODEL")
    return tp.load(path)
