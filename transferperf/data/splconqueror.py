"""Feature models of SPLConqueror: XML files with binary and numeric options."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from xml.parsers import expat

import numpy as np

from transferperf.data.feature_model import Feature, FeatureModel, Group, Statement
from transferperf.errors import DataError, SpaceError
from transferperf.space import Value
from transferperf.space.arithmetic import evaluate, names_in, parse_formula
from transferperf.space.option import plain

MOST_STEPS = 4096
"""Values of a numeric option that are read."""


@dataclass(slots=True)
class Node:
    """An element of an XML file."""

    tag: str
    line: int
    text: str = ""
    children: list["Node"] = field(default_factory=list)

    def find(self, *tags: str) -> Iterator["Node"]:
        """Elements below, one tag for each step."""
        for child in self.children:
            if child.tag == tags[0]:
                yield from child.find(*tags[1:]) if len(tags) > 1 else (child,)

    def says(self, tag: str) -> str:
        """Text of the first child of that tag, "" where there is none."""
        return next((child.text.strip() for child in self.children if child.tag == tag), "")

    def lists(self, tag: str) -> list[list[str]]:
        """The alternatives `a | b` of each entry of a list of options."""
        entries = [entry.text for child in self.find(tag) for entry in child.children]
        return [names for text in entries if (names := [name.strip() for name in text.split("|") if name.strip()])]


def read_splconqueror(path: Path, text: str) -> FeatureModel:
    """The model in an XML file; DataError with the line where it cannot be read."""
    root = parse_xml(path, text)
    if root.tag != "vm":
        raise DataError(f"the document is a <{root.tag}>; expected a <vm> of SPLConqueror", path=path, row=root.line)
    binary = list(root.find("binaryOptions", "configurationOption"))
    numeric = list(root.find("numericOptions", "configurationOption"))
    known = {_name(path, node) for node in (*binary, *numeric)}
    top = next((_name(path, node) for node in binary if not node.says("parent") and _name(path, node) == "root"), "")
    features = (*(_binary(path, node, top) for node in binary), *(_numeric(path, node, top) for node in numeric))
    for node, feature in zip((*binary, *numeric), features, strict=True):
        for name in (feature.parent, *(name for tag in _LISTS for names in node.lists(tag) for name in names)):
            if name and name not in known:
                problem = f"'{feature.name}' speaks of an option '{name}', which is not there; correct it"
                raise DataError(problem, path=path, row=node.line)
    groups, in_groups = _groups(binary, features)
    statements = [*root.find("booleanConstraints", "constraint"), *root.find("nonBooleanConstraints", "constraint")]
    mixed = [node.line for node in root.find("mixedConstraints", "constraint")]
    notes = (
        (f"mixed constraints in line {', '.join(map(str, mixed))} are left out: the space is larger",) if mixed else ()
    )
    model = FeatureModel(
        path=path,
        features=features,
        groups=groups,
        statements=tuple(Statement(text=node.text.strip(), line=node.line) for node in statements),
        notes=notes,
    )
    return _with_lists(model, (*binary, *numeric), in_groups)


_LISTS = ("impliedOptions", "excludedOptions")


def parse_xml(path: Path, text: str) -> Node:
    """The document element of an XML file."""
    parser, stack = expat.ParserCreate(), [Node("", 0)]

    def start(tag: str, _: object) -> None:
        stack.append(Node(tag, parser.CurrentLineNumber))
        stack[-2].children.append(stack[-1])

    def read(data: str) -> None:
        stack[-1].text += data

    def refuse(*_: object) -> None:
        raise DataError("a document type is declared; take it out", path=path, row=parser.CurrentLineNumber)

    parser.StartElementHandler, parser.CharacterDataHandler = start, read
    parser.EndElementHandler = lambda _: stack.pop()
    parser.StartDoctypeDeclHandler = refuse
    try:
        parser.Parse(text, True)
    except expat.ExpatError as error:
        raise DataError(f"not well-formed XML: {expat.ErrorString(error.code)}", path=path, row=error.lineno) from error
    return stack[0].children[0]


def _name(path: Path, node: Node) -> str:
    name = node.says("name")
    if not name:
        raise DataError("an option has no <name>; add it", path=path, row=node.line)
    return name


def _binary(path: Path, node: Node, top: str) -> Feature:
    name = _name(path, node)
    default = int(node.says("defaultValue").lower() == "selected" and node.says("optional").lower() == "true")
    return Feature(name=name, line=node.line, parent="" if name == top else node.says("parent") or top, default=default)


def _numeric(path: Path, node: Node, top: str) -> Feature:
    parent = node.says("parent") or top
    return Feature(name=_name(path, node), line=node.line, parent=parent, levels=_levels(path, node))


def _levels(path: Path, node: Node) -> tuple[Value, ...]:
    """Values of a numeric option: those that are listed, or the steps from the smallest to the largest."""
    try:
        if node.says("values"):
            return tuple(plain(float(word)) for word in re.split(r"[;,\s]+", node.says("values").strip(";, \n\t")))
        value, last = float(node.says("minValue")), float(node.says("maxValue"))
        tree = parse_formula(f"({node.says('stepFunction') or 'n + 1'}) >= 0").left  # type: ignore[attr-defined]
    except (ValueError, SpaceError) as error:
        problem = f"numeric option '{node.says('name')}' has no range: {error}; give values, or minValue and maxValue"
        raise DataError(problem, path=path, row=node.line) from error
    levels = [value]
    while len(levels) <= MOST_STEPS:
        value = float(np.round(evaluate(tree, {name: np.array(value) for name in names_in(tree)}), 12))
        if not levels[-1] < value <= last:
            break
        levels.append(value)
    if not value > last or len(levels) > MOST_STEPS:
        problem = (
            f"the steps of '{node.says('name')}' do not reach {last:g} in {MOST_STEPS} values; correct stepFunction"
        )
        raise DataError(problem, path=path, row=node.line)
    return tuple(plain(level) for level in levels)


def _groups(binary: Sequence[Node], features: Sequence[Feature]) -> tuple[tuple[Group, ...], set[frozenset[str]]]:
    """The groups, and the pairs of options that exclude each other by being alternatives.

    Options that have to be chosen and exclude their siblings are alternatives; where not all of them exclude each
    other, each asks for one of those it excludes or itself.
    """
    by_name = {feature.name: feature for feature in features}
    needed = {node.says("name") for node in binary if node.says("optional").lower() != "true"}
    rivals = {
        node.says("name"): {
            name
            for names in node.lists("excludedOptions")
            for name in names
            if name in needed and by_name[name].parent == by_name[node.says("name")].parent
        }
        for node in binary
    }
    groups: dict[tuple[str, ...], Group] = {}
    pairs = set()
    for feature in features:
        if not feature.parent:
            continue
        is_choice = feature.name in needed and not feature.levels and bool(rivals[feature.name])
        names = tuple(sorted({feature.name, *rivals[feature.name]})) if is_choice else (feature.name,)
        low = 0 if not is_choice and (feature.levels or feature.name not in needed) else 1
        is_whole = all({name, *rivals.get(name, ())} == set(names) for name in names) if is_choice else True
        groups[names] = Group(children=names, low=low, high=1 if is_whole else len(names), line=feature.line)
        pairs |= {frozenset((feature.name, other)) for other in names if is_whole}
    return tuple(groups.values()), pairs


def _with_lists(model: FeatureModel, nodes: Sequence[Node], in_groups: set[frozenset[str]]) -> FeatureModel:
    """The model with what its options imply and exclude, said by statements so that fixed ones are looked after."""
    statements, seen = list(model.statements), set(in_groups)
    for node in nodes:
        name = f'"{node.says("name")}"'
        for names in node.lists("impliedOptions"):
            either = " | ".join(f'"{other}"' for other in names)
            statements.append(Statement(text=f"{name} => {either}", line=node.line))
        for other in dict.fromkeys(other for names in node.lists("excludedOptions") for other in names):
            pair = frozenset((node.says("name"), other))
            if pair not in seen:
                seen.add(pair)
                statements.append(Statement(text=f'!{name} | !"{other}"', line=node.line))
    return FeatureModel(
        path=model.path, features=model.features, groups=model.groups, statements=tuple(statements), notes=model.notes
    )
