"""What to measure next: a state and a predictor in, suggestions out; nothing is remembered.

Symbols: X (n, d) encoded configurations; the cost of a latent value z is sign * z, so that smaller is better.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from types import MappingProxyType

import numpy as np
import pandas as pd
import torch

from transferperf.data.design import design
from transferperf.errors import BudgetError, NotEnoughDataError, SpaceError
from transferperf.models import Prediction, TransferPredictor
from transferperf.models.tabled import prepare
from transferperf.models.target import Views
from transferperf.rng import generator
from transferperf.search import (
    Found,
    Grid,
    Score,
    best_of_pool,
    best_of_space,
    is_among,
    log_expected_improvement,
)
from transferperf.search.local import Guided, best_encoded
from transferperf.space import Environment, Value
from transferperf.study.belief import FIRST_ROWS
from transferperf.study.state import State

N_PROMISING = 128
"""Measured configurations, those with the best values, among which the one that is believed to be the best is found."""

Picks = Iterator[tuple[dict[str, Value], str]]
"""Configurations, each with the reason for it."""


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

    Examples
    --------
    >>> suggestion = Suggestion(configuration={"ref": 5}, environment=Environment(), reason="the default")
    >>> suggestion["ref"], suggestion == {"ref": 5}
    (5, True)
    """

    configuration: Mapping[str, Value]
    environment: Environment
    reason: str

    def __post_init__(self) -> None:
        object.__setattr__(self, "configuration", MappingProxyType(dict(self.configuration)))

    def __getitem__(self, name: str) -> Value:
        return self.configuration[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.configuration)

    def __len__(self) -> int:
        return len(self.configuration)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """Where suggestions come from.

    Parameters
    ----------
    state
        What is known and pending.
    candidates
        The pool that suggestions are limited to; None for the whole space.
    seed
        What chance comes from.
    """

    state: State
    candidates: pd.DataFrame | None
    seed: int

    def best(self, score: Score, k: int = 1) -> Found:
        """The configurations with the largest score."""
        space = self.state.table.space
        if self.candidates is not None:
            return best_of_pool(score, space, self.candidates, k)
        return best_of_space(score, space, k, starts=self._starts(), seed=self.seed)

    def next(self, score: Score, taken: np.ndarray) -> tuple[dict[str, Value], float] | None:
        """The configuration with the largest score, none of those `taken` (m, d), and its score; None: all are."""
        space = self.state.table.space
        if self.candidates is None:
            grid = Grid.of(space)
            X, values, _ = best_encoded(score, grid, 1, starts=self._starts(), seed=self.seed, taken=taken)
            return (grid.configuration(X[0]), float(values[0])) if len(X) else None
        try:
            found = best_of_pool(score, space, self.candidates, 1, taken=taken)
        except SpaceError:
            return None
        return _first(found.configurations), float(found.values[0])

    def holds(self, configuration: Mapping[str, Value]) -> bool:
        """Whether a configuration is valid, and in the pool where there is one."""
        grid = Grid.of(self.state.table.space)
        x = grid.encode(pd.DataFrame([configuration]))
        in_pool = self.candidates is None or is_among(x, grid.encode(self.candidates))[0]
        return bool(in_pool and grid.is_valid(x)[0])

    def spread(self, n: int) -> pd.DataFrame:
        """About n configurations that are spread without regard to what is known."""
        if self.candidates is not None:
            order = generator(self.seed, "candidates").permutation(len(self.candidates))
            return self.candidates.iloc[order]
        try:
            return design(self.state.table.space, n, "sobol", self.seed)
        except NotEnoughDataError:  # the space has no more than that
            return self.best(lambda X: np.zeros(len(X)), n).configurations

    def _starts(self) -> np.ndarray:
        """The default, the best that was measured in the target, and the best of all sources, encoded: (n, d)."""
        state = self.state
        return np.concatenate([Grid.of(state.table.space).default[None], state.leading, state.leading_sources])


def suggest(
    state: State,
    predictor: TransferPredictor | None,
    *,
    n: int = 1,
    seed: int = 0,
    candidates: pd.DataFrame | None = None,
) -> list[Suggestion]:
    """The next n configurations to measure in the target, or as many as there are.

    None of them was measured or failed there, or is pending. Before the target has FIRST_ROWS configurations: the
    best of the sources, the default, and a Sobol design (random candidates where there is a pool). Then those with
    the largest expected improvement over the best believed one; within a batch, and for what is pending, the
    predictor believes its own median (Ginsbourger et al. 2010, "kriging believer").

    Parameters
    ----------
    predictor
        Of the target; of the sources only while the target has fewer than FIRST_ROWS configurations, None where
        there are no sources either.

    Raises
    ------
    BudgetError
        Where nothing is left to measure.
    """
    scope = Scope(state=state, candidates=candidates, seed=seed)
    n_known = len(state.samples)
    if predictor is None or n_known < FIRST_ROWS:
        picks = _fresh(_opening(scope, predictor, n), state)
    else:
        picks = _improvements(scope, predictor)
    space = state.table.space
    found = [
        Suggestion(configuration=space.parse(configuration), environment=state.target, reason=reason)
        for configuration, reason in islice(picks, n)
    ]
    if not found:
        raise BudgetError(
            f"nothing is left to suggest: all valid configurations {'of the pool ' if candidates is not None else ''}"
            f"are measured or pending ({state.spent}); give other candidates or a wider space"
        )
    return found


def _opening(scope: Scope, sources: TransferPredictor | None, n: int) -> Picks:
    """What to measure before the target has a model of its own."""
    state = scope.state
    if sources is not None:
        believed: TransferPredictor = sources
        best = scope.best(lambda X: -state.metric.sign * believed.predict(X).latent_mean)
        yield _first(best.configurations), "best of the sources"
    default = state.table.space.default
    if scope.holds(default):
        yield default, "the default"
    spread = scope.spread(len(state.taken()) + n)
    reason = "a Sobol design" if scope.candidates is None else "a random candidate"
    for row in spread.itertuples(index=False):
        yield dict(zip(spread.columns, row, strict=True)), reason


def _fresh(picks: Picks, state: State) -> Picks:
    """Those that are valid, not taken, and not the same as one before."""
    space = state.table.space
    grid = Grid.of(space)
    taken = state.taken()
    for configuration, reason in picks:
        x = grid.encode(pd.DataFrame([configuration]))
        if grid.is_valid(x)[0] and not is_among(x, taken)[0]:
            taken = np.concatenate([taken, x])
            yield configuration, reason


def _improvements(scope: Scope, predictor: TransferPredictor) -> Picks:
    """What promises most, one after the other, each believed to come out as predicted."""
    state = scope.state
    grid = Grid.of(state.table.space)
    pending = state.encode(state.pending)
    known = np.concatenate([_promising(state), pending])
    taken = state.taken()
    predictor = _believe(predictor, pending)
    while True:
        quick = predictor if scope.candidates is not None else prepare(predictor, [codes for codes, _ in grid.known])
        belief = quick.predict(known)
        best = float((state.metric.sign * belief.latent_mean).min())
        found = scope.next(_promise(quick, best), taken)
        if found is None:  # nothing valid is left
            return
        configuration, log_gain = found
        yield configuration, _reason(belief, best, log_gain)
        x = grid.encode(pd.DataFrame([configuration]))
        predictor = _believe(predictor, x)
        known, taken = np.concatenate([known, x]), np.concatenate([taken, x])


def _promising(state: State) -> np.ndarray:
    """Encoded configurations of the target with the best values, one of which is believed to be the best: (n, d)."""
    samples = state.samples
    best = np.argsort(state.metric.sign * samples.y, kind="stable")[:N_PROMISING]
    return samples.X[np.sort(best)]


def _promise(predictor: TransferPredictor, best: float) -> Score:
    """Log expected improvement on the latent scale, guided by that of the expert that is believed most."""
    sign, most = predictor.metric.sign, int(predictor.weights.argmax())
    leading, sources = predictor.experts[most], predictor.background.sources

    def score(X: np.ndarray) -> np.ndarray:
        belief = predictor.predict(X)
        return log_expected_improvement(sign * belief.latent_mean, belief.latent_std, best)

    def guide(X: np.ndarray) -> np.ndarray:
        mean, variance = leading.predict(Views(torch.as_tensor(X), sources))
        return log_expected_improvement(sign * mean.numpy(), predictor.stretch * np.sqrt(variance.numpy()), best)

    return Guided(score, guide)


def _believe(predictor: TransferPredictor, X: np.ndarray) -> TransferPredictor:
    """The predictor after X (n, d) came out at their medians."""
    return predictor.extend(X, predictor.predict(X).median) if len(X) else predictor


def _reason(belief: Prediction, best: float, log_gain: float) -> str:
    """The expected improvement in words, by the metric's own scale."""
    costs = np.array([best, best - np.exp(log_gain)])
    now, then = belief.warping.quantile(0.5, belief.metric.sign * costs, np.zeros(2))
    share = f"{100 * abs(then - now) / abs(now):.2g} %" if now else f"{abs(then - now):.2g}"
    return f"expected improvement {share} over {belief.metric.name} {now:.4g} {belief.metric.unit}".strip()


def _first(configurations: pd.DataFrame) -> dict[str, Value]:
    return {str(name): configurations[name].iloc[0] for name in configurations}
