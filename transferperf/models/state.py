"""A predictor as plain values: a mapping for JSON and named arrays, and back.

Factors and weights are computed anew from the fitted parameters and the rows; a projected posterior, whose rows may be
millions, is kept by its weights.
"""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import numpy as np
import torch

from transferperf.kernels import OptionKernel, PairwiseKernel, SourceInformedKernel
from transferperf.metric import Metric
from transferperf.models.fitting import FitRecord, NoisyKernel, read_parameters, write_parameters
from transferperf.models.measured import Measured
from transferperf.models.posterior import Posterior, ProjectedPosterior
from transferperf.models.protocol import Expert
from transferperf.models.rows import Rows
from transferperf.models.source import SourceConsensus, SourceModel, Sources
from transferperf.models.source_informed import SourceInformedGP
from transferperf.models.target_gp import Columns, TargetGP
from transferperf.models.transfer import Background, TransferPredictor
from transferperf.models.warping import Warping
from transferperf.space import Environment

Arrays = dict[str, np.ndarray]

ROWS = ("X", "z", "known")
"""Arrays of the rows of an exact posterior."""

PROJECTION = ("Z", "weights", "reduction")
"""Arrays of a projected posterior."""


def dump(predictor: TransferPredictor) -> tuple[dict[str, Any], Arrays]:
    """What `restore` needs: values that JSON holds, and arrays by name."""
    arrays: Arrays = {"weights": predictor.weights, "log_densities": predictor.log_densities}
    background = predictor.background
    values = {
        "metric": asdict(predictor.metric),
        "target": predictor.target.as_mapping(),
        "n_target": predictor.n_target,
        "warping": asdict(predictor.warping),
        "names": list(background.columns.names),
        "n_levels": list(background.columns.n_levels),
        "kind": background.kind,
        "pooled": background.pooled and asdict(background.pooled),
        "sources": [_dump_source(model, f"source-{i}", arrays) for i, model in enumerate(background.sources.models)],
        "experts": [_dump_expert(expert, f"expert-{i}", arrays) for i, expert in enumerate(predictor.experts)],
    }
    return values, arrays


def restore(values: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> TransferPredictor:
    """The predictor that `dump` took apart; KeyError, TypeError or ValueError where something is missing or wrong."""
    columns = Columns(names=tuple(values["names"]), n_levels=tuple(values["n_levels"]))
    models = tuple(_restore_source(entry, f"source-{i}", arrays, columns) for i, entry in enumerate(values["sources"]))
    pooled = Warping(**values["pooled"]) if values["pooled"] else None
    background = Background(columns=columns, kind=values["kind"], sources=Sources(models), pooled=pooled)
    experts = (_restore_expert(e, f"expert-{i}", arrays, background) for i, e in enumerate(values["experts"]))
    return TransferPredictor(
        metric=Metric(**values["metric"]),
        target=Environment.of(values["target"]),
        n_target=int(values["n_target"]),
        warping=Warping(**values["warping"]),
        experts=tuple(experts),
        weights=arrays["weights"],
        log_densities=arrays["log_densities"],
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


def _dump_expert(expert: Expert, key: str, arrays: Arrays) -> dict[str, Any]:
    if not isinstance(expert, TargetGP | SourceInformedGP):
        return {"name": expert.name}
    arrays[f"{key}/parameters"] = read_parameters(expert.posterior.kernel)
    arrays.update({f"{key}/{name}": getattr(expert.posterior.rows, name).numpy() for name in ROWS})
    return {"name": expert.name, "noise": expert.noise, "record": asdict(expert.record)}


def _restore_expert(
    entry: Mapping[str, Any], key: str, arrays: Mapping[str, np.ndarray], background: Background
) -> Expert:
    n_levels, sources = background.columns.n_levels, background.sources
    if entry["name"] == SourceConsensus.name:
        if background.pooled is None:
            raise ValueError(f"expert '{entry['name']}' has no sources")
        return SourceConsensus(sources=sources, warping=background.pooled)
    is_informed = entry["name"] == SourceInformedGP.name
    blank = SourceInformedKernel(n_levels, len(sources)) if is_informed else OptionKernel(n_levels)
    kernel = _restore_kernel(blank, arrays[f"{key}/parameters"])
    record = FitRecord(**entry["record"])
    posterior = Posterior.condition(kernel, entry["noise"], Rows(*_tensors(arrays, key, *ROWS)))
    if is_informed:
        return SourceInformedGP(sources=sources, posterior=posterior, record=record)
    return TargetGP(posterior=posterior, record=record)


def _restore_kernel(kernel: PairwiseKernel, parameters: np.ndarray) -> PairwiseKernel:
    write_parameters(kernel, parameters)
    return kernel


def _tensors(arrays: Mapping[str, np.ndarray], key: str, *names: str) -> list[torch.Tensor]:
    return [torch.as_tensor(arrays[f"{key}/{name}"]) for name in names]
