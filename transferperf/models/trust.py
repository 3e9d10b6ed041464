"""How far environments of one system can be trusted: how well the sources predict one another from few rows.

A few target rows cannot always tell whether transfer pays. But each source can stand for the target, with the others
for its sources: how often transfer paid there is the belief before any evidence from the target itself.
"""

from dataclasses import replace

import numpy as np

from transferperf import rng
from transferperf.models.columns import Columns
from transferperf.models.evidence import Evidence
from transferperf.models.fitting import NoisyKernel, fit, write_parameters
from transferperf.models.gate import HURT, PAID
from transferperf.models.gp_expert import MEASURED, NO_TRANSFER, Recipe, condition, predict_measurement
from transferperf.models.rows import Rows
from transferperf.models.source import Sources
from transferperf.models.target import Views

N_TRIED, N_KNOWN, N_HELD = 4, 20, 40
"""Sources that stand for the target in turn; rows of each that are known, and rows that are predicted."""


def prior_log_odds(columns: Columns, sources: Sources, *, seed: int) -> float:
    """Log odds that transfer pays between environments of this system."""
    outcomes = [_pays(columns, sources, i, seed) for i in range(min(N_TRIED, len(sources)))] if len(sources) > 1 else []
    return float(np.log((sum(outcomes) + PAID) / (len(outcomes) - sum(outcomes) + HURT)))


def _pays(columns: Columns, sources: Sources, i: int, seed: int) -> bool:
    """Whether the other sources help to predict the i-th from few of its rows."""
    target, others = sources.models[i], Sources((*sources.models[:i], *sources.models[i + 1 :]))
    rows = target.measured.rows()
    chosen = rng.generator(seed, "trust", target.environment).permutation(len(rows))[: N_KNOWN + N_HELD]
    rows = rows.select(np.sort(chosen))
    views = Views(rows.X, others)
    is_known = np.arange(len(rows)) % 3 == 0
    lead = [_score(recipe, columns, views, rows, is_known, seed) for recipe in (MEASURED, NO_TRANSFER)]
    return bool(lead[0] > lead[1])


def _score(recipe: Recipe, columns: Columns, views: Views, rows: Rows, is_known: np.ndarray, seed: int) -> float:
    """Log density of the rows that are not known, under a recipe fitted to those that are."""
    model, seen = NoisyKernel(recipe.blank(columns, len(views.sources))), replace(rows, X=views.seen(recipe.sees))
    prior = recipe.prior(model, columns, views.sources)
    write_parameters(model, prior.centre)
    fit(model, seen.select(is_known), seed=seed, names=columns.names, n_starts=1, prior=prior)
    held = seen.select(~is_known)
    said = Evidence(*predict_measurement(condition(model, seen.select(is_known)), held.X))
    return float(said.log_density(held).sum())
