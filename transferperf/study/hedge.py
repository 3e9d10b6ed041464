"""Hedges against what a study believes: where nothing better comes, some measurements do not follow the model.

A process that has never seen two values together believes that each acts as it does without the other, and more rows of
the kind that it has do not change its mind. That all pairs occur is what pair-wise sampling asks of a sample (Cohen et
al. 1997, "The AETG system"). Where more than two have to come together nothing tells of it but chance, by which SMAC
asks for every second configuration (Hutter, Hoos & Leyton-Brown 2011, sec. 4.1); here it is asked where it is likelier
to find something better than the model has shown to be. Where the model explains nothing of the rows that it was not
shown, there is nothing to follow, and most measurements are left to chance.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr

from transferperf.models import Prediction
from transferperf.search import distinct, is_among
from transferperf.space import Encoding
from transferperf.study.outlook import LIKELY, Outlook, cost
from transferperf.study.scope import Scope
from transferperf.study.state import State

STALE, EVERY = 8, 4
"""Measurements without a better one after which a study hedges; of how many each one does."""

LEAST_TRIED = 20
"""Configurations from which on it is known that a model explains nothing; it leads one measurement in EVERY then."""

BETTER = 0.05
"""Standard deviations of what was measured, on the latent scale, by which something is better: less is a hair."""

N_DRAWN = 64
"""Configurations drawn by chance, which tell what chance may find; the first that is likely an answer is tried."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class UntriedPairs:
    """Which values of two options were never tried together; of an ordered option, which halves of its range.

    Parameters
    ----------
    start
        Where the values of each option begin in the table of pairs, shape (d,).
    is_ordered
        Whether an option is ordered, shape (d,).
    is_untried
        Whether two values have not been tried together, shape (L, L).
    """

    start: np.ndarray
    is_ordered: np.ndarray
    is_untried: np.ndarray

    @classmethod
    def of(cls, encoding: Encoding, tried: np.ndarray) -> "UntriedPairs":
        """What encoded configurations tried (n, d) leave out."""
        n_values = [2 if option.is_ordered else len(option.levels) for option in encoding.options]
        start = np.concatenate([[0], np.cumsum(n_values)])
        blank = cls(start=start[:-1], is_ordered=encoding.is_ordered, is_untried=np.ones((start[-1],) * 2, dtype=bool))
        Z = blank._one_hot(tried)
        return cls(start=blank.start, is_ordered=blank.is_ordered, is_untried=Z.T @ Z == 0)

    def has(self, X: np.ndarray) -> np.ndarray:
        """Whether encoded configurations X (n, d) try one of the pairs, shape (n,)."""
        Z = self._one_hot(X)
        return ((Z @ self.is_untried) * Z).sum(axis=1) > 0

    def _one_hot(self, X: np.ndarray) -> np.ndarray:
        """Which values configurations have, shape (n, L)."""
        place = self.start + np.where(self.is_ordered, X > 0.5, X).astype(int)
        Z = np.zeros((len(X), len(self.is_untried)), dtype=np.float32)
        np.put_along_axis(Z, place, 1.0, axis=1)
        return Z


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Hedge:
    """What is tried next, whatever the model promises of it.

    Parameters
    ----------
    drawn
        A configuration by chance, encoded, shape (1, d); none in a pair's turn, (0, d).
    pairs
        Pairs of values of which one is tried; None where it is chance's turn.
    why
        Why chance is asked.
    """

    drawn: np.ndarray
    pairs: UntriedPairs | None
    why: str = ""

    @classmethod
    def due(cls, scope: Scope, outlook: Outlook, picked: np.ndarray, best: float) -> "Hedge | None":
        """What is tried next, given what is picked already, encoded (n, d); None where it is not time.

        Pairs and chance take turns, but pairs have those of chance where it is not likelier to beat the `best` latent
        cost than a model is by its record: after n measurements without success that is 1 / (n + 1), by the rule of
        succession. Sources have tried pairs of their own, and a budget that ends where little is to be gained asks for
        nothing else. A model by which held-out rows are no better known than by their mean has one turn in EVERY, in
        which known ones may be measured again.
        """
        state = scope.state
        if len(state.leading_sources) or state.budget.least_gain or state.budget.least_share:
            return None
        X = np.concatenate([state.taken(), picked])
        tried = X[distinct(X)[0]]
        turn, not_yet = divmod(len(tried), EVERY)
        if len(tried) >= LEAST_TRIED and outlook.main.held_out_r2 <= 0:
            drawn = new_by_chance(scope, outlook, tried, len(tried)) if not_yet else tried[:0]
            return cls(drawn=drawn[:1], pairs=None, why="nothing measured tells of the rest") if len(drawn) else None
        n = 0 if not_yet else n_stale(state, outlook)
        if n < STALE:
            return None
        if turn % 2:
            drawn = new_by_chance(scope, outlook, tried, turn)
            if len(drawn) and chance_of_better(outlook.main.predict(drawn), best) > 1 / (n + 1):
                return cls(drawn=drawn[:1], pairs=None, why="nothing better has come")
        return cls(drawn=tried[:0], pairs=UntriedPairs.of(Encoding(state.table.space), tried))

    @property
    def reason(self) -> str:
        """Why such a configuration is tried."""
        return "two values together for the first time" if self.pairs else f"by chance, since {self.why}"

    def tries(self, X: np.ndarray, log_p: np.ndarray) -> np.ndarray:
        """Whether encoded configurations X (n, d) are tried before all others, shape (n,).

        `log_p` is the logarithm of the probability that each is an answer: what likely is none is not tried.
        """
        is_meant = self.pairs.has(X) if self.pairs else is_among(X, self.drawn)
        return is_meant & (log_p >= LIKELY)


def new_by_chance(scope: Scope, outlook: Outlook, tried: np.ndarray, number: int) -> np.ndarray:
    """Encoded configurations by chance, others for each `number`, untried and likely an answer: at most N_DRAWN."""
    drawn = scope.by_chance(number, N_DRAWN)
    return drawn[~is_among(drawn, tried) & (outlook.log_probability(drawn) >= LIKELY)]


def chance_of_better(drawn: Prediction, best: float) -> float:
    """Probability that a configuration drawn by chance has a latent cost below the best.

    The costs of all configurations are taken for normal, with the mean and variance that is believed of those drawn.
    What is believed of each one is not asked: that the model is sure of it may be what is wrong.
    """
    costs = cost(drawn)
    spread = np.sqrt(costs.var() + np.mean(drawn.latent_std**2))  # law of total variance
    return float(ndtr((best - costs.mean()) / spread))


def n_stale(state: State, outlook: Outlook) -> int:
    """Measurements in the target since one came that is as good as the best that met all conditions, but for a hair."""
    X, y = state.outcomes.X, state.outcomes.y
    is_answer = ~np.isnan(y) & outlook.has_met(X)
    costs = np.where(is_answer, state.metric.sign * outlook.main.warping.warp(y), np.inf)
    return len(y) - 1 - int((costs <= costs.min() + BETTER * outlook.main.z.std()).argmax())
