"""Experts that are Gaussian processes on the target's rows: they differ in what they see, and in what they believe.

- *no transfer* sees the options;
- *option relevance* too, but believes that an option matters about as much as it does in the sources;
- *source-informed* sees what the sources say beside the options, as they measured it or as their models smooth it;
- *linear shift* sees only that, and adds it up (Valov et al. 2017).
"""

from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np
import torch
from torch import Tensor

from transferperf import rng
from transferperf.kernels import LinearShiftKernel, OptionKernel, PairwiseKernel, SourceInformedKernel
from transferperf.models.censoring import N_SWEEPS, match_sites, open_sites
from transferperf.models.columns import Columns
from transferperf.models.evidence import Evidence, hold_out
from transferperf.models.fitting import FitRecord, NoisyKernel, Prior, fit, read_parameters, write_parameters
from transferperf.models.posterior import Posterior, covariance
from transferperf.models.relevance import informed_prior, rehearsed_prior, residual_prior
from transferperf.models.rows import Rows
from transferperf.models.source import Sources
from transferperf.models.tails import DOF, reweigh
from transferperf.models.target import Sees, TargetData, Views

N_STARTS = 2
"""Climbs of each fit."""

N_ROUNDS = 2
"""How often the noise of rows that are capped or far off, and the parameters, are fitted in turns."""

FIT_ROWS = 500
"""Rows to which parameters are fitted; more would change them little, at a cost that grows with the cube."""

FOLD_ROWS = 300
"""Rows up to which held-out rows are predicted by models fitted anew; with more, parameters hardly know one row."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """What a Gaussian process of the target sees and believes.

    Parameters
    ----------
    name
        What the expert is called.
    kernel
        Whether options act, what the sources say, or both.
    learns_relevance
        Whether the sources tell how much each option matters.
    is_censored
        Whether a value at the cap is taken for a lower bound, rather than for a value.
    is_heavy_tailed
        Whether a value that is far off is believed less.
    """

    name: str
    kernel: Literal["options", "sources", "both"] = "options"
    sees: Sees = "options"
    learns_relevance: bool = False
    is_censored: bool = False
    is_heavy_tailed: bool = False

    @property
    def transfers(self) -> bool:
        """Whether it uses the sources."""
        return self.sees != "options" or self.learns_relevance

    def blank(self, columns: Columns, n_sources: int) -> PairwiseKernel:
        """Its kernel, with the priors' medians for parameters."""
        match self.kernel:
            case "options":
                return OptionKernel(columns.n_levels)
            case "sources":
                return LinearShiftKernel(len(columns.names), n_sources)
            case "both":
                return SourceInformedKernel(columns.n_levels, n_sources)

    def prior(self, model: NoisyKernel, columns: Columns, sources: Sources) -> Prior:
        """What it believes of its parameters."""
        if not self.learns_relevance:
            return Prior.of(model)
        if self.kernel == "both" and sources.rehearsed is not None:
            return rehearsed_prior(model, sources.rehearsed)
        like = NoisyKernel(OptionKernel(columns.n_levels))
        informed = informed_prior(Prior.of(like), np.stack([source.parameters for source in sources.models]))
        return informed if self.kernel == "options" else residual_prior(model, informed, like)

    def censored(self) -> "Recipe":
        """The same, with values at the cap as lower bounds."""
        return replace(self, name=f"{self.name}, censored", is_censored=True)

    def heavy_tailed(self) -> "Recipe":
        """The same, with values that are far off believed less."""
        return replace(self, name=f"{self.name}, heavy tails", is_heavy_tailed=True)


NO_TRANSFER = Recipe(name="no transfer")
RELEVANCE = Recipe(name="option relevance", learns_relevance=True)
MEASURED = Recipe(name="source-informed", kernel="both", sees="measured", learns_relevance=True)
DENOISED = Recipe(name="source-informed, denoised", kernel="both", sees="denoised", learns_relevance=True)
SHIFT = Recipe(name="linear shift", kernel="sources", sees="measured")


@dataclass(frozen=True, slots=True, kw_only=True)
class GPExpert:
    """A Gaussian process on the target's rows.

    Parameters
    ----------
    posterior
        Over what it sees.
    slope
        Mean slope of the response along what each source says, zero where it does not look; shape (m,).
    doubt
        Mean variance of what each source says of the rows, which the noise already holds; shape (m,).
    evidence
        What it said of held-out rows.
    """

    recipe: Recipe
    posterior: Posterior
    slope: Tensor
    doubt: Tensor
    evidence: Evidence
    record: FitRecord

    @property
    def name(self) -> str:
        """What it is called in summaries."""
        return self.recipe.name

    @property
    def transfers(self) -> bool:
        """Whether it uses the sources."""
        return self.recipe.transfers

    @property
    def noise(self) -> float:
        """Variance of the measurement noise, on the latent scale."""
        return self.posterior.noise * (DOF / (DOF - 2) if self.recipe.is_heavy_tailed else 1.0)

    def predict(self, views: Views) -> tuple[Tensor, Tensor]:
        """Mean and variance of the response at n configurations: each (n,)."""
        mean, variance = self.posterior.predict(views.seen(self.recipe.sees))
        if self.recipe.sees == "options":
            return mean, variance
        carried = (views.doubt(self.recipe.sees) - self.doubt).clamp_min(0) @ self.slope.square()
        return mean, variance + carried

    def extend(self, views: Views, rows: Rows) -> "GPExpert":
        """The expert after further target rows, its parameters kept."""
        return replace(self, posterior=self.posterior.extend(replace(rows, X=views.seen(self.recipe.sees))))


def fit_gp_expert(recipe: Recipe, data: TargetData, *, cap: float | None, seed: int) -> GPExpert:
    """Fit a recipe to the target's rows, and gather evidence on it.

    Parameters
    ----------
    cap
        Latent value of a timeout's cap; None where there is none.
    """
    fitter = Fitter(recipe, data, cap, seed)
    model, again, seen = fitter.blank(), fitter.blank(), data.seen(recipe.sees)
    rows, record = fitter.fit(model, seen, fitter.prior.centre, N_STARTS)
    posterior, best = model.condition(rows), read_parameters(model)

    def predictor(known: np.ndarray, held: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        there, _ = fitter.fit(again, seen.select(known), best, 1)
        mean, variance = predict_measurement(again.condition(there), seen.X[held])
        return mean, variance + data.rows.known.numpy()[held]

    said = hold_out(predictor, data.folds) if len(rows) <= FOLD_ROWS else _left_out(posterior, data.rows.known)
    return GPExpert(
        recipe=recipe,
        posterior=posterior,
        slope=slope(posterior, len(data.columns.names)),
        doubt=data.views.doubt(recipe.sees).mean(0),
        evidence=replace(said, dof=DOF) if recipe.is_heavy_tailed else said,
        record=record,
    )


@dataclass(frozen=True, slots=True)
class Fitter:
    """Fits a recipe to any of the target's rows."""

    recipe: Recipe
    data: TargetData
    cap: float | None
    seed: int
    prior: Prior = field(init=False)

    def __post_init__(self) -> None:
        prior = self.recipe.prior(self.blank(), self.data.columns, self.data.sources)
        object.__setattr__(self, "prior", prior)

    def blank(self) -> NoisyKernel:
        """A model to be fitted, again and again where only what it says is kept: making one takes a millisecond."""
        return NoisyKernel(self.recipe.blank(self.data.columns, len(self.data.sources)))

    def fit(self, model: NoisyKernel, rows: Rows, start: np.ndarray, n_starts: int) -> tuple[Rows, FitRecord]:
        """Give a model parameters for `rows`; the rows with the noise that they turned out to have."""
        known, cap = rows.known, self.cap if self.recipe.is_censored else None
        write_parameters(model, start)
        record = self._climb(model, rows, n_starts)
        if cap is not None:
            rows = open_sites(rows, cap)
        for _ in range(N_ROUNDS if cap is not None or self.recipe.is_heavy_tailed else 0):
            rows = self._update(model, rows, known)
            record = self._climb(model, rows, 1)
        return self._update(model, rows, known), record

    def _climb(self, model: NoisyKernel, rows: Rows, n_starts: int) -> FitRecord:
        few = rows.select(rng.some(rng.generator(self.seed, "fit rows"), len(rows), FIT_ROWS))
        names = self.data.columns.names
        return fit(model, few, seed=self.seed, names=names, n_starts=n_starts, prior=self.prior)

    def _update(self, model: NoisyKernel, rows: Rows, known: Tensor) -> Rows:
        cap = self.cap if self.recipe.is_censored else None
        if cap is None and not self.recipe.is_heavy_tailed:
            return rows
        K = covariance(model.kernel, rows.X, rows.X)  # rows move in z and in noise only
        if self.recipe.is_heavy_tailed:
            rows = reweigh(model.condition(rows, K), known)
        if cap is not None:
            for _ in range(N_SWEEPS):
                rows = match_sites(model.condition(rows, K), cap)
        return rows


def _left_out(posterior: Posterior, known: Tensor) -> Evidence:
    """Evidence in closed form; the noise that rows turned out to have is not what was `known` (n,) of them before."""
    mean, variance = posterior.leave_one_out()
    return Evidence(mean.numpy(), (variance - posterior.rows.known + known).numpy())


def predict_measurement(posterior: Posterior, X: Tensor) -> tuple[np.ndarray, np.ndarray]:
    """Mean and variance, with noise, at rows X (n, d): each (n,)."""
    mean, variance = posterior.predict(X)
    return mean.numpy(), variance.numpy() + posterior.noise


def slope(posterior: Posterior, d: int) -> Tensor:
    """Posterior mean of the slopes along what m sources say, columns d and on, by the linear part: shape (m,)."""
    kernel, s = posterior.kernel, posterior.rows.X[:, d:]
    if isinstance(kernel, OptionKernel):
        return s.new_zeros(0)
    with torch.no_grad():
        linear = kernel.log_linear.exp() if isinstance(kernel, SourceInformedKernel) else 1.0
        return linear * kernel.log_weight.exp() * (s.mT @ posterior.alpha)
