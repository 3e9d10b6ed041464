"""One study as its sampler follows it: what was told, what is believed of each metric, and what to try next."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from transferperf.data.design import design
from transferperf.data.measurement import Status
from transferperf.errors import NotEnoughDataError
from transferperf.integrations.optuna_promise import Promise, draw_weights, scales, weigh
from transferperf.integrations.optuna_runs import TARGET, Run, Source, table_of
from transferperf.integrations.optuna_space import Params, SearchSpace
from transferperf.metric import Metric
from transferperf.models import Feasibility, TransferPredictor, fit_feasibility
from transferperf.models.tabled import prepare
from transferperf.search import Grid, Score, is_among
from transferperf.search.local import Guided, best_encoded
from transferperf.space import ChoiceOption, Configuration, ConfigurationSpace
from transferperf.study.belief import REFIT_SHARE, Belief
from transferperf.study.budget import Budget
from transferperf.study.state import State

MOST_SEEN = 8
"""Values of a choice up to which each is tried once before a model is believed."""

ENDLESS = Budget.parse(2**53)
"""Optuna counts trials itself."""


class Course:
    """What a sampler knows of one study.

    Parameters
    ----------
    searched
        The parameters that are searched together.
    objectives
        What is improved; where there are several, each suggestion weighs them anew.
    constraints
        What has to be at most 0.
    sources, transfer, seed
        As for the sampler.
    """

    def __init__(
        self,
        searched: SearchSpace,
        *,
        objectives: Sequence[Metric],
        constraints: Sequence[Metric],
        sources: Sequence[Source],
        transfer: str,
        seed: int,
    ) -> None:
        self.searched, self.seed = searched, seed
        self.objectives, self.constraints = tuple(objectives), tuple(constraints)
        table = table_of(sources, searched, (*objectives, *constraints))
        self._states = [State(table=table, metric=metric, target=TARGET, budget=ENDLESS) for metric in table.metrics]
        self._beliefs = [Belief(state, transfer=transfer, seed=seed) for state in self._states]
        self._told: list[tuple[Configuration, Run]] = []
        self._transfer, self._judged = transfer, (0, 0)
        self._valid: Feasibility | None = None

    def tell(self, run: Run) -> None:
        """Take in a finished trial; one whose parameters are not what is searched says nothing."""
        measurement = run.measurement(self.searched, TARGET)
        if measurement is None:
            return
        self._states = [state.told(measurement.configuration, measurement) for state in self._states]
        for belief, state in zip(self._beliefs, self._states, strict=True):
            belief.tell(state, measurement)
        if run.metrics:
            self._told.append((measurement.configuration, run))

    def ask(self, pending: Sequence[Params]) -> dict[str, Any] | None:
        """What to try next, while others try what is pending; None where nothing is left that was not tried."""
        weights = draw_weights(len(self.objectives), self.seed, len(self._told) + len(pending))
        space = self.searched.finer(self._leader(weights), len(self._told)) if self._told else self.searched.space
        state = self._with(pending, space)
        known = () if state.is_blind else zip(self._beliefs, self._states, strict=True)
        predictors = [belief.now(of) for belief, of in known]
        if state.is_blind or None in predictors[: len(weights)]:
            found = _spread(state, self.seed)
        else:
            found = self._unseen(state) or self._promising(state, predictors, weights)
        return None if found is None else self.searched.params(found)

    def _unseen(self, state: State) -> Configuration | None:
        """The best with all choices at values that nobody has tried; None where there are none, or it was tried.

        A model takes an option that never varied for one that does nothing.
        """
        seen = [dict(zip(state.table.space.names, row, strict=True)) for row in state.pending]
        known = {
            o.name: {*state.table.frame[o.name], *(row[o.name] for row in seen)} for o in state.table.space.options
        }
        unseen = {
            option.name: [level for level in option.levels if level not in known[option.name]]
            for option in state.table.space.options
            if isinstance(option, ChoiceOption) and len(option.levels) <= MOST_SEEN
        }
        changed = {name: levels[0] for name, levels in unseen.items() if levels}
        if not (changed and self._told):
            return None
        found = {**self._leader(np.ones(len(self.objectives))), **changed}
        return None if is_among(state.encode((state.row(found),)), state.taken())[0] else found

    def _leader(self, weights: np.ndarray) -> Configuration:
        """What came out best, weighed."""
        signs = np.array([metric.sign for metric in self.objectives])
        U = signs * np.array([[run.metrics[metric.name] for metric in self.objectives] for _, run in self._told])
        low, span = scales(U)
        breaks = np.array([not self._holds(run) for _, run in self._told])
        best = np.lexsort((weigh((U - low) / span, weights), breaks))[0]
        return self._told[best][0]

    def _with(self, pending: Sequence[Params], space: ConfigurationSpace) -> State:
        """The first metric's state in a space with the same ends, with what is pending."""
        state = replace(self._states[0], table=replace(self._states[0].table, space=space))
        rows = (self.searched.spell(params) for params in pending)
        return state.asked(tuple(state.row(row) for row in rows if row is not None))

    def _promising(
        self, state: State, predictors: Sequence[TransferPredictor | None], weights: np.ndarray
    ) -> Configuration | None:
        """What promises most by all that is believed."""
        grid = Grid.of(state.table.space)
        pending = state.encode(state.pending)
        quick = [predictor and prepare(predictor.believe(pending), grid.codes) for predictor in predictors]
        promise = Promise(
            objectives=[predictor for predictor in quick[: len(weights)] if predictor],
            constraints=[predictor for predictor in quick[len(weights) :] if predictor],
            feasibility=self._feasibility(),
            weights=weights,
            X_known=np.concatenate([self._holding(), pending]),
            is_first=not self._told,
            seed=self.seed,
        )
        return _best(Guided(promise.score, promise.guide), state, self.seed)

    def _feasibility(self) -> Feasibility | None:
        """Probability that a trial gives a value, fitted anew after a failure, or a fifth more trials."""
        state, (n_rows, n_failed) = self._states[0], self._judged
        failed = int((state.table.frame["status"] == Status.FAILED).sum())
        if failed > n_failed or len(state.table) >= (1 + REFIT_SHARE) * n_rows:
            self._valid = fit_feasibility(state.table, target=TARGET, transfer=self._transfer, seed=self.seed)
            self._judged = (len(state.table), failed)
        return self._valid

    def _holding(self) -> np.ndarray:
        """Encoded configurations whose runs held the constraints, shape (m, d)."""
        state = self._states[0]
        return state.encode(tuple(state.row(found) for found, run in self._told if self._holds(run)))

    def _holds(self, run: Run) -> bool:
        """Whether a run held all constraints."""
        return all(run.metrics.get(constraint.name, np.inf) <= 0 for constraint in self.constraints)


def _spread(state: State, seed: int) -> Configuration | None:
    """The default, or the next point of a Sobol design; where that has no more, whatever was not tried yet."""
    space, taken = state.table.space, state.taken()
    grid = Grid.of(space)
    try:
        spread = grid.encode(design(space, len(taken) + 1, "sobol", seed))
    except NotEnoughDataError:
        spread = np.empty((0, len(taken.T)))
    X = np.concatenate([grid.default[None], spread])
    X = X[~is_among(X, taken)]
    return grid.configuration(X[0]) if len(X) else _best(lambda X: np.zeros(len(X)), state, seed)


def _best(score: Score, state: State, seed: int) -> Configuration | None:
    """The configuration with the largest score that was not tried yet."""
    grid = Grid.of(state.table.space)
    starts = np.concatenate([grid.default[None], state.leading, state.leading_sources])
    X, *_ = best_encoded(score, grid, 1, starts=starts, seed=seed, taken=state.taken())
    return grid.configuration(X[0]) if len(X) else None
