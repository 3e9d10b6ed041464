"""Small tuning runs of the system `sum`, and what they leave in a store."""

from pathlib import Path

from transferperf.data.store import Store


def tuning(systems: Path, *more: object) -> tuple[object, ...]:
    """The words of a small tuning run."""
    return ("tune", "sum", "--target", "hardware=h2", "--repeats", "1", "--systems-path", systems, *more)


def altered(systems: Path, folder: Path, was: str, now: str) -> Path:
    """A copy of the systems in a new folder, with another text."""
    (folder / "sum").mkdir(parents=True)
    for path in (systems / "sum").glob("*.*"):
        text = path.read_text(encoding="utf-8").replace(was, now)
        (folder / "sum" / path.name).write_text(text, encoding="utf-8")
    return folder


def stored(name: str, purpose: str | None = None) -> list[tuple[dict[str, object], dict[str, object], str]]:
    """What a store holds of the system `sum`: what was asked, what ran, and how it ended."""
    with Store.open(f"sqlite:///{name}") as store:
        return [(dict(a), dict(m.configuration), m.status) for a, m in store.read("sum", purpose=purpose)]
