"""Feature models of SPLConqueror: groups, lists, numbers and constraints, judged one by one from what they mean."""

import itertools
from pathlib import Path

import pytest

from transferperf.data.feature_model import FeatureModel
from transferperf.data.splconqueror import read_splconqueror
from transferperf.errors import DataError
from transferperf.space import OneOf

ROOT = "<name>root</name><parent/><optional>False</optional>"


def binary(name: str, *, parent: str = "root", optional: bool = False, implies: str = "", excludes: str = "") -> str:
    """The inside of a binary option."""
    lists = {"impliedOptions": implies, "excludedOptions": excludes}
    inner = "".join(
        f"<{tag}>{''.join(f'<options>{entry}</options>' for entry in text.split(','))}</{tag}>"
        for tag, text in lists.items()
        if text
    )
    return f"<name>{name}</name><parent>{parent}</parent><optional>{optional}</optional>{inner}"


def numeric(name: str, rest: str) -> str:
    """The inside of a numeric option."""
    return f"<name>{name}</name>{rest}"


def document(binaries: list[str], numerics: list[str], boolean: str = "", arithmetic: str = "", mixed: str = "") -> str:
    """A model with one option in each line from line 3 on."""
    options = ["\n".join(f"<configurationOption>{x}</configurationOption>" for x in xs) for xs in (binaries, numerics)]
    return "\n".join(
        [
            '<vm name="m">',
            f"<binaryOptions>\n{options[0]}</binaryOptions>",
            f"<numericOptions>{options[1]}</numericOptions>",
            f"<booleanConstraints>{boolean}</booleanConstraints>",
            f"<nonBooleanConstraints>{arithmetic}</nonBooleanConstraints>",
            f"<mixedConstraints>{mixed}</mixedConstraints></vm>",
        ]
    )


def read(binaries: list[str], numerics: list[str], **constraints: str) -> FeatureModel:
    """The model of options and constraints."""
    return read_splconqueror(Path("m.xml"), document(binaries, numerics, **constraints))


CODEC = (
    [
        ROOT,
        binary("preset"),
        binary("fast", parent="preset", excludes="slow,medium"),
        binary("medium", parent="preset", excludes="fast,slow"),
        binary("slow", parent="preset", excludes="fast,medium"),
        binary("rate", optional=True),
        binary("crf", parent="rate", excludes="cbr"),
        binary("cbr", parent="rate", excludes="crf"),
        binary("look", parent="rate"),
        binary("psy", optional=True, implies="slow | medium", excludes="rate | fast"),
    ],
    [
        numeric("ref", "<minValue>1</minValue><maxValue>9</maxValue><stepFunction>n * 2 + 1</stepFunction>"),
        numeric("qp", "<parent>root</parent><values>0.5;1;2</values>"),
    ],
)


def allows(row: dict[str, float]) -> bool:
    """What the codec's options and constraints mean."""
    fast, medium, slow, rate, crf, cbr, look, psy = (
        bool(row[name]) for name in ("fast", "medium", "slow", "rate", "crf", "cbr", "look", "psy")
    )
    return (
        fast + medium + slow == 1
        and (crf + cbr == 1 and look if rate else not (crf or cbr or look))
        and not (psy and (fast or rate or not (slow or medium)))
        and (not crf or slow)
        and row["ref"] * row["qp"] <= 6
    )


def test_a_model_has_the_configurations_that_it_means() -> None:
    """Alternatives, optional groups, mandatory children, lists of either kind, and arithmetic."""
    model = read(
        *CODEC,
        boolean="<constraint>!crf | slow</constraint><constraint>root</constraint>",
        arithmetic="<constraint>ref * qp &lt;= 6</constraint>",
    )
    space = model.space()
    assert model.fixed == {"root": 1, "preset": 1}
    assert space["ref"].levels == (1, 3, 7)
    assert OneOf(options=("fast", "medium", "slow")) in space.constraints
    rows = [dict(zip(space.names, row, strict=True)) for row in itertools.product(*(o.levels for o in space.options))]
    assert [space.contains(row) for row in rows] == [allows({k: float(v) for k, v in row.items()}) for row in rows]
    assert space.contains(space.default)


def test_steps_are_followed_from_the_smallest_to_the_largest_value() -> None:
    """By any formula of the value before, of whatever name; without one by 1."""
    steps = {"": (1, 2, 3, 4), "n + 2": (1, 3), "x * 2": (1, 2, 4), "1.5 + previous": (1, 2.5, 4), "n ** 2 + 3": (1, 4)}
    for text, levels in steps.items():
        step = f"<stepFunction>{text}</stepFunction>" if text else ""
        space = read([ROOT], [numeric("x", f"<minValue>1</minValue><maxValue>4</maxValue>{step}")]).space()
        assert space["x"].levels == levels


def test_alternatives_that_do_not_all_exclude_each_other_are_no_single_choice() -> None:
    """Each asks for itself or one that it excludes, and what is excluded stays excluded."""
    options = [ROOT, binary("a", excludes="b"), binary("b", excludes="a,c"), binary("c", excludes="b")]
    space = read(options, []).space()
    valid = [row for row in itertools.product((0, 1), repeat=3) if space.contains(dict(zip("abc", row, strict=True)))]
    assert valid == [(0, 1, 0), (1, 0, 1)]


def test_what_is_left_out_is_noted() -> None:
    """Mixed constraints would only make the space smaller."""
    notes = read(*CODEC, mixed='<constraint req="all" exprKind="pos">crf * qp &gt; 1</constraint>').notes
    assert notes == ("mixed constraints in line 17 are left out: the space is larger",)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("<vm>", "line 1: not well-formed XML: no element found"),
        ("<model/>", "line 1: the document is a <model>; expected a <vm>"),
        ('<!DOCTYPE a [<!ENTITY b "c">]><vm/>', "line 1: a document type is declared"),
        (document(["<parent/>"], []), "line 3: an option has no <name>"),
        (document([ROOT, binary("a", parent="b")], []), "line 4: 'a' speaks of an option 'b', which is not there"),
        (document([ROOT], [numeric("x", "")]), "line 4: numeric option 'x' has no range"),
        (
            document(
                [ROOT], [numeric("x", "<minValue>0</minValue><maxValue>9</maxValue><stepFunction>n*2</stepFunction>")]
            ),
            "line 4: the steps of 'x' do not reach 9",
        ),
        (document([ROOT, binary("a")], [], boolean="<constraint>b | a</constraint>"), "line 6: unknown feature 'b'"),
        (document([ROOT, binary("a")], [], boolean="<constraint>!a</constraint>"), "line 6: '!a' contradicts what"),
        (document([ROOT, binary("a")], []), "m.xml: all features are always on or off"),
    ],
)
def test_what_cannot_be_read_is_said_with_its_line(text: str, says: str) -> None:
    """One line with the file, the line, what came and what was expected."""
    with pytest.raises(DataError, match=says):
        read_splconqueror(Path("m.xml"), text).space()
