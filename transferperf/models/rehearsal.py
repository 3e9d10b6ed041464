"""Rehearsals: each source stands for the target in turn, with the other sources for its own.

A few target rows cannot always tell whether transfer pays, nor what is left of a target once its sources have spoken.
The sources can: how often transfer paid among them from few rows is the belief before any evidence from the target, and
the parameters of their source-informed kernels are where those of the target are expected.
"""

from dataclasses import dataclass, replace

import numpy as np

from transferperf import rng
from transferperf.models.columns import Columns
from transferperf.models.evidence import Evidence
from transferperf.models.fitting import NoisyKernel, fit, read_parameters, write_parameters
from transferperf.models.gate import HURT, PAID
from transferperf.models.gp_expert import MEASURED, NO_TRANSFER, Recipe, predict_measurement
from transferperf.models.posterior import Posterior
from transferperf.models.relevance import is_shared
from transferperf.models.rows import Rows
from transferperf.models.source import Sources
from transferperf.models.target import Views

N_REHEARSALS = 4
"""Sources that stand for the target in turn."""

N_KNOWN, N_HELD, N_FITTED = 20, 40, 100
"""Rows from which transfer has to pay, rows on which it has to, and rows that tell the parameters."""


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """One source in place of the target.

    Parameters
    ----------
    rows
        Some of its rows.
    views
        The same as experts see them: with what the other sources say.
    """

    columns: Columns
    rows: Rows
    views: Views
    seed: int

    @classmethod
    def of(cls, columns: Columns, sources: Sources, i: int, seed: int) -> "Rehearsal":
        """The i-th source in place of the target."""
        target, others = sources.models[i], Sources((*sources.models[:i], *sources.models[i + 1 :]))
        rows = target.measured.rows()
        chosen = rng.generator(seed, "rehearsal", target.environment).permutation(len(rows))[:N_FITTED]
        rows = rows.select(chosen)
        return cls(columns, rows, Views(rows.X, others), seed)

    def pays(self) -> bool:
        """Whether transfer predicts held-out rows better than no transfer, from few rows."""
        known, held = slice(None, N_KNOWN), slice(N_KNOWN, N_KNOWN + N_HELD)
        score = {}
        for recipe in (MEASURED, NO_TRANSFER):
            seen = replace(self.rows, X=self.views.seen(recipe.sees))
            unseen = seen.select(held)
            said = predict_measurement(self._fit(recipe, seen.select(known))[1], unseen.X)
            score[recipe] = Evidence(*said).log_density(unseen).sum()
        return bool(score[MEASURED] > score[NO_TRANSFER])

    def parameters(self) -> np.ndarray:
        """Parameters of the source-informed kernel that do not belong to one source, shape (p,)."""
        model, _ = self._fit(MEASURED, replace(self.rows, X=self.views.seen(MEASURED.sees)))
        return read_parameters(model)[is_shared(model)]

    def _fit(self, recipe: Recipe, rows: Rows) -> tuple[NoisyKernel, Posterior]:
        sources = self.views.sources
        model = NoisyKernel(recipe.blank(self.columns, len(sources)))
        prior = recipe.prior(model, self.columns, sources)
        write_parameters(model, prior.centre)
        fit(model, rows, seed=self.seed, names=self.columns.names, n_starts=1, prior=prior)
        return model, model.condition(rows)


def rehearse(columns: Columns, sources: Sources, *, seed: int) -> tuple[float, Sources]:
    """Log odds that transfer pays between environments of this system, and the sources with what was learnt."""
    n = min(N_REHEARSALS, len(sources)) if len(sources) > 1 else 0
    rehearsals = [Rehearsal.of(columns, sources, i, seed) for i in range(n)]
    paid = sum(rehearsal.pays() for rehearsal in rehearsals)
    learnt = np.stack([rehearsal.parameters() for rehearsal in rehearsals]) if n else None
    return float(np.log((paid + PAID) / (n - paid + HURT))), replace(sources, rehearsed=learnt)
