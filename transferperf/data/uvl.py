"""Feature models in the Universal Variability Language: a tree by indentation, and constraints."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from transferperf.data.feature_model import Feature, FeatureModel, Group, Statement
from transferperf.errors import DataError
from transferperf.space import Value
from transferperf.space.option import as_number, plain

SECTIONS = ("namespace", "imports", "include", "features", "constraints")
GROUPS = {"mandatory": (-1, -1), "optional": (0, -1), "alternative": (1, 1), "or": (1, -1)}
"""Kinds of group: how many of their features are on, -1 for all of them."""

MOST_STEPS = 4096
"""Values of a numeric feature that are read."""

_FEATURE = re.compile(
    r"(?:(?P<kind>Boolean|Integer|Real|String)\s+)?(?P<name>\"[^\"]+\"|[^\s{\"]+)\s*"
    r"(?P<cardinality>cardinality\s*\[[^\]]*\])?\s*(?:\{(?P<attributes>.*)\})?"
)
_CARDINALITY = re.compile(r"\[\s*(\d+)\s*(?:\.\.\s*(\d+|\*)\s*)?\]")


@dataclass(slots=True)
class _Open:
    """A feature or a group whose lines are being read."""

    indent: int
    name: str
    is_group: bool
    line: int
    low: int = 0
    high: int = 0
    children: list[str] = field(default_factory=list)


@dataclass(slots=True)
class _Tree:
    """The tree as it is read."""

    path: Path
    features: list[Feature] = field(default_factory=list)
    groups: list[_Open] = field(default_factory=list)
    statements: list[Statement] = field(default_factory=list)
    open: list[_Open] = field(default_factory=list)

    def error(self, problem: str, line: int) -> DataError:
        """A DataError that says where."""
        return DataError(problem, path=self.path, row=line)

    def add(self, indent: int, text: str, line: int) -> None:
        """One line of the tree."""
        while self.open and self.open[-1].indent >= indent:
            self.open.pop()
        above = self.open[-1] if self.open else None
        low_high = self._group(text)
        if low_high is not None:
            if above is None or above.is_group:
                raise self.error(f"the group '{text}' stands below no feature; indent it below one", line)
            self.open.append(_Open(indent, above.name, is_group=True, line=line, low=low_high[0], high=low_high[1]))
            self.groups.append(self.open[-1])
            return
        if above is None and self.features:
            raise self.error(f"'{text}' is a second root; expected one feature that holds all others", line)
        if above is not None and not above.is_group:
            raise self.error(f"'{text}' stands below a feature; expected {', '.join(GROUPS)} or [a..b] between", line)
        feature = self._feature(text, line, above.name if above else "")
        self.features.append(feature)
        if above is not None:
            above.children.append(feature.name)
        self.open.append(_Open(indent, feature.name, is_group=False, line=line))

    def closed_groups(self) -> tuple[Group, ...]:
        """The groups, with their numbers of features."""
        groups = []
        for group in self.groups:
            n = len(group.children)
            low, high = (n if count < 0 else count for count in (group.low, group.high))
            if not n:
                raise self.error("the group holds no feature; indent some below it, or take it out", group.line)
            if low > n or high < low:
                problem = f"a group of {n} features asks for {low} to {high} of them; correct it"
                raise self.error(problem, group.line)
            groups.append(Group(children=tuple(group.children), low=low, high=min(high, n), line=group.line))
        return tuple(groups)

    def _group(self, text: str) -> tuple[int, int] | None:
        if text in GROUPS:
            return GROUPS[text]
        found = _CARDINALITY.fullmatch(text)
        if not found:
            return None
        low, high = int(found[1]), found[2] or found[1]
        return low, -1 if high == "*" else int(high)

    def _feature(self, text: str, line: int, parent: str) -> Feature:
        found = _FEATURE.fullmatch(text)
        if not found:
            raise self.error(f"'{text}' cannot be read; expected a feature such as 'Cache {{size 3}}'", line)
        if found["cardinality"]:
            raise self.error(f"'{text}' may occur several times, which no option can; take the cardinality out", line)
        name, attributes = found["name"].strip('"'), dict(self._attributes(found["attributes"] or "", line))
        numbers = {key: number for key, value in attributes.items() if (number := as_number(value)) is not None}
        levels = () if found["kind"] in (None, "Boolean") else self._levels(name, found["kind"], numbers, line)
        return Feature(name=name, line=line, parent=parent, levels=levels, attributes=numbers)

    def _attributes(self, text: str, line: int) -> Iterator[tuple[str, str]]:
        """Names and texts of attributes; a constraint among them is a statement."""
        for part in re.split(r",(?![^\[{(]*[\]})])", text):
            key, _, value = part.strip().partition(" ")
            if key == "constraint":
                self.statements.append(Statement(text=value.strip(), line=line))
            elif key == "constraints":
                self.statements += [Statement(text=one.strip(), line=line) for one in value.strip(" []").split(",")]
            elif key:
                yield key, value.strip()

    def _levels(self, name: str, kind: str, numbers: dict[str, float], line: int) -> tuple[Value, ...]:
        """Values of a typed feature: from its attributes min, max and step."""
        if kind == "String" or not {"min", "max"} <= numbers.keys():
            wanted = "a Boolean feature for each text" if kind == "String" else "a range: {min 1, max 8, step 1}"
            raise self.error(f"{kind} feature '{name}' has no list of values; give {wanted}", line)
        low, high, step = numbers["min"], numbers["max"], numbers.get("step", 1.0)
        n = int((high - low) / step + 1e-9) + 1 if step > 0 else 0
        if not 0 < n <= MOST_STEPS:
            raise self.error(
                f"feature '{name}' has {n} values from {low:g} to {high:g} by {step:g}; correct that", line
            )
        return tuple(plain(round(low + k * step, 12)) for k in range(n))


def read_uvl(path: Path, text: str) -> FeatureModel:
    """The model in a UVL file; DataError with the line where it cannot be read."""
    tree, section = _Tree(path), ""
    for line, content in enumerate(_without_comments(text).splitlines(), start=1):
        words = content.strip()
        indent = len(content.expandtabs(4)) - len(content.expandtabs(4).lstrip())
        if not words:
            continue
        if indent == 0:
            section = words.split()[0]
            if section not in SECTIONS:
                raise tree.error(f"'{words}' begins no section; expected {', '.join(SECTIONS)}", line)
        elif section == "features":
            tree.add(indent, words, line)
        elif section == "constraints":
            tree.statements.append(Statement(text=words, line=line))
        elif section == "imports":
            raise tree.error(f"'{words}' is another file, and only one is read; put all features into this one", line)
        elif section != "include":
            raise tree.error(f"'{words}' stands in no section; expected {', '.join(SECTIONS)}", line)
    if not tree.features:
        raise tree.error("there are no features; expected a section 'features'", 1)
    groups = tree.closed_groups()
    return FeatureModel(path=path, features=tuple(tree.features), groups=groups, statements=tuple(tree.statements))


def _without_comments(text: str) -> str:
    """The text with comments blanked, so that lines keep their numbers."""
    return re.sub(r"//[^\n]*|/\*.*?\*/", lambda found: re.sub(r"[^\n]", "", found[0]), text, flags=re.DOTALL)
