"""Finding systems: folders with a system.toml, and what installed packages offer."""

import importlib.util
from collections.abc import Callable
from dataclasses import replace
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path

from transferperf.errors import DataError, MeasurementError, UnknownNameError
from transferperf.measure.command import CommandSystem
from transferperf.measure.system import Declaration, System

GROUP = "transferperf.systems"
"""Group of entry points; each gives a function without parameters that returns a System."""

FOLDER = Path("systems")


def find_systems(folder: Path = FOLDER) -> dict[str, str]:
    """Name -> description of each system in `folder`/<name>/system.toml, then of those that packages offer."""
    found = {path.parent.name: Declaration.read(path.parent).description for path in _declarations(folder)}
    offered = {name: f"from package {point.module.partition('.')[0]}" for name, point in _offered().items()}
    return {**offered, **found}


def load_system(name: str, folder: Path = FOLDER, *, timeout_s: float | None = None) -> System:
    """The system of that name.

    A folder's adapter.py defines `system(declaration: Declaration) -> System`; without one, the table [command] of its
    system.toml describes the system.

    Parameters
    ----------
    timeout_s
        Limit of one run, instead of the one in system.toml.

    Raises
    ------
    UnknownNameError
        Where there is no such system.
    DataError
        Where its system.toml or adapter.py cannot be used.
    MeasurementError
        Where a program that it needs is missing, or a limit is given to a system that has its own.
    """
    if name in {path.parent.name for path in _declarations(folder)}:
        declaration = Declaration.read(folder / name)
        declaration = replace(declaration, timeout_s=timeout_s or declaration.timeout_s)
        adapter = folder / name / "adapter.py"
        if "command" in declaration.content and not adapter.is_file():
            return CommandSystem.of(declaration)
        return _factory(adapter)(declaration)
    offered = _offered()
    if name not in offered:
        remedy = f"Systems are looked for in {folder}/<name>/system.toml; name another folder."
        raise UnknownNameError("system", name, find_systems(folder), remedy=remedy)
    if timeout_s is not None:
        raise MeasurementError(
            f"system '{name}' comes from a package and has a limit of its own; leave out {timeout_s} s"
        )
    return offered[name].load()()


def _declarations(folder: Path) -> list[Path]:
    return sorted(folder.glob("*/system.toml"))


def _offered() -> dict[str, EntryPoint]:
    return {point.name: point for point in entry_points(group=GROUP)}


def _factory(path: Path) -> Callable[[Declaration], System]:
    """The function `system` of an adapter.py."""
    spec = importlib.util.spec_from_file_location(f"transferperf_system_{path.parent.name}", path)
    if spec is None or spec.loader is None or not path.is_file():
        raise DataError(
            "no such file; a system needs a [command] in its system.toml, or an adapter beside it", path=path
        )
    module = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except ImportError as error:
        raise MeasurementError(f"{path} needs {error.name}, which is missing; install it") from error
    factory = getattr(module, "system", None)
    if not callable(factory):
        raise DataError("defines no function `system(declaration)`; add it", path=path)
    return factory
