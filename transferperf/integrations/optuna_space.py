"""Optuna's distributions as options of a space, and values of either side in the spelling of the other."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from optuna.distributions import BaseDistribution, CategoricalDistribution, FloatDistribution, IntDistribution

from transferperf.space import ChoiceOption, ConfigurationSpace, IntegerOption, Option, RealOption, Value
from transferperf.space.option import Scale, as_number, plain

Distributions = Mapping[str, BaseDistribution]
Ranged = IntDistribution | FloatDistribution
Params = Mapping[str, Any]
"""Parameter -> value, as Optuna spells it."""

MOST_LEVELS = 48
"""Values of a parameter up to which each of them is a level."""

N_COARSE = 33
"""Levels of a parameter with more values, spread over its range."""

MOST_FINER, EACH = 6, 8
"""How often at most the distance between them is halved near a good value: once for every 8 trials.

A model that has seen little takes what lies close together for different things that it knows nothing of.
"""

OWN = "x_"
"""What option names begin with: a parameter may be called like a reserved column."""


@dataclass(frozen=True)
class SearchSpace:
    """The parameters that are searched together.

    Values of a choice are known by their place: Optuna's may be None, or True beside 1.

    Parameters
    ----------
    distributions
        Parameter -> what it may be.

    Examples
    --------
    >>> mode = CategoricalDistribution((None, "a"))
    >>> searched = SearchSpace({"lr": FloatDistribution(1e-4, 1.0, log=True), "mode": mode})
    >>> searched.spell({"lr": 0.01, "mode": "a"}), searched.spell({"lr": 7.0, "mode": "a"})
    ({'x_lr': 0.01, 'x_mode': 1}, None)
    >>> searched.params({"x_lr": 1, "x_mode": 0})
    {'lr': 1.0, 'mode': None}
    """

    distributions: Distributions

    @cached_property
    def space(self) -> ConfigurationSpace:
        """The options, each with levels over all of its range."""
        return ConfigurationSpace(tuple(option(OWN + name, d) for name, d in self.distributions.items()))

    def finer(self, configuration: Mapping[str, Value], n_trials: int) -> ConfigurationSpace:
        """The same space, where options have more values than levels with more levels near a configuration."""
        n_finer = min(MOST_FINER, n_trials // EACH)
        near = {name: configuration[OWN + name] for name in self.distributions}
        return ConfigurationSpace(
            tuple(option(OWN + name, d, near[name], n_finer) for name, d in self.distributions.items())
        )

    def spell(self, params: Params) -> dict[str, Value] | None:
        """The configuration that params mean; None where one is missing, or is nothing that is searched."""
        found: dict[str, Value] = {}
        for name, distribution in self.distributions.items():
            value = spell(distribution, params[name]) if name in params else None
            if value is None:
                return None
            found[OWN + name] = value
        return found

    def defaults(self, known: Collection[str]) -> dict[str, Any]:
        """Default of each parameter that is not known, as Optuna spells it; none where nothing is known at all."""
        unknown = {name: d for name, d in self.distributions.items() if name not in known}
        if len(unknown) == len(self.distributions):
            return {}
        return {name: unspell(d, self.space.default[OWN + name]) for name, d in unknown.items()}

    def params(self, configuration: Mapping[str, Value]) -> dict[str, Any]:
        """A configuration as Optuna spells it."""
        return {name: unspell(d, configuration[OWN + name]) for name, d in self.distributions.items()}


def spell(distribution: BaseDistribution, value: object) -> Value | None:
    """A value as the option spells it; None where it is outside the distribution, but for its step."""
    if isinstance(distribution, CategoricalDistribution):
        places = range(len(distribution.choices))
        return next((k for alike in ALIKE for k in places if alike(distribution.choices[k], value)), None)
    ranged = _ranged(distribution)
    number = as_number(value)
    if number is None or not ranged.low <= number <= ranged.high:
        return None
    found = plain(number)
    return found if isinstance(found, int) or isinstance(ranged, FloatDistribution) else None


def unspell(distribution: BaseDistribution, value: Value) -> Any:
    """A value of the option as Optuna spells it."""
    if isinstance(distribution, CategoricalDistribution):
        return distribution.choices[int(value)]
    return int(value) if isinstance(distribution, IntDistribution) else float(value)


def option(name: str, distribution: BaseDistribution, near: Value | None = None, n_finer: int = MOST_FINER) -> Option:
    """The option that a distribution describes; choices have no order, whatever they are.

    Parameters
    ----------
    near
        A value next to which levels lie closer, where not every value is a level; it is one itself.
    n_finer
        How often their distance is halved there.
    """
    if isinstance(distribution, CategoricalDistribution):
        return ChoiceOption(name=name, levels=tuple(range(len(distribution.choices))))
    ranged = _ranged(distribution)
    coarse = _legal(ranged, _coarse(ranged))
    is_whole = near is None or _n_values(ranged) <= MOST_LEVELS
    further = np.empty(0) if is_whole else _around(ranged, float(near or 0.0), n_finer)
    kind = IntegerOption if isinstance(ranged, IntDistribution) else RealOption
    return kind(
        name=name,
        levels=tuple(np.union1d(coarse, _legal(ranged, further)).tolist()),
        default=plain(coarse[len(coarse) // 2]),
        scale=scale(ranged),
    )


def scale(distribution: Ranged) -> Scale:
    """On which scale a range is searched."""
    return "log" if distribution.log else "linear"


ALIKE: tuple[Callable[[object, object], bool], ...] = (
    lambda choice, value: type(choice) is type(value) and choice == value,
    lambda choice, value: str(plain(choice)) == str(plain(value)),
    lambda choice, value: isinstance(choice, bool) and choice == plain(value),
)
"""When a value means a choice, the surest way first: a file has no None, and may write 1 for True."""


def _ranged(distribution: BaseDistribution) -> Ranged:
    """The distribution, known to be of numbers: Optuna turns all its older kinds into these."""
    if not isinstance(distribution, Ranged):
        raise TypeError(f"{distribution!r} is no distribution that is known; use int, float or categorical")
    return distribution


def _n_values(distribution: Ranged) -> float:
    """How many values there are."""
    if distribution.step is None:
        return np.inf
    return round((distribution.high - distribution.low) / distribution.step) + 1


def _coarse(distribution: Ranged) -> np.ndarray:
    """Every value where these are few, else some on the distribution's scale; shape (n,)."""
    low, high, n = distribution.low, distribution.high, _n_values(distribution)
    if n <= MOST_LEVELS:
        return np.linspace(low, high, int(n))
    return np.geomspace(low, high, N_COARSE) if distribution.log else np.linspace(low, high, N_COARSE)


def _around(distribution: Ranged, value: float, n_finer: int) -> np.ndarray:
    """A value, and those next to it at 1/2, 1/4, ... of the distance between levels; shape (n,)."""
    shares = 0.5 ** np.arange(1, n_finer + 1) / (N_COARSE - 1)
    steps = np.concatenate([[0.0], shares, -shares])
    if distribution.log:
        return value * (distribution.high / distribution.low) ** steps
    return value + (distribution.high - distribution.low) * steps


def _legal(distribution: Ranged, values: np.ndarray) -> np.ndarray:
    """Values moved to the nearest legal ones, each once, ascending; shape (<= n,)."""
    low, high, step = distribution.low, distribution.high, distribution.step
    if step is not None:
        values = low + np.round((values - low) / step) * step
    return np.unique(np.clip(values, low, high))
