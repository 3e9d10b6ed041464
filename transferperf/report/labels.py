"""Short names of environments."""

from collections import Counter
from collections.abc import Sequence

from transferperf.space import Environment

MAX_LABEL = 28
"""Longer names are cut in the middle on axes; tables have them in full."""


def short_labels(environments: Sequence[Environment]) -> dict[str, str]:
    """What tells environments apart: text of each -> its factors that are not the same everywhere.

    Examples
    --------
    >>> short_labels([Environment.of({"hardware": "h1", "workload": w}) for w in (8, 32)])
    {'hardware=h1,workload=8': '8', 'hardware=h1,workload=32': '32'}
    """
    n_with = Counter(pair for environment in environments for pair in environment.factors)
    return {
        str(environment): " · ".join(pair[1] for pair in environment.factors if n_with[pair] < len(environments))
        or environment.label
        for environment in environments
    }


def cut_labels(labels: Sequence[str]) -> list[str]:
    """Labels short enough for an axis, unless that makes two of them equal."""
    half = MAX_LABEL // 2
    short = [label if len(label) <= MAX_LABEL else f"{label[:half]}…{label[-half:]}" for label in labels]
    return short if len(set(short)) == len(set(labels)) else list(labels)
