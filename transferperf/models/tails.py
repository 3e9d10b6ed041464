"""Heavy tails: a few measurements that are off by more than noise should not bend a model.

Noise of Student's t is normal noise of a scale that each row draws for itself; a row that is far off has drawn a large
one, and so counts less (Lange, Little & Taylor 1989, sec. 3).
"""

import numpy as np
import torch
from scipy import stats

from transferperf.models.evidence import Evidence
from transferperf.models.posterior import Posterior
from transferperf.models.rows import Rows

DOF = 4.0
"""Degrees of freedom of heavy tails."""

LEAD = 5.0
"""Log likelihood by which heavy tails have to describe the held-out rows better than normal ones: strong evidence."""


def are_heavy(evidence: Evidence, rows: Rows) -> bool:
    """Whether held-out rows, in units of what was expected, scatter like Student's t rather than normally."""
    seen = ~rows.is_capped.numpy()
    r = ((rows.z.numpy() - evidence.mean) / np.sqrt(evidence.variance))[seen]
    if len(r) < 10 or not r.any():
        return False
    normal = stats.norm.logpdf(r, 0, np.sqrt(np.mean(r**2))).sum()
    scales = np.sqrt(np.mean(r**2)) * np.geomspace(0.2, 1.0, 9)
    return max(stats.t.logpdf(r, DOF, 0, scale).sum() for scale in scales) > normal + LEAD


def reweigh(posterior: Posterior, known: torch.Tensor) -> Rows:
    """The posterior's rows, those that are far off with more noise than is `known` (n,)."""
    rows, noise = posterior.rows, posterior.noise
    mean, _ = posterior.leave_one_out()
    squares = (rows.z - mean).square() / (noise + known)
    scale = ((DOF + squares) / (DOF + 1)).clamp_min(1.0)  # 1 / E[precision], never below the noise itself
    further = torch.where(rows.is_capped, rows.known, known + (noise + known) * (scale - 1))
    return Rows(rows.X, rows.z, further, rows.is_capped)
