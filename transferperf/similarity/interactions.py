"""Do the same options interact: M11 to M14 of Jamshidi et al. (ASE 2017, H3.1 and H3.2), by stepwise linear models.

The study fits `stepwiselm` from a constant, with pairs of options, in each environment. What its table calls
interactions are all terms kept (M11, M12), the constant and the single options among them; M13 are the terms kept in
both, whatever their sign, and M14 is the Pearson correlation of their coefficients, the constant's again among them:
where responses are large it is near 1 of itself. Nothing is corrected for trying all pairs. Corrected: the level is
divided by the number of candidates, only pairs of options count, signs are compared, and coefficients are those of one
model with the terms of both.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from scipy import stats

from transferperf.similarity.contrasts import Contrast

ENTER, REMOVE = 0.05, 0.10
"""p-values below which a term is added, and above which it is dropped: those of Matlab's `stepwiselm`."""
DEPENDENT = 1e-9
"""A column of which less than this part is its own can be left out."""
MOST_TERMS = 2000
"""Candidates; with more options only those that explain most on their own are paired."""
LARGEST_MODEL = 300

Term = tuple[int, ...]
"""Places of the contrasts that are multiplied; one or two."""


@dataclass(frozen=True, slots=True)
class Model:
    """A linear model of some terms.

    Parameters
    ----------
    terms
        In the order in which they were added.
    coefficients
        In the metric's unit, shape (terms,).
    constant
        Response where all contrasts are 0.
    """

    terms: tuple[Term, ...]
    coefficients: np.ndarray
    constant: float

    @property
    def all_terms(self) -> dict[Term, float]:
        """Coefficient of every term, the constant's under ()."""
        return {(): self.constant} | {term: float(b) for term, b in zip(self.terms, self.coefficients, strict=True)}

    @property
    def interactions(self) -> dict[Term, float]:
        """Coefficient of each pair of options."""
        return {term: b for term, b in self.all_terms.items() if len(term) == 2}


def candidates(Z: np.ndarray, contrasts: Sequence[Contrast], y: np.ndarray) -> tuple[Term, ...]:
    """All contrasts of Z (n, c) and their pairs, those of one option left out, shape (terms,).

    Where there are more than `MOST_TERMS`, pairs are of the contrasts that correlate most with y (n,).
    """
    c = len(contrasts)
    most = min(c, int((np.sqrt(8 * MOST_TERMS + 1) - 1) / 2))
    centred = Z - Z.mean(axis=0)
    norms = np.linalg.norm(centred, axis=0)
    explained = np.abs(centred.T @ (y - y.mean())) / np.where(norms > 0, norms, np.inf)
    chosen = sorted(np.argsort(-explained, kind="stable")[:most].tolist())
    pairs = [(i, j) for i, j in combinations(chosen, 2) if contrasts[i].column != contrasts[j].column]
    return (*((j,) for j in range(c)), *pairs)


def columns(Z: np.ndarray, terms: Sequence[Term]) -> np.ndarray:
    """Products of the contrasts Z (n, c) of each term, shape (n, terms)."""
    return np.column_stack([Z[:, list(term)].prod(axis=1) for term in terms]) if terms else np.empty((len(Z), 0))


def stepwise(D: np.ndarray, y: np.ndarray, terms: Sequence[Term], *, corrected: bool = False) -> Model:
    """Linear model by adding, each time, the term of least p-value, and dropping what became superfluous.

    A pair is added after both of its options, and an option is dropped after its pairs (as `stepwiselm` does).

    Parameters
    ----------
    D
        Columns of the candidates, shape (n, terms).
    y
        Responses, shape (n,).
    terms
        The candidates, as from `candidates`: the single options first, each at its own place.
    corrected
        Whether both levels are divided by the number of candidates.
    """
    enter, remove = (level / max(1, len(terms)) if corrected else level for level in (ENTER, REMOVE))
    table = _centred_products(D, y)
    own = np.diag(table).copy()
    parts = np.array([(term[0], term[-1]) for term in terms], dtype=int).reshape(-1, 2)
    state = _State(parts, np.zeros(len(terms), dtype=bool), len(y))
    order: list[int] = []
    for _ in range(2 * LARGEST_MODEL):
        k = state.to_add(table, own, enter) if len(order) < LARGEST_MODEL else None
        if k is None:
            k = state.to_drop(table, remove)
        if k is None:
            break
        _sweep(table, k, back=bool(state.kept[k]))
        state.kept[k] = not state.kept[k]
        order = [*order, k] if state.kept[k] else [i for i in order if i != k]
    coefficients = table[order, -1]
    constant = float(y.mean() - D[:, order].mean(axis=0) @ coefficients)
    return Model(tuple(terms[k] for k in order), coefficients, constant)


def refitted(D: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Least-squares coefficients of columns D (n, terms) beside a constant; NaN where there are too few rows."""
    if len(y) <= D.shape[1] + 1:
        return np.full(D.shape[1], np.nan)
    return np.linalg.lstsq(np.column_stack([np.ones(len(y)), D]), y, rcond=None)[0][1:]


@dataclass(frozen=True, slots=True)
class _State:
    """A model on its way: the options of each term (terms, 2), which terms it has (terms,), and the number of rows."""

    parts: np.ndarray
    kept: np.ndarray
    n: int

    def to_add(self, table: np.ndarray, own: np.ndarray, level: float) -> int | None:
        """The term that lowers the error most, if its p-value is below the level."""
        freedom = self.n - 2 - int(self.kept.sum())
        if freedom < 1 or not len(self.kept):
            return None
        left = np.diag(table)[:-1]
        may = ~self.kept & (left > DEPENDENT * np.maximum(own[:-1], np.finfo(float).tiny)) & self._has_parts()
        gain = np.where(may, table[:-1, -1] ** 2 / np.where(may, left, 1.0), 0.0)
        k = int(np.argmax(gain))
        rest = max(table[-1, -1] - gain[k], 0.0)
        is_noise = gain[k] <= DEPENDENT**1.5 * own[-1]
        if is_noise or _p_of(gain[k], rest, freedom) >= level:
            return None
        return k

    def to_drop(self, table: np.ndarray, level: float) -> int | None:
        """The term that is missed least, if its p-value is above the level."""
        freedom = self.n - 1 - int(self.kept.sum())
        may = self.kept & ~self._is_part()
        if freedom < 1 or not may.any():
            return None
        loss = np.where(may, table[:-1, -1] ** 2 / np.where(may, -np.diag(table)[:-1], 1.0), np.inf)
        k = int(np.argmin(loss))
        return k if _p_of(loss[k], max(table[-1, -1], 0.0), freedom) > level else None

    def _has_parts(self) -> np.ndarray:
        """Terms of single options, and pairs of options that are both in the model."""
        return self._is_single() | self.kept[self.parts].all(axis=1)

    def _is_part(self) -> np.ndarray:
        """Single options that a pair in the model has."""
        used = self.parts[self.kept & ~self._is_single()]
        return np.isin(np.arange(len(self.kept)), used)

    def _is_single(self) -> np.ndarray:
        return self.parts[:, 0] == self.parts[:, 1]


def _p_of(gain: float, rest: float, freedom: int) -> float:
    """p-value of the F test that one term explains `gain` by chance."""
    return float(stats.f.sf(gain * freedom / rest, 1, freedom)) if rest > 0 else 0.0


def _centred_products(D: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Sums of products of all columns and y around their means, shape (terms + 1, terms + 1)."""
    both = np.column_stack([D, y])
    both = both - both.mean(axis=0)
    return both.T @ both


def _sweep(table: np.ndarray, k: int, *, back: bool) -> None:
    """Take term k into the model, or out of it, in place (Goodnight 1979): -1 / own error stands on the diagonal."""
    pivot = table[k, k]
    row = table[k] / pivot
    table -= np.outer(table[:, k], row)
    table[k] = -row if back else row
    table[:, k] = table[k]
    table[k, k] = -1.0 / pivot
