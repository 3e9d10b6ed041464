"""`transferperf fit`."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from transferperf.cli.arguments import Answer, Data, DescribedTarget, Reading, check_folder, output
from transferperf.cli.terminal import progress

if TYPE_CHECKING:
    from transferperf.api.model import PerformanceModel

ModelFile = Annotated[Path | None, output("Model file to write, such as model.tperf; none where left out.")]


def fit(data: Data, *, target: DescribedTarget, reading: Reading, output: ModelFile = None, answer: Answer) -> None:
    """Fit a model of one metric in the target environment, and save it."""
    check_folder(output)
    model = fitted(data, target, reading, answer.seed)
    with progress("looking at the model"):
        summary = model.summary()
    if output is not None:
        model.save(output)
        summary += f"\nThe model is in {output}."
    answer.give({**described(model), "summary": summary, "path": output}, summary)


def fitted(data: Path, target: DescribedTarget, reading: Reading, seed: int) -> "PerformanceModel":
    """The model of a measurement file."""
    with progress(f"reading {data}"):
        import transferperf as tp

        table, metric = reading.read(data)
    where = target.of(table)
    with progress(f"fitting {len(table)} rows of {len(table.environments)} environments"):
        return tp.fit(table, metric=metric, target=where, seed=seed, descriptors=target.descriptors)


def described(model: "PerformanceModel") -> dict[str, object]:
    """A model for machines."""
    predictor = model.predictor
    rows = zip(predictor.experts, predictor.weights, predictor.held_out_errors, strict=True)
    return {
        "metric": model.metric.name,
        "unit": model.metric.unit,
        "direction": model.metric.direction,
        "target": model.target.as_mapping(),
        "n_target": predictor.n_target,
        "sources": [str(source.environment) for source in predictor.background.sources.models],
        "experts": [{"name": e.name, "weight": weight, "leave_one_out_error": error} for e, weight, error in rows],
        "space": space_line(model),
    }


def space_line(model: "PerformanceModel") -> str:
    """What the configurations are chosen from, and what of that was inferred."""
    space = model.table.space
    return "; ".join([f"{len(space.options)} options, {space.size} combinations of their levels", *model.table.notes])
