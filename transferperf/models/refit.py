"""Fitting a predictor's Gaussian processes again, from where they stand, to the rows that they have come to know.

The scale, the experts' weights and what these rest on are kept: this costs one climb for each process, and no held-out
rows. It is for studies, which come to know their target one row after the other.
"""

import math
from dataclasses import replace

import torch

from transferperf import rng
from transferperf.models.carried import CarriedExpert
from transferperf.models.fitting import NoisyKernel, fit, write_parameters
from transferperf.models.gp_expert import FIT_ROWS, GPExpert, slope
from transferperf.models.objective import NOISE_FLOOR, read_parameters
from transferperf.models.predictor import TransferPredictor
from transferperf.models.protocol import Expert


def refit(predictor: TransferPredictor, *, seed: int) -> TransferPredictor:
    """The predictor with parameters that suit all rows of its experts; experts that are no such process stay."""
    return replace(predictor, experts=tuple(_refitted(expert, predictor, seed) for expert in predictor.experts))


def _refitted(expert: Expert, predictor: TransferPredictor, seed: int) -> Expert:
    if isinstance(expert, CarriedExpert):
        return replace(expert, expert=_climbed(expert.expert, predictor, seed))
    return _climbed(expert, predictor, seed) if isinstance(expert, GPExpert) else expert


def _climbed(expert: GPExpert, predictor: TransferPredictor, seed: int) -> GPExpert:
    """The expert after one climb from its parameters, on as many of its rows as any fit looks at."""
    columns, sources = predictor.background.columns, predictor.background.sources
    posterior, rows = expert.posterior, expert.posterior.rows
    model = NoisyKernel(expert.recipe.blank(columns, len(sources)))
    write_parameters(model.kernel, read_parameters(posterior.kernel))
    with torch.no_grad():
        model.log_noise.fill_(math.log(max(posterior.noise - NOISE_FLOOR, NOISE_FLOOR)))
    few = rows.select(rng.some(rng.generator(seed, "fit rows"), len(rows), FIT_ROWS))
    prior = expert.recipe.prior(model, columns, sources)
    record = fit(model, few, seed=seed, names=columns.names, n_starts=1, prior=prior)
    after = model.condition(rows)
    return replace(expert, posterior=after, slope=slope(after, len(columns.names)), record=record)
