"""Each part of the catalogue, computed for one pair: numbers of values and ranks, of validity, of noise."""

from collections.abc import Callable, Mapping
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
from transferperf.similarity.noise import noise
from transferperf.similarity.overlap import regret_of_copying, shared_share, shared_share_published
from transferperf.similarity.pair import InteractionChange, OptionChange
from transferperf.similarity.profile import Asked
from transferperf.similarity.resampling import Estimate, bootstrap
from transferperf.similarity.shift import linear_shift, log_shift
from transferperf.similarity.task import MOST_ROWS, distances, task_correlation
from transferperf.similarity.validity import invalid_shares, validity_correlation_published, validity_models


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
    """Lines from source to target."""
    s, t = common.responses

    def lines(rows: np.ndarray) -> dict[str, float]:
        return linear_shift(s[rows], t[rows]) | log_shift(s[rows], t[rows])

    return Found(bootstrap(lines, len(s), asked.n_resamples, asked.draws("shift", len(s))))


def overlap_part(common: Common, asked: Asked) -> Found:
    """M4, M5, and what copying the best costs."""
    sign = 1.0 if asked.lower_is_better else -1.0
    s, t = (sign * y for y in common.responses)
    places = [np.unique(y, return_inverse=True)[1] for y in (s, t)]

    def overlaps(rows: np.ndarray) -> dict[str, float]:
        a, b = (place[np.sort(rows)] + _again(np.sort(rows)) for place in places)
        found: dict[str, float] = {}
        for share in SHARES:
            found[f"best_{share}"] = shared_share(a, b, share / 100)
            found[f"worst_{share}"] = shared_share(-a, -b, share / 100)
        return found | regret_of_copying(s[rows], t[rows])

    found = bootstrap(overlaps, len(s), asked.n_resamples, asked.draws("overlap", len(s)))
    for share in SHARES:
        best, worst = shared_share_published(s, t, share / 100)
        found |= {f"best_{share}_published": Estimate(best), f"worst_{share}_published": Estimate(worst)}
    return Found(found)


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
    Z = design(common.X_tried, asked.contrasts(common.X_tried))
    if Z.shape[1]:
        found["validity_correlation_published"] = Estimate(validity_correlation_published(Z, source, target))
        found |= bootstrap(lambda rows: validity_models(Z[rows], source[rows], target[rows]), n, asked.n_fits, draws)
    return Found(found)


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
    found = task_correlation(s[rows], t[rows], distances(common.source.X[rows], asked.is_ordered))
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
