"""Spaces as plain mappings: what system.toml and model files hold."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from transferperf.errors import SpaceError, UnknownNameError
from transferperf.space.constraint import Condition, Constraint, Exclusion, Formula, OneOf, Requirement, Values
from transferperf.space.option import KINDS, Option, RealOption, Value, plain
from transferperf.space.satisfiability import check_satisfiable
from transferperf.space.space import ConfigurationSpace

UNSAID = "declared so"
"""Reason of a constraint that gives none."""


def parse_space(declaration: Mapping[str, Any]) -> ConfigurationSpace:
    """The space that the tables `options`, `one_of`, `excluded`, `required` and `formula` of a system.toml describe.

    Raises
    ------
    SpaceError
        Where an entry lacks what it needs or says something else than is known, or where the constraints clash.

    Examples
    --------
    >>> space = parse_space({"options": [
    ...     {"name": "journal", "type": "choice", "levels": ["delete", "wal"]},
    ...     {"name": "checkpoint", "type": "integer", "levels": [10, 1000], "only_if": {"journal": ["wal"]}},
    ... ]})
    >>> space.canonical({"journal": "delete", "checkpoint": 1000})
    {'journal': 'delete', 'checkpoint': 10}
    """
    entries: Sequence[Mapping[str, Any]] = declaration.get("options", ())
    if not entries:
        raise SpaceError(f"a space needs [[options]]; got only {sorted(declaration) or 'an empty file'}")
    options = tuple(_option(entry) for entry in entries)
    constraints = (constraint for read in _CONSTRAINTS for constraint in read(declaration))
    space = ConfigurationSpace(options, (*_conditions(entries), *constraints))
    check_satisfiable(space)
    return space


def declare_space(space: ConfigurationSpace) -> dict[str, Any]:
    """The mapping that `parse_space` reads back to an equal space, its constraints sorted by kind."""
    tables: dict[str, list[dict[str, Any]]] = {"options": [_declare(option) for option in space.options]}
    by_name = {entry["name"]: entry for entry in tables["options"]}
    for constraint in space.constraints:
        match constraint:
            case Condition():
                by_name[constraint.option].setdefault("only_if", {})[constraint.parent] = list(constraint.values)
            case OneOf():
                entry = {"options": list(constraint.options), "optional": constraint.is_optional}
                tables.setdefault("one_of", []).append(entry)
            case Exclusion():
                entry = {**_pairs(constraint.values), "reason": constraint.reason}
                tables.setdefault("excluded", []).append(entry)
            case Requirement():
                entry = {"if": _pairs(constraint.when), "then": _pairs(constraint.then), "reason": constraint.reason}
                tables.setdefault("required", []).append(entry)
            case Formula():
                reason = {"reason": constraint.reason} if constraint.reason else {}
                tables.setdefault("formula", []).append({"holds": constraint.holds, **reason})
    return tables


def _conditions(entries: Sequence[Mapping[str, Any]]) -> Iterator[Constraint]:
    for entry in entries:
        for parent, values in entry.get("only_if", {}).items():
            yield Condition(option=entry["name"], parent=parent, values=_values(values))


def _groups(declaration: Mapping[str, Any]) -> Iterator[Constraint]:
    for entry in _entries(declaration, "one_of", needs=("options",), may=("optional",)):
        yield OneOf(options=tuple(entry["options"]), is_optional=entry.get("optional", False))


def _exclusions(declaration: Mapping[str, Any]) -> Iterator[Constraint]:
    for entry in declaration.get("excluded", ()):
        pairs = {name: values for name, values in entry.items() if name != "reason"}
        yield Exclusion(values=_values_of(pairs), reason=entry.get("reason", UNSAID))


def _requirements(declaration: Mapping[str, Any]) -> Iterator[Constraint]:
    for entry in _entries(declaration, "required", needs=("if", "then"), may=("reason",)):
        when, then = _values_of(entry["if"]), _values_of(entry["then"])
        yield Requirement(when=when, then=then, reason=entry.get("reason", UNSAID))


def _formulas(declaration: Mapping[str, Any]) -> Iterator[Constraint]:
    written = [{"holds": entry} if isinstance(entry, str) else entry for entry in declaration.get("formula", ())]
    for entry in _entries({"formula": written}, "formula", needs=("holds",), may=("reason",)):
        yield Formula(holds=entry["holds"], reason=entry.get("reason", ""))


_CONSTRAINTS = (_groups, _exclusions, _requirements, _formulas)


def _entries(
    declaration: Mapping[str, Any], table: str, *, needs: tuple[str, ...], may: tuple[str, ...]
) -> Iterator[Mapping[str, Any]]:
    """Entries of a table; an error where one lacks a key, or has one that nobody knows."""
    for entry in declaration.get(table, ()):
        for key in entry:
            if key not in (*needs, *may):
                raise UnknownNameError(f"key of [[{table}]]", key, (*needs, *may))
        missing = [key for key in needs if key not in entry]
        if missing:
            raise SpaceError(
                f"[[{table}]] {dict(entry)} lacks {' and '.join(missing)}; give each of {', '.join(needs)}"
            )
        yield entry


def _pairs(values: Values) -> dict[str, list[Value]]:
    return {name: list(among) for name, among in values}


def _values_of(pairs: Mapping[str, Any]) -> Values:
    return tuple((name, _values(values)) for name, values in pairs.items())


def _values(values: Any) -> tuple[Any, ...]:
    return tuple(plain(value) for value in (values if isinstance(values, list | tuple) else [values]))


def _option(entry: Mapping[str, Any]) -> Option:
    kind = entry.get("type", "choice")
    if kind not in KINDS:
        raise UnknownNameError(f"type of option '{entry.get('name', '?')}'", str(kind), KINDS)
    known = {"name", "levels", "default", "unit", *(["scale"] if issubclass(KINDS[kind], RealOption) else [])}
    unknown = sorted(set(entry) - known - {"type", "only_if", "description", "words", "read"})
    if unknown:
        raise UnknownNameError(f"key of {kind} option '{entry.get('name', '?')}'", unknown[0], sorted(known))
    if "name" not in entry or ("levels" not in entry and kind != "binary"):
        raise SpaceError(f"option {dict(entry)} lacks a name or levels; give both")
    fields: dict[str, Any] = {
        key: tuple(value) if key == "levels" else value for key, value in entry.items() if key in known
    }
    return KINDS[kind](**fields)


def _declare(option: Option) -> dict[str, Any]:
    entry = {"name": option.name, "type": option.kind, "levels": list(option.levels), "default": option.default}
    entry |= {"unit": option.unit} if option.unit else {}
    return entry | ({"scale": option.scale} if isinstance(option, RealOption) else {})
