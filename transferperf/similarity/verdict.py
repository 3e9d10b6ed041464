"""What carries over from one environment to another: one class for each pair, and its words.

The classes are those that Jamshidi et al. (ASE 2017, section VIII-A) see from small to severe changes: a linear shift,
other knowledge of values, options that matter in both, the invalid region, nothing. A pair belongs to the first that
its evidence reaches. Where the interval of the evidence also allows others, the words name them.

`p` pairs.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy import stats

MIN_COMMON = 4
"""Fewer common configurations than this say nothing."""
STRONG = 0.9
"""Above it a linear shift carries over (M1), or the ranking does (M3)."""
WEAK = 0.5
"""Above it options matter alike, or invalid regions agree; this one is ours."""
KINDS = ("linear shift", "monotone", "same options matter", "only the invalid region", "nothing")
"""The classes, the most that carries over first."""
NO_ANSWER = "no answer"
"""In the place of a class where nothing can be said; the words say why."""
EVIDENCE = {"pearson": STRONG, "spearman": STRONG, "options": WEAK, "invalid": WEAK}
"""What shows each class but the last, and from where on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What carries over between two environments.

    Parameters
    ----------
    kind
        One of `KINDS`, or `NO_ANSWER`.
    others
        Further classes that the intervals allow, in the order of `KINDS`.
    words
        The same for a reader.
    """

    kind: str
    others: tuple[str, ...] = ()
    words: str = ""

    @property
    def is_certain(self) -> bool:
        """Whether the intervals allow this class only."""
        return self.kind != NO_ANSWER and not self.others


def verdict(n_common: int, pearson: float, spearman: float) -> Verdict:
    """The verdict on one pair of which only the correlations are known.

    Parameters
    ----------
    n_common
        How many configurations were measured in both.
    pearson, spearman
        Correlations of the values and of the ranks; NaN where there is none.

    Examples
    --------
    >>> verdict(100, 0.97, 0.99).words, verdict(100, 0.05, 0.44).kind
    ('linear shift, same ranking', 'nothing')
    """
    found = {"pearson": np.full((3, 1), pearson), "spearman": np.full((3, 1), spearman)}
    return verdicts(np.array([n_common]), found)[0]


def verdicts(n_common: np.ndarray, evidence: Mapping[str, np.ndarray]) -> list[Verdict]:
    """The verdict on each of p pairs.

    Parameters
    ----------
    n_common
        How many configurations were measured in both, shape (p,).
    evidence
        Names of `EVIDENCE` -> estimate, lower and upper end, shape (3, p); what is missing or NaN is no evidence.
        Intervals of correlations are widened to Fisher's, since a bootstrap of few rows is too sure.
    """
    n_pairs = len(n_common)
    at, low, high = (np.full((len(EVIDENCE), n_pairs), np.nan) for _ in range(3))
    for k, name in enumerate(EVIDENCE):
        if name in evidence:
            ends = evidence[name]
            at[k], low[k], high[k] = strengths(ends, n_common, is_rank=name == "spearman") if k < 2 else ends
    limits = np.array(list(EVIDENCE.values()))[:, None]
    is_there, is_sure, is_possible = (values >= limits for values in (at, low, high))  # NaN is none of them
    is_known = ~np.isnan(at[0]) | is_there[3]
    kinds = np.where(is_there.any(axis=0), is_there.argmax(axis=0), len(EVIDENCE))
    missing = np.zeros((1, n_pairs), dtype=bool)
    excluded = np.cumsum(np.vstack([missing, is_sure]), axis=0) > 0  # a surer one stands before it
    allowed = np.vstack([is_possible, ~missing]) & ~excluded  # (kinds, p)
    correlations = (np.asarray(evidence[name][0]) for name in ("pearson", "spearman"))
    return [
        _with_words(int(kind), np.flatnonzero(may), r, rho) if known else _unknown(int(n))
        for kind, may, known, n, r, rho in zip(kinds, allowed.T, is_known, n_common, *correlations, strict=True)
    ]


def strengths(ends: np.ndarray, n: np.ndarray, *, is_rank: bool) -> np.ndarray:
    """Size of correlations (3, p) of n (p,) rows without their sign, with intervals that hold Fisher's; (3, p).

    Ranks of few rows agree fully by chance: their correlation counts as that of one exchange of neighbours.
    """
    (estimate, low, high), n = ends, np.maximum(n, MIN_COMMON)
    most = 1 - 12 / (n * (n**2 - 1.0)) if is_rank else 1 - 1e-12
    z = np.arctanh(np.clip(np.abs(estimate), None, most))
    half = stats.norm.ppf(0.975) * (1.06 if is_rank else 1.0) / np.sqrt(n - 3)  # Fieller et al. 1957 for ranks
    spans_zero = (low <= 0) & (high >= 0)
    smallest = np.where(spans_zero, 0.0, np.minimum(np.abs(low), np.abs(high)))
    largest = np.maximum(np.abs(low), np.abs(high))
    fisher = np.tanh(np.maximum(z - half, 0.0)), np.tanh(z + half)
    return np.stack([np.abs(estimate), np.minimum(smallest, fisher[0]), np.maximum(largest, fisher[1])])


def _unknown(n_common: int) -> Verdict:
    if n_common < MIN_COMMON:
        return Verdict(kind=NO_ANSWER, words=f"too few in common: {n_common}, at least {MIN_COMMON} are needed")
    return Verdict(kind=NO_ANSWER, words="no answer: one of the two does not vary")


def _with_words(kind: int, allowed: np.ndarray, pearson: float, spearman: float) -> Verdict:
    others = tuple(KINDS[k] for k in allowed if k != kind)
    words = (_linear, _monotone, _options, _region, _nothing)[kind](pearson, spearman)
    if others:
        words += f" (uncertain: or {' or '.join(others)})"
    return Verdict(kind=KINDS[kind], others=others, words=words)


def _linear(pearson: float, spearman: float) -> str:
    if abs(spearman) <= STRONG or pearson * spearman < 0:
        return f"linear shift{' of negative slope' if pearson < 0 else ''}, other ranking"
    return "linear shift, same ranking" if pearson > 0 else "linear shift of negative slope, reversed ranking"


def _monotone(_: float, spearman: float) -> str:
    return "same ranking, not linear" if spearman > 0 else "reversed ranking, not linear"


def _options(*_: float) -> str:
    return "same options matter, their values do not carry over"


def _region(*_: float) -> str:
    return "only the invalid region carries over"


def _nothing(*_: float) -> str:
    return "nothing carries over"
