"""Whether any configuration is valid, and if not, which constraints clash.

Answers hold for the levels of the options (and the defaults of those that may not matter), complete but for formulas
that take too many values (see `clauses`): these are checked on MOST_ANSWERS answers, and then the space counts as
satisfiable.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

import numpy as np
from pysat.solvers import Solver

from transferperf.errors import SpaceError
from transferperf.space.arithmetic import evaluate, is_true
from transferperf.space.clauses import Clauses, read_model, settle
from transferperf.space.constraint import Configuration, Constraint, Formula
from transferperf.space.option import Value
from transferperf.space.space import ConfigurationSpace

MOST_ANSWERS = 1000
"""Answers that are tried where a formula is too large to be told to the solver."""

MOST_COMPARED = 50
"""Options that are brought nearer to a given configuration."""

MOST_NAMED = 8
"""Clashing constraints that a message lists."""


def check_satisfiable(space: ConfigurationSpace) -> None:
    """SpaceError with the constraints that clash, where no combination of the levels is valid.

    Examples
    --------
    >>> from transferperf.space.option import IntegerOption
    >>> a = IntegerOption(name="a", levels=(1, 2, 3))
    >>> check_satisfiable(ConfigurationSpace((a,), (Formula(holds="a >= 2"), Formula(holds="a != 3"))))
    >>> check_satisfiable(ConfigurationSpace((a,), (Formula(holds="a >= 3"), Formula(holds="a != 3"))))
    Traceback (most recent call last):
    transferperf.errors.SpaceError: no configuration is valid, these 2 constraints clash: a >= 3; a != 3. Loosen one
    """
    if not space.constraints or space.contains(space.canonical(space.default)):
        return
    found = clash(space)
    if found:
        raise SpaceError(clash_text(found))


def clash(space: ConfigurationSpace) -> tuple[Constraint, ...]:
    """Constraints that no combination of the levels satisfies together, and of which none can be left out.

    None where some combination is valid.
    """
    with Answers(space, is_fixed=False) as answers:
        core = answers.core(range(len(space.constraints)))
        if core is None:
            return ()
        for k in list(core):
            if k in core:
                smaller = answers.core([other for other in core if other != k])
                core = core if smaller is None else smaller
    return tuple(space.constraints[k] for k in sorted(core))


def clash_text(found: Sequence[Constraint]) -> str:
    """One line that names the constraints that clash."""
    if not found:
        return "no valid configuration was found; loosen a constraint"
    named = "; ".join(map(str, found[:MOST_NAMED]))
    rest = f"; and {len(found) - MOST_NAMED} more" if len(found) > MOST_NAMED else ""
    these = "this constraint cannot hold" if len(found) == 1 else f"these {len(found)} constraints clash"
    return f"no configuration is valid, {these}: {named}{rest}. Loosen {'it' if len(found) == 1 else 'one'}"


@dataclass(slots=True)
class Answers:
    """A solver that knows a space; to be used in a `with`.

    Parameters
    ----------
    is_fixed
        Whether all constraints hold in every answer; else `core` can be asked of some.
    """

    space: ConfigurationSpace
    clauses: Clauses
    solver: Any

    def __init__(self, space: ConfigurationSpace, *, is_fixed: bool = True) -> None:
        self.space, self.clauses = space, Clauses.of(space)
        self.solver = Solver(name="minisat22", bootstrap_with=self.clauses.clauses)
        if is_fixed:
            self.solver.append_formula([[chosen] for chosen in self.clauses.chosen])

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.solver.delete()

    def core(self, constraints: Sequence[int]) -> list[int] | None:
        """Numbers of those of the constraints that clash; None where they do not, or where it was not found out."""
        place = {self.clauses.chosen[k]: k for k in constraints}
        for _ in self._tries(list(place), [k for k in self.clauses.unread if k in constraints]):
            return None
        return None if self._is_open else [place[lit] for lit in self.solver.get_core() or ()]

    def near(self, configuration: Configuration) -> dict[str, Value] | None:
        """A valid configuration that the solver finds from a given one; None where it finds none."""
        self.solver.set_phases(
            [
                lit if level == configuration[name] else -lit
                for name, pairs in self.clauses.levels.items()
                for level, lit in (pairs if len(pairs) > 2 else pairs[-1:])
            ]
        )
        return next(self._tries([], self.clauses.unread), None)

    def nearest(self, configuration: Configuration) -> dict[str, Value] | None:
        """One that is still nearer: of the first MOST_COMPARED options that differ none can be as in the given one."""
        found, kept, n_compared = self.near(configuration), list[int](), 0
        for name, pairs in self.clauses.levels.items() if found else ():
            literal = next(lit for level, lit in pairs if level == configuration[name])
            if found and found[name] != configuration[name]:
                n_compared += 1
                closer = next(self._tries([*kept, literal], self.clauses.unread), None)
                if closer is None:
                    continue
                found = closer
            kept.append(literal)
            if n_compared == MOST_COMPARED:
                break
        return found

    def drawn(self, stream: np.random.Generator) -> dict[str, Value] | None:
        """A valid configuration near a random one; None where none was found."""
        levels = self.clauses.levels.items()
        places = stream.random(len(levels))
        return self.near({name: pairs[int(u * len(pairs))][0] for (name, pairs), u in zip(levels, places, strict=True)})

    @property
    def _is_open(self) -> bool:
        """Whether the last question was given up."""
        return self.solver.get_status() is not False

    def _tries(self, assumed: list[int], unread: Sequence[int]) -> Iterator[dict[str, Value]]:
        """The answer under what is assumed, where there is one; the unread formulas are checked on it."""
        for _ in range(MOST_ANSWERS):
            if not self.solver.solve(assumptions=assumed):
                return
            answer = read_model(self.clauses, frozenset(self.solver.get_model()))
            broken = [k for k in unread if not self._holds(self.space.constraints[k], answer)]
            if not broken:
                yield answer
                return
            for k in broken:
                others = settle(self.clauses, answer, self.space.constraints[k].reads)
                self.solver.add_clause([-self.clauses.chosen[k], *others])

    def _holds(self, constraint: Constraint, configuration: Configuration) -> bool:
        if not isinstance(constraint, Formula):
            return True
        values = {name: self.space[name].operand(configuration[name]) for name in constraint.reads}
        return bool(is_true(evaluate(constraint.tree, values)))
