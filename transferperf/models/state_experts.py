"""Experts as plain values and named arrays, and back: see `transferperf.models.state`."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import numpy as np
import torch

from transferperf.models.background import Background
from transferperf.models.carried import CarriedExpert
from transferperf.models.consensus import SourceConsensus
from transferperf.models.descriptor_gp import DescriptorGP, dump_descriptors, restore_descriptors
from transferperf.models.evidence import Evidence
from transferperf.models.fitting import FitRecord, read_parameters, write_parameters
from transferperf.models.forest import ForestExpert
from transferperf.models.gp_expert import GPExpert, Recipe
from transferperf.models.large_target import LargeTarget
from transferperf.models.multitask import MultiTaskGP, dump_multitask, restore_multitask
from transferperf.models.posterior import Posterior
from transferperf.models.protocol import Expert
from transferperf.models.rows import Rows
from transferperf.models.state_sources import dump_source, restore_source
from transferperf.models.trees import Trees
from transferperf.models.warping import Warping

Arrays = Mapping[str, np.ndarray]

EVIDENCE = ("mean", "variance", "dof")
"""Arrays of evidence."""


def dump_expert(expert: Expert, key: str) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """Values that JSON holds, and arrays whose names start with `key`."""
    arrays: dict[str, np.ndarray]
    match expert:
        case GPExpert():
            arrays = {"parameters": read_parameters(expert.posterior.kernel), **_evidence(expert.evidence)}
            arrays |= {"slope": expert.slope.numpy(), "doubt": expert.doubt.numpy()}
            arrays |= expert.posterior.rows.arrays()
            values = {"kind": "gp", "noise": expert.posterior.noise}
            values |= {"recipe": asdict(expert.recipe), "record": asdict(expert.record)}
        case CarriedExpert():
            held, arrays = dump_expert(expert.expert, "there")
            values = {"kind": "carried", "there": held, "own": asdict(expert.own), "scale": asdict(expert.scale)}
        case ForestExpert():
            arrays = {**expert.trees.arrays(), **_evidence(expert.evidence), **expert.rows.arrays()}
            values = {"kind": "forest", "sees": expert.sees, "number": expert.number}
            values |= {"start": expert.trees.start, "variance": expert.variance}
        case SourceConsensus():
            values, arrays = {"kind": "consensus"}, {}
        case DescriptorGP():
            held, arrays = dump_descriptors(expert)
            values = {"kind": "descriptors", **held}
        case MultiTaskGP():
            held, arrays = dump_multitask(expert)
            values = {"kind": "multi-task", **held}
        case LargeTarget():
            held, arrays = dump_source(expert.model, "model")
            values = {"kind": "many rows", **held}
        case _:
            raise TypeError(f"no way is known to keep an expert of type {type(expert).__name__}")
    return values, {f"{key}/{name}": array for name, array in arrays.items()}


def restore_expert(entry: Mapping[str, Any], key: str, arrays: Arrays, background: Background) -> Expert:
    """The expert that `dump_expert` took apart."""
    held = {name.removeprefix(f"{key}/"): array for name, array in arrays.items() if name.startswith(f"{key}/")}
    match entry["kind"]:
        case "gp" | "carried" as kind:
            return (_restore_gp if kind == "gp" else _restore_carried)(entry, held, background)
        case "forest":
            return ForestExpert(
                sees=entry["sees"],
                rows=Rows.from_arrays(held),
                number=entry["number"],
                trees=Trees.from_arrays(entry["start"], held),
                variance=entry["variance"],
                evidence=_restore_evidence(held),
            )
        case "consensus" if background.pooled is not None:
            return SourceConsensus(sources=background.sources, warping=background.pooled)
        case "descriptors":
            return restore_descriptors(entry, held, background.columns)
        case "multi-task":
            return restore_multitask(entry, held, background.columns)
        case "many rows":
            return LargeTarget(model=restore_source(entry, "model", held, background.columns))
    raise ValueError(f"expert {entry['kind']!r} is not known, or has no sources")


def _restore_gp(entry: Mapping[str, Any], held: Arrays, background: Background) -> GPExpert:
    recipe = Recipe(**entry["recipe"])
    kernel = recipe.blank(background.columns, len(background.sources))
    write_parameters(kernel, held["parameters"])
    return GPExpert(
        recipe=recipe,
        slope=torch.as_tensor(held["slope"]),
        doubt=torch.as_tensor(held["doubt"]),
        posterior=Posterior.condition(kernel, entry["noise"], Rows.from_arrays(held)),
        evidence=_restore_evidence(held),
        record=FitRecord(**entry["record"]),
    )


def _restore_carried(entry: Mapping[str, Any], held: Arrays, background: Background) -> CarriedExpert:
    there = {name.removeprefix("there/"): array for name, array in held.items()}
    own, scale = (Warping(**entry[name]) for name in ("own", "scale"))
    return CarriedExpert(expert=_restore_gp(entry["there"], there, background), own=own, scale=scale)


def _restore_evidence(held: Arrays) -> Evidence:
    return Evidence(held["mean"], held["variance"], float(held["dof"]))


def _evidence(evidence: Evidence) -> dict[str, Any]:
    return {name: getattr(evidence, name) for name in EVIDENCE}
