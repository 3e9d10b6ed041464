"""Test functions on a grid as a system: nothing is started, a formula answers."""

import time
from collections import Counter
from collections.abc import Mapping

import numpy as np

from transferperf.data.measurement import Status
from transferperf.errors import MeasurementError
from transferperf.measure import Declaration, Outcome
from transferperf.measure.synthetic import FUNCTIONS, Variant
from transferperf.space import Configuration, Environment

STEPS = 20
"""Of the grid, from a variable's lowest value to its highest."""


class Functions:
    """Values of a function, as an environment changes it."""

    def __init__(self, declaration: Declaration) -> None:
        self.name, self.space, self.factors = declaration.name, declaration.space, declaration.factors
        self.metrics, self.timeout_s = declaration.metrics, declaration.timeout_s
        self._variants = {name: Variant(**changes) for name, changes in declaration.content["variants"].items()}
        self._runs: Counter[tuple[object, ...]] | None = None

    def prepare(self, environment: Environment) -> None:  # noqa: ARG002  # all of them can be had everywhere
        """Start counting repeats: each has a noise of its own."""
        self._runs = Counter()

    def measure(self, configuration: Configuration, environment: Environment) -> Outcome:
        """One value: the same configuration's first repeat is the same in any order of measuring."""
        if self._runs is None:
            raise MeasurementError("functions is not prepared; call prepare(environment) first")
        start, asked, factors = time.perf_counter(), self.space.canonical(configuration), environment.as_mapping()
        reason = self.space.why_invalid(asked)
        if reason:
            return Outcome(configuration=asked, status=Status.INVALID, reason=reason, cost_s=0.0)
        positions = np.array([[float(step) / STEPS for step in asked.values()]])
        variant, key = self._variants[factors["hardware"]], tuple(asked.values())
        value = float(variant.at(FUNCTIONS[factors["workload"]], positions)[0])
        measured = variant.measured(value, environment, *key, self._runs[key])
        self._runs[key] += 1
        cost_s = time.perf_counter() - start
        if cost_s > self.timeout_s:
            reason = f"it took {cost_s:.2g} s, longer than {self.timeout_s:g} s"
            return Outcome(configuration=asked, status=Status.TIMEOUT, reason=reason, cost_s=cost_s)
        return Outcome(configuration=asked, values={self.metrics[0].name: measured}, cost_s=cost_s)

    def cleanup(self) -> None:
        """Forget which repeats came."""
        self._runs = None

    def provenance(self) -> Mapping[str, str]:
        """Nothing: no program is used."""
        return {}


def system(declaration: Declaration) -> Functions:
    """The system that the registry loads."""
    return Functions(declaration)
