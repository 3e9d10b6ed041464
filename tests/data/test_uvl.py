"""Feature models in UVL: the space has the configurations that the text allows."""

import itertools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transferperf.data.feature_model import FeatureModel
from transferperf.data.uvl import read_uvl
from transferperf.errors import DataError
from transferperf.space import ConfigurationSpace, OneOf

KINDS = {"mandatory": (-1, -1), "optional": (0, -1), "alternative": (1, 1), "or": (1, -1), "[0..1]": (0, 1)}
STATEMENTS: dict[str, Callable[[bool, bool, bool], bool]] = {
    "{a} => {b}": lambda a, b, _: not a or b,
    "{a} <=> !{b}": lambda a, b, _: a != b,
    "{a} & {b} => {c}": lambda a, b, c: not (a and b) or c,
    "!({a} | {b}) | {c}": lambda a, b, c: not (a or b) or c,
    "{a} => {b} => {c}": lambda a, b, c: not a or not b or c,
    "sum(cost) <= 4": lambda *_: True,  # every feature costs 2: judged by `Drawn.allows`
    "({a} | {b}) & !{c} | {b} & {c}": lambda a, b, c: ((a or b) and not c) or (b and c),
}


@dataclass
class Drawn:
    """A model as text, and what it means."""

    lines: list[str] = field(default_factory=list)
    parents: dict[str, str] = field(default_factory=dict)
    groups: list[tuple[str, list[str], str]] = field(default_factory=list)
    statements: list[tuple[str, tuple[str, str, str]]] = field(default_factory=list)

    def allows(self, on: Mapping[str, bool]) -> bool:
        """Whether exactly these features can be on."""
        if not on["root"] or any(on[name] and not on[parent] for name, parent in self.parents.items()):
            return False
        for parent, children, kind in self.groups:
            low, high = (len(children) if count < 0 else count for count in KINDS[kind])
            if on[parent] and not low <= sum(on[name] for name in children) <= high:
                return False
        if any("sum" in text for text, _ in self.statements) and 2 * sum(on.values()) > 4:
            return False
        return all(STATEMENTS[text](*(on[name] for name in names)) for text, names in self.statements)


@st.composite
def models(draw: st.DrawFn) -> Drawn:
    """A tree of up to nine features with groups of every kind, and up to two constraints."""
    model = Drawn(lines=["features", "\troot {cost 2}"])
    names = iter(f"f{k}" for k in range(8))

    def grow(parent: str, depth: int) -> None:
        for _ in range(draw(st.integers(0 if depth > 1 else 1, 2))):
            kind = draw(st.sampled_from(sorted(KINDS)))
            children = list(itertools.islice(names, draw(st.integers(1, 3))))
            if not children:
                return
            model.groups.append((parent, children, kind))
            model.lines.append("\t" * (2 * depth) + kind)
            for name in children:
                model.parents[name] = parent
                model.lines.append("\t" * (2 * depth + 1) + f"{name} {{cost 2, kind 'x'}} // of {parent}")
                if depth < 3 and draw(st.booleans()):
                    grow(name, depth + 1)

    grow("root", 1)
    model.lines.append("constraints")
    for text in draw(st.lists(st.sampled_from(sorted(STATEMENTS)), max_size=2)):
        picked = draw(st.tuples(*[st.sampled_from(["root", *model.parents])] * 3))
        model.statements.append((text, picked))
        model.lines.append("\t" + text.format(**dict(zip("abc", picked, strict=True))))
    return model


def configurations(model: FeatureModel, space: ConfigurationSpace) -> set[tuple[int, ...]]:
    """Valid configurations as values of all features, the fixed ones among them."""
    rows = itertools.product(*(option.levels for option in space.options))
    every = [{**model.fixed, **dict(zip(space.names, row, strict=True))} for row in rows]
    return {tuple(int(row[feature.name]) for feature in model.features) for row in every if space.contains(row)}


def read(*lines: str) -> FeatureModel:
    """The model of some lines."""
    return read_uvl(Path("m.uvl"), "\n".join(lines))


@given(models())
def test_a_model_has_the_configurations_that_its_tree_and_constraints_allow(drawn: Drawn) -> None:
    """All of them and no others; the default is one of them; a contradiction is said."""
    model = read(*drawn.lines)
    names = [feature.name for feature in model.features]
    every = itertools.product([False, True], repeat=len(names))
    expected = {row for row in every if drawn.allows(dict(zip(names, row, strict=True)))}
    if not expected or len(model.fixed) == len(names):
        with pytest.raises(DataError, match=r"no configuration is valid|features are always on|contradicts"):
            model.space()
        return
    space = model.space()
    assert configurations(model, space) == expected
    assert space.contains(space.default)


def test_numbers_matter_while_their_parent_is_on() -> None:
    """A typed feature is an option with the levels that its attributes say, and can be computed with."""
    model = read(
        *("features", "  S", "    optional", "      Cache", "        mandatory"),
        '          Integer "cache mb" {min 16, max 64, step 16}',
        *("    mandatory", "      Real ratio {min 0.5, max 1.5, step 0.5}"),
        *("constraints", '  "cache mb" * ratio <= 64', "  Cache => ratio < 1.5"),
    )
    space = model.space()
    assert space["cache mb"].levels == (16, 32, 48, 64)
    assert space["ratio"].levels == (0.5, 1, 1.5)
    assert space.canonical({"Cache": 0, "cache mb": 64, "ratio": 1}) == {"Cache": 0, "cache mb": 16, "ratio": 1}
    assert "line 10" in str(space.why_invalid({"Cache": 1, "cache mb": 48, "ratio": 1.5}))
    assert model.fixed == {"S": 1}


def test_an_alternative_below_what_is_always_on_is_one_choice() -> None:
    """It is one axis, and its default has one feature on; attributes of features that are on are summed."""
    space = read(
        *("features", "  S", "    mandatory", "      E", "        alternative"),
        *(
            "          Tree {cost 3, abstract}",
            "          Log {constraint Log => Fast}",
            "    optional",
            "      Fast {cost 4}",
        ),
        *("constraints", "  sum(cost) < 7", "  Tree.cost + 1 == 4 | Fast"),
    ).space()
    assert space.constraints[0] == OneOf(options=("Tree", "Log"))
    assert [space.contains({"Tree": t, "Log": 1 - t, "Fast": f}) for t in (0, 1) for f in (0, 1)] == [
        False,
        True,
        True,
        False,
    ]


@pytest.mark.parametrize(
    ("lines", "says"),
    [
        (["features"], "line 1: there are no features"),
        (["feature", "  A"], "line 1: 'feature' begins no section; expected namespace"),
        (["imports", "  other as o"], "line 2: 'other as o' is another file"),
        (["features", "  A", "  B"], "line 3: 'B' is a second root"),
        (["features", "  A", "    B"], "line 3: 'B' stands below a feature"),
        (["features", "  or", "    B"], "line 2: the group 'or' stands below no feature"),
        (["features", "  A", "    or"], "line 3: the group holds no feature"),
        (["features", "  A", "    [3..4]", "      B"], "line 3: a group of 1 features asks for 3 to 4"),
        (["features", "  A", "    or", "      B", "      B"], "line 5: feature 'B' is there twice, first in line 4"),
        (["features", "  A", "    or", "      B cardinality [1..3]"], "line 4: .* may occur several times"),
        (["features", "  A", "    or", "      String B"], "line 4: String feature 'B' has no list of values"),
        (["features", "  A", "    or", "      Integer B"], "line 4: Integer feature 'B' .* a range"),
        (["features", "  A", "    or", "      Integer B {min 3, max 1}"], "line 4: feature 'B' has -?[01] values"),
        (["features", "  A", "    or", "      B", "constraints", "  B => C"], "line 6: unknown feature 'C'; there are"),
        (["features", "  A", "    or", "      B", "constraints", "  B.x > 1"], "line 6: unknown attribute 'B.x'"),
        (["features", "  A", "    or", "      B", "constraints", "  B =>"], "line 6: statement 'B =>' cannot be read"),
        (["features", "  A", "    or", "      B", "constraints", "  avg(x) > 1"], "line 6: the function 'avg' is not"),
        (["features", "  A", "    optional", "      B", "constraints", "  B", "  !B"], "m.uvl: no configuration is"),
        (["features", "  A", "    or", "      B", "constraints", "  !B"], "line 6: '!B' contradicts what is always on"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_said_with_its_line(lines: list[str], says: str) -> None:
    """One line with the file, the line, what came and what was expected."""
    with pytest.raises(DataError, match=says) as caught:
        read(*lines).space()
    assert "\n" not in str(caught.value)
    assert str(caught.value).startswith("m.uvl")
