"""Is the same invalid, for many pairs at once: how far invalid regions overlap beyond chance.

The overlap is M17 of Jamshidi et al. (ASE 2017) as the text has it; `validity.py` has its other forms. `e`
environments.
"""

from collections.abc import Sequence

import numpy as np
from scipy import sparse, stats


def region_agreement(tried: Sequence[np.ndarray], is_invalid: Sequence[np.ndarray]) -> np.ndarray:
    """Overlap of invalid configurations of each pair above chance, with its 95 % interval.

    Parameters
    ----------
    tried
        A number for each configuration that was tried in an environment, shape (m,) each.
    is_invalid
        Which of them are invalid, shape (m,) each.

    Returns
    -------
    agreement
        Shape (3, e, e): (J - J0) / (1 - J0) for the overlap J and the J0 of two independent regions, 1 where both are
        the same; Wilson's interval for J. NaN where nothing, or everything, is invalid in one of them.

    Examples
    --------
    >>> tried, is_invalid = np.arange(4), np.array([True, False, False, False])
    >>> float(region_agreement([tried, tried], [is_invalid, is_invalid])[0, 0, 1])
    1.0
    """
    invalid = _incidence(tried, [flags.astype(float) for flags in is_invalid])
    was_tried = _incidence(tried, [np.ones(len(ids)) for ids in tried])
    n = (was_tried @ was_tried.T).toarray()  # (e, e): tried in both
    in_source, both = (invalid @ was_tried.T).toarray(), (invalid @ invalid.T).toarray()
    union = in_source + in_source.T - both
    varies = (in_source > 0) & (in_source < n)
    is_known = varies & varies.T
    with np.errstate(divide="ignore", invalid="ignore"):
        p, q = in_source / n, in_source.T / n
        chance = p * q / (p + q - p * q)
        ends = [(J - chance) / (1 - chance) for J in (both / union, *_wilson(both, union))]
    return np.stack([np.where(is_known, end, np.nan) for end in ends])


def _incidence(ids: Sequence[np.ndarray], values: Sequence[np.ndarray]) -> sparse.csr_array:
    """Values at numbered places, a row for each environment."""
    rows = np.repeat(np.arange(len(ids)), [len(part) for part in ids])
    columns = np.concatenate(ids)
    n_columns = int(columns.max(initial=0)) + 1
    return sparse.csr_array((np.concatenate(values), (rows, columns)), shape=(len(ids), n_columns))


def _wilson(k: np.ndarray, n: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Wilson's 95 % interval of a share of k among n."""
    z = stats.norm.ppf(0.975)
    share = k / n
    middle = share + z**2 / (2 * n)
    half = z * np.sqrt(share * (1 - share) / n + z**2 / (4 * n**2))
    return (middle - half) / (1 + z**2 / n), (middle + half) / (1 + z**2 / n)
