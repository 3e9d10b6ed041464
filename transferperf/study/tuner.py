"""Ask, tell, best: the one thing here that remembers."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypedDict, Unpack, overload

import pandas as pd

from transferperf.data.measurement import Measurement, Status
from transferperf.data.table import MeasurementTable
from transferperf.errors import BudgetError, DataError, TransferPerfError, UnknownNameError
from transferperf.metric import Metric
from transferperf.models import TRANSFER_MODES
from transferperf.search import Pool
from transferperf.space import Configuration, Environment
from transferperf.study.answer import Best, choose_best
from transferperf.study.budget import Budget
from transferperf.study.front import Front, choose_front
from transferperf.study.goal import Goal, improved
from transferperf.study.outlook import Beliefs, Outlook
from transferperf.study.sampling import Sampling, sampled
from transferperf.study.scope import Scope
from transferperf.study.state import State
from transferperf.study.suggest import Suggestion, suggest
from transferperf.study.telling import check_configuration, checked, named_values, needed_metrics

__all__ = ["Best", "Front", "Limits", "Suggestion", "Tuner"]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ahead:
    """What is suggested next in a state, or why nothing is."""

    state: State
    suggestions: list[Suggestion]
    why_not: str


class Limits(TypedDict, total=False):
    """What may be suggested, and where, and be the answer."""

    candidates: pd.DataFrame | None
    where: Sequence[str]
    sample: Sequence[Mapping[str, object]]


class Tuner:
    """Finds a good configuration of the target in few measurements: `ask` what to measure, `tell` what came of it.

    Parameters
    ----------
    table
        What is known: measurements of other environments, and of the target where there are some.
    metric
        What is to be improved: its name in the table, or a Metric; or a weighted sum such as "2 * time_s + size_mb",
        whose weights say what one unit of each is worth. A list of metrics means their front.
    target
        Environment factor -> value; it need not have been measured.
    budget
        A number of measurements, or a time such as "10min"; what the table holds does not count. Money, and when to
        stop before it is spent: `Budget.parse("5 eur", price="0.9 eur/h", least_gain="1 %")`.
    seed
        What chance comes from: same data, same seed, same suggestions.
    transfer
        "auto", "none", or the name of an expert.
    candidates
        The only configurations that may be suggested, shape (n, any); None for the whole space.
    where
        Conditions that the answer has to meet, such as "memory_mb <= 512": on an option's value, which narrows what is
        suggested, or on another metric of the table, of which a model of its own is learned. "psnr within 2 %" is a
        bound that moves with the best psnr among what meets the other conditions.
    sample
        Further environments that may be measured, such as [{"hardware": "simulator"}]: suggestions are of these, too,
        where that tells more of the target's optimum for its price. What a measurement costs where is what its price
        or its time says; in a budget of measurements, all cost the same.
    """

    def __init__(
        self,
        table: MeasurementTable,
        *,
        metric: str | Metric | Sequence[str | Metric],
        target: Mapping[str, object],
        budget: int | str | Budget,
        seed: int = 0,
        transfer: str = "auto",
        **limits: Unpack[Limits],
    ) -> None:
        if transfer not in TRANSFER_MODES:
            raise UnknownNameError("transfer mode", transfer, TRANSFER_MODES)
        for name in limits.keys() - Limits.__annotations__.keys():
            raise UnknownNameError("argument of a tuner", name, Limits.__annotations__)
        first, *others = improved(table, metric)
        self.state = State(
            table=table,
            metric=first,
            target=table.target(target),
            budget=Budget.parse(budget),
        )
        if others and self.state.budget.least_gain:
            least = self.state.budget.least_gain
            raise BudgetError(f"least gain is {least:g}; several metrics have no unit in common: name a share: '1 %'")
        self.seed, self.goal = seed, Goal.of(table, limits.get("where", ()), others)
        candidates = limits.get("candidates")
        self.pool = None if candidates is None else Pool.of(self.goal.space, candidates)
        self._needed = needed_metrics(table, (first, *others))
        self._beliefs = Beliefs(self.state, self.goal, transfer=transfer, seed=seed)
        scope = Scope(state=self.state, pool=self.pool, seed=seed, space=self.goal.space)
        self._sampling = Sampling(self._beliefs, scope, sampled(self.state, limits.get("sample", ()), transfer))
        self._ahead: _Ahead | None = None

    @property
    def is_done(self) -> bool:
        """Whether nothing more may be asked for, or nothing is worth its measurement; `why_done` says which."""
        return bool(self.why_done)

    @property
    def why_done(self) -> str:
        """Why nothing more is asked for, in words; empty where something is.

        The budget is spent; or, where it has a least gain, no measurement promises as much; or nothing was left to
        suggest when it was last asked for.
        """
        state, budget = self.state, self.state.budget
        if state.is_spent:
            return f"the budget of {budget} is spent: {state.spent}"
        if budget.least_gain or budget.least_share:
            self._look_ahead(1)
        return self._ahead.why_not if self._ahead and self._ahead.state is state else ""

    @overload
    def ask(self, n: None = None) -> Suggestion: ...

    @overload
    def ask(self, n: int) -> list[Suggestion]: ...

    def ask(self, n: int | None = None) -> Suggestion | list[Suggestion]:
        """The next configuration to measure, or a list of the next n: fewer where the budget or the space has fewer.

        Raises
        ------
        BudgetError
            Where the budget is spent, or every configuration is measured or pending.
        """
        wanted = 1 if n is None else n
        if wanted < 1:
            raise BudgetError(f"{wanted} suggestions were asked for; ask for at least 1")
        why = self.why_done
        if why:
            raise BudgetError(f"{why}; start with a larger one" if self.state.is_spent else why)
        found = self._look_ahead(int(min(wanted, self.state.n_left)))
        if not found:
            raise BudgetError(self.why_done)
        self.state = self.state.suggested((each.environment, each) for each in found)
        return found[0] if n is None else found

    def _look_ahead(self, n: int) -> list[Suggestion]:
        """The next n suggestions that are worth their measurement; where there is none, `why_done` says why."""
        ahead = self._ahead
        if ahead is None or ahead.state is not self.state or 0 < len(ahead.suggestions) < n:
            self._ahead = ahead = self._suggest(n)
        return ahead.suggestions[:n]

    def _suggest(self, n: int) -> _Ahead:
        """What is suggested next, as far as it is worth it."""
        state, space = self.state, self.goal.space
        elsewhere = self._sampling.next(state)
        if elsewhere:
            return _Ahead(state=state, suggestions=elsewhere, why_not="")
        believed = Outlook(predictor=None) if state.is_blind else self._beliefs.now()
        try:
            found = suggest(state, believed, n=n, seed=self.seed, pool=self.pool, space=space)
        except BudgetError as error:
            return _Ahead(state=state, suggestions=[], why_not=str(error))
        whys = [state.budget.why_not_worth(each.expected_gain, each.expected_share) for each in found]
        n_worth = next((k for k, why in enumerate(whys) if why), len(found))
        return _Ahead(state=state, suggestions=found[:n_worth], why_not="" if n_worth else whys[0])

    def tell(
        self,
        configuration: Configuration,
        value: float | Mapping[str, float] | Measurement | None = None,
        *,
        environment: Environment | Mapping[str, object] | None = None,
        status: str = "ok",
        cost_s: float = math.nan,
        reason: str = "",
    ) -> None:
        """Take in what came of a suggestion, or of any other configuration; telling one again adds a repeat.

        Parameters
        ----------
        value
            The metric's value, or metric -> value, which all that are improved need; or a Measurement, which says the
            rest itself; None where nothing was measured.
        environment
            Where it was measured; the target where nothing is said.
        status
            "ok", "invalid", "failed" or "timeout".
        cost_s
            Seconds that it took; needed where the budget is a time.
        reason
            Why it failed.

        Raises
        ------
        SpaceError, DataError, UnknownNameError, BudgetError
            Where something does not fit; nothing is remembered then.
        """
        check_configuration(self.state.table.space, configuration)
        if not isinstance(value, Measurement):
            if status not in tuple(Status):
                raise UnknownNameError("status", str(status), tuple(Status))
            values = named_values(self.state.table, self._needed, value)
            value = Measurement(
                configuration=configuration,
                environment=self._where(configuration, environment),
                repeats={name: (number,) for name, number in values.items()},
                status=Status(status),
                reason=reason,
                cost_s=cost_s,
            )
        measured = checked(self.state, self._needed, value)
        self.state = self.state.told(configuration, measured)
        self._sampling.tell(self.state, measured)

    def recall(self, configuration: Configuration, measurement: Measurement) -> None:
        """Take in what came of a suggestion of an earlier run of the same study: it counts as one that was asked for.

        Raises
        ------
        SpaceError, DataError, UnknownNameError, BudgetError
            Where something does not fit; nothing is remembered then.
        """
        before = self.state
        check_configuration(self.state.table.space, configuration)
        self.state = before.suggested([(measurement.environment, configuration)])
        try:
            self.tell(configuration, measurement)
        except TransferPerfError:
            self.state = before
            raise

    def best(self) -> Best:
        """The measured configuration of the target that is believed to be the best.

        Raises
        ------
        DataError
            Where several metrics are to be improved: `front` answers.
        NotEnoughDataError
            Where nothing was measured there.
        """
        if self.goal.others:
            names = " and ".join(metric.name for metric in (self.state.metric, *self.goal.others))
            raise DataError(f"no one configuration is the best in {names}; ask for the front(), or give a weighted sum")
        return choose_best(self._beliefs)

    def front(self) -> Front:
        """The measured configurations of the target of which none is believed to beat another in all metrics.

        Raises
        ------
        NotEnoughDataError
            Where nothing was measured there.
        """
        return choose_front(self._beliefs)

    def _where(
        self, configuration: Configuration, environment: Environment | Mapping[str, object] | None
    ) -> Environment:
        """The environment that a tell means, with all its factors."""
        if environment is None:
            return configuration.environment if isinstance(configuration, Suggestion) else self.state.target
        wanted = environment.as_mapping() if isinstance(environment, Environment) else environment
        return self.state.table.target(wanted)
