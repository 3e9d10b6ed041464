"""A predictor as plain values: a mapping for JSON and named arrays, and back.

Factors and weights are computed anew from the fitted parameters and the rows; a source whose rows may be millions is
kept by its weights and trees.
"""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import numpy as np

from transferperf.metric import Metric
from transferperf.models.background import Background
from transferperf.models.columns import Columns
from transferperf.models.predictor import TransferPredictor
from transferperf.models.source import Sources
from transferperf.models.state_experts import dump_expert, restore_expert
from transferperf.models.state_sources import dump_source, restore_source
from transferperf.models.warping import Warping
from transferperf.space import Descriptors, Environment

Arrays = dict[str, np.ndarray]


def dump(predictor: TransferPredictor) -> tuple[dict[str, Any], Arrays]:
    """What `restore` needs: values that JSON holds, and arrays by name."""
    arrays: Arrays = {"weights": predictor.weights, "z": predictor.z}
    background = predictor.background
    experts = [dump_expert(expert, f"expert-{i}") for i, expert in enumerate(predictor.experts)]
    sources = [dump_source(model, f"source-{i}") for i, model in enumerate(background.sources.models)]
    for _, held in (*experts, *sources):
        arrays.update(held)
    values = {
        "metric": asdict(predictor.metric),
        "target": predictor.target.as_mapping(),
        "n_target": predictor.n_target,
        "warping": asdict(predictor.warping),
        "stretch": predictor.stretch,
        "repeat_noise": predictor.repeat_noise,
        "columns": {"names": list(background.columns.names), "n_levels": list(background.columns.n_levels)},
        "prior_log_odds": background.prior_log_odds,
        "pooled": background.pooled and asdict(background.pooled),
        "cap": background.cap,
        "described": background.described and _dump_descriptors(background.described),
        "sources": [entry for entry, _ in sources],
        "experts": [entry for entry, _ in experts],
    }
    return values, arrays


def restore(values: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> TransferPredictor:
    """The predictor that `dump` took apart; KeyError, TypeError or ValueError where something is missing or wrong."""
    columns = Columns(**{name: tuple(held) for name, held in values["columns"].items()})
    models = tuple(restore_source(entry, f"source-{i}", arrays, columns) for i, entry in enumerate(values["sources"]))
    background = Background(
        columns=columns,
        sources=Sources(models),
        prior_log_odds=values["prior_log_odds"],
        pooled=Warping(**values["pooled"]) if values["pooled"] else None,
        cap=values["cap"],
        described=_restore_descriptors(values["described"]) if values["described"] else None,
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


def _dump_descriptors(described: Descriptors) -> dict[str, Any]:
    environments = [where.as_mapping() for where in described.environments]
    return {**asdict(described), "environments": environments, "values": described.values.tolist()}


def _restore_descriptors(entry: Mapping[str, Any]) -> Descriptors:
    environments = tuple(Environment.of(mapping) for mapping in entry["environments"])
    values = np.array(entry["values"], dtype=float).reshape(len(environments), -1)
    return Descriptors(
        environments=environments, names=tuple(entry["names"]), n_levels=tuple(entry["n_levels"]), values=values
    )
