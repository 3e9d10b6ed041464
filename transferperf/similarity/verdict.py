"""What a pair of correlations means, in words; thresholds of Jamshidi et al. (ASE 2017)."""

import math

MIN_COMMON = 4
"""Fewer common configurations than this say nothing."""
STRONG = 0.9
"""Above it a linear shift carries over (M1), or the ranking does (M3)."""
WEAK = 0.5
"""Below it we call two environments unrelated; this one is ours."""


def verdict(n_common: int, pearson: float, spearman: float) -> str:
    """What may be carried over from one environment to another.

    Parameters
    ----------
    n_common
        How many configurations were measured in both.
    pearson, spearman
        Correlations of the values and of the ranks; NaN where there is none.

    Examples
    --------
    >>> verdict(100, 0.97, 0.99), verdict(100, 0.05, 0.44)
    ('linear shift, same ranking', 'unrelated')
    """
    if n_common < MIN_COMMON:
        return f"too few in common: {n_common}, at least {MIN_COMMON} are needed"
    if math.isnan(pearson) or math.isnan(spearman):
        return "no answer: one of the two does not vary"
    largest = max(pearson, spearman, key=abs)
    if largest > STRONG:
        return _strong(pearson, spearman)
    if largest < -STRONG:
        return "reversed"
    if abs(largest) > WEAK:
        return "related" if largest > 0 else "inversely related"
    return "unrelated"


def _strong(pearson: float, spearman: float) -> str:
    if pearson <= STRONG:
        return "same ranking, not linear"
    return "linear shift, same ranking" if spearman > STRONG else "linear shift, other ranking"
