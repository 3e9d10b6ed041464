"""The gate: how much each expert is believed, so that a bad source cannot hurt.

Experts are weighed by the density that each gave to target rows it had not seen. Transfer has to earn its weight: its
lead counts only as far as it exceeds its own standard error (a soft form of the one-standard-error rule; compare
pseudo-BMA+, Yao et al. 2018, sec. 3.2).
"""

import numpy as np
from scipy.special import expit


def transfer_weight(log_density_transfer: np.ndarray, log_density_alone: np.ndarray) -> float:
    """Weight of the transfer expert, the rest being that of no transfer.

    Parameters
    ----------
    log_density_transfer, log_density_alone
        Leave-one-out log density of each target row under either expert, shape (n,).

    Examples
    --------
    >>> alone = np.zeros(20)
    >>> round(transfer_weight(alone + 1.0, alone), 3), round(transfer_weight(alone - 1.0, alone), 3)
    (1.0, 0.0)
    """
    lead = log_density_transfer - log_density_alone  # (n,)
    standard_error = np.sqrt(len(lead)) * np.std(lead, ddof=1) if len(lead) > 1 else np.inf
    return float(expit(lead.sum() - standard_error - PRIOR_LOG_ODDS))


PRIOR_LOG_ODDS = np.log(3.0)
"""Belief in no transfer before any evidence: 3 to 1."""
