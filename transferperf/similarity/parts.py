"""Each part of the catalogue, computed for one pair: numbers of values and ranks, of validity, of noise."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from transferperf.similarity.catalogue import SHARES
from transferperf.similarity.contrasts import design
from transferperf.similarity.correlations import MEASURES, correlations
from transferperf.similarity.distributions import (
    kl_common_grid,
    kl_own_grid,
    kl_standardised,
    wasserstein,
    wasserstein_standardised,
)
from transferperf.similarity.known import Common
from transferperf.similarity.learner import scaled_distances
from transferperf.similarity.noise import noise
from transferperf.similarity.overlap import regret_of_copying, shared_share, shared_share_published, unseen_regrets
from transferperf.similarity.pair import InteractionChange, OptionChange
from transferperf.similarity.profile import Asked
from transferperf.similarity.resampling import Estimate, attenuated, bootstrap, interval, share, spread
from transferperf.similarity.shift import linear_shift, log_shift
from transferperf.similarity.task import MOST_ROWS, task_correlation
from transferperf.similarity.validity import invalid_shares, validity_correlation_published, validity_models
from transferperf.similarity.values import varies
from transferperf.similarity.verdict import MIN_COMMON


@dataclass(frozen=True, slots=True)
class Found:
    """What a part found."""

    measures: Mapping[str, Estimate]
    options: tuple[OptionChange, ...] = ()
    interactions: tuple[InteractionChange, ...] = ()


def correlation_part(common: Common, asked: Asked) -> Found:
    """M1 and M3."""
    s, t = common.responses
    blocks = correlations(s[None], t[None], asked.seed, asked.n_resamples)[..., 0, 0]  # (measures, 3)
    return Found(
        {
            name: Estimate(float(value), float(low), float(high))
            for name, (value, low, high) in zip(MEASURES, blocks, strict=True)
        }
    )


def divergence_part(common: Common, asked: Asked) -> Found:
    """M2."""
    s, t = common.responses

    def divergences(rows: np.ndarray) -> dict[str, float]:
        a, b = s[rows], t[rows]
        return {
            "kl_published": kl_own_grid(a, b),
            "kl": kl_common_grid(a, b),
            "kl_standardised": kl_standardised(a, b),
        }

    return Found(bootstrap(divergences, len(s), asked.n_fits, asked.draws("divergence", len(s))))


def distance_part(common: Common, asked: Asked) -> Found:
    """Wasserstein's distances."""
    s, t = common.responses

    def moved(rows: np.ndarray) -> dict[str, float]:
        a, b = s[rows], t[rows]
        return {"wasserstein": wasserstein(a, b), "wasserstein_standardised": wasserstein_standardised(a, b)}

    return Found(bootstrap(moved, len(s), asked.n_resamples, asked.draws("distance", len(s))))


def shift_part(common: Common, asked: Asked) -> Found:
    """Lines from source to target; the error that a line leaves is sure as far as the correlation is."""
    s, t = common.responses
    n, draws = len(s), asked.draws("shift", len(s))
    rows = [draws.integers(n, size=n) for _ in range(asked.n_resamples)]
    found: dict[str, Estimate] = {}
    is_positive = (s > 0) & (t > 0)
    for prefix, line, (x, y) in (
        ("", linear_shift, (s, t)),
        ("log_", log_shift, (np.log(s[is_positive]), np.log(t[is_positive]))),
    ):
        drawn = [line(s[some], t[some]) for some in rows]
        for name, value in line(s, t).items():
            found[name] = spread(value, np.array([one[name] for one in drawn]), n)
        error = f"{prefix}shift_error"
        found[error] = _left_error(found[error].value, x, y, asked)
    return Found(found)


def _left_error(value: float, s: np.ndarray, t: np.ndarray, asked: Asked) -> Estimate:
    """The error of the line between s and t (n,) with the interval of their correlation r: it is sqrt(1 - r^2)."""
    if np.isnan(value) or len(s) < MIN_COMMON:
        return Estimate(value)
    _, low, high = correlations(s[None], t[None], asked.seed, asked.n_resamples)[0, :, 0, 0]
    least = 0.0 if low <= 0 <= high else min(abs(low), abs(high))
    ends = [float(np.sqrt(1 - r**2)) for r in (max(abs(low), abs(high)), least)]
    return Estimate(value, min(ends[0], value), max(ends[1], value))


def overlap_part(common: Common, asked: Asked) -> Found:
    """M4, M5, and what copying the best costs: of what was measured, its interval of all that the source knows."""
    sign = 1.0 if asked.lower_is_better else -1.0
    s, t = (sign * y for y in common.responses)
    places = [np.unique(y, return_inverse=True)[1] for y in (s, t)]

    def overlaps(rows: np.ndarray) -> dict[str, float]:
        a, b = (place[np.sort(rows)] + _again(np.sort(rows)) for place in places)
        found: dict[str, float] = {}
        for per_cent in SHARES:
            found[f"best_{per_cent}"] = shared_share(a, b, per_cent / 100)
            found[f"worst_{per_cent}"] = shared_share(-a, -b, per_cent / 100)
        return found | regret_of_copying(s[rows], t[rows])

    found = bootstrap(overlaps, len(s), asked.n_resamples, asked.draws("overlap", len(s)))
    for per_cent in SHARES:
        for which, published in zip(("best", "worst"), shared_share_published(s, t, per_cent / 100), strict=True):
            name = f"{which}_{per_cent}"
            found[name] = _wider(found[name], share(found[name].value, max(1, round(per_cent / 100 * len(s)))))
            found[f"{name}_published"] = Estimate(published)
    if common.n_known > len(s) and varies(s) and varies(t):
        unseen = unseen_regrets(s, t, common.n_known, asked.n_resamples, asked.draws("unseen", len(s)))
        found |= {name: interval(found[name].value, drawn) for name, drawn in unseen.items()}
    return Found(found)


def _wider(a: Estimate, b: Estimate) -> Estimate:
    """One estimate with an interval that holds those of both."""
    return Estimate(a.value, min(a.low, b.low), max(a.high, b.high))


def _again(rows: np.ndarray) -> np.ndarray:
    """For each of the rows drawn, ascending, a small number that grows with its repeats, so that these are no ties."""
    return (np.arange(len(rows)) - np.searchsorted(rows, rows)) / (len(rows) + 1)


def validity_part(common: Common, asked: Asked) -> Found:
    """M15 to M18, on all configurations that were tried in both."""
    source, target = common.is_invalid
    if not len(source):
        return Found({})
    n, draws = len(source), asked.draws("validity", len(source))
    found = bootstrap(lambda rows: invalid_shares(source[rows], target[rows]), n, asked.n_resamples, draws)
    n_either = int((source | target).sum())
    for name, n_of in (("invalid_source", n), ("invalid_target", n), ("invalid_common", n_either)):
        found[name] = share(found[name].value, n_of)
    Z = design(common.X_tried, asked.contrasts(common.X_tried))
    if Z.shape[1]:
        found["validity_correlation_published"] = Estimate(validity_correlation_published(Z, source, target))
        drawn = [
            validity_models(Z[rows], source[rows], target[rows] ^ is_other)
            for rows, is_other in _validity_draws(source != target, asked.n_fits, draws)
        ]
        for name, value in validity_models(Z, source, target).items():
            found[name] = attenuated(value, np.array([one[name] for one in drawn]), n)
        auc = found["validity_auc"].value  # 2 auc - 1 is a correlation of ranks, too
        found["validity_auc"] = _halved(
            attenuated(2 * auc - 1, np.array([2 * one["validity_auc"] - 1 for one in drawn]), n)
        )
    return Found(found)


def _halved(found: Estimate) -> Estimate:
    """A number between -1 and 1 as one between 0 and 1."""
    return Estimate((found.value + 1) / 2, (found.low + 1) / 2, (found.high + 1) / 2)


def _validity_draws(
    differs: np.ndarray, n_draws: int, draws: np.random.Generator
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Resamples of n rows, and which of them are other in the target than was seen, shape (n,) each.

    Of few rows that all agree, some others may not: the share that differs is Jeffreys's posterior, not what was seen.
    """
    n, k = len(differs), int(differs.sum())
    for _ in range(n_draws):
        rows = draws.integers(n, size=n)
        more = max(0.0, draws.beta(k + 0.5, n - k + 0.5) - k / n)
        yield rows, ~differs[rows] & (draws.random(n) < more)


def noise_part(common: Common, asked: Asked) -> Found:
    """Noise of repeats."""
    s, t = common.source, common.target
    n_repeats = np.stack([s.n_repeats, t.n_repeats])

    def ratios(rows: np.ndarray) -> dict[str, float]:
        return noise(s.y[rows], s.variance[rows], t.y[rows], t.variance[rows], n_repeats[:, rows])

    return Found(bootstrap(ratios, len(s), asked.n_resamples, asked.draws("noise", len(s))))


def task_part(common: Common, asked: Asked) -> Found:
    """The correlation of two tasks; of many rows some at random will do."""
    s, t = common.responses
    rows = np.sort(asked.draws("task", len(s)).permutation(len(s))[:MOST_ROWS])
    found = task_correlation(s[rows], t[rows], scaled_distances(common.source.X[rows], asked.is_ordered))
    return Found({"task_correlation": Estimate(*found)})


SIMPLE: dict[str, Callable[[Common, Asked], Found]] = {
    "correlation": correlation_part,
    "divergence": divergence_part,
    "distance": distance_part,
    "shift": shift_part,
    "overlap": overlap_part,
    "validity": validity_part,
    "noise": noise_part,
    "task": task_part,
}
"""Parts that need no profile."""
