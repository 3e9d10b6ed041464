"""Search: the configurations of a pool or a space for which a score is largest."""

from transferperf.search.acquisition import (
    learned,
    log_expected_improvement,
    log_expected_knowledge,
    log_probability_below,
    lower_confidence_bound,
)
from transferperf.search.answer import Allowed, Found, Score, distinct, is_among
from transferperf.search.grid import Grid
from transferperf.search.local import Guided, best_of_space
from transferperf.search.pool import Pool
from transferperf.search.proof import Bound, Conditions, prove
from transferperf.search.where import Where

__all__ = [
    "Allowed",
    "Bound",
    "Conditions",
    "Found",
    "Grid",
    "Guided",
    "Pool",
    "Score",
    "Where",
    "best_of_space",
    "distinct",
    "is_among",
    "learned",
    "log_expected_improvement",
    "log_expected_knowledge",
    "log_probability_below",
    "lower_confidence_bound",
    "prove",
]
