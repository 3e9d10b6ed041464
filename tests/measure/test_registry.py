"""Finding systems by folder and by entry point."""

from importlib.metadata import EntryPoint, EntryPoints
from pathlib import Path

import pytest

from transferperf.errors import DataError, MeasurementError, UnknownNameError
from transferperf.measure import find_systems, load_system, registry

DECLARED = """
description = "nothing in particular"
[[metrics]]
name = "time"
[[options]]
name = "cabac"
type = "binary"
"""


def declare(folder: Path, name: str, adapter: str) -> None:
    """Put a system into a folder."""
    (folder / name).mkdir()
    (folder / name / "system.toml").write_text(DECLARED, encoding="utf-8")
    (folder / name / "adapter.py").write_text(adapter, encoding="utf-8")


def test_systems_are_found_by_folder(tmp_path: Path) -> None:
    """Each folder with a system.toml is a system; others are none."""
    declare(tmp_path, "one", "def system(declaration):\n    return declaration")
    (tmp_path / "notes").mkdir()
    assert find_systems(tmp_path)["one"] == "nothing in particular"
    assert "notes" not in find_systems(tmp_path)
    assert load_system("one", tmp_path).space.names == ("cabac",)


def test_systems_of_packages_are_found_by_entry_point(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A package that offers a system needs no folder."""
    offered = EntryPoints([EntryPoint("offered", "types:SimpleNamespace", registry.GROUP)])
    monkeypatch.setattr(registry, "entry_points", lambda group: offered.select(group=group))
    assert find_systems(tmp_path) == {"offered": "from package types"}
    assert vars(load_system("offered", tmp_path)) == {}


def test_an_unknown_system_is_refused_with_those_that_are_there(tmp_path: Path) -> None:
    """The error lists the names, and says where they are looked for."""
    declare(tmp_path, "sqlite", "")
    with pytest.raises(UnknownNameError, match="unknown system 'sqlit'; there is sqlite") as caught:
        load_system("sqlit", tmp_path)
    assert str(tmp_path) in str(caught.value)


def test_an_adapter_without_the_function_is_refused(tmp_path: Path) -> None:
    """The error says what the adapter has to define."""
    declare(tmp_path, "empty", "")
    with pytest.raises(DataError, match=r"adapter.py: defines no function `system"):
        load_system("empty", tmp_path)


def test_an_adapter_that_lacks_a_module_says_what_to_install(tmp_path: Path) -> None:
    """A system that cannot be measured here names what is missing."""
    declare(tmp_path, "far", "import no_such_module")
    with pytest.raises(MeasurementError, match="needs no_such_module, which is missing; install it"):
        load_system("far", tmp_path)


def test_a_missing_adapter_is_named(tmp_path: Path) -> None:
    """A system.toml that declares no command is not enough."""
    declare(tmp_path, "half", "")
    (tmp_path / "half" / "adapter.py").unlink()
    with pytest.raises(DataError, match=r"needs a \[command\] in its system.toml, or an adapter beside"):
        load_system("half", tmp_path)
