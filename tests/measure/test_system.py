"""Declarations of systems, and the environments that they have."""

from pathlib import Path

import pytest

from transferperf.errors import DataError, MeasurementError, UnknownNameError
from transferperf.measure import Declaration, Outcome, choose_environment, environments, load_system
from transferperf.metric import Metric

DECLARED = """
description = "two lines of Python"
timeout_s = 2
[environments]
hardware = ["h1"]
workload = [128, 256]
[[metrics]]
name = "fps"
direction = "max"
[[options]]
name = "cabac"
type = "binary"
"""

ADAPTER = """
from transferperf.measure import Outcome

class Constant:
    def __init__(self, declaration):
        self.name, self.space, self.factors = declaration.name, declaration.space, declaration.factors
        self.metrics, self.timeout_s = declaration.metrics, declaration.timeout_s

    def measure(self, configuration, environment):
        return Outcome(configuration=configuration, values={"fps": 30.0})

def system(declaration):
    return Constant(declaration)
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder of systems with one system in it."""
    (tmp_path / "constant").mkdir()
    (tmp_path / "constant" / "system.toml").write_text(DECLARED, encoding="utf-8")
    (tmp_path / "constant" / "adapter.py").write_text(ADAPTER, encoding="utf-8")
    return tmp_path


def test_a_declaration_says_what_a_system_has(folder: Path) -> None:
    """Name from the folder, environment values as text, metrics and options as declared."""
    declaration = Declaration.read(folder / "constant")
    assert (declaration.name, declaration.timeout_s) == ("constant", 2.0)
    assert declaration.factors == {"hardware": ("h1",), "workload": ("128", "256")}
    assert declaration.metrics == (Metric("fps", direction="max"),)
    assert declaration.space.names == ("cabac",)


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("timeout_s = 2", "timeout_s = 0"),
        ('direction = "max"', 'direction = "up"'),
        ('direction = "max"', 'way = "max"'),
        ('type = "binary"', 'type = "boolean"'),
        ("[environments]", "environments = 3\n[other]"),
    ],
)
def test_a_wrong_declaration_names_its_file(folder: Path, right: str, wrong: str) -> None:
    """Whatever is wrong, the error is a DataError that says in which file."""
    path = folder / "constant" / "system.toml"
    path.write_text(DECLARED.replace(right, wrong), encoding="utf-8")
    with pytest.raises(DataError, match=r"system\.toml: not a system"):
        Declaration.read(folder / "constant")


def test_environments_are_all_combinations(folder: Path) -> None:
    """One environment for each combination of factor values."""
    assert [str(environment) for environment in environments(load_system("constant", folder))] == [
        "hardware=h1,workload=128",
        "hardware=h1,workload=256",
    ]


def test_an_environment_is_chosen_by_the_factors_that_vary(folder: Path) -> None:
    """A factor with one value may be left out; whole numbers are text."""
    assert str(choose_environment(load_system("constant", folder), {"workload": 128.0})) == "hardware=h1,workload=128"


@pytest.mark.parametrize(
    ("wanted", "error", "text"),
    [
        ({}, MeasurementError, "does not say which workload"),
        ({"workload": 512}, UnknownNameError, "unknown workload '512'; there are 128, 256"),
        ({"workload": 128, "colour": "red"}, UnknownNameError, "unknown environment factor of constant 'colour'"),
    ],
)
def test_an_environment_that_does_not_exist_is_refused(
    folder: Path, wanted: dict[str, object], error: type[Exception], text: str
) -> None:
    """The error says what there is."""
    with pytest.raises(error, match=text):
        choose_environment(load_system("constant", folder), wanted)


def test_a_run_that_succeeds_has_a_value() -> None:
    """An outcome without values needs a status."""
    with pytest.raises(MeasurementError, match="measured nothing"):
        Outcome(configuration={"cabac": 1})
