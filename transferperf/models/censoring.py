"""Values at a timeout's cap: all that is known is that they are larger.

Each capped row is stood for by a Gaussian site whose mean and variance match those of the truncated posterior:
expectation propagation (Minka 2001; for this likelihood, R & W sec. 3.6, with the cap in place of 0).
"""

import numpy as np
import torch
from scipy import stats

from transferperf.models.posterior import Posterior
from transferperf.models.rows import Rows

N_SWEEPS, DAMPING = 4, 0.7
"""Sweeps over all sites, and how far each moves toward its new place."""


VAGUE = 100.0
"""Variance of a site that says nothing yet, in units of the standardised z."""


def open_sites(rows: Rows, cap: float) -> Rows:
    """The rows with sites that say nothing yet for those at the cap: few sweeps lead from there to the answer.

    From the cap itself it takes the more sweeps, the less noise there is.
    """
    z, known = rows.z.masked_fill(rows.is_capped, cap), rows.known.masked_fill(rows.is_capped, VAGUE)
    return Rows(rows.X, z, known, rows.is_capped)


def match_sites(posterior: Posterior, cap: float) -> Rows:
    """The posterior's rows with sites for those at the cap, a latent value, moved by one sweep."""
    rows, noise = posterior.rows, posterior.noise
    at = rows.is_capped.numpy()
    mean, variance = (moment.numpy()[at] for moment in posterior.leave_one_out())
    known, z = rows.known.numpy().copy(), rows.z.numpy().copy()
    site_mean, site_variance = _truncated(mean, np.maximum(variance - noise - known[at], 1e-9), noise, cap)
    precision = DAMPING / site_variance + (1 - DAMPING) / (noise + known[at])
    z[at] = (DAMPING * site_mean / site_variance + (1 - DAMPING) * z[at] / (noise + known[at])) / precision
    known[at] = np.maximum(1 / precision - noise, 0.0)
    return Rows(rows.X, torch.as_tensor(z), torch.as_tensor(known), rows.is_capped)


def _truncated(mean: np.ndarray, variance: np.ndarray, noise: float, cap: float) -> tuple[np.ndarray, np.ndarray]:
    """Mean and variance of the sites of responses with cavity moments (n,) that measured above the cap: each (n,)."""
    spread = np.sqrt(variance + noise)
    zeta = (mean - cap) / spread
    ratio = np.exp(stats.norm.logpdf(zeta) - stats.norm.logcdf(zeta))
    tilted_mean = mean + variance * ratio / spread  # R & W, eq. 3.85
    tilted_variance = variance - variance**2 * ratio / (variance + noise) * (zeta + ratio)  # eq. 3.87
    tilted_variance = np.clip(tilted_variance, 1e-9, variance * (1 - 1e-9))
    site_variance = 1 / (1 / tilted_variance - 1 / variance)
    return site_variance * (tilted_mean / tilted_variance - mean / variance), np.clip(site_variance, noise + 1e-9, 1e8)
