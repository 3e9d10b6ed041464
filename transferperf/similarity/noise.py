"""How much of what was measured is noise: the noise ratio of Jamshidi et al. (ASE 2017), from repeats.

The study divides the mean variance of repeats in the source by that in the target, on the metric's own scale, where the
slowest configurations count most; the ratio of relative deviations is given beside it. Noise also limits what M1 can
be.
"""

import numpy as np


def noise(
    s: np.ndarray, variance_s: np.ndarray, t: np.ndarray, variance_t: np.ndarray, n_repeats: np.ndarray
) -> dict[str, float]:
    """Ratio of noise between source and target, and the largest correlation that it allows.

    Parameters
    ----------
    s, t
        Means of the repeats in the source and the target, shape (n,).
    variance_s, variance_t
        Variance of the repeats, NaN where there is one, shape (n,).
    n_repeats
        How many repeats stand behind each mean, shape (2, n).

    Returns
    -------
    noise
        `noise_ratio` as published, `noise_ratio_relative` of median relative deviations, `noise_source` and
        `noise_target` (median relative deviations), `pearson_ceiling`; NaN where no configuration was repeated.
    """
    relative = [_median(np.sqrt(v) / np.abs(y)) for y, v in ((s, variance_s), (t, variance_t))]
    reliabilities = [
        _reliability(y, v, n) for y, v, n in ((s, variance_s, n_repeats[0]), (t, variance_t, n_repeats[1]))
    ]
    return {
        "noise_ratio": _ratio(_mean(variance_s), _mean(variance_t)),
        "noise_ratio_relative": _ratio(*relative),
        "noise_source": relative[0],
        "noise_target": relative[1],
        "pearson_ceiling": float(np.sqrt(np.prod(reliabilities))),
    }


def _reliability(y: np.ndarray, variance: np.ndarray, n_repeats: np.ndarray) -> float:
    """Share of the variance of means y (n,) that is no noise, from 0 to 1."""
    spread, error = float(np.var(y)), _mean(variance / n_repeats)
    return max(0.0, 1.0 - error / spread) if spread > 0 and not np.isnan(error) else float("nan")


def _mean(values: np.ndarray) -> float:
    known = values[np.isfinite(values)]
    return float(known.mean()) if len(known) else float("nan")


def _median(values: np.ndarray) -> float:
    known = values[np.isfinite(values)]
    return float(np.median(known)) if len(known) else float("nan")


def _ratio(above: float, below: float) -> float:
    return above / below if below > 0 else float("nan")
