"""Small tuning runs of the system `sum`, and what they leave in a store."""

from pathlib import Path

from transferperf.data.store import Store

STEADY = ("wobble = 1 + 0.001 * (self.n_runs % 3)", "wobble = 1")
"""What a configuration measures is then the same in each process."""

MEMORY = (
    ('name = "time"\nunit = "s"', 'name = "time"\nunit = "s"\n[[metrics]]\nname = "memory"\nunit = "MB"'),
    ('{"time": scale * slow * wobble}', '{"time": scale * slow, "memory": 9.0 - configuration["size"]}'),
)
"""Makes a system of two metrics, of which one grows as the other shrinks, out of one."""

SIMULATED = (('["h1", "h2"]', '["simulator"]'), ('"h1": 1.0', '"simulator": 0.1'))
"""Makes a simulator of it."""

PRICES = ("--budget", "5 eur", "--price", "hardware=h2: 1 eur", "--price", "0.01 eur")
"""A hundredth for each measurement of anything else."""


def tuning(systems: Path, *more: object) -> tuple[object, ...]:
    """The words of a small tuning run."""
    return ("tune", "sum", "--target", "hardware=h2", "--repeats", "1", "--systems-path", systems, *more)


def altered(systems: Path, folder: Path, *texts: tuple[str, str], name: str = "sum") -> Path:
    """A folder with a copy of the system `sum` under a name, with other texts in it."""
    (folder / name).mkdir(parents=True)
    for path in (systems / "sum").glob("*.*"):
        text = path.read_text(encoding="utf-8")
        for was, now in texts:
            text = text.replace(was, now)
        (folder / name / path.name).write_text(text, encoding="utf-8")
    return folder


def stored(name: str, purpose: str | None = None) -> list[tuple[dict[str, object], dict[str, object], str]]:
    """What a store holds of the system `sum`: what was asked, what ran, and how it ended."""
    with Store.open(f"sqlite:///{name}") as store:
        return [(dict(a), dict(m.configuration), m.status) for a, m in store.read("sum", purpose=purpose)]


def placed(name: str) -> list[tuple[str, tuple[object, ...]]]:
    """Where and what a store says was measured while tuning, in order."""
    with Store.open(f"sqlite:///{name}") as store:
        rows = store.read("sum", purpose="tune")
    return [(m.environment.as_mapping()["hardware"], tuple(asked.values())) for asked, m in rows]
