"""Is the same invalid: M15 to M18 of Jamshidi et al. (ASE 2017, H4.1 and H4.2), on configurations tried in both.

The paper's M17 is the share of invalid configurations that are common. The code of the study divides the rows that are
not valid in both by those that are invalid in one, which is 1 whatever the data; for SaC it computes the overlap. The
paper's M18 correlates coefficients of logistic models without penalty, which grow without end where validity can be
told perfectly: they are what Matlab's iteration holds where it gives up. Whether a model of the source tells the
target's invalid configurations is `validity_auc`.
"""

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from transferperf.similarity.values import varies

N_STEPS, TOLERANCE = 100, 1e-6
"""Where Matlab's `mnrfit` gives up."""
EDGE = float(np.finfo(float).eps)
"""Probabilities are kept this far from 0 and 1."""


def invalid_shares(is_invalid_s: np.ndarray, is_invalid_t: np.ndarray) -> dict[str, float]:
    """M15, M16 and M17, for whether each configuration is invalid in source and target, shape (n,) each.

    Returns
    -------
    shares
        `invalid_source`, `invalid_target`; `invalid_common_published`, which is 1; `invalid_common`, the overlap
        |S and T| / |S or T|, and `invalid_common_chance`, what it would be if both were independent. The last three are
        NaN where nothing is invalid.

    Examples
    --------
    >>> shares = invalid_shares(np.array([True, True, False, False]), np.array([True, False, False, False]))
    >>> shares["invalid_common"], round(shares["invalid_common_chance"], 3)
    (0.5, 0.2)
    """
    p, q = float(is_invalid_s.mean()), float(is_invalid_t.mean())
    union = float((is_invalid_s | is_invalid_t).mean())
    both = float((is_invalid_s & is_invalid_t).mean())
    by_chance = p * q / (p + q - p * q) if union else float("nan")
    return {
        "invalid_source": p,
        "invalid_target": q,
        "invalid_common_published": 1.0 if union else float("nan"),
        "invalid_common": both / union if union else float("nan"),
        "invalid_common_chance": by_chance,
    }


def validity_correlation_published(Z: np.ndarray, is_invalid_s: np.ndarray, is_invalid_t: np.ndarray) -> float:
    """M18 as published: correlation of coefficients of logistic models without a penalty, the constant's among them.

    `Z` (n, c) are the columns of the models, the others say what is invalid in source and target, shape (n,). NaN where
    everything or nothing is invalid in one of them.
    """
    if not _both_vary(is_invalid_s, is_invalid_t):
        return float("nan")
    return correlation(*(logistic_coefficients(Z, y) for y in (is_invalid_s, is_invalid_t)))


def validity_models(Z: np.ndarray, is_invalid_s: np.ndarray, is_invalid_t: np.ndarray) -> dict[str, float]:
    """Do penalised logistic models of being invalid agree; arguments as of `validity_correlation_published`.

    Returns
    -------
    agreement
        `validity_correlation` of their coefficients, without the constant; `validity_auc`, how well the source's model
        ranks the target's invalid configurations.
    """
    if not _both_vary(is_invalid_s, is_invalid_t):
        return dict.fromkeys(("validity_correlation", "validity_auc"), float("nan"))
    exact = {"solver": "newton-cholesky", "tol": 1e-9}  # an option that tells nothing must not rank configurations
    source, target = (LogisticRegression(**exact).fit(Z, y) for y in (is_invalid_s, is_invalid_t))
    return {
        "validity_correlation": correlation(source.coef_[0], target.coef_[0]),
        "validity_auc": float(roc_auc_score(is_invalid_t, source.decision_function(Z).round(6))),
    }


def _both_vary(is_invalid_s: np.ndarray, is_invalid_t: np.ndarray) -> bool:
    return all(varies(y.astype(float)) for y in (is_invalid_s, is_invalid_t))


def correlation(a: np.ndarray, b: np.ndarray) -> float:
    """Pearson correlation of a and b (n,); NaN where one does not vary or there are fewer than three."""
    return float(np.corrcoef(a, b)[0, 1]) if len(a) > 2 and varies(a) and varies(b) else float("nan")


def logistic_coefficients(Z: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Constant and coefficients of a logistic model of y (n,) on Z (n, c) without a penalty, shape (c + 1,).

    By iterated weighted least squares, as `mnrfit` does; where Z tells y perfectly they are those of the last step.
    """
    D = np.column_stack([np.ones(len(Z)), Z])
    p = (y + 0.5) / 2
    eta, beta = np.log(p / (1 - p)), np.zeros(D.shape[1])
    for _ in range(N_STEPS):
        root = np.sqrt(p * (1 - p))
        before, beta = beta, np.linalg.lstsq(D * root[:, None], root * eta + (y - p) / root, rcond=None)[0]
        if np.abs(beta - before).max() < TOLERANCE:
            break
        eta = D @ beta
        p = np.clip(1 / (1 + np.exp(-np.clip(eta, -36, 36))), EDGE, 1 - EDGE)
    return beta
