"""Draws of a process's parameters: while few rows tell of them, the likeliest ones say too little of what is not known.

An option that seemed not to matter in ten rows may matter in the eleventh. A predictor whose processes are each
replaced by several, whose parameters are drawn from their posterior, is unsure there: its moments are those over all
parameters (Snoek, Larochelle & Adams 2012, sec. 3.2), by elliptical slice sampling (Murray, Adams & MacKay 2010,
fig. 2), for which priors are normal here.

Symbols: c chains, p parameters (logarithms), L (c,) their log likelihoods.
"""

import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from transferperf import rng
from transferperf.models.carried import CarriedExpert
from transferperf.models.fitting import LOG_BOUNDS, NoisyKernel, Objective, Prior, one_thread, write_parameters
from transferperf.models.gp_expert import GPExpert, slope
from transferperf.models.predictor import TransferPredictor
from transferperf.models.protocol import Expert

MOST_DRAWN, MOST_ROWS = 8, 320
"""Processes by which all of a predictor are replaced, about, and rows that these may come to: many rows tell enough."""

N_SWEEPS = 40
"""Steps of each chain, from a draw of the prior on: from the likeliest parameters they would not come far."""

LEAST_ANGLE = 1e-3
"""Part of the ellipse, in radians, below which a chain stays where it is."""


def with_draws(predictor: TransferPredictor, *, seed: int) -> TransferPredictor:
    """The predictor with draws of its processes, which take over their weight.

    The processes themselves stay, without weight, for what only wants the likeliest.
    """
    processes = [each for each in map(_process, predictor.experts) if each]
    n_rows = max((len(process.posterior.rows) for process in processes), default=1)
    n_drawn = min(MOST_DRAWN, MOST_ROWS // n_rows)
    experts: list[Expert] = []
    weights: list[float] = []
    for expert, weight in zip(predictor.experts, predictor.weights, strict=True):
        drawn = _drawn(expert, predictor, math.ceil(n_drawn * weight), seed)
        experts += [expert, *drawn]
        weights += [0.0, *[weight / len(drawn)] * len(drawn)] if drawn else [weight]
    return replace(predictor, experts=tuple(experts), weights=np.array(weights))


def _process(expert: Expert) -> GPExpert | None:
    """The process that an expert is, or carries to another scale; None where it is another kind."""
    process = expert.expert if isinstance(expert, CarriedExpert) else expert
    return process if isinstance(process, GPExpert) else None


def _drawn(expert: Expert, predictor: TransferPredictor, n: int, seed: int) -> list[Expert]:
    """The expert under n draws of its parameters; nothing where one is enough, or it is no such process."""
    process = _process(expert)
    if n < 2 or process is None:  # one draw says less than the likeliest parameters
        return []
    draws = _draws(process, predictor, n, seed)
    return [replace(expert, expert=each) for each in draws] if isinstance(expert, CarriedExpert) else [*draws]


def _draws(expert: GPExpert, predictor: TransferPredictor, n: int, seed: int) -> list[GPExpert]:
    columns, sources = predictor.background.columns, predictor.background.sources
    rows, found = expert.posterior.rows, []
    model = NoisyKernel(expert.recipe.blank(columns, len(sources)))
    prior = expert.recipe.prior(model, columns, sources)
    with one_thread():
        objective = Objective.of(model, rows, prior)
        stream = rng.generator(seed, "parameters", expert.name, len(rows))
        for values in sample(_likelihoods(objective), prior, n, stream):
            model = NoisyKernel(expert.recipe.blank(columns, len(sources)))
            write_parameters(model, values)
            posterior = model.condition(rows)
            found.append(replace(expert, posterior=posterior, slope=slope(posterior, len(columns.names))))
    return found


def _likelihoods(objective: Objective) -> Callable[[np.ndarray], np.ndarray]:
    """Log likelihoods of parameters (c, p), -inf where these are out of bounds: shape (c,)."""

    def likelihoods(values: np.ndarray) -> np.ndarray:
        within = values.clip(*LOG_BOUNDS)
        L = objective.log_posteriors(within) - objective.prior.log_density(within)
        return np.where((values == within).all(-1) & np.isfinite(L), L, -np.inf)

    return likelihoods


def sample(
    likelihoods: Callable[[np.ndarray], np.ndarray], prior: Prior, n: int, stream: np.random.Generator
) -> np.ndarray:
    """Parameters (n, p) drawn from a posterior with a normal prior, each by a chain of its own."""
    values = prior.centre + prior.spread * stream.standard_normal((n, len(prior.centre)))
    values = values.clip(*LOG_BOUNDS)
    L = likelihoods(values)
    for _ in range(N_SWEEPS):
        values, L = _sweep(likelihoods, prior, values, L, stream)
    return values


def _sweep(
    likelihoods: Callable[[np.ndarray], np.ndarray],
    prior: Prior,
    values: np.ndarray,
    L: np.ndarray,
    stream: np.random.Generator,
) -> tuple[np.ndarray, np.ndarray]:
    """One step of each chain: a point of the ellipse through it and a draw of the prior that is likely enough."""
    here, other = values - prior.centre, stream.standard_normal(values.shape) * prior.spread
    least = L + np.log(stream.random(len(L)))
    angle = 2 * np.pi * stream.random(len(L))
    low, high = angle - 2 * np.pi, angle.copy()
    values, L, left = values.copy(), L.copy(), np.arange(len(L))
    while len(left):
        turned = np.cos(angle[left, None]) * here[left] + np.sin(angle[left, None]) * other[left]
        tried = likelihoods(prior.centre + turned)
        is_found = tried > least[left]
        found = left[is_found]
        values[found], L[found] = prior.centre + turned[is_found], tried[is_found]
        left = left[~is_found]
        low[left] = np.where(angle[left] < 0, angle[left], low[left])
        high[left] = np.where(angle[left] < 0, high[left], angle[left])
        angle[left] = low[left] + (high[left] - low[left]) * stream.random(len(left))
        left = left[high[left] - low[left] > LEAST_ANGLE]
    return values, L
