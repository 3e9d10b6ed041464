"""Hypervolume: how much of what several costs may be is beaten by a front, and by how much a measurement adds to it.

All costs are to be small. Of independent normal costs the expected improvement of the hypervolume has a closed form for
any number of them: what no point of the front beats is cut into boxes, and in each box it is a product over the costs.
Symbols: k costs, U (n, k) rows of them, boxes (b, k) each from lower to upper.
"""

import numpy as np
from scipy import special

from transferperf.search.acquisition import log_expected_improvement

LEAST_MARGIN = 0.1
"""Share of the front's span by which the reference at least lies beyond its worst values."""

LARGE = 1e300
"""Stands for infinity where that is taken from itself."""


def is_undominated(U: np.ndarray) -> np.ndarray:
    """Whether no other row of U (n, k) is as good in all costs and better in one, shape (n,)."""
    is_as_good = (U[:, None] <= U).all(axis=-1)  # (n, n): row i beside row j
    is_better = is_as_good & (U[:, None] < U).any(axis=-1)
    return np.asarray(~is_better.any(axis=0))


def reference_point(U: np.ndarray) -> np.ndarray:
    """Costs beyond which nothing counts, shape (k,): the worst of the front of U (n, k), and a margin.

    The margin is the mean gap between neighbours on the front, so that its ends count as much as what lies between them
    (Ishibuchi et al. 2018, "How to specify a reference point in hypervolume calculation", sec. 4). A front without span
    in a cost takes that of all rows, or else 1.

    Examples
    --------
    >>> reference_point(np.array([[0.0, 4.0], [1.0, 2.0], [2.0, 0.0], [9.0, 9.0]]))
    array([3., 6.])
    """
    front = np.unique(U[is_undominated(U)], axis=0)
    spans = np.stack([np.ptp(front, axis=0), np.ptp(U, axis=0), np.ones(U.shape[1])])  # the first that is not 0
    span = spans[(spans > 0).argmax(axis=0), np.arange(U.shape[1])]
    return front.max(axis=0) + span * max(LEAST_MARGIN, 1 / max(1, len(front) - 1))


def open_boxes(U: np.ndarray, reference: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """What lies below the reference (k,) and no row of U (n, k) beats, as disjoint boxes: lower and upper, each (b, k).

    Slices along the last cost, within each of which the same rows count; boxes go on as long as slices hold them.

    Examples
    --------
    >>> lower, upper = open_boxes(np.array([[1.0, 2.0]]), np.array([5.0, 5.0]))
    >>> lower.tolist(), upper.tolist()
    ([[-inf, -inf], [-inf, 2.0]], [[5.0, 2.0], [1.0, 5.0]])
    """
    within = (reference > U).all(axis=1)
    ends = np.array(sorted(_boxes(U[within], tuple(map(float, reference)))))  # (b, 2, k)
    return ends[:, 0], ends[:, 1]


def hypervolume(U: np.ndarray, reference: np.ndarray) -> float:
    """Volume of what is below the reference (k,) and beaten by a row of U (n, k).

    Examples
    --------
    >>> hypervolume(np.array([[1.0, 2.0], [3.0, 1.0]]), np.array([5.0, 5.0]))
    14.0
    """
    if not len(U):
        return 0.0
    ideal = np.minimum(U.min(axis=0), reference)
    lower, upper = (np.maximum(ends, ideal) for ends in open_boxes(U, reference))
    return float(np.prod(reference - ideal) - np.prod(upper - lower, axis=1).sum())


def log_expected_hypervolume(mean: np.ndarray, std: np.ndarray, boxes: tuple[np.ndarray, np.ndarray]) -> np.ndarray:
    """Logarithm of the hypervolume that independent normal costs are expected to add to a front, shape (n,).

    A point y adds the product of (u - max(l, y))^+ over the costs in each box from l to u, which is the difference of
    two improvements: its expectation is EI(u) - EI(l) (Yang et al. 2019, "Efficient computation of expected hypervolume
    improvement", eq. 11 and 13, where boxes are strips; any disjoint boxes do).

    Parameters
    ----------
    mean, std
        Of the costs, shape (n, k).
    boxes
        From `open_boxes`.

    Examples
    --------
    >>> boxes = open_boxes(np.array([[1.0, 2.0], [3.0, 1.0]]), np.array([5.0, 5.0]))
    >>> np.exp(log_expected_hypervolume(np.array([[2.0, 1.5]]), np.array([[0.0, 0.0]]), boxes)).round(6)
    array([0.5])
    """
    lower, upper = boxes
    total = np.zeros((len(mean), len(lower)))
    for j in range(mean.shape[1]):
        edges, places = np.unique(np.concatenate([lower[:, j], upper[:, j]]), return_inverse=True)
        log_ei = log_expected_improvement(mean[:, [j]], std[:, [j]], edges)  # (n, edges)
        at_lower, at_upper = (log_ei[:, half] for half in np.split(places, 2))  # (n, b) each
        ratio = at_lower - np.maximum(at_upper, -LARGE)
        with np.errstate(divide="ignore"):
            total += at_upper + np.log(-np.expm1(np.minimum(ratio, 0.0)))
    return special.logsumexp(total, axis=1)


Box = tuple[tuple[float, ...], tuple[float, ...]]
"""Its lower and its upper corner."""


def _boxes(U: np.ndarray, reference: tuple[float, ...]) -> set[Box]:
    """The boxes of `open_boxes`, for rows U (n, k) that are all below the reference."""
    *others, last = reference
    if not others:
        return {((-np.inf,), (float(U.min(initial=last)),))}
    U = U[is_undominated(U)]
    found: set[Box] = set()
    since: dict[Box, float] = {}  # boxes of the slice at hand, and where each began
    for level in [-np.inf, *map(float, np.unique(U[:, -1]))]:
        here = _boxes(U[U[:, -1] <= level, :-1], tuple(others))
        ended = {box: since.pop(box) for box in since.keys() - here}
        found |= {((*low, start), (*high, level)) for (low, high), start in ended.items()}
        since = {box: since.get(box, level) for box in here}
    return found | {((*low, start), (*high, last)) for (low, high), start in since.items()}
