"""The gate: how much each expert is believed, so that a bad source cannot hurt.

Experts are weighed by the density that each gave to target rows it had not seen. Those that use the target alone are
stacked, and so are those that transfer (Yao et al. 2018, sec. 2). Then transfer has to earn its weight before two
witnesses: its lead in density, which counts only as far as it exceeds its own standard error (a soft form of the
one-standard-error rule), and smaller absolute errors at held-out rows, by two standard errors; by less where the
sources have told of one another, and where rows are too few to show that much.

Symbols: n rows, k experts, D (k, n) log densities of held-out rows.
"""

import numpy as np
from scipy.special import expit, logsumexp

PRIOR_ROWS = 0.5
"""How many rows the belief in each expert of a group is worth before any evidence."""

PAID, HURT = 0.5, 1.5
"""Belief before any evidence, as if transfer had paid and hurt in so many trials: 3 to 1 for no transfer."""

N_STEPS = 200
"""Steps of expectation and maximisation; each weight then moves in its fifth digit."""


SHARPNESS, STANDARD_ERRORS = 2.0, 2.0
"""How steeply the belief turns, and at how many standard errors of a gain in error where nothing is known."""

UNTRIED = float(np.log(PAID / HURT))
"""Log odds that transfer pays where nothing is known of the system."""

LENIENT, STRICT = 3, 12
"""Rows up to which no standard error is asked for, and from which on all of them are."""


def weigh(
    D: np.ndarray, transfers: np.ndarray, prior_log_odds: float = UNTRIED, deviations: np.ndarray | None = None
) -> np.ndarray:
    """Weights of k experts, which sum to 1.

    Parameters
    ----------
    D
        Log density of each held-out row under each expert, shape (k, n).
    transfers
        Whether each expert uses the sources, shape (k,).
    prior_log_odds
        Belief that transfer pays, before any evidence.
    deviations
        How far each expert was off each held-out value, shape (k, n); only the density counts where they are not given.

    Examples
    --------
    >>> alone, other = np.zeros(20), np.ones(20)
    >>> weigh(np.stack([alone, alone + other]), np.array([False, True]), 0.0).round(3)
    array([0., 1.])
    """
    weights = np.zeros(len(D))
    for group in (transfers, ~transfers):
        if group.any():
            weights[group] = stack(D[group])
    if transfers.all() or not transfers.any():
        return weights
    lead = mixed(D[transfers], weights[transfers]) - mixed(D[~transfers], weights[~transfers])
    share = transfer_weight(lead, prior_log_odds)
    if deviations is not None:
        off = [np.abs(weights[group] @ deviations[group]) for group in (~transfers, transfers)]  # (n,) each
        share *= error_witness(off[0] - off[1], prior_log_odds)
    return weights * np.where(transfers, share, 1 - share)


def stack(D: np.ndarray) -> np.ndarray:
    """The weights (k,) under which the mixture is most likely a posteriori, by expectation and maximisation."""
    weights, likelihood = np.full(len(D), 1 / len(D)), np.exp(D - D.max(0))
    for _ in range(N_STEPS):
        share = weights[:, None] * likelihood  # (k, n): whose each row is
        weights = (share / share.sum(0)).sum(1) + PRIOR_ROWS
        weights /= weights.sum()
    return weights


def mixed(D: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Log density of each row under the mixture, shape (n,)."""
    return logsumexp(D, axis=0, b=weights[:, None])


def transfer_weight(lead: np.ndarray, prior_log_odds: float) -> float:
    """Weight of the experts that transfer, the rest being that of no transfer.

    Parameters
    ----------
    lead
        How much denser each held-out row is under the former, as a logarithm; shape (n,).

    Examples
    --------
    >>> round(transfer_weight(np.ones(20), 0.0), 3), round(transfer_weight(-np.ones(20), 0.0), 3)
    (1.0, 0.0)
    """
    asked = strictness(len(lead)) * np.sqrt(len(lead)) * np.std(lead, ddof=1) if len(lead) > 1 else np.inf
    return float(expit(lead.sum() - asked + prior_log_odds))


def error_witness(gain: np.ndarray, prior_log_odds: float = UNTRIED) -> float:
    """How far smaller errors speak for transfer, between 0 and 1.

    Nothing is asked of them once the sources have raised the log odds by one, twice as much where they lowered them so.

    Parameters
    ----------
    gain
        How much smaller the absolute error at each held-out row is with transfer, shape (n,).

    Examples
    --------
    >>> gain = np.array([1.0, 1.1, 0.9, 1.0])
    >>> round(error_witness(gain), 3), round(error_witness(-gain), 3)
    (1.0, 0.0)
    """
    if len(gain) < 2:
        return 0.0
    standard_error = np.std(gain, ddof=1) / np.sqrt(len(gain))
    asked = strictness(len(gain)) * STANDARD_ERRORS * (1 - (prior_log_odds - UNTRIED))
    return float(expit(SHARPNESS * (gain.mean() / max(standard_error, 1e-300) - asked)))


def strictness(n_rows: int) -> float:
    """Share of the standard errors that are asked for: three rows cannot show them, and say little by themselves.

    Examples
    --------
    >>> strictness(3), strictness(12), strictness(100)
    (0.0, 1.0, 1.0)
    """
    return min(1.0, max(0.0, (n_rows - LENIENT) / (STRICT - LENIENT)))
