"""A predictor as plain values: a mapping for JSON and named arrays, and back.

Factors and weights are computed anew from the fitted parameters and the rows; a projected posterior, whose rows may be
millions, is kept by its weights.
"""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import numpy as np
import torch

from transferperf.kernels import OptionKernel
from transferperf.metric import Metric
from transferperf.models.background import Background
from transferperf.models.columns import Columns
from transferperf.models.fitting import NoisyKernel, write_parameters
from transferperf.models.measured import Measured
from transferperf.models.posterior import Posterior, ProjectedPosterior
from transferperf.models.source import SourceModel, Sources
from transferperf.models.state_experts import dump_expert, restore_expert
from transferperf.models.transfer import TransferPredictor
from transferperf.models.warping import Warping
from transferperf.space import Environment

Arrays = dict[str, np.ndarray]

PROJECTION = ("Z", "weights", "reduction")
"""Arrays of a projected posterior."""


def dump(predictor: TransferPredictor) -> tuple[dict[str, Any], Arrays]:
    """What `restore` needs: values that JSON holds, and arrays by name."""
    arrays: Arrays = {"weights": predictor.weights, "z": predictor.z}
    background = predictor.background
    experts = [dump_expert(expert, f"expert-{i}") for i, expert in enumerate(predictor.experts)]
    for _, held in experts:
        arrays.update(held)
    values = {
        "metric": asdict(predictor.metric),
        "target": predictor.target.as_mapping(),
        "n_target": predictor.n_target,
        "warping": asdict(predictor.warping),
        "stretch": predictor.stretch,
        "repeat_noise": predictor.repeat_noise,
        "columns": {"names": list(background.columns.names), "n_levels": list(background.columns.n_levels)},
        "scores": [dict(scores) for scores in background.scores],
        "pooled": background.pooled and asdict(background.pooled),
        "cap": background.cap,
        "sources": [_dump_source(model, f"source-{i}", arrays) for i, model in enumerate(background.sources.models)],
        "experts": [entry for entry, _ in experts],
    }
    return values, arrays


def restore(values: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> TransferPredictor:
    """The predictor that `dump` took apart; KeyError, TypeError or ValueError where something is missing or wrong."""
    columns = Columns(**{name: tuple(held) for name, held in values["columns"].items()})
    models = tuple(_restore_source(entry, f"source-{i}", arrays, columns) for i, entry in enumerate(values["sources"]))
    background = Background(
        columns=columns,
        scores=tuple(values["scores"]),
        sources=Sources(models),
        pooled=Warping(**values["pooled"]) if values["pooled"] else None,
        cap=values["cap"],
    )
    experts = (restore_expert(e, f"expert-{i}", arrays, background) for i, e in enumerate(values["experts"]))
    return TransferPredictor(
        metric=Metric(**values["metric"]),
        target=Environment.of(values["target"]),
        n_target=int(values["n_target"]),
        z=arrays["z"],
        warping=Warping(**values["warping"]),
        experts=tuple(experts),
        weights=arrays["weights"],
        stretch=float(values["stretch"]),
        repeat_noise=float(values["repeat_noise"]),
        background=background,
    )


def _dump_source(model: SourceModel, key: str, arrays: Arrays) -> dict[str, Any]:
    measured, is_exact = model.measured, isinstance(model.posterior, Posterior)
    arrays[f"{key}/parameters"] = model.parameters
    arrays[f"{key}/levels"] = np.concatenate([np.empty(0), *measured.levels])
    arrays[f"{key}/n_levels"] = np.array([len(values) for values in measured.levels])
    arrays[f"{key}/codes"], arrays[f"{key}/z"] = measured.codes, measured.z
    if isinstance(model.posterior, ProjectedPosterior):
        arrays.update({f"{key}/{name}": getattr(model.posterior, name).numpy() for name in PROJECTION})
    return {
        "environment": model.environment.as_mapping(),
        "warping": asdict(model.warping),
        "posterior": "exact" if is_exact else "projected",
    }


def _restore_source(
    entry: Mapping[str, Any], key: str, arrays: Mapping[str, np.ndarray], columns: Columns
) -> SourceModel:
    levels = np.split(arrays[f"{key}/levels"], np.cumsum(arrays[f"{key}/n_levels"])[:-1])
    measured = Measured(tuple(levels), arrays[f"{key}/codes"], arrays[f"{key}/z"])
    model = NoisyKernel(OptionKernel(columns.n_levels))
    write_parameters(model, arrays[f"{key}/parameters"])
    kernel, noise = model.kernel, float(model.noise.detach())
    posterior: Posterior | ProjectedPosterior
    if entry["posterior"] == "projected":
        posterior = ProjectedPosterior(kernel, noise, *_tensors(arrays, key, *PROJECTION))
    else:
        posterior = Posterior.condition(kernel, noise, measured.rows())
    return SourceModel(
        environment=Environment.of(entry["environment"]),
        warping=Warping(**entry["warping"]),
        parameters=arrays[f"{key}/parameters"],
        measured=measured,
        posterior=posterior,
    )


def _tensors(arrays: Mapping[str, np.ndarray], key: str, *names: str) -> list[torch.Tensor]:
    return [torch.as_tensor(arrays[f"{key}/{name}"]) for name in names]
