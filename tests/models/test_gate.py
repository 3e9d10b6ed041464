"""Claims about the gate."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from transferperf.models.gate import transfer_weight


def test_without_evidence_transfer_is_not_believed() -> None:
    """Experts that are equally good, or a single row, leave most of the weight with no transfer."""
    assert transfer_weight(np.zeros(10), np.zeros(10)) < 0.3
    assert transfer_weight(np.array([5.0]), np.array([0.0])) == 0.0


@given(lead=st.floats(-3, 3), seed=st.integers(0, 100))
def test_a_larger_lead_never_lowers_the_weight(lead: float, seed: int) -> None:
    """The weight grows with what transfer gains at each left-out row."""
    alone = np.zeros(15)
    noisy = lead + 0.1 * np.random.default_rng(seed).normal(size=15)
    assert transfer_weight(noisy, alone) <= transfer_weight(noisy + 0.5, alone)


def test_a_lead_that_rests_on_one_row_does_not_count() -> None:
    """A gain at a single row is within its own standard error."""
    lead = np.zeros(20)
    lead[0] = 8.0
    assert transfer_weight(lead, np.zeros(20)) < 0.5
