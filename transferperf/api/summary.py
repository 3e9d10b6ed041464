"""A fitted model in words."""

import math
from collections.abc import Mapping

import numpy as np

from transferperf import rng
from transferperf.api.account import account, percent
from transferperf.data.table import MeasurementTable
from transferperf.models import Feasibility, TransferPredictor
from transferperf.models.importance import total_effects
from transferperf.models.warping import WarpingKind
from transferperf.search import Grid

N_SHOWN = 5
"""Options that are named."""

LEAST_STRETCH = 1.2
"""Widening of intervals from which it is said."""

SCALES: Mapping[WarpingKind, str] = {"identity": "its own", "log": "a log"}
"""What scales are called."""

N_SAMPLED = 512
"""Configurations at which effects are looked at."""


def summarise(
    table: MeasurementTable, predictor: TransferPredictor, feasibility: Feasibility | None, *, seed: int
) -> str:
    """Data, sources and what they were worth, experts with weights and errors, influential options and notes."""
    about = [*_data(table, predictor), *account(table, predictor)]
    valid = [] if feasibility is None else [_validity(table, feasibility)]
    return "\n".join([*about, *valid, *_experts(predictor), _effects(table, predictor, seed), *table.notes])


def _data(table: MeasurementTable, predictor: TransferPredictor) -> list[str]:
    where = f" in {predictor.target}" if predictor.target.factors else ""
    n, scale = predictor.n_target, SCALES.get(predictor.warping.kind, "a power")
    counted = f"{n} measured configuration{'s' * (n != 1)}"
    about = [f"{predictor.metric.label}{where}: {counted}, modelled on {scale} scale."]
    return [*about, *_cap(table, predictor), *_repeats(predictor)]


def _cap(table: MeasurementTable, predictor: TransferPredictor) -> list[str]:
    """The value at which a timeout stops, and how many rows it stopped."""
    cap, is_capped = predictor.background.cap, table.samples(predictor.metric, predictor.target).is_capped
    if cap is None:
        return []
    reached = f": {is_capped.sum()} of {len(is_capped)} rows reach it" if len(is_capped) else ""
    return [f"{_with_unit(cap, predictor)} is a timeout's cap{reached}."]


def _repeats(predictor: TransferPredictor) -> list[str]:
    """How far repeats of one measurement scatter, where that is known."""
    if not predictor.repeat_noise:
        return []
    middle = predictor.warping.unwarp(np.array([np.median(predictor.z)]))
    scatter = predictor.repeat_noise**0.5 * np.exp(-predictor.warping.log_slope(middle))  # the delta method
    return [f"Repeats scatter by {_with_unit(scatter.item(), predictor)} at the median of {middle.item():.4g}."]


def _with_unit(value: float, predictor: TransferPredictor) -> str:
    return f"{value:.3g} {predictor.metric.unit}".rstrip()


def _validity(table: MeasurementTable, feasibility: Feasibility) -> str:
    """How many configurations are valid, and what says which."""
    here = table.validity(feasibility.predictor.target)
    share = f"{percent(here.y.mean())} of the measured configurations" if len(here) else "no configuration was measured"
    return f"Valid: {share}; P(valid) is learned {percent(feasibility.transferred)} from other environments."


def _experts(predictor: TransferPredictor) -> list[str]:
    rows = [*zip(predictor.experts, predictor.weights, predictor.held_out_errors, strict=True)]
    lines = []
    for expert, weight, error in rows:
        known = "" if math.isnan(error) else f", median error at left-out target rows {percent(error, 1)}"
        lines.append(f"Expert '{expert.name}': weight {percent(weight)}{known}.")
    transfers = [bool(expert.transfers) for expert, _, _ in rows]
    if any(transfers) and not all(transfers):
        share = sum(weight for expert, weight, _ in rows if expert.transfers)
        lines.append(f"Experts that transfer have {percent(share)} of the weight.")
    if predictor.stretch > LEAST_STRETCH:
        why = "held-out rows scattered more than predicted"
        lines.append(f"Intervals widened {predictor.stretch:.1f}x: {why}.")
    return lines


def _effects(table: MeasurementTable, predictor: TransferPredictor, seed: int) -> str:
    grid = Grid.of(table.space)
    sampled = grid.draw(N_SAMPLED, rng.generator(seed, "effects", "configurations"))
    names = [option.name for option in grid.options]
    shares = total_effects(lambda X: predictor.predict(X).latent_mean, sampled, rng.generator(seed, "effects"))
    ranked = sorted(zip(shares, names, strict=True), key=lambda pair: (-pair[0], pair[1]))
    named = ", ".join(f"{name} {percent(share)}" for share, name in ranked[:N_SHOWN] if share >= 0.005)
    return f"Influential options (share of the variance each takes part in): {named or 'none'}."
