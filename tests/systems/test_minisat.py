"""minisat as a system from a file; its formulas are those of sat."""

from pathlib import Path

from transferperf.measure import System
from transferperf.testing import SystemContract

SYSTEMS = Path(__file__).parents[2] / "systems"


class TestMinisat(SystemContract):
    """A formula of a tenth of a second where nothing else is said."""

    name = "minisat"
    folder = SYSTEMS
    environment = {"workload": "random-210"}
    also = ({"workload": "pigeonhole-7"},)
    deterministic = ("conflicts", "propagations")
    far = {"elim": 0, "luby": 0, "rfirst": 500, "rnd-freq": 0.2, "phase-saving": 0}
    impossible = {"rinc": 0.5}
    measured = SYSTEMS.with_name("measurements") / "minisat" / "2026-11-options.csv.gz"

    def test_its_options_do_something(self, system: System) -> None:
        """A search without restarts by Luby takes another number of conflicts."""
        found = [self.run(system, {"luby": luby}).values["conflicts"] for luby in (0, 1)]
        assert found[0] != found[1]
