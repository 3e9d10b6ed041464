"""Feature models as spaces: a tree of features, groups of which some have to be on, and statements across the tree.

Features become binary options (0, 1), numeric ones numbers that matter while their parent is on. Features that are
always on are no options.
"""

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from transferperf.data.propositions import translate
from transferperf.errors import DataError, SpaceError, UnknownNameError
from transferperf.space import (
    BinaryOption,
    Condition,
    ConfigurationSpace,
    Constraint,
    Exclusion,
    Formula,
    IntegerOption,
    OneOf,
    Option,
    RealOption,
    Requirement,
    Value,
    check_satisfiable,
)
from transferperf.space.satisfiability import Answers

ON, OFF = (1,), (0,)


@dataclass(frozen=True, slots=True, kw_only=True)
class Feature:
    """A feature: something that is on or off, or a number where it has levels.

    Parameters
    ----------
    attributes
        Numbers that statements may speak of while the feature is on.
    """

    name: str
    line: int
    parent: str = ""
    levels: tuple[Value, ...] = ()
    default: Value = 0
    attributes: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Features of which `low` to `high` are on while their parent is."""

    children: tuple[str, ...]
    low: int
    high: int
    line: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """What has to hold, as the file says it."""

    text: str
    line: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FeatureModel:
    """What a feature model file says.

    Parameters
    ----------
    fixed
        Features that are always on (1) or off (0); those that the tree keeps on are added.
    constraints
        Constraints that the reader made itself; they do not speak of fixed features.
    notes
        What could not be carried over.
    """

    path: Path
    features: tuple[Feature, ...]
    groups: tuple[Group, ...] = ()
    statements: tuple[Statement, ...] = ()
    constraints: tuple[Constraint, ...] = ()
    fixed: Mapping[str, int] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        by_name: dict[str, Feature] = {}
        for feature in self.features:
            if feature.name in by_name:
                first = by_name[feature.name].line
                raise self.error(
                    f"feature '{feature.name}' is there twice, first in line {first}; rename one", feature.line
                )
            by_name[feature.name] = feature
        fixed = {
            **self.fixed,
            **{f.name: 1 for f in self.features if not f.parent and not f.levels and self._is_root(f)},
        }
        n_fixed = -1
        while n_fixed < len(fixed):
            n_fixed = len(fixed)
            for group in self.groups:
                parent = by_name[group.children[0]].parent
                if group.low == len(group.children) and (not parent or fixed.get(parent)):
                    fixed |= {name: 1 for name in group.children if not by_name[name].levels}
        object.__setattr__(self, "fixed", fixed)

    def _is_root(self, feature: Feature) -> bool:
        return bool(self.groups) and all(feature.name not in group.children for group in self.groups)

    def error(self, problem: str, line: int) -> DataError:
        """A DataError that says where."""
        return DataError(problem, path=self.path, row=line)

    def space(self) -> ConfigurationSpace:
        """The space that the model describes.

        Raises
        ------
        DataError
            Where a statement cannot be carried over, or no configuration is valid.
        """
        constraints = (*self._tree(), *self._stated(), *self.constraints)
        options = tuple(_option(feature) for feature in self.features if feature.name not in self.fixed)
        if not options:
            raise DataError("all features are always on or off; expected some that can be chosen", path=self.path)
        try:
            space = ConfigurationSpace(options, constraints)
            check_satisfiable(space)
        except (SpaceError, UnknownNameError) as error:
            raise DataError(str(error), path=self.path) from error
        return _with_valid_default(space)

    def _tree(self) -> Iterator[Constraint]:
        """What the tree demands."""
        by_name = {feature.name: feature for feature in self.features}
        for group in self.groups:
            parent = by_name[group.children[0]].parent
            parent = "" if parent in self.fixed else parent
            for name in group.children:
                if parent and by_name[name].levels:
                    yield Condition(option=name, parent=parent, values=ON)
                elif parent:
                    reason = f"line {by_name[name].line}: its parent"
                    yield Requirement(when=((name, ON),), then=((parent, ON),), reason=reason)
            names = tuple(name for name in group.children if name not in self.fixed and not by_name[name].levels)
            yield from _counted(names, group, parent)

    def _stated(self) -> Iterator[Constraint]:
        """What the statements demand."""
        by_name = {feature.name: feature for feature in self.features}
        for statement in self.statements:

            def spell(name: str, argument: str, line: int = statement.line) -> str:
                return self._spell(name, argument, line, by_name)

            try:
                text = translate(statement.text, spell, by_name)
                text = f"{text} > 0" if text in ("0", "1") else text
                formula = Formula(holds=text, reason=f"line {statement.line}: {statement.text}")
            except (SpaceError, UnknownNameError) as error:
                raise self.error(str(error), statement.line) from error
            if not formula.reads and formula.why_violated({}):
                problem = f"'{statement.text}' contradicts what is always on or off; take one of them out"
                raise self.error(problem, statement.line)
            if formula.reads:
                yield _as_clause(formula, by_name)

    def _spell(self, name: str, argument: str, line: int, by_name: Mapping[str, Feature]) -> str:
        """A name of a statement in a formula."""
        if argument:
            if name != "sum":
                raise self.error(f"the function '{name}' is not known; expected sum", line)
            carriers = [feature for feature in self.features if argument in feature.attributes]
            return f"({' + '.join(self._attribute(f, argument) for f in carriers)})" if carriers else "0"
        if name in self.fixed:
            return str(self.fixed[name])
        if name in by_name:
            return quoted(name)
        feature, _, attribute = name.rpartition(".")
        if feature in by_name and attribute in by_name[feature].attributes:
            return self._attribute(by_name[feature], attribute)
        known = by_name[feature].attributes if feature in by_name else by_name
        raise UnknownNameError("attribute" if feature in by_name else "feature", name, known)

    def _attribute(self, feature: Feature, attribute: str) -> str:
        number = f"{feature.attributes[attribute]:.17g}"
        on = str(self.fixed[feature.name]) if feature.name in self.fixed else quoted(feature.name)
        return number if feature.levels else f"{number} * {on}"


def _as_clause(formula: Formula, features: Mapping[str, Feature]) -> Formula | Exclusion:
    """The formula, or what it excludes where it asks for one of some features to be on or off: the simpler form."""
    literals = _literals(formula.tree, is_wanted=True)
    if literals is None or any(features[name].levels for name, _ in literals):
        return formula
    return Exclusion(values=tuple((name, OFF if is_on else ON) for name, is_on in literals), reason=formula.reason)


def _literals(node: ast.expr, *, is_wanted: bool) -> list[tuple[str, bool]] | None:
    """Names of which one has to be on or off so that a statement is as wanted; None where it asks for more."""
    match node:
        case ast.Name():
            return [(node.id, is_wanted)]
        case ast.UnaryOp(op=ast.Not()):
            return _literals(node.operand, is_wanted=not is_wanted)
        case ast.BoolOp() if isinstance(node.op, ast.Or) == is_wanted:
            parts = [_literals(part, is_wanted=is_wanted) for part in node.values]
            return None if None in parts else [literal for part in parts for literal in part or ()]
    return None


def quoted(name: str) -> str:
    """A name as formulas spell it."""
    return (
        name
        if re.fullmatch(r"[^\W\d]\w*", name) and name not in ("and", "or", "not", "in", "True", "False")
        else f"`{name}`"
    )


def _counted(names: tuple[str, ...], group: Group, parent: str) -> Iterator[Constraint]:
    """What has to hold of how many features of a group are on."""
    n, low, high = len(names), group.low - (len(group.children) - len(names)), group.high
    reason = f"line {group.line}: {group.low} to {group.high} of a group"
    while_on = ((parent, ON),) if parent else ()
    if n and low == n:
        yield Requirement(when=while_on, then=tuple((name, ON) for name in names), reason=reason)
        return
    if n > 1 and high == 1:
        yield OneOf(options=names, is_optional=low < 1 or bool(parent))
    if low == 1 and (parent or high > 1):
        yield Exclusion(values=(*while_on, *((name, OFF) for name in names)), reason=reason)
    total = " + ".join(quoted(name) for name in names)
    if low > 1:
        unless = f"not {quoted(parent)} or " if parent else ""
        yield Formula(holds=f"{unless}{total} >= {low}", reason=reason)
    if 1 < high < n:
        yield Formula(holds=f"{total} <= {high}", reason=reason)


def _option(feature: Feature) -> Option:
    if not feature.levels:
        return BinaryOption(name=feature.name, default=feature.default)
    is_whole = all(isinstance(level, int) for level in feature.levels)
    default = feature.default if feature.default in feature.levels else None
    return (IntegerOption if is_whole else RealOption)(name=feature.name, levels=feature.levels, default=default)


def _with_valid_default(space: ConfigurationSpace) -> ConfigurationSpace:
    """The space with a default that is valid, near the one it has."""
    if space.contains(space.canonical(space.default)):
        return space
    with Answers(space) as answers:
        found = answers.nearest(space.default) or space.default
    options = tuple(replace(option, default=found[option.name]) for option in space.options)
    return ConfigurationSpace(options, space.constraints)
