"""From measurements to a predictor: sources, experts and the gate between them."""

from dataclasses import replace

import numpy as np
import pandas as pd
import torch

from transferperf.data.table import MeasurementTable, Samples
from transferperf.errors import NotEnoughDataError
from transferperf.metric import Metric
from transferperf.models.background import (
    LEAST_DESCRIBED,
    LEAST_SOURCE_ROWS,
    SOURCES_ONLY,
    Background,
    fit_background,
)
from transferperf.models.consensus import SourceConsensus
from transferperf.models.descriptor_gp import fit_descriptor_gp
from transferperf.models.evidence import deal, mix_evidence, stretch
from transferperf.models.experts import fit_carried, fit_experts
from transferperf.models.fitting import one_thread
from transferperf.models.gate import weigh
from transferperf.models.large_target import MOST_TARGET_ROWS, fit_large_target
from transferperf.models.predictor import TransferPredictor
from transferperf.models.protocol import Expert
from transferperf.models.rows import Rows
from transferperf.models.scale import choose_warping, score_warpings
from transferperf.models.target import TargetData, Views
from transferperf.models.warping import Warping, legal_kinds
from transferperf.space import Environment

LEAST_TARGET_ROWS = 3
"""Distinct target configurations below which the target alone has no model."""

LEAST_REPEATS = 5
"""Repeats, beyond the first of each configuration, from which the noise of a measurement is known."""


def fit(
    table: MeasurementTable,
    *,
    metric: Metric,
    target: Environment,
    transfer: str = "auto",
    seed: int = 0,
    descriptors: pd.DataFrame | None = None,
) -> TransferPredictor:
    """Fit a predictor of `metric` in the environment `target` to all rows of a table.

    Parameters
    ----------
    descriptors
        What describes environments, beside their own factors: see `transferperf.space.describe`.

    Raises
    ------
    NotEnoughDataError
        Where neither the target nor a source was measured often enough.
    SpaceError
        Where the descriptors do not describe each source and the target.
    UnknownNameError
        Where `transfer` is none of TRANSFER_MODES.
    """
    background = fit_background(
        table, metric=metric, target=target, transfer=transfer, seed=seed, descriptors=descriptors
    )
    samples = table.samples(metric, target)
    return fit_target(background, samples, metric=metric, target=target, transfer=transfer, seed=seed)


def fit_target(
    background: Background,
    samples: Samples,
    *,
    metric: Metric,
    target: Environment,
    transfer: str = "auto",
    seed: int = 0,
) -> TransferPredictor:
    """Fit the experts to the target's samples, and weigh them.

    Raises
    ------
    NotEnoughDataError
        Where the mode needs more samples, a source, or descriptors.
    """
    n = len(samples)
    is_blind = transfer in SOURCES_ONLY or (n < LEAST_TARGET_ROWS and transfer == "auto")
    _check(background, n, target, transfer, is_blind=is_blind)
    if not is_blind and n <= MOST_TARGET_ROWS:
        return _weighed(background, samples, metric, target, transfer, seed)
    expert: Expert
    if is_blind and background.pooled is not None:
        warping = background.pooled
        expert = _of_sources(background, warping, target, seed)
    else:
        warping = _warping(background, samples, seed)
        expert = fit_large_target(background.columns, target, samples, warping.kind, seed)
    return TransferPredictor(
        metric=metric,
        target=target,
        n_target=n,
        z=warping.warp(samples.y),
        warping=warping,
        experts=(expert,),
        weights=np.ones(1),
        stretch=1.0,
        repeat_noise=0.0,
        background=background,
    )


def _check(background: Background, n: int, target: Environment, transfer: str, *, is_blind: bool) -> None:
    """NotEnoughDataError where n target rows and the sources do not do for a mode of transfer."""
    has_sources = len(background.sources) > 0
    needs_source = is_blind or transfer not in {"auto", "none"}
    if (not is_blind and n < LEAST_TARGET_ROWS) or (needs_source and not has_sources):
        raise NotEnoughDataError(_too_few(target, n, has_sources=has_sources))
    if transfer == "descriptors" and not background.is_described:
        names = background.described.names if background.described else ()
        raise NotEnoughDataError(
            f"transfer='descriptors' has {len(background.sources)} sources, described by "
            f"{', '.join(names) or 'nothing that differs'}; it needs {LEAST_DESCRIBED}, and a number that differs "
            "between them. Describe the environments, or use transfer='sources-only'."
        )


def _of_sources(background: Background, scale: Warping, target: Environment, seed: int) -> Expert:
    """What the sources say of a target whose rows are not looked at, by its descriptors where these can tell."""
    sources, described = background.sources, background.described
    if described is None or not background.is_described:
        return SourceConsensus(sources=sources, warping=scale)
    with one_thread():
        return fit_descriptor_gp(background.columns, sources, described, target=target, scale=scale, seed=seed)


def _weighed(
    background: Background, samples: Samples, metric: Metric, target: Environment, transfer: str, seed: int
) -> TransferPredictor:
    """The predictor of all experts that a mode asks for, weighed by their evidence."""
    n = len(samples)
    with one_thread():
        warping = _warping(background, samples, seed)
        rows, repeat_noise = _rows(samples, warping, background.cap)
        data = TargetData(background.columns, rows, Views(rows.X, background.sources), deal(n, seed))
        cap = None if background.cap is None else float(warping.warp(np.array(background.cap)))
        experts = fit_experts(data, transfer, cap=cap, seed=seed)
        other = _sources_scale(background, samples, warping)
        if other is not None:
            there = replace(data, rows=_rows(samples, other, background.cap)[0])
            experts += fit_carried(there, transfer, own=other, scale=warping, seed=seed)
    D = np.stack([expert.evidence.log_density(rows) for expert in experts])  # (k, n)
    off = np.stack([expert.evidence.mean for expert in experts]) - rows.z.numpy()
    off = np.where(samples.is_capped, np.minimum(off, 0.0), off)  # (k, n): above the cap nothing is off
    transfers = np.array([expert.transfers for expert in experts])
    weights = weigh(D, transfers, background.prior_log_odds, off)
    held_out = mix_evidence([expert.evidence for expert in experts], weights)
    return TransferPredictor(
        metric=metric,
        target=target,
        n_target=n,
        z=rows.z.numpy(),
        warping=warping,
        experts=experts,
        weights=weights,
        stretch=stretch(held_out, rows),
        repeat_noise=repeat_noise,
        background=background,
    )


def _warping(background: Background, samples: Samples, seed: int) -> Warping:
    """The target's scale, by its own evidence alone: without transfer it is the same."""
    scores = score_warpings(background.columns, samples, seed=seed)
    kind = choose_warping([scores], legal_kinds(samples.y, has_cap=background.cap is not None))
    return Warping.standardising(kind, samples.y)


def _sources_scale(background: Background, samples: Samples, warping: Warping) -> Warping | None:
    """The scale that suits the sources, where it is not the target's own; none where values are capped."""
    if background.pooled is None or samples.is_capped.any():
        return None
    other = Warping.standardising(background.pooled.kind, samples.y, background.pooled.power)
    return other if other.kind != warping.kind else None


def _rows(samples: Samples, warping: Warping, cap: float | None) -> tuple[Rows, float]:
    """Latent rows with what repeats say of their noise, and the noise of a single measurement."""
    y = samples.y if cap is None else np.minimum(samples.y, cap)
    further = samples.n_repeats - 1
    spread = np.sqrt(np.where(further > 0, samples.variance, 0.0))
    squares = (spread * np.exp(warping.log_slope(y))) ** 2  # the delta method
    noise = float(further @ squares / further.sum()) if further.sum() >= LEAST_REPEATS else 0.0
    known = torch.as_tensor(noise / samples.n_repeats)
    X, z = torch.as_tensor(samples.X), torch.as_tensor(warping.warp(y))
    return Rows(X, z, known, torch.as_tensor(samples.is_capped)), noise


def _too_few(target: Environment, n: int, *, has_sources: bool) -> str:
    where = f"target {str(target) or 'environment'} has {n} measured configuration{'s' * (n != 1)}"
    if has_sources:
        return f"{where}; a model of its own needs {LEAST_TARGET_ROWS}. Measure more, or use transfer='sources-only'."
    return (
        f"{where} and no other environment has {LEAST_SOURCE_ROWS}; a model needs {LEAST_TARGET_ROWS} in the target "
        "or a source. Measure more configurations."
    )
