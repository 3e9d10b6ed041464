"""From measurements to a predictor: sources, experts and the gate between them."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor

from transferperf.data.table import MeasurementTable, Samples
from transferperf.errors import NotEnoughDataError, UnknownNameError
from transferperf.metric import Metric
from transferperf.models.fitting import one_thread
from transferperf.models.gate import transfer_weight
from transferperf.models.prediction import Prediction
from transferperf.models.protocol import Expert
from transferperf.models.rows import Rows
from transferperf.models.source import SourceConsensus, Sources, fit_sources
from transferperf.models.source_informed import SourceInformedGP, fit_source_informed_gp
from transferperf.models.target_gp import Columns, TargetGP, choose_warping, fit_target_gp, log_density
from transferperf.models.warping import Warping, WarpingKind
from transferperf.space import Encoding, Environment

TRANSFER_MODES = ("auto", "none", "source-informed", "sources-only")
"""What `transfer=` may be: the gate decides, or one expert is named."""

LEAST_TARGET_ROWS = 3
"""Distinct target configurations below which the target alone has no model."""

LEAST_SOURCE_ROWS = 5
"""Distinct configurations below which an environment is no source."""

WARPING_ROWS = 150
"""Rows of an environment that are looked at to choose the warping."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Background:
    """What is known before the target is measured: it is fitted once, however often the target's model is.

    Parameters
    ----------
    columns
        What kernels need to know of the options.
    kind
        Warping of all environments.
    sources
        Models of the sources; none where there are no sources, or transfer is not wanted.
    pooled
        Warping that standardises all source values together; None without sources.
    """

    columns: Columns
    kind: WarpingKind
    sources: Sources
    pooled: Warping | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferPredictor:
    """Experts on one target environment, and how much each is believed.

    Parameters
    ----------
    n_target
        Number of distinct target configurations that were measured.
    experts, weights
        The experts and their weights, which sum to 1; shape (k,).
    log_densities
        Leave-one-out log density of each target row under each expert, in latent units; shape (k, n_target), empty
        where no target row was used.
    """

    metric: Metric
    target: Environment
    n_target: int
    warping: Warping
    experts: tuple[Expert, ...]
    weights: np.ndarray
    log_densities: np.ndarray
    background: Background

    def predict(self, X: np.ndarray) -> Prediction:
        """The distribution of one new measurement of each encoded configuration X (n, d)."""
        rows = torch.as_tensor(X, dtype=torch.float64)
        with one_thread():
            moments = [expert.predict(rows) for expert in self.experts]
        mean, variance = _mixture(moments, self.weights)
        noise = float(sum(w * expert.noise for w, expert in zip(self.weights, self.experts, strict=True)))
        return Prediction(
            latent_mean=mean,
            latent_std=np.sqrt(variance),
            latent_noise=noise**0.5,
            warping=self.warping,
            metric=self.metric,
        )

    @property
    def leave_one_out_errors(self) -> tuple[float, ...]:
        """Median relative error of each expert at target rows it had not seen; NaN where it cannot tell; (k,)."""
        return tuple(self._leave_one_out_error(expert) for expert in self.experts)

    def _leave_one_out_error(self, expert: Expert) -> float:
        if not isinstance(expert, TargetGP | SourceInformedGP):
            return float("nan")
        mean, _ = expert.posterior.leave_one_out()
        latent, nothing = np.stack([mean.numpy(), expert.posterior.rows.z.numpy()]), np.zeros((2, len(mean)))
        predicted, measured = self.warping.quantile(0.5, latent, nothing)
        return float(np.median(np.abs(predicted - measured) / np.maximum(np.abs(measured), 1e-300)))

    def extend(self, X: np.ndarray, y: np.ndarray) -> "TransferPredictor":
        """The predictor after further target rows X (m, d), y (m,) in the metric's unit; nothing is fitted anew."""
        z = self.warping.warp(np.asarray(y, dtype=float))
        rows = Rows.of(torch.as_tensor(X, dtype=torch.float64), torch.as_tensor(z))
        return replace(self, experts=tuple(expert.extend(rows) for expert in self.experts))


def fit(
    table: MeasurementTable, *, metric: Metric, target: Environment, transfer: str = "auto", seed: int = 0
) -> TransferPredictor:
    """Fit a predictor of `metric` in the environment `target` to all rows of a table.

    Raises
    ------
    NotEnoughDataError
        Where neither the target nor a source was measured often enough.
    UnknownNameError
        Where `transfer` is none of TRANSFER_MODES.
    """
    background = fit_background(table, metric=metric, target=target, transfer=transfer, seed=seed)
    samples = table.samples(metric, target)
    return fit_target(background, samples, metric=metric, target=target, transfer=transfer, seed=seed)


def fit_background(
    table: MeasurementTable, *, metric: Metric, target: Environment, transfer: str = "auto", seed: int = 0
) -> Background:
    """Choose the warping and fit all sources."""
    if transfer not in TRANSFER_MODES:
        raise UnknownNameError("transfer mode", transfer, TRANSFER_MODES)
    options = Encoding(table.space).options
    columns = Columns(
        names=tuple(option.name for option in options),
        n_levels=tuple(0 if option.is_ordered else len(option.levels) for option in options),
    )
    known = {where: table.samples(metric, where) for where in table.environments}
    rows = {where: s for where, s in known.items() if where != target and len(s) >= LEAST_SOURCE_ROWS}
    rows = {} if transfer == "none" else rows
    has_log = all((samples.y > 0).all() for samples in known.values())
    kinds: tuple[WarpingKind, ...] = ("log", "identity") if has_log else ("identity",)
    kind = choose_warping(columns, _evidence(known.get(target), rows), kinds=kinds, seed=seed)
    pooled = Warping.standardising(kind, np.concatenate([s.y for s in rows.values()])) if rows else None
    return Background(columns=columns, kind=kind, sources=fit_sources(columns, rows, kind, seed=seed), pooled=pooled)


def fit_target(
    background: Background,
    samples: Samples,
    *,
    metric: Metric,
    target: Environment,
    transfer: str = "auto",
    seed: int = 0,
) -> TransferPredictor:
    """Fit the experts to the target's samples, and weigh them."""
    warping, experts, weights, densities = _experts(background, samples, transfer, seed, target)
    return TransferPredictor(
        metric=metric,
        target=target,
        n_target=len(samples),
        warping=warping,
        experts=experts,
        weights=weights,
        log_densities=densities,
        background=background,
    )


def _experts(
    background: Background, samples: Samples, transfer: str, seed: int, target: Environment
) -> tuple[Warping, tuple[Expert, ...], np.ndarray, np.ndarray]:
    """Warping, experts, weights (k,) and leave-one-out log densities (k, n)."""
    pooled, sources, n = background.pooled, background.sources, len(samples)
    if transfer == "sources-only" or (n < LEAST_TARGET_ROWS and transfer == "auto"):
        if pooled is None:
            raise NotEnoughDataError(_too_few(target, n, has_sources=False))
        return pooled, (SourceConsensus(sources=sources, warping=pooled),), np.ones(1), np.empty((1, 0))
    if n < LEAST_TARGET_ROWS or (transfer == "source-informed" and not sources.models):
        raise NotEnoughDataError(_too_few(target, n, has_sources=bool(sources.models)))
    has_log = bool((samples.y > 0).all())  # the sources' scale may have no value for what the target measured
    warping = Warping.standardising(background.kind if has_log else "identity", samples.y)
    rows = Rows.of(torch.as_tensor(samples.X), torch.as_tensor(warping.warp(samples.y)))
    alone: list[TargetGP | SourceInformedGP] = []
    if transfer != "source-informed":
        alone.append(fit_target_gp(background.columns, rows, seed=seed))
    if transfer != "none" and sources.models:
        alone.append(fit_source_informed_gp(background.columns, sources, rows, seed=seed))
    densities = np.stack([log_density(expert.posterior) for expert in alone])  # (k, n)
    weights = np.ones(1)
    if len(alone) > 1:
        share = transfer_weight(densities[1], densities[0])
        weights = np.array([1 - share, share])
    return warping, tuple(alone), weights, densities


def _too_few(target: Environment, n: int, *, has_sources: bool) -> str:
    where = f"target {target or 'environment'} has {n} measured configuration{'s' * (n != 1)}"
    if has_sources:
        return f"{where}; a model of its own needs {LEAST_TARGET_ROWS}. Measure more, or use transfer='sources-only'."
    return (
        f"{where} and no other environment has {LEAST_SOURCE_ROWS}; a model needs {LEAST_TARGET_ROWS} in the target "
        "or a source. Measure more configurations."
    )


def _evidence(target: Samples | None, sources: Mapping[Environment, Samples]) -> list[Samples]:
    """Samples that decide on the warping: the target's and the two largest sources', thinned to WARPING_ROWS."""
    largest = sorted(sources.items(), key=lambda item: (-len(item[1]), item[0]))[:2]
    known = [samples for samples in [target, *(s for _, s in largest)] if samples is not None]
    return [_thin(samples) for samples in known if len(samples) >= LEAST_SOURCE_ROWS]


def _thin(samples: Samples) -> Samples:
    step = -(-len(samples) // WARPING_ROWS)
    return Samples(samples.X[::step], samples.y[::step], samples.n_repeats[::step])


def _mixture(moments: list[tuple[Tensor, Tensor]], weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean and variance of a mixture of normals, from k pairs of shape (n,): each (n,)."""
    means = np.stack([mean.numpy() for mean, _ in moments])  # (k, n)
    variances = np.stack([variance.numpy() for _, variance in moments])  # (k, n)
    mean = weights @ means
    return mean, weights @ (variances + (means - mean) ** 2)
