"""Ask, tell, best: the one thing here that remembers."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from numbers import Real
from typing import overload

import numpy as np
import pandas as pd
from scipy import stats

from transferperf.data.measurement import Measurement, Status
from transferperf.data.table import MeasurementTable
from transferperf.errors import BudgetError, DataError, NotEnoughDataError, SpaceError, UnknownNameError
from transferperf.metric import Metric
from transferperf.models import TRANSFER_MODES, TransferPredictor
from transferperf.search import Grid
from transferperf.space import Configuration, Encoding, Environment, Value
from transferperf.study.belief import FIRST_ROWS, Belief
from transferperf.study.budget import Budget
from transferperf.study.state import State
from transferperf.study.suggest import Suggestion, suggest


@dataclass(frozen=True, slots=True, kw_only=True)
class Best:
    """The measured configuration that is believed to be the best; not the one with the luckiest run.

    Parameters
    ----------
    configuration
        Option -> value.
    mean, low, high
        What the mean of many repeats would be, and the interval that holds it with probability 0.9, in the metric's
        unit. The ends are NaN while too little is measured for a model: then the mean is the measured one.
    probability_better_than_default
        By what is believed of both; NaN without a model.
    n_measured
        Distinct configurations that were measured in the target.
    """

    configuration: Mapping[str, Value]
    mean: float
    low: float
    high: float
    probability_better_than_default: float
    n_measured: int


class Tuner:
    """Finds a good configuration of the target in few measurements: `ask` what to measure, `tell` what came of it.

    Parameters
    ----------
    table
        What is known: measurements of other environments, and of the target where there are some.
    metric
        What is to be improved: its name in the table, or a Metric.
    target
        Environment factor -> value; it need not have been measured.
    budget
        A number of measurements, or a time such as "10min"; what the table holds does not count.
    seed
        What chance comes from: same data, same seed, same suggestions.
    candidates
        The only configurations that may be suggested, shape (n, any); None for the whole space.
    transfer
        "auto", "none", or the name of an expert.
    """

    def __init__(
        self,
        table: MeasurementTable,
        *,
        metric: str | Metric,
        target: Mapping[str, object],
        budget: int | str | Budget,
        seed: int = 0,
        candidates: pd.DataFrame | None = None,
        transfer: str = "auto",
    ) -> None:
        if transfer not in TRANSFER_MODES:
            raise UnknownNameError("transfer mode", transfer, TRANSFER_MODES)
        if candidates is not None:
            Encoding(table.space).encode(candidates)  # names what is missing or out of range
        found = table.metric(metric)
        self.state = State(
            table=table,
            metric=metric if isinstance(metric, Metric) else found,
            target=table.target(target),
            budget=Budget.parse(budget),
        )
        self.seed, self.candidates = seed, candidates
        self._belief = Belief(self.state, transfer=transfer, seed=seed)

    @property
    def is_done(self) -> bool:
        """Whether the budget is spent: nothing more may be asked for."""
        return self.state.is_spent

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
        if self.is_done:
            raise BudgetError(
                f"the budget of {self.state.budget} is spent: {self.state.spent}; start with a larger one"
            )
        wanted = wanted if self.state.budget.is_time else min(wanted, int(self.state.left))
        found = suggest(self.state, self._belief.now(self.state), n=wanted, seed=self.seed, candidates=self.candidates)
        self.state = self.state.asked(tuple(self.state.row(suggestion) for suggestion in found))
        return found[0] if n is None else found

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
            The metric's value, or metric -> value, or a Measurement, which says the rest itself; None where nothing
            was measured.
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
        self._check(configuration)
        if not isinstance(value, Measurement):
            if status not in tuple(Status):
                raise UnknownNameError("status", str(status), tuple(Status))
            value = Measurement(
                configuration=configuration,
                environment=self._where(configuration, environment),
                repeats={name: (number,) for name, number in self._values(value).items()},
                status=Status(status),
                reason=reason,
                cost_s=cost_s,
            )
        measured = self._checked(value)
        self.state = self.state.told(configuration, measured)
        self._belief.tell(self.state, measured)

    def best(self) -> Best:
        """The measured configuration of the target that is believed to be the best.

        Raises
        ------
        NotEnoughDataError
            Where nothing was measured there.
        """
        state, samples = self.state, self.state.samples
        if not len(samples):
            raise NotEnoughDataError(
                f"nothing was measured in target {state.target or 'environment'}; tell a measurement"
            )
        predictor = self._belief.now(state)
        if predictor is None or len(samples) < FIRST_ROWS:
            at = int((state.metric.sign * samples.y).argmin())
            mean, low, high, probability = float(samples.y[at]), math.nan, math.nan, math.nan
        else:
            at = int((state.metric.sign * predictor.predict(samples.X).latent_mean).argmin())
            mean, low, high, probability = self._told_of(predictor, samples.X[at])
        rows = state.table.select(state.target).configurations()
        place = int((Encoding(state.table.space).encode(rows) == samples.X[at]).all(axis=1).argmax())
        return Best(
            configuration=state.table.space.parse(dict(zip(state.table.space.names, rows.iloc[place], strict=True))),
            mean=mean,
            low=low,
            high=high,
            probability_better_than_default=probability,
            n_measured=len(samples),
        )

    def _told_of(self, predictor: TransferPredictor, x: np.ndarray) -> tuple[float, float, float, float]:
        """Mean, ends of the interval, and probability of being better than the default, of one encoded row x (d,)."""
        default = Grid.of(self.state.table.space).default
        belief = predictor.predict(np.stack([x, default]))
        low, high = belief.response_interval()
        lead = self.state.metric.sign * (belief.latent_mean[1] - belief.latent_mean[0])
        probability = 0.0 if (x == default).all() else stats.norm.cdf(lead / np.hypot(*belief.latent_std))
        return float(belief.mean[0]), float(low[0]), float(high[0]), float(probability)

    def _where(
        self, configuration: Configuration, environment: Environment | Mapping[str, object] | None
    ) -> Environment:
        """The environment that a tell means, with all its factors."""
        if environment is None:
            return configuration.environment if isinstance(configuration, Suggestion) else self.state.target
        wanted = environment.as_mapping() if isinstance(environment, Environment) else environment
        return self.state.table.target(wanted)

    def _values(self, value: float | Mapping[str, float] | None) -> dict[str, float]:
        """Metric -> value; an error for a metric that the table does not have."""
        if value is None:
            return {}
        values = value if isinstance(value, Mapping) else {self.state.metric.name: value}
        return {self.state.table.metric(name).name: number for name, number in values.items()}

    def _check(self, configuration: Configuration) -> None:
        """An error where a configuration does not belong to the space."""
        space = self.state.table.space
        for name in configuration:
            if name not in space.names:
                raise UnknownNameError("option", str(name), space.names)
        why = space.why_invalid(configuration)
        if why is not None:
            raise SpaceError(f"{why}, in {dict(configuration)}; tell a configuration of the space")

    def _checked(self, measured: Measurement) -> Measurement:
        """The measurement with its configuration in canonical form; an error where it cannot be used."""
        self._check(measured.configuration)
        metric, cost_s = self.state.metric, measured.cost_s
        for name, repeats in measured.repeats.items():
            for value in repeats:
                if isinstance(value, bool) or not isinstance(value, Real) or not math.isfinite(value):
                    remedy = "tell a measurement without value with status='failed'"
                    raise DataError(f"value of metric '{name}' is {value!r}; expected a finite number; {remedy}")
        if measured.status is Status.OK and not measured.repeats.get(metric.name):
            raise DataError(f"a value of metric '{metric.name}' is missing, got {list(measured.repeats)}; tell it too")
        if not isinstance(cost_s, Real) or cost_s < 0 or math.isinf(cost_s):
            raise DataError(f"cost_s is {cost_s!r}; expected seconds, at least 0")
        if self.state.budget.is_time and math.isnan(cost_s):
            raise BudgetError(f"the budget is {self.state.budget}, and cost_s is missing; tell how long it took")
        return replace(measured, configuration=self.state.table.space.canonical(measured.configuration))
