"""Sources as plain values and named arrays, and back: see `transferperf.models.state`."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import numpy as np
import torch

from transferperf.kernels import OptionKernel
from transferperf.models.boosted import BoostedPosterior
from transferperf.models.columns import Columns
from transferperf.models.fitting import NoisyKernel, write_parameters
from transferperf.models.measured import Measured
from transferperf.models.posterior import Posterior, ProjectedPosterior
from transferperf.models.source import SourceModel
from transferperf.models.trees import Trees
from transferperf.models.warping import Warping
from transferperf.space import Environment

Arrays = Mapping[str, np.ndarray]

PROJECTION = ("Z", "weights", "reduction")
SPREAD = ("edges", "variances")
"""Arrays of a projected posterior, and of how far trees miss."""


def dump_source(model: SourceModel, key: str) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """Values that JSON holds, and arrays whose names start with `key`."""
    measured, posterior = model.measured, model.posterior
    arrays = {"parameters": model.parameters, "codes": measured.codes, "z": measured.z}
    arrays |= _flat("levels", measured.levels)
    values: dict[str, Any] = {"environment": model.environment.as_mapping(), "warping": asdict(model.warping)}
    process = posterior if isinstance(posterior, ProjectedPosterior) else None
    if isinstance(posterior, BoostedPosterior):
        process, trees = posterior.process, posterior.trees
        values["trees"] = {"start": trees.start, "noise": posterior.noise}
        arrays |= _flat("level_means", posterior.level_means) | trees.arrays()
        arrays |= {name: getattr(posterior, name) for name in SPREAD}
    if process:
        arrays |= {name: getattr(process, name).numpy() for name in PROJECTION}
    return values, {f"{key}/{name}": array for name, array in arrays.items()}


def restore_source(entry: Mapping[str, Any], key: str, arrays: Arrays, columns: Columns) -> SourceModel:
    """The source that `dump_source` took apart."""
    held = {name.removeprefix(f"{key}/"): array for name, array in arrays.items() if name.startswith(f"{key}/")}
    measured = Measured(_parts("levels", held), held["codes"], held["z"])
    model = NoisyKernel(OptionKernel(columns.n_levels))
    write_parameters(model, held["parameters"])
    kernel, noise = model.kernel, float(model.noise.detach())
    process: ProjectedPosterior | None = None
    if "Z" in held:
        process = ProjectedPosterior(kernel, noise, *(torch.as_tensor(held[name]) for name in PROJECTION))
    boosted = _restore_boosted(entry["trees"], held, process) if "trees" in entry else None
    return SourceModel(
        environment=Environment.of(entry["environment"]),
        warping=Warping(**entry["warping"]),
        parameters=held["parameters"],
        measured=measured,
        posterior=boosted or process or Posterior.condition(kernel, noise, measured.rows()),
    )


def _restore_boosted(entry: Mapping[str, Any], held: Arrays, process: ProjectedPosterior | None) -> BoostedPosterior:
    return BoostedPosterior(
        process=process,
        level_means=_parts("level_means", held),
        trees=Trees.from_arrays(entry["start"], held),
        noise=entry["noise"],
        edges=held["edges"],
        variances=held["variances"],
    )


def _flat(name: str, parts: tuple[np.ndarray, ...]) -> dict[str, np.ndarray]:
    """Arrays of different lengths as one, and their lengths."""
    return {
        name: np.concatenate([np.empty(0), *parts]),
        f"n_{name}": np.array([len(part) for part in parts], dtype=int),
    }


def _parts(name: str, held: Arrays) -> tuple[np.ndarray, ...]:
    """What `_flat` joined."""
    return tuple(np.split(held[name], np.cumsum(held[f"n_{name}"])))[:-1]
