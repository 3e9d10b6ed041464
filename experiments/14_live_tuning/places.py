"""What is tuned: a system, where, and what is known of it elsewhere."""

from dataclasses import dataclass, replace
from pathlib import Path

import transferperf as tp
from bench.data import only_in
from transferperf.measure import System, load_system
from transferperf.space import Environment

ROOT = Path(__file__).resolve().parents[2]
FILE = "2026-11-options.csv.gz"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A system and the environment in which it is tuned.

    Parameters
    ----------
    hardware, workload, version
        The target.
    metric
        What is to be small.
    """

    system: str
    hardware: str
    workload: str
    version: str
    metric: str

    @property
    def target(self) -> Environment:
        """Where it is measured."""
        return Environment.of({"hardware": self.hardware, "workload": self.workload, "version": self.version})

    def load(self) -> System:
        """The system."""
        return load_system(self.system, ROOT / "systems")

    def sources(self, most: int | None = None) -> tp.MeasurementTable:
        """What was measured in other environments, at most in so many."""
        table = tp.read_csv(ROOT / "measurements" / self.system / FILE)
        others = [where for where in table.environments if where != self.target]
        return only_in(table, others[:most])


PLACES = {
    place.system: place
    for place in (
        Place(system="sqlite", hardware="disk-2core", workload="mixed-2k", version="3.54.1.0", metric="cpu_s"),
        Place(system="zstd", hardware="2core", workload="logs-600k", version="0.25.0", metric="delivery_s"),
    )
}

SHORT = {
    "sqlite": replace(PLACES["sqlite"], hardware="disk-1core", version="python"),
    "zstd": replace(PLACES["zstd"], hardware="1core"),
}
"""The same on one core, and without a release that has to be installed where Python brings one."""
