"""onnxruntime as a system: which release, which network, which cores; each run is one worker process."""

import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path

from transferperf.errors import MeasurementError
from transferperf.measure import (
    Declaration,
    Finished,
    Outcome,
    Workplace,
    install_release,
    pinned,
    read_answer,
    run_process,
)
from transferperf.space import Configuration, Environment

WORKER, NETWORKS = (Path(__file__).with_name(name) for name in ("worker.py", "networks.py"))
SETUP_S = 60.0
REFERENCE = {"quantisation": "none", "graph_optimization": "disable", "execution_mode": "sequential"}


class OnnxRuntime:
    """onnxruntime, measured in a worker process."""

    def __init__(self, declaration: Declaration) -> None:
        self.name, self.space, self.factors = declaration.name, declaration.space, declaration.factors
        self.metrics, self.timeout_s = declaration.metrics, declaration.timeout_s
        self.numpy = declaration.content["numpy"]
        self.releases = declaration.folder / "releases"
        self._place = Workplace(declaration.name)
        self._pinned: tuple[str, ...] = ()

    def prepare(self, environment: Environment) -> None:
        """Install the release where it is missing, write the network, and note what it says without any option."""
        self.cleanup()
        factors = environment.as_mapping()
        self._pinned = pinned(int(factors["hardware"].removesuffix("core")))
        install_release("onnxruntime", factors["version"], self.releases)
        install_release("numpy", self.numpy[factors["version"]], self.releases / "numpy")
        folder = self._place.make()
        kind, side = factors["workload"].split("-")
        written = run_process([sys.executable, str(NETWORKS), kind, side, str(folder)], timeout_s=SETUP_S)
        if written.reason:
            raise MeasurementError(f"no network for {factors['workload']} ({written.reason}); mend {NETWORKS}")
        plain = self._run(folder, self.space.canonical({**self.space.default, **REFERENCE}), factors, SETUP_S)
        if plain.reason:
            raise MeasurementError(f"the network of {factors['workload']} does not run ({plain.reason})")

    def measure(self, configuration: Configuration, environment: Environment) -> Outcome:
        """One run of the network."""
        asked, factors = self.space.canonical(configuration), environment.as_mapping()
        finished = self._run(self._place.folder, asked, factors, self.timeout_s)
        outcome, release = read_answer(finished, self.space, asked)
        if release and release != factors["version"]:
            raise MeasurementError(f"onnxruntime {release} ran in place of {environment.label}; empty {self.releases}")
        return outcome

    def cleanup(self) -> None:
        """Remove the network."""
        self._place.clear()

    def provenance(self) -> Mapping[str, str]:
        """The numpy beside each release that is installed."""
        return {f"numpy beside {name}": self.numpy[name] for name in self.numpy if (self.releases / name).is_dir()}

    def _run(self, folder: Path, asked: Configuration, factors: Mapping[str, str], timeout_s: float) -> Finished:
        version = factors["version"]
        places = (self.releases / version, self.releases / "numpy" / self.numpy[version])
        side = int(factors["workload"].split("-")[1])
        return run_process(
            [*self._pinned, sys.executable, "-S", str(WORKER)],
            stdin=json.dumps({"folder": str(folder), "side": side, "configuration": asked}),
            env={**os.environ, "PYTHONPATH": os.pathsep.join(str(place.resolve()) for place in places)},
            timeout_s=timeout_s,
        )


def system(declaration: Declaration) -> OnnxRuntime:
    """The system that the registry loads."""
    return OnnxRuntime(declaration)
