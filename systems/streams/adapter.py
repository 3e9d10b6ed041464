"""Word count over a stream as a system: real processes on one or two cores, or their simulation."""

import importlib.metadata
import importlib.util
import json
import sys
import tomllib
from collections.abc import Mapping
from pathlib import Path

from transferperf.errors import MeasurementError
from transferperf.measure import Declaration, Outcome, Workplace, pinned, read_answer, run_process
from transferperf.space import Configuration, Environment

SENTENCES, SIMULATOR, TOPOLOGY, CALIBRATED = (
    Path(__file__).with_name(name) for name in ("sentences.py", "simulator.py", "topology.py", "calibrated.toml")
)
SIMULATED_CORES, SEED = 2, 0


class Streams:
    """A topology, run or simulated in a process of its own."""

    def __init__(self, declaration: Declaration) -> None:
        self.name, self.space, self.factors = declaration.name, declaration.space, declaration.factors
        self.metrics, self.timeout_s = declaration.metrics, declaration.timeout_s
        calibrated = tomllib.loads(CALIBRATED.read_text(encoding="utf-8"))
        self.costs = {"simulator": declaration.content["simulator"], "calibrated": calibrated}
        self._place = Workplace(declaration.name)
        self._command: tuple[str, ...] = ()

    def prepare(self, environment: Environment) -> None:
        """Write the sentences."""
        self.cleanup()
        factors = environment.as_mapping()
        if factors["hardware"] in self.costs:
            if importlib.util.find_spec("simpy") is None:
                raise MeasurementError("the library simpy is missing; install it: pip install 'transferperf[systems]'")
            self._command = (sys.executable, "-I", str(SIMULATOR))
        else:
            cores = pinned(int(factors["hardware"].removesuffix("core")))
            self._command = (*cores, sys.executable, "-I", "-S", str(TOPOLOGY))
        folder = self._place.make()
        kind, _, skew = factors["workload"].partition("-")
        command = [sys.executable, "-I", "-S", str(SENTENCES), kind, skew, str(folder / "sentences")]
        written = run_process(command, timeout_s=60.0)
        if written.reason:
            raise MeasurementError(f"no sentences for {factors['workload']} ({written.reason}); mend {SENTENCES}")

    def measure(self, configuration: Configuration, environment: Environment) -> Outcome:
        """One run; all its processes end with it."""
        asked = self.space.canonical(configuration)
        costs = self.costs.get(environment.as_mapping()["hardware"])
        simulated = {"costs": costs, "n_cores": SIMULATED_CORES, "seed": SEED}
        request = {"path": str(self._place.folder / "sentences"), "configuration": asked, **simulated}
        finished = run_process(self._command, stdin=json.dumps(request), timeout_s=self.timeout_s)
        return read_answer(finished, self.space, asked)[0]

    def cleanup(self) -> None:
        """Remove the sentences."""
        self._place.clear()

    def provenance(self) -> Mapping[str, str]:
        """Releases of what simulates and what runs."""
        python = ".".join(map(str, sys.version_info[:3]))
        found = importlib.util.find_spec("simpy") is not None
        return {"python": python, "simpy": importlib.metadata.version("simpy") if found else "missing"}


def system(declaration: Declaration) -> Streams:
    """The system that the registry loads."""
    return Streams(declaration)
