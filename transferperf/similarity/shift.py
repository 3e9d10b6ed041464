"""The linear shift from source to target, on the metric's scale and on that of its logarithm.

Jamshidi et al. (ASE 2017, section III) write the simplest transfer as f(c, target) = a f(c, source) + b and judge it by
the correlation alone (M1, H1.1). Here are `a` and `b` themselves, and the error that is left; on logarithms a slope of
1 means that the target is a multiple of the source.
"""

import numpy as np

from transferperf.similarity.values import varies

NAMES = ("slope", "intercept", "shift_error")


def linear_shift(s: np.ndarray, t: np.ndarray) -> dict[str, float]:
    """Slope, intercept and error of the least-squares line from s (n,) to t (n,); NaN where s does not vary.

    The error is the share of the target's deviation that the line leaves: 0 is a perfect shift, 1 none.

    Examples
    --------
    >>> shift = linear_shift(np.array([1.0, 2.0, 4.0]), np.array([5.0, 7.0, 11.0]))
    >>> [round(value, 6) + 0.0 for value in shift.values()]
    [2.0, 3.0, 0.0]
    """
    if not varies(s):
        return dict.fromkeys(NAMES, float("nan"))
    centred = s - s.mean()
    slope = float(centred @ t / (centred @ centred))
    intercept = float(t.mean() - slope * s.mean())
    left = float(np.std(t - slope * s - intercept) / np.std(t)) if varies(t) else float("nan")
    return dict(zip(NAMES, (slope, intercept, left), strict=True))


def log_shift(s: np.ndarray, t: np.ndarray) -> dict[str, float]:
    """The same between logarithms, names with `log_`; rows that are not above 0 in both are left out."""
    is_positive = (s > 0) & (t > 0)
    found = linear_shift(np.log(s[is_positive]), np.log(t[is_positive]))
    return {f"log_{name}": value for name, value in found.items()}
