"""Claims about what figures and pages lay out alike."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from transferperf.report import cluster_order


@given(seed=st.integers(0, 1000))
def test_similar_environments_become_neighbours(seed: int) -> None:
    """Two groups that were mixed stand apart in the order, whatever the mixture."""
    group = np.random.default_rng(seed).permutation([0, 0, 0, 0, 1, 1, 1])
    values = np.where(group[:, None] == group, 0.9, -0.1)
    np.fill_diagonal(values, 1.0)
    assert np.count_nonzero(np.diff(group[cluster_order(values)])) == 1


@pytest.mark.parametrize("e", [1, 2, 5])
def test_unknown_correlations_can_be_ordered(e: int) -> None:
    """A map without a single answer still has an order of all its environments."""
    assert sorted(cluster_order(np.full((e, e), np.nan))) == list(range(e))
