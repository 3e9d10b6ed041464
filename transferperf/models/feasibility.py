"""Feasibility: the probability that a configuration runs at all, learned across environments.

Whether a configuration is valid is one more quantity of it: the share of its runs that were valid is regressed by the
same experts as a metric, what each says is calibrated to a probability, and the gate weighs the probabilities. Two
more opinions are asked: the share of valid target rows (the constant), and what the sources measured (the consensus).
What the consensus is worth is learned from how well the sources tell of one another.

N rows are never believed more than Laplace's rule believes N equal ones, (N + 1) / (N + 2); a source is worth
SOURCE_ROWS rows. Symbols: n target rows, k opinions, m sources.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import reduce

import numpy as np
import torch
from scipy.special import ndtr

from transferperf import rng
from transferperf.data.measurement import Status
from transferperf.data.table import MeasurementTable, Samples
from transferperf.metric import Metric
from transferperf.models.background import LEAST_SOURCE_ROWS, Background
from transferperf.models.calibration import Moments, Trial, calibrate, tells
from transferperf.models.columns import Columns
from transferperf.models.evidence import deal
from transferperf.models.experts import fit_experts
from transferperf.models.fitting import one_thread
from transferperf.models.gate import HURT, PAID, mixed, transfer_weight, weigh
from transferperf.models.predictor import NEGLIGIBLE, TransferPredictor
from transferperf.models.protocol import Expert
from transferperf.models.rows import Rows
from transferperf.models.source import SourceModel, Sources, fit_sources
from transferperf.models.target import TargetData, Views
from transferperf.models.transfer import LEAST_TARGET_ROWS
from transferperf.models.warping import Warping
from transferperf.space import Environment

VALID = Metric("valid", direction="max")
"""Share of a configuration's runs that were valid."""

SOURCE_ROWS = 5.0
"""How many target rows a source is worth, where it is seen how well sources tell of one another."""

LOOKED_AT = 200
"""Rows of each source at which that is seen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Feasibility:
    """Opinions on whether configurations are valid, and how much each is believed.

    Parameters
    ----------
    predictor
        The experts on the share of valid runs, and the sources.
    calibration
        a and b of each opinion: the constant, the sources where there are any, then the experts; shape (k, 2).
    weights
        How much each is believed; they sum to 1; shape (k,).
    n_rows
        N, the rows that all is learned from.
    """

    predictor: TransferPredictor
    calibration: np.ndarray
    weights: np.ndarray
    n_rows: float

    def predict(self, X: np.ndarray) -> np.ndarray:
        """Probability that each encoded configuration X (n, d) is valid, strictly between 0 and 1; shape (n,)."""
        asked = np.flatnonzero(self.weights > NEGLIGIBLE)
        views = Views(torch.as_tensor(X, dtype=torch.float64), self.predictor.background.sources)
        with one_thread():
            p = np.stack(
                [ndtr(self._opinion(k, views).score(*self.calibration[k])) for k in asked.tolist()]
            )  # (asked, n)
        least = 1 / (self.n_rows + 2)
        return np.clip(self.weights[asked] @ p / self.weights[asked].sum(), least, 1 - least)

    @property
    def transferred(self) -> float:
        """Weight of the opinions that use the sources."""
        has_sources = len(self.predictor.background.sources) > 0
        transfers = [False, *[True] * has_sources, *(expert.transfers for expert in self.predictor.experts)]
        return float(self.weights @ transfers)

    def _opinion(self, k: int, views: Views) -> Moments:
        first = len(self.weights) - len(self.predictor.experts)
        if k >= first:
            mean, variance = self.predictor.experts[k - first].predict(views)
            return Moments(mean.numpy(), variance.numpy())
        return _consensus(views) if k else _constant(len(views))


def fit_feasibility(
    table: MeasurementTable, *, target: Environment, transfer: str = "auto", seed: int = 0
) -> Feasibility | None:
    """Fit P(valid) in one environment to all rows of a table; None where no row of it is invalid or failed."""
    if not has_invalid(table):
        return None
    here, known = table.validity(target), {}
    if transfer != "none":
        known = {where: table.validity(where) for where in table.environments if where != target}
        known = {where: samples for where, samples in known.items() if len(samples) >= LEAST_SOURCE_ROWS}
    with one_thread():
        background = _background(Columns.of(table.space), known, seed)
        predictor = _regress(background, here, target, transfer, seed)
    n, sources = len(here), background.sources
    n_rows = n + SOURCE_ROWS * len(sources)
    trials = [Trial.of(said, here.y) for said in _held_out(predictor, here)]
    calibration = [calibrate(trial, n) for trial in trials]
    one_another = _one_another(sources.models, known, seed)
    if len(sources):
        calibration[1] = calibrate(reduce(Trial.join, one_another, trials[1]), n_rows)
    D = np.stack([trial.log_density(*ab) for trial, ab in zip(trials, calibration, strict=True)])  # (k, n)
    if len(sources) and (transfer == "sources-only" or n < LEAST_TARGET_ROWS):
        weights = np.eye(len(D))[1]
    else:
        weights = _weigh(D, [expert.transfers for expert in predictor.experts], one_another, calibration)
    return Feasibility(predictor=predictor, calibration=np.array(calibration), weights=weights, n_rows=n_rows)


def has_invalid(table: MeasurementTable) -> bool:
    """Whether any row of a table is invalid or failed."""
    return "status" in table.frame and bool(table.frame["status"].isin((Status.INVALID, Status.FAILED)).any())


def _background(columns: Columns, known: Mapping[Environment, Samples], seed: int) -> Background:
    sources = fit_sources(columns, known, "identity", seed=seed)
    return Background(columns=columns, sources=sources, pooled=None, cap=None)


def _regress(background: Background, here: Samples, target: Environment, transfer: str, seed: int) -> TransferPredictor:
    """Experts on the share of valid runs; none where the target's rows do not tell."""
    y, warping = here.y, Warping(kind="identity", location=0.5, scale=0.5)
    experts: tuple[Expert, ...] = ()
    if len(y) >= LEAST_TARGET_ROWS and y.min() < y.max() and transfer != "sources-only":
        warping = Warping.standardising("identity", y)
        rows = Rows.of(torch.as_tensor(here.X), torch.as_tensor(warping.warp(y)))
        data = TargetData(background.columns, rows, Views(rows.X, background.sources), deal(len(y), seed))
        experts = fit_experts(data, transfer, cap=None, seed=seed)
    return TransferPredictor(
        metric=VALID,
        target=target,
        n_target=len(y),
        z=warping.warp(y),
        warping=warping,
        experts=experts,
        weights=np.full(len(experts), 1 / max(1, len(experts))),
        stretch=1.0,
        repeat_noise=0.0,
        background=background,
    )


def _held_out(predictor: TransferPredictor, here: Samples) -> Iterator[Moments]:
    """What every opinion said of target rows that it had not seen."""
    yield _constant(len(here))
    if len(predictor.background.sources):
        yield _consensus(Views(torch.as_tensor(here.X), predictor.background.sources))
    for expert in predictor.experts:
        if expert.evidence is not None:
            yield Moments(expert.evidence.mean, np.maximum(expert.evidence.variance - expert.noise, 0.0))


def _constant(n: int) -> Moments:
    """An opinion that tells no configuration from another."""
    return Moments(np.zeros(n), np.zeros(n))


def _consensus(views: Views) -> Moments:
    """What the sources measured, or say where they did not: valid is 1, invalid is -1, and their spread is doubt."""
    warpings = [model.warping for model in views.sources.models]
    location, scale = np.array([[2 * w.location - 1, 2 * w.scale] for w in warpings]).T  # (m,) each
    said = location + scale * views.seen("measured")[:, views.X.shape[1] :].numpy()  # (n, m)
    doubt = scale**2 * views.doubt("measured").numpy()
    return Moments(said.mean(1), doubt.mean(1) + said.var(1))


def _one_another(models: tuple[SourceModel, ...], known: Mapping[Environment, Samples], seed: int) -> list[Trial]:
    """What the other sources say of each; of a single one, what it says of itself. Each counts SOURCE_ROWS."""
    trials = []
    for model in models:
        samples = known[model.environment]
        thin = samples.select(rng.some(rng.generator(seed, "told", model.environment), len(samples), LOOKED_AT))
        others = Sources(tuple(other for other in models if other is not model) or models)
        said = _consensus(Views(torch.as_tensor(thin.X), others))
        trials.append(Trial(said, thin.y, np.full(len(thin), SOURCE_ROWS / len(thin))))
    return trials


def _weigh(
    D: np.ndarray, transfers: list[bool], one_another: list[Trial], calibration: list[tuple[float, float]]
) -> np.ndarray:
    """Weights (k,) from log densities of target rows D (k, n).

    The gate weighs the constant and the experts, then the consensus and all these. Before any target row is seen, the
    sources are believed as often as they told of one another.
    """
    told = [tells(trial, calibration[1]) for trial in one_another] if len(one_another) > 1 else []
    prior_log_odds = float(np.log((sum(told) + PAID) / (len(told) - sum(told) + HURT)))
    rest = np.delete(D, 1, axis=0) if one_another else D
    weights = weigh(rest, np.array([False, *transfers]), prior_log_odds)
    if not one_another:
        return weights
    share = transfer_weight(D[1] - mixed(rest, weights), prior_log_odds)
    return np.insert((1 - share) * weights, 1, share)
