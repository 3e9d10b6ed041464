"""What to measure next: a state and what is believed in, suggestions out; nothing is remembered.

Symbols: X (n, d) encoded configurations; the cost of a latent value z is sign * z, so that smaller is better.
"""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import islice
from types import MappingProxyType

import numpy as np
import pandas as pd

from transferperf.data.table import Samples
from transferperf.errors import BudgetError
from transferperf.models import TransferPredictor
from transferperf.search import Grid, Pool, Score, is_among
from transferperf.space import ConfigurationSpace, Environment, Value
from transferperf.study.course import in_turn
from transferperf.study.outlook import LIKELY, Outlook, cost
from transferperf.study.scope import Scope, first
from transferperf.study.several import additions
from transferperf.study.standing import Pick, Picks, Standing
from transferperf.study.state import State

N_PROMISING = 128
"""Measured configurations, those with the best values, among which the one that is believed to be the best is found."""

UNLIKELY = 1e6
"""By how much a configuration is worse that is likely no answer, on the latent scale."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Suggestion(Mapping[str, Value]):
    """A configuration to measure: option -> value, equal to any mapping that says the same.

    Parameters
    ----------
    configuration
        Option -> value.
    environment
        Where to measure it.
    reason
        Why, in a few words.
    expected_gain, expected_share
        By how much it is expected to better the answer, in the metric's unit and as a share; NaN where nobody knows.

    Examples
    --------
    >>> suggestion = Suggestion(configuration={"ref": 5}, environment=Environment(), reason="the default")
    >>> suggestion["ref"], suggestion == {"ref": 5}
    (5, True)
    """

    configuration: Mapping[str, Value]
    environment: Environment
    reason: str
    expected_gain: float = math.nan
    expected_share: float = math.nan

    def __post_init__(self) -> None:
        object.__setattr__(self, "configuration", MappingProxyType(dict(self.configuration)))

    def __getitem__(self, name: str) -> Value:
        return self.configuration[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.configuration)

    def __len__(self) -> int:
        return len(self.configuration)


def suggest(
    state: State,
    outlook: Outlook,
    *,
    n: int = 1,
    seed: int = 0,
    pool: Pool | None = None,
    space: ConfigurationSpace | None = None,
) -> list[Suggestion]:
    """The next n configurations to measure in the target, or as many as there are.

    None of them was measured or failed there, or is pending. While the target has few configurations: the best of
    the sources and what they promise to improve it; without sources the default and a Sobol design (random candidates
    of a pool). Then those with the largest expected improvement over the best believed one, times the probability
    that they are valid and meet all conditions (of the hypervolume, where several metrics are to be improved:
    `transferperf.study.several`);
    within a batch, and for what is pending, the predictor believes its own median (Ginsbourger et al. 2010, "kriging
    believer").
    Where measurements are noisy and the best one's lead is not significant, it or a rival is suggested again, if that
    says more about which one is best; once nothing new is left, only if earlier repeats differed.

    Parameters
    ----------
    outlook
        Of the target; of the sources only while the target has too few configurations for a model, without
        predictor where there are no sources either.
    space
        What may be suggested, where that is less than the space of the study.

    Raises
    ------
    BudgetError
        Where nothing is left to measure.
    """
    scope = Scope(state=state, pool=pool, seed=seed, space=space or state.table.space)
    if not outlook.objectives or state.is_blind:
        picks = _fresh(_design(scope, n), scope)
    else:
        picks = _as_sources_say(scope, outlook) if state.is_opening else _promised(scope, outlook)
    found = [
        Suggestion(
            configuration=state.table.space.parse(pick.configuration),
            environment=state.target,
            reason=pick.reason,
            expected_gain=pick.gain,
            expected_share=pick.share,
        )
        for pick in islice(picks, n)
    ]
    if not found:
        raise BudgetError(
            f"nothing is left to suggest: all valid configurations {'of the pool ' if pool is not None else ''}"
            f"are measured or pending ({state.spent}); give other candidates or a wider space"
        )
    return found


def _design(scope: Scope, n: int) -> Picks:
    """What to measure where nobody says anything."""
    default = scope.state.table.space.default
    if scope.holds(default):
        yield Pick(default, "the default")
    spread = scope.spread(len(scope.state.taken()) + n)
    reason = "a Sobol design" if scope.pool is None else "a random candidate"
    for row in spread.itertuples(index=False):
        yield Pick(dict(zip(spread.columns, row, strict=True)), reason)


def _as_sources_say(scope: Scope, outlook: Outlook) -> Picks:
    """The best of the sources, and what they promise to improve it; nobody knows yet what that is worth here."""
    best = [
        Pick(
            first(scope.best(_believed_good(outlook, predictor)).configurations),
            f"best of the sources{f' in {predictor.metric.name}' if outlook.others else ''}",
        )
        for predictor in outlook.objectives
    ]
    for pick in _fresh(iter(best), scope):
        yield pick
        scope = replace(scope, state=scope.state.suggested([(scope.state.target, pick.configuration)]))
    for pick in _promised(scope, outlook):
        yield Pick(pick.configuration, "promising by the sources")


def _promised(scope: Scope, outlook: Outlook) -> Picks:
    """What promises most, of one metric or of several."""
    return additions(scope, outlook) if outlook.others else _improvements(scope, outlook)


def _believed_good(outlook: Outlook, predictor: TransferPredictor) -> Score:
    """Minus the believed cost, of what is likely an answer; then how likely it is one."""

    def score(X: np.ndarray) -> np.ndarray:
        value = -cost(predictor.predict(X))
        log_p = outlook.log_probability(X) if outlook.is_bound else np.zeros(len(X))
        return np.where(log_p >= LIKELY, value, np.maximum(log_p, -UNLIKELY) - UNLIKELY)

    return score


def _fresh(picks: Picks, scope: Scope) -> Picks:
    """Those that are valid, not taken, and not the same as one before."""
    grid = Grid.of(scope.space)
    taken = scope.state.taken()
    for pick in picks:
        x = grid.encode(pd.DataFrame([pick.configuration]))
        if grid.is_valid(x)[0] and not is_among(x, taken)[0]:
            taken = np.concatenate([taken, x])
            yield pick


def _improvements(scope: Scope, outlook: Outlook) -> Picks:
    """What promises most to improve one metric."""
    state = scope.state
    promising = _promising(state, every=outlook.is_bound)
    return in_turn(scope, outlook, promising, lambda quick, known: Standing.of(scope, quick, known, len(promising)))


def _promising(state: State, *, every: bool) -> Samples:
    """What was measured in the target with the best values, one of which is believed to be the best; or all."""
    samples = state.samples
    best = np.argsort(state.metric.sign * samples.y, kind="stable")[: None if every else N_PROMISING]
    return samples.select(np.sort(best))
