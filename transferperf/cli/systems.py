"""`transferperf systems`."""

from pathlib import Path
from typing import Any

from transferperf.cli.arguments import Answer, SystemsPath
from transferperf.cli.terminal import say_aside
from transferperf.errors import TransferPerfError

FOLDER = Path("systems")


def systems(*, systems_path: SystemsPath = FOLDER, answer: Answer) -> None:
    """The systems that can be measured here, with their options, environments and metrics."""
    from transferperf.measure import find_systems

    found = find_systems(systems_path)
    if not found:
        say_aside(
            f"note: no system in {systems_path}/<name>/system.toml, and no package offers one; name --systems-path"
        )
    shown = [_described(name, description, systems_path) for name, description in found.items()]
    answer.give({"systems": shown}, "\n\n".join(_text(system) for system in shown))


def _described(name: str, description: str, folder: Path) -> dict[str, Any]:
    from transferperf.measure import load_system

    try:
        system = load_system(name, folder)
    except TransferPerfError as error:
        return {"name": name, "description": description, "error": str(error)}
    return {
        "name": name,
        "description": description,
        "options": {option.name: option.levels for option in system.space.options},
        "environments": dict(system.factors),
        "metrics": [metric.label for metric in system.metrics],
    }


def _text(system: dict[str, Any]) -> str:
    lines = [f"{system['name']}: {system['description']}"]
    if "error" in system:
        return "\n".join([*lines, f"  cannot be measured here: {system['error']}"])
    for what in ("options", "environments"):
        lines += [f"  {what}:", *(f"    {name}: {', '.join(map(str, v))}" for name, v in system[what].items())]
    return "\n".join([*lines, f"  metrics: {', '.join(system['metrics'])}"])
