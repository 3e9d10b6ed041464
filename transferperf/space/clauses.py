"""A space as clauses for a satisfiability solver: a variable for each level of each option.

A clause is a list of literals, numbers of variables, negative where the variable is false; one of them has to be true.
Numbers that a formula computes on the way are variables too, one for each value that may come of the levels.
"""

import ast
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np

from transferperf.space.arithmetic import BINARY, compare_values
from transferperf.space.constraint import Condition, Constraint, Exclusion, Formula, OneOf, Requirement, Values
from transferperf.space.option import Option, Value
from transferperf.space.space import ConfigurationSpace

MOST_PAIRS = 2**17
"""Pairs of values that one step of a formula may have; a larger formula is checked on answers only."""

TRUE = 1
"""The literal that is always true."""

Operation = Callable[[np.ndarray, np.ndarray], np.ndarray]

Range = tuple[np.ndarray, list[int]]
"""Distinct values, and the literal of each: true where it is the value."""


class TooLargeError(Exception):
    """A formula that would need too many clauses."""


@dataclass(slots=True)
class Clauses:
    """What a solver is given, as it grows.

    Parameters
    ----------
    levels
        For each option its levels, and its default, each with its literal.
    chosen
        For each constraint the literal that puts it into force.
    unread
        Formulas that were too large: their clauses are missing.
    """

    space: ConfigurationSpace
    n_variables: int = TRUE
    clauses: list[list[int]] = field(default_factory=lambda: [[TRUE]])
    levels: dict[str, list[tuple[Value, int]]] = field(default_factory=dict)
    chosen: list[int] = field(default_factory=list)
    unread: list[int] = field(default_factory=list)

    @classmethod
    def of(cls, space: ConfigurationSpace) -> "Clauses":
        """All options and constraints of a space."""
        clauses = cls(space)
        conditions: dict[str, list[Condition]] = {}
        for constraint in space.constraints:
            if isinstance(constraint, Condition):
                conditions.setdefault(constraint.option, []).append(constraint)
        for option in space.options:
            clauses.levels[option.name] = clauses._choices(option, is_conditional=option.name in conditions)
        for option in space.options:
            if option.name in conditions and option.default not in option.levels:
                idle = [lit for c in conditions[option.name] for lit in clauses.without(c.parent, c.values)]
                clauses.clauses.append([-clauses.levels[option.name][-1][1], *idle])
        for k, constraint in enumerate(space.constraints):
            chosen = clauses.new()
            clauses.chosen.append(chosen)
            try:
                added = list(clauses._spell(constraint))
            except TooLargeError:
                clauses.unread.append(k)
                continue
            clauses.clauses.extend([-chosen, *clause] for clause in added)
        return clauses

    def new(self) -> int:
        """A variable that nothing is known of."""
        self.n_variables += 1
        return self.n_variables

    def within(self, name: str, values: Iterable[Value]) -> list[int]:
        """Literals of an option of which one is true where it has one of these values."""
        values = list(values)
        return [lit for level, lit in self.levels[name] if level in values]

    def without(self, name: str, values: Iterable[Value]) -> list[int]:
        """Literals of an option of which one is true where it has none of these values."""
        values = list(values)
        return [lit for level, lit in self.levels[name] if level not in values]

    def _choices(self, option: Option, *, is_conditional: bool) -> list[tuple[Value, int]]:
        values = [*option.levels]
        if is_conditional and option.default is not None and option.default not in values:
            values.append(option.default)
        if len(values) <= 2:
            on = self.new() if len(values) == 2 else -TRUE
            return list(zip(values, [-on, on], strict=False))
        literals = [self.new() for _ in values]
        self.clauses.extend([literals, *self._at_most_one(literals)])
        return list(zip(values, literals, strict=True))

    def _at_most_one(self, literals: Sequence[int]) -> list[list[int]]:
        """That no two are true: a chain of variables that say whether one was true so far."""
        clauses, seen = [], literals[0]
        for literal in literals[1:]:
            clauses.append([-seen, -literal])
            so_far = self.new()
            clauses += [[-seen, so_far], [-literal, so_far]]
            seen = so_far
        return clauses

    def _spell(self, constraint: Constraint) -> Iterable[list[int]]:
        match constraint:
            case Exclusion(values=values):
                yield self._outside(values)
            case Requirement(when=when, then=then):
                for name, among in then:
                    yield [*self._outside(when), *self.within(name, among)]
            case Condition(option=name, parent=parent, values=among):
                yield [*self.within(parent, among), *self.within(name, [self.space.default[name]])]
            case OneOf():
                on = [self.levels[name][1][1] for name in constraint.options]
                yield from self._at_most_one(on)
                if not constraint.is_optional:
                    yield on
            case Formula(tree=tree):
                yield [self._truth(tree)]

    def _outside(self, values: Values) -> list[int]:
        return [lit for name, among in values for lit in self.without(name, among)]

    def _truth(self, node: ast.expr) -> int:
        """The literal that is true where a statement holds."""
        match node:
            case ast.UnaryOp(op=ast.Not()):
                return -self._truth(node.operand)
            case ast.BoolOp():
                parts = [self._truth(part) for part in node.values]
                return self._all(parts) if isinstance(node.op, ast.And) else -self._all([-part for part in parts])
            case ast.Compare():
                sides = [node.left, *node.comparators]
                links = zip(pairwise(sides), node.ops, strict=True)
                return self._all([self._link(left, op, right) for (left, right), op in links])
        numbers, literals = self._range(node)
        return -self._all([-lit for number, lit in zip(numbers, literals, strict=True) if number != 0])

    def _all(self, literals: Sequence[int]) -> int:
        if len(literals) == 1:
            return literals[0]
        every = self.new()
        self.clauses.extend([-every, literal] for literal in literals)
        self.clauses.append([every, *(-literal for literal in literals)])
        return every

    def _link(self, left: ast.expr, op: ast.cmpop, right: ast.expr) -> int:
        if isinstance(op, ast.In | ast.NotIn) and isinstance(right, ast.Tuple | ast.List):
            among = -self._all([-self._link(left, ast.Eq(), item) for item in right.elts])
            return -among if isinstance(op, ast.NotIn) else among
        (u, u_lits), (v, v_lits) = self._range(left), self._range(right)
        self._check_size(u, v)
        holds = compare_values(op, u[:, None], v[None, :])
        answer = self.new()
        for i, j in np.ndindex(holds.shape):
            self.clauses.append([-u_lits[i], -v_lits[j], answer if holds[i, j] else -answer])
        return answer

    def _range(self, node: ast.expr) -> Range:
        """The values that may come of an expression."""
        match node:
            case ast.Constant():
                kind = object if isinstance(node.value, str) else float
                return np.array([node.value], dtype=kind), [TRUE]
            case ast.Name():
                option, pairs = self.space[node.id], self.levels[node.id]
                operands = [option.operand(level)[()] for level, _ in pairs]
                return np.array(operands, dtype=float if option.is_numeric else object), [lit for _, lit in pairs]
            case ast.UnaryOp(op=ast.USub() | ast.UAdd()):
                values, literals = self._range(node.operand)
                return (-values if isinstance(node.op, ast.USub) else values), literals
            case ast.BinOp():
                return self._step(BINARY[type(node.op)], self._range(node.left), self._range(node.right))
        holds = self._truth(node)
        return np.array([0.0, 1.0]), [-holds, holds]

    def _step(self, op: Operation, left: Range, right: Range) -> Range:
        """The values of an operation: each pair of values implies one."""
        self._check_size(left[0], right[0])
        with np.errstate(all="ignore"):
            values, place = np.unique(op(left[0][:, None], right[0][None, :]), return_inverse=True)
        literals = [self.new() for _ in values]
        place = place.reshape(len(left[0]), -1)
        self.clauses.append(literals)  # follows from those below, and spares the solver finding that out
        for i, j in np.ndindex(place.shape):
            self.clauses.append([-left[1][i], -right[1][j], literals[place[i, j]]])
        return values, literals

    def _check_size(self, left: np.ndarray, right: np.ndarray) -> None:
        if len(left) * len(right) > MOST_PAIRS:
            raise TooLargeError


def read_model(clauses: Clauses, true: frozenset[int]) -> dict[str, Value]:
    """The configuration that a solver's answer means."""
    return {
        name: next(level for level, lit in pairs if (lit in true if lit > 0 else -lit not in true))
        for name, pairs in clauses.levels.items()
    }


def settle(clauses: Clauses, configuration: Mapping[str, Value], names: Iterable[str]) -> list[int]:
    """Literals of which one is true where an option of these has another value than in this configuration."""
    return [lit for name in names for lit in clauses.without(name, [configuration[name]])]
