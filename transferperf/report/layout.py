"""What figures and pages lay out alike: the order of environments, and the scale of values."""

import numpy as np
from scipy.cluster.hierarchy import leaves_list, linkage
from scipy.spatial.distance import squareform

LOG_FROM = 10.0
"""Positive values that span more than this factor are drawn on a log scale."""


def cluster_order(values: np.ndarray) -> np.ndarray:
    """Order in which similar environments are neighbours, shape (e,); `values` are correlations (e, e), NaN unknown."""
    if len(values) < 3:
        return np.arange(len(values))
    distance = 1.0 - np.nan_to_num((values + values.T) / 2, nan=0.0)
    np.fill_diagonal(distance, 0.0)
    condensed = squareform(np.maximum(distance, 0.0), checks=False)
    return leaves_list(linkage(condensed, method="average", optimal_ordering=True))


def spans_decades(values: np.ndarray) -> bool:
    """Whether values (n,) are positive and span so much that a log scale is drawn."""
    return bool(len(values) and values.min() > 0 and values.max() > LOG_FROM * values.min())
