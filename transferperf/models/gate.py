"""The gate: how much each expert is believed, so that a bad source cannot hurt.

Experts are weighed by the density that each gave to target rows it had not seen. Those that use the target alone are
stacked, and so are those that transfer (Yao et al. 2018, sec. 2); then transfer has to earn its weight: its lead counts
only as far as it exceeds its own standard error (a soft form of the one-standard-error rule).

Symbols: n rows, k experts, D (k, n) log densities of held-out rows.
"""

import numpy as np
from scipy.special import expit, logsumexp

PRIOR_ROWS = 0.5
"""How many rows the belief in each expert of a group is worth before any evidence."""

PRIOR_LOG_ODDS = np.log(3.0)
"""Belief in no transfer before any evidence: 3 to 1."""

N_STEPS = 200
"""Steps of expectation and maximisation; each weight then moves in its fifth digit."""


def weigh(D: np.ndarray, transfers: np.ndarray) -> np.ndarray:
    """Weights of k experts, which sum to 1.

    Parameters
    ----------
    D
        Log density of each held-out row under each expert, shape (k, n).
    transfers
        Whether each expert uses the sources, shape (k,).

    Examples
    --------
    >>> alone, other = np.zeros(20), np.ones(20)
    >>> weigh(np.stack([alone, alone + other]), np.array([False, True])).round(3)
    array([0., 1.])
    """
    weights = np.zeros(len(D))
    for group in (transfers, ~transfers):
        if group.any():
            weights[group] = stack(D[group])
    if transfers.all() or not transfers.any():
        return weights
    share = transfer_weight(mixed(D[transfers], weights[transfers]), mixed(D[~transfers], weights[~transfers]))
    return weights * np.where(transfers, share, 1 - share)


def stack(D: np.ndarray) -> np.ndarray:
    """The weights (k,) under which the mixture is most likely a posteriori, by expectation and maximisation."""
    weights = np.full(len(D), 1 / len(D))
    for _ in range(N_STEPS):
        with np.errstate(divide="ignore"):
            log_share = D + np.log(weights)[:, None]
        share = np.exp(log_share - logsumexp(log_share, axis=0))  # (k, n): whose each row is
        weights = share.sum(1) + PRIOR_ROWS
        weights /= weights.sum()
    return weights


def mixed(D: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Log density of each row under the mixture, shape (n,)."""
    return logsumexp(D, axis=0, b=weights[:, None])


def transfer_weight(log_density_transfer: np.ndarray, log_density_alone: np.ndarray) -> float:
    """Weight of the experts that transfer, the rest being that of no transfer.

    Parameters
    ----------
    log_density_transfer, log_density_alone
        Log density of each held-out row under either mixture, shape (n,).

    Examples
    --------
    >>> alone = np.zeros(20)
    >>> round(transfer_weight(alone + 1.0, alone), 3), round(transfer_weight(alone - 1.0, alone), 3)
    (1.0, 0.0)
    """
    lead = log_density_transfer - log_density_alone  # (n,)
    standard_error = np.sqrt(len(lead)) * np.std(lead, ddof=1) if len(lead) > 1 else np.inf
    return float(expit(lead.sum() - standard_error - PRIOR_LOG_ODDS))
