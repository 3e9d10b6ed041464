"""A fitted model in words."""

import math

from transferperf import rng
from transferperf.data.table import MeasurementTable
from transferperf.models import Feasibility, TransferPredictor
from transferperf.models.importance import total_effects
from transferperf.search import Grid

N_SHOWN = 5
"""Options that are named."""

N_SAMPLED = 512
"""Configurations at which effects are looked at."""


def summarise(
    table: MeasurementTable, predictor: TransferPredictor, feasibility: Feasibility | None, *, seed: int
) -> str:
    """Data, experts with their weights and errors, influential options and notes: a few lines of text."""
    effects = _effects(table, predictor, seed)
    valid = [] if feasibility is None else [_validity(table, feasibility)]
    return "\n".join([*_data(predictor), *valid, *_experts(predictor), effects, *table.notes])


def _data(predictor: TransferPredictor) -> list[str]:
    sources = predictor.background.sources.models
    where = f" in {predictor.target}" if predictor.target.factors else ""
    named = ", ".join(str(model.environment) for model in sources[:N_SHOWN])
    more = f" and {len(sources) - N_SHOWN} more" if len(sources) > N_SHOWN else ""
    scale = "a log" if predictor.warping.kind == "log" else "its own"
    return [
        f"{predictor.metric.label}{where}: {predictor.n_target} measured configurations, modelled on {scale} scale.",
        f"Sources: {named}{more}." if sources else "Sources: none.",
    ]


def _validity(table: MeasurementTable, feasibility: Feasibility) -> str:
    """How many configurations are valid, and what says which."""
    here = table.validity(feasibility.predictor.target)
    share = f"{here.y.mean():.0%} of the measured configurations" if len(here) else "no configuration was measured"
    return f"Valid: {share}; P(valid) is learned {feasibility.transferred:.0%} from other environments."


def _experts(predictor: TransferPredictor) -> list[str]:
    rows = zip(predictor.experts, predictor.weights, predictor.held_out_errors, strict=True)
    lines = []
    for expert, weight, error in rows:
        known = "" if math.isnan(error) else f", median error at left-out target rows {error:.1%}"
        lines.append(f"Expert '{expert.name}': weight {weight:.0%}{known}.")
    return lines


def _effects(table: MeasurementTable, predictor: TransferPredictor, seed: int) -> str:
    grid = Grid.of(table.space)
    sampled = grid.draw(N_SAMPLED, rng.generator(seed, "effects", "configurations"))
    names = [option.name for option in grid.options]
    shares = total_effects(lambda X: predictor.predict(X).latent_mean, sampled, rng.generator(seed, "effects"))
    ranked = sorted(zip(shares, names, strict=True), key=lambda pair: (-pair[0], pair[1]))
    named = ", ".join(f"{name} {share:.0%}" for share, name in ranked[:N_SHOWN] if share >= 0.005)
    return f"Influential options (share of the variance each takes part in): {named or 'none'}."
