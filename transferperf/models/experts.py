"""Which experts are asked about a target, in each mode of transfer."""

from collections.abc import Sequence

import torch

from transferperf.models.carried import CarriedExpert
from transferperf.models.forest import ForestExpert, fit_forest
from transferperf.models.gp_expert import (
    DENOISED,
    MEASURED,
    NO_TRANSFER,
    RELEVANCE,
    SHIFT,
    GPExpert,
    Recipe,
    fit_gp_expert,
)
from transferperf.models.multitask import MultiTaskGP, fit_multitask_gp
from transferperf.models.tails import are_heavy
from transferperf.models.target import TargetData
from transferperf.models.warping import Warping

SAME = 1e-3
"""Measured and smoothed source values that differ by less, in standard deviations, are one and the same."""


TriedExpert = GPExpert | ForestExpert | MultiTaskGP | CarriedExpert
"""An expert with evidence."""


def fit_experts(data: TargetData, transfer: str, *, cap: float | None, seed: int) -> tuple[TriedExpert, ...]:
    """Fit all experts that a mode of transfer asks for.

    Parameters
    ----------
    cap
        Latent value of a timeout's cap; None where there is none.
    """
    has_caps = cap is not None and bool(data.rows.is_capped.any())
    recipes = [*_alone(transfer), *(_transferring(transfer, data) if data.sources.models else [])]
    if has_caps:
        recipes += [recipe.censored() for recipe in recipes if _is_leading(recipe)]
    normal = [fit_gp_expert(recipe, data, cap=cap, seed=seed) for recipe in recipes]
    heavy = [expert.recipe.heavy_tailed() for expert in normal if _has_heavy_tails(expert, data)]
    experts: list[TriedExpert] = [*normal, *(fit_gp_expert(recipe, data, cap=cap, seed=seed) for recipe in heavy)]
    if transfer in {"auto", "none"}:
        experts.append(fit_forest("options", data, seed=seed))
    if transfer == "auto" and data.sources.models:
        experts.append(fit_forest("measured", data, seed=seed))
    if transfer == "multi-task" and data.sources.models:
        experts.append(fit_multitask_gp(data, seed=seed))
    return tuple(experts)


def fit_carried(
    data: TargetData, transfer: str, *, own: Warping, scale: Warping, seed: int
) -> tuple[CarriedExpert, ...]:
    """Fit the experts that look at what the sources say on their scale.

    Parameters
    ----------
    data
        Target rows on the scale `own`.
    scale
        The scale that the experts will be asked on.
    """
    recipes = [recipe for recipe in _transferring(transfer, data) if recipe.sees != "options"]
    fitted = (fit_gp_expert(recipe, data, cap=None, seed=seed) for recipe in recipes)
    return tuple(CarriedExpert(expert=expert, own=own, scale=scale) for expert in fitted)


def _has_heavy_tails(expert: GPExpert, data: TargetData) -> bool:
    return _is_leading(expert.recipe) and not data.rows.is_capped.any() and are_heavy(expert.evidence, data.rows)


def _is_leading(recipe: Recipe) -> bool:
    """Whether a recipe is worth variants for caps or heavy tails; the others are near enough to one that is."""
    return recipe.kernel == "both" or recipe == NO_TRANSFER


def _alone(transfer: str) -> list[Recipe]:
    return [NO_TRANSFER] if transfer in {"auto", "none"} else []


def _transferring(transfer: str, data: TargetData) -> Sequence[Recipe]:
    informed = _informed(data)
    by_mode = {"option-relevance": [RELEVANCE], "source-informed": informed, "linear-shift": [SHIFT]}
    return by_mode.get(transfer, [RELEVANCE, *informed, SHIFT] if transfer == "auto" else [])


def _informed(data: TargetData) -> list[Recipe]:
    """The source-informed recipes that differ on these rows."""
    measured, denoised = data.seen("measured").X, data.seen("denoised").X
    if torch.equal(measured, denoised):  # no row was measured in a source
        return [DENOISED]
    return [MEASURED] if (measured - denoised).abs().max() < SAME else [MEASURED, DENOISED]
