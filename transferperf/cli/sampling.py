"""Other environments that a tuning run may measure, of the same system or of another one with the same options."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated, Self

import typer

from transferperf.cli.arguments import Sources, split_pairs
from transferperf.cli.measuring import Measuring, Ready
from transferperf.errors import MeasurementError

if TYPE_CHECKING:
    from transferperf.measure import System
    from transferperf.space import Environment

Places = Mapping["Environment", "System"]
"""Environments that may be measured beside the target, and what runs there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sampled(Sources):
    """What is known of other environments, and what may be measured there."""

    ignore: Annotated[str, typer.Option(metavar="NAME,...", help="Columns of source files to leave out.")] = ""
    sample: Annotated[
        list[str],
        typer.Option(
            metavar="FACTOR=VALUE,...",
            help="Another environment that may be measured, where it tells more for its price; may be repeated.",
        ),
    ] = field(default_factory=list)
    source_system: Annotated[
        str, typer.Option(metavar="NAME", help="A system with the same options, such as a simulator, to be sampled.")
    ] = ""

    def places(self, measuring: Measuring, system: "System", target: "Environment") -> Places:
        """What may be measured beside the target; a factor of which nothing is said has the target's value there.

        Raises
        ------
        MeasurementError
            Where the other system has other options or factors, or the same environment as the target.
        """
        from transferperf.measure import choose_environment

        other = measuring.load(self.source_system) if self.source_system else system
        for what, came, expected in (
            ("options", other.space.names, system.space.names),
            ("environment factors", tuple(other.factors), tuple(system.factors)),
        ):
            if set(came) != set(expected):
                said = f"{other.name} has the {what} {', '.join(came)}; {system.name} has {', '.join(expected)}"
                raise MeasurementError(f"{said}. Give both the same, so that one can tell of the other.")
        here = {name: value for name, value in target.as_mapping().items() if value in other.factors[name]}
        texts = self.sample or ([""] if self.source_system else [])
        found = {choose_environment(other, here | split_pairs(text, "--sample")): other for text in texts}
        if target in found:
            remedy = "Name another one with --sample, or give the other system a factor value of its own."
            raise MeasurementError(f"{other.name} is to be sampled in {target}, which is the target. {remedy}")
        return found


def identity(places: Places) -> dict[str, object]:
    """What of it makes two campaigns different ones."""
    return {"sample": {str(where): system.name for where, system in places.items()}} if places else {}


@dataclass(slots=True, kw_only=True)
class Stage:
    """What is made ready where a suggestion says: of each system, one environment at a time.

    Parameters
    ----------
    home
        The target.
    places
        Other environments, and what runs there.
    """

    home: Ready
    places: Places
    _others: dict["Environment", Ready] = field(default_factory=dict)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        for ready in (self.home, *self._others.values()):
            ready.rest()

    def at(self, environment: "Environment") -> Ready:
        """What measures in an environment."""
        wanted = self.home
        if environment != self.home.environment:
            new = Ready(system=self.places[environment], environment=environment, runner=self.home.runner)
            wanted = self._others.setdefault(environment, new)
        for ready in (self.home, *self._others.values()):
            if ready is not wanted and ready.system is wanted.system:
                ready.rest()
        return wanted
