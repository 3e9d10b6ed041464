"""Experts as plain values and named arrays, and back: see `transferperf.models.state`."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import numpy as np
import torch

from transferperf.models.background import Background
from transferperf.models.evidence import Evidence
from transferperf.models.fitting import FitRecord, read_parameters, write_parameters
from transferperf.models.forest import ForestExpert
from transferperf.models.gp_expert import GPExpert, Recipe
from transferperf.models.posterior import Posterior
from transferperf.models.protocol import Expert
from transferperf.models.rows import Rows
from transferperf.models.source import SourceConsensus
from transferperf.models.trees import Trees

Arrays = Mapping[str, np.ndarray]

ROWS = ("X", "z", "known", "is_capped")
EVIDENCE = ("mean", "variance")
TREES = ("root", "left", "right", "column", "threshold", "value")
"""Arrays of rows, of evidence and of trees."""


def dump_expert(expert: Expert, key: str) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """Values that JSON holds, and arrays whose names start with `key`."""
    match expert:
        case GPExpert():
            arrays = {"parameters": read_parameters(expert.posterior.kernel), **_arrays(expert.evidence, EVIDENCE)}
            arrays |= {name: tensor.numpy() for name, tensor in _arrays(expert.posterior.rows, ROWS).items()}
            values = {"kind": "gp", "noise": expert.noise}
            values |= {"recipe": asdict(expert.recipe), "record": asdict(expert.record)}
        case ForestExpert():
            arrays = {**_arrays(expert.trees, TREES), **_arrays(expert.evidence, EVIDENCE)}
            values = {"kind": "forest", "sees": expert.sees, "variance": expert.variance}
        case SourceConsensus():
            arrays, values = {}, {"kind": "consensus"}
        case _:
            raise TypeError(f"no way is known to keep an expert of type {type(expert).__name__}")
    return values, {f"{key}/{name}": array for name, array in arrays.items()}


def restore_expert(entry: Mapping[str, Any], key: str, arrays: Arrays, background: Background) -> Expert:
    """The expert that `dump_expert` took apart."""
    match entry["kind"]:
        case "gp":
            return _restore_gp(entry, key, arrays, background)
        case "forest":
            return ForestExpert(
                sees=entry["sees"],
                sources=background.sources,
                trees=Trees(*(arrays[f"{key}/{name}"] for name in TREES)),
                variance=entry["variance"],
                evidence=_restore_evidence(key, arrays),
            )
        case "consensus" if background.pooled is not None:
            return SourceConsensus(sources=background.sources, warping=background.pooled)
    raise ValueError(f"expert {entry['kind']!r} is not known, or has no sources")


def _restore_gp(entry: Mapping[str, Any], key: str, arrays: Arrays, background: Background) -> GPExpert:
    recipe = Recipe(**entry["recipe"])
    kernel = recipe.blank(background.columns, len(background.sources))
    write_parameters(kernel, arrays[f"{key}/parameters"])
    rows = Rows(*(torch.as_tensor(arrays[f"{key}/{name}"]) for name in ROWS))
    return GPExpert(
        recipe=recipe,
        sources=background.sources,
        posterior=Posterior.condition(kernel, entry["noise"], rows),
        evidence=_restore_evidence(key, arrays),
        record=FitRecord(**entry["record"]),
    )


def _restore_evidence(key: str, arrays: Arrays) -> Evidence:
    return Evidence(*(arrays[f"{key}/{name}"] for name in EVIDENCE))


def _arrays(holder: object, names: tuple[str, ...]) -> dict[str, Any]:
    return {name: getattr(holder, name) for name in names}
