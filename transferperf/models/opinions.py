"""What the experts of a predictor say of a whole space, as far as it can be said cheaply: a bound for each expert.

An expert's cost is its mean on the latent scale, with the sign that makes smaller better. It is a form over options,
plus slopes along the sources' means, plus a rest that is only bounded: what bends along the sources, and trees. The
median of the mixture is below a threshold only where experts of half the weight say so: each says at most

    P(cost < T) <= 1 where its mean may be below T,    <= Phi((T - lowest mean) / largest deviation) elsewhere

Symbols: a axes, m sources, n rows of an expert, c configurations, s (c, m) the sources' means there.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from scipy.special import ndtr

from transferperf.kernels import DTYPE, OptionKernel, SourceInformedKernel
from transferperf.models.bend import Bend, BendTable
from transferperf.models.boosted import BoostedPosterior
from transferperf.models.carried import CarriedExpert
from transferperf.models.forest import ForestExpert
from transferperf.models.gp_expert import GPExpert
from transferperf.models.large_target import LargeTarget
from transferperf.models.mean_form import Block, MeanForm, mean_form, no_form
from transferperf.models.posterior import MEAN_VARIANCE, Posterior, ProjectedPosterior
from transferperf.models.predictor import NEGLIGIBLE, TransferPredictor
from transferperf.models.protocol import Expert
from transferperf.models.source import SourceModel, Sources
from transferperf.models.tree_form import tree_form

MOST_LISTED = 1 << 16
"""Configurations measured in one source up to which they are listed."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Opinion:
    """One expert.

    Parameters
    ----------
    name, weight
        What it is called, and how much it is believed.
    form
        Its cost, as far as the options alone make it.
    slopes
        Along the sources' means, shape (m,).
    rest
        The least that the remaining part of its cost can be; minus infinity where nothing is known of it.
    variance, gains
        Its variance is at most the former plus the sum of the latter times the squared means of the sources, (m,).
    bend
        What of the rest bends along the sources; None where nothing does.
    carried
        How its values are carried to the scale that is asked; None where they stand on it.
    """

    name: str
    weight: float
    sign: float
    form: MeanForm
    slopes: np.ndarray
    rest: float
    variance: float
    gains: np.ndarray
    bend: Bend | None = None
    carried: CarriedExpert | None = None

    @property
    def is_flat(self) -> bool:
        """Whether the same is known of it everywhere."""
        return not (len(self.form.weights) or self.form.effects.any() or self.slopes.any())

    def unbent(self, lowest: np.ndarray, table: BendTable, s: np.ndarray, radius: np.ndarray) -> np.ndarray:
        """Bounds of its cost (c,), with what a table knows of the bend where sources say s (c, m)."""
        low, high = table.bounds(s, radius)
        return lowest + table.bend.norm + (low if self.sign > 0 else -high)

    def threshold(self, cost: float) -> float:
        """A cost on the scale that is asked, on its own."""
        if self.carried is None:
            return cost
        value = self.carried.scale.unwarp(np.array(self.sign * cost))
        return self.sign * float(self.carried.own.warp(value))

    def most_below(self, lowest: np.ndarray, s: np.ndarray, threshold: float) -> np.ndarray:
        """A bound on the probability that its cost is below a threshold on its own scale, shape (c,).

        Parameters
        ----------
        lowest
            Bounds of its cost at configurations, shape (c,).
        """
        std = np.sqrt(self.variance + s**2 @ self.gains)
        above = np.full(len(lowest), 0.5) if self.carried else ndtr((threshold - lowest) / std)
        return np.where(lowest < threshold, 1.0, above)


@dataclass(frozen=True, slots=True, kw_only=True)
class Opinions:
    """All experts whose weight counts, and what their sources say.

    Parameters
    ----------
    experts
        At least one.
    sources
        Means of the m sources.
    measured
        What sources have measured, of which nothing is said here: rows of axes, shape (c, a).
    """

    experts: tuple[Opinion, ...]
    sources: tuple[MeanForm, ...]
    measured: np.ndarray


def opinions(predictor: TransferPredictor, blocks: Sequence[Block], sign: float) -> Opinions:
    """What a predictor's experts say of all combinations of the rows of axes; cost is `sign` times the latent mean."""
    weights = np.where(predictor.weights > NEGLIGIBLE, predictor.weights, 0.0)
    weights /= weights.sum()
    sources = predictor.background.sources
    said = [_source(source, blocks) for source in sources.models]
    is_known = np.array([form is not None for form in said], dtype=bool)
    asked = [(expert, w) for expert, w in zip(predictor.experts, weights, strict=True) if w > 0]
    cells = [source.measured.cells(blocks, MOST_LISTED) for source in sources.models]
    surprise = np.array([_surprise(m) if c is None else 0.0 for m, c in zip(sources.models, cells, strict=True)])
    parts = [_parts(expert, sources, blocks).seeing(is_known, surprise) for expert, _ in asked]
    return Opinions(
        experts=tuple(part.opinion(expert, w, sign) for part, (expert, w) in zip(parts, asked, strict=True)),
        sources=tuple(form or no_form(blocks) for form in said),
        measured=np.concatenate([np.empty((0, len(blocks)), dtype=np.intp), *(c for c in cells if c is not None)]),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Parts:
    """An expert's mean on its latent scale: a form, slopes (m,), and a rest between two numbers; see `Opinion`."""

    form: MeanForm
    slopes: np.ndarray
    low: float = 0.0
    high: float = 0.0
    variance: float
    gains: np.ndarray
    bend: Bend | None = None

    def seeing(self, is_known: np.ndarray, surprise: np.ndarray) -> "_Parts":
        """The same, where sources are not known (m,), or may say something else than their mean by so much (m,)."""
        if self.slopes[~is_known].any() or self.gains[~is_known].any():
            return replace(self, low=-np.inf, high=np.inf)
        off = float(np.abs(self.slopes) @ surprise)
        return replace(self, low=self.low - off, high=self.high + off)

    def opinion(self, expert: Expert, weight: float, sign: float) -> Opinion:
        """The same as a cost."""
        return Opinion(
            name=expert.name,
            weight=weight,
            sign=sign,
            form=self.form if sign > 0 else self.form.negated(),
            slopes=sign * self.slopes,
            rest=self.low if sign > 0 else -self.high,
            variance=self.variance,
            gains=self.gains,
            bend=self.bend,
            carried=expert if isinstance(expert, CarriedExpert) else None,
        )


def _parts(expert: Expert, sources: Sources, blocks: Sequence[Block]) -> _Parts:
    none = np.zeros(len(sources))
    match expert:
        case CarriedExpert():
            return _parts(expert.expert, sources, blocks)
        case GPExpert():
            return _of_process(expert, sources, blocks)
        case ForestExpert(trees=trees, variance=variance):
            if not expert.transfers and (form := tree_form(trees, blocks)):
                return _Parts(form=form, slopes=none, variance=variance, gains=none)
            low, high = trees.range
            return _Parts(form=no_form(blocks), slopes=none, low=low, high=high, variance=variance, gains=none)
        case LargeTarget(model=model) if form := _source(model, blocks):
            return _Parts(form=form, slopes=none, variance=_most_variance(model), gains=none)
    return _Parts(form=no_form(blocks), slopes=none, low=-np.inf, high=np.inf, variance=1.0, gains=none)


def _of_process(expert: GPExpert, sources: Sources, blocks: Sequence[Block]) -> _Parts:
    """A Gaussian process on options, on sources, or on both."""
    posterior, kernel = expert.posterior, expert.posterior.kernel
    X, alpha = posterior.rows.X, posterior.alpha
    if isinstance(kernel, OptionKernel):
        none = np.zeros(len(sources))
        form = mean_form(kernel, X, alpha, blocks)
        return _Parts(form=form, slopes=none, variance=_prior_variance(kernel), gains=none)
    variance, bend = MEAN_VARIANCE, None
    if isinstance(kernel, SourceInformedKernel):
        form, bend = mean_form(kernel.options, X[:, : kernel.d], alpha, blocks), Bend.of(posterior)
        linear = kernel.log_linear.exp().item()
        variance = kernel.log_nonlinear.exp().item() + _prior_variance(kernel.options)
    else:
        form, linear = replace(no_form(blocks), constant=MEAN_VARIANCE * float(alpha.sum())), 1.0
    gains = linear * kernel.log_weight.detach().exp().numpy()
    said, norm = X[:, -len(sources) :].numpy(), bend.norm if bend else 0.0
    doubt = np.array([_most_variance(source) for source in sources.models])
    variance += float(expert.slope.numpy() ** 2 @ doubt)
    slopes = gains * (said.T @ alpha.numpy())
    return _Parts(form=form, slopes=slopes, low=-norm, high=norm, variance=variance, gains=gains, bend=bend)


def _prior_variance(kernel: OptionKernel) -> float:
    """Variance of the response before any data, the same everywhere."""
    return float(kernel.variance(torch.zeros((1, 1), dtype=DTYPE)).detach()) + MEAN_VARIANCE


def _most_variance(source: SourceModel) -> float:
    """What the variance of a source's response does not exceed."""
    posterior = source.posterior
    return (
        float(posterior.variances.max())
        if isinstance(posterior, BoostedPosterior)
        else _prior_variance(posterior.kernel)
    )


def _surprise(source: SourceModel) -> float:
    """How far a source's measured values are off its mean at most."""
    return float((source.posterior.mean(source.measured.rows().X) - source.measured.rows().z).abs().max())


def _source(source: SourceModel, blocks: Sequence[Block]) -> MeanForm | None:
    """The mean of a source; None where it is made of trees."""
    return _process(source.posterior, [(columns, _settled(source, columns, rows)) for columns, rows in blocks])


def _settled(source: SourceModel, columns: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """An axis' rows (r, w) as a source sees them: where an option never changed there, it has its one value."""
    X = np.zeros((len(rows), len(source.measured.levels)))
    X[:, columns] = rows
    return source.measured.settle(X)[:, columns]


def _process(posterior: object, blocks: Sequence[Block]) -> MeanForm | None:
    match posterior:
        case Posterior(kernel=OptionKernel() as kernel, rows=rows, alpha=alpha):
            return mean_form(kernel, rows.X, alpha, blocks)
        case ProjectedPosterior(kernel=OptionKernel() as kernel, Z=Z, weights=weights):
            return mean_form(kernel, Z, weights, blocks)
    return None
