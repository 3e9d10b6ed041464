"""What can be measured: a system says what it has, and runs one configuration at a time."""

import itertools
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any, Protocol, Self

from transferperf.data.files import read_toml
from transferperf.data.measurement import Status
from transferperf.errors import DataError, MeasurementError, TransferPerfError, UnknownNameError
from transferperf.metric import Metric
from transferperf.space import Configuration, ConfigurationSpace, Environment, parse_space
from transferperf.space.environment import factor_text


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What came of one run.

    Parameters
    ----------
    configuration
        What really ran, which may differ from what was asked for.
    values
        Metric name -> value, in the metric's unit; empty where nothing was measured. Of a timeout: what the true value
        exceeds, where that is known.
    status
        How the run ended; anything but OK comes with a `reason`.
    cost_s
        Seconds that the run took.
    """

    configuration: Configuration
    values: Mapping[str, float] = field(default_factory=dict)
    status: Status = Status.OK
    reason: str = ""
    cost_s: float = math.nan

    def __post_init__(self) -> None:
        if self.status is Status.OK and not self.values:
            raise MeasurementError(f"a run of {dict(self.configuration)} is ok but measured nothing; give it a status")


class System(Protocol):
    """A system that can be measured.

    `prepare` is called before the first run in an environment and `cleanup` after the last, whatever happens between.
    """

    @property
    def name(self) -> str:
        """Short name, as the command line takes it."""

    @property
    def space(self) -> ConfigurationSpace:
        """What can be set."""

    @property
    def factors(self) -> Mapping[str, tuple[str, ...]]:
        """Environment factor -> its possible values."""

    @property
    def metrics(self) -> tuple[Metric, ...]:
        """What one run measures, the main metric first."""

    @property
    def timeout_s(self) -> float:
        """Seconds after which a run is stopped."""

    def prepare(self, environment: Environment) -> None:
        """Make ready to run in an environment; MeasurementError where that cannot be done here."""

    def measure(self, configuration: Configuration, environment: Environment) -> Outcome:
        """Run one configuration once."""

    def cleanup(self) -> None:
        """Leave nothing behind."""

    def provenance(self) -> Mapping[str, str]:
        """What a reader of the measurements needs to know of the programs used: name -> version."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Declaration:
    """What a system.toml says.

    Parameters
    ----------
    folder
        Where the file lies.
    factors
        Environment factor -> its possible values.
    metrics
        What one run measures, the main metric first.
    timeout_s
        Seconds after which a run is stopped.
    content
        The whole file, for what only some systems say in it.
    """

    name: str
    description: str
    folder: Path
    space: ConfigurationSpace
    factors: Mapping[str, tuple[str, ...]]
    metrics: tuple[Metric, ...]
    timeout_s: float
    content: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not self.metrics or not self.timeout_s > 0:
            came = f"{len(self.metrics)} metrics and timeout_s = {self.timeout_s}"
            raise DataError(f"system '{self.name}' has {came}; give at least one [[metrics]] and a limit above 0")
        object.__setattr__(self, "factors", MappingProxyType(dict(self.factors)))

    @classmethod
    def read(cls, folder: Path) -> Self:
        """The declaration in `folder`/system.toml; DataError says what is wrong with it."""
        path = folder / "system.toml"
        content = read_toml(path)
        try:
            return cls(
                name=content.get("name", folder.name),
                description=content.get("description", ""),
                folder=folder,
                space=parse_space(content),
                factors=_factors(content.get("environments", {})),
                metrics=tuple(map(_metric, content.get("metrics", ()))),
                timeout_s=float(content.get("timeout_s", 60.0)),
                content=content,
            )
        except (TransferPerfError, TypeError, ValueError, AttributeError) as error:
            raise DataError(f"not a system: {error}", path=path) from error


def environments(system: System) -> tuple[Environment, ...]:
    """All combinations of the values of a system's environment factors."""
    names, values = tuple(system.factors), tuple(system.factors.values())
    return tuple(Environment.of(dict(zip(names, row, strict=True))) for row in itertools.product(*values))


def choose_environment(system: System, wanted: Mapping[str, object]) -> Environment:
    """The environment that `wanted` names; a factor with a single value may be left out.

    Raises
    ------
    UnknownNameError
        Where a factor or its value is none of the system's.
    MeasurementError
        Where a factor with several values is missing.
    """
    for name in wanted:
        if name not in system.factors:
            raise UnknownNameError(f"environment factor of {system.name}", name, system.factors)
    chosen = {}
    for name, values in system.factors.items():
        if name not in wanted and len(values) > 1:
            choices = ", ".join(values)
            raise MeasurementError(f"the environment does not say which {name}; {system.name} has {choices}. Add it.")
        chosen[name] = factor_text(wanted.get(name, values[0]))
        if chosen[name] not in values:
            raise UnknownNameError(name, chosen[name], values)
    return Environment.of(chosen)


def _factors(declared: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    return {name: tuple(factor_text(value) for value in values) for name, values in declared.items()}


def _metric(entry: Mapping[str, Any]) -> Metric:
    """A metric without how it is read."""
    return Metric(**{key: value for key, value in entry.items() if key != "read"})
