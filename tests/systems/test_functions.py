"""Test functions as a system: no program is needed, and the best configuration of each grid is known."""

import itertools
from pathlib import Path

import numpy as np
import pytest

from transferperf.data.measurement import Status
from transferperf.measure import Runner, System, choose_environment
from transferperf.measure.synthetic import FUNCTIONS
from transferperf.testing import SystemContract

SYSTEMS = Path(__file__).parents[2] / "systems"
BEST = {
    "branin": ((11, 3), 0.457622),
    "dixon": ((12, 11), 1.0),
    "hartmann": ((2, 11, 17), -3.860968),
    "rosenbrock": ((8, 8, 8, 8, 8), 0.0),
}
"""A best configuration of each grid, and its value, as README.md says."""


class TestFunctions(SystemContract):
    """Branin's function as it is where nothing else is said."""

    name = "functions"
    folder = SYSTEMS
    environment = {"hardware": "original", "workload": "branin"}
    also = (
        {"workload": "dixon"},
        {"workload": "rosenbrock", "hardware": "scaled"},
        {"hardware": "noisy"},
        {"hardware": "shifted"},
        {"hardware": "mirrored"},
    )
    deterministic = ("value",)
    far = {"x1": 20, "x2": 0, "x3": 1, "x4": 19, "x5": 20}
    impossible = {"x1": 21}

    def value(self, system: System, asked: dict[str, int], **factors: str) -> float:
        """What one run measures."""
        return self.run(system, asked, factors).values["value"]

    def test_a_run_over_its_time_is_a_timeout(self, system: System) -> None:
        """A formula takes less than the contract's limit, so this one is smaller."""
        environment = choose_environment(system, self.environment)
        system.prepare(environment)
        system.timeout_s = 1e-9  # type: ignore[misc]
        outcome = system.measure(system.space.default, environment)
        assert (outcome.status, dict(outcome.values)) == (Status.TIMEOUT, {})
        assert "longer than" in outcome.reason

    def test_its_functions_are_those_of_the_library(self, system: System) -> None:
        """Every function is a workload."""
        assert set(system.factors["workload"]) == set(FUNCTIONS)

    @pytest.mark.parametrize("workload", FUNCTIONS)
    def test_the_best_of_a_grid_is_known(self, system: System, workload: str) -> None:
        """It is moved by a step in `shifted` and on the other side in `mirrored`, and never the default."""
        best, least = BEST[workload]
        for hardware, steps, factor in (
            ("original", best, 1),
            ("scaled", best, 3),
            ("shifted", [step + 1 for step in best], 1),
            ("mirrored", [20 - step for step in best], 1),
        ):
            asked = dict(zip(system.space.names, steps, strict=False))
            value = self.value(system, asked, workload=workload, hardware=hardware)
            assert value == pytest.approx(factor * least, abs=1e-6)
            assert value < self.value(system, {}, workload=workload, hardware=hardware)

    @pytest.mark.parametrize("workload", FUNCTIONS)
    def test_nothing_on_a_grid_is_below_its_best(self, workload: str) -> None:
        """All configurations are tried, or the best is as low as the function itself."""
        function, least = FUNCTIONS[workload], BEST[workload][1]
        d = len(function.bounds)
        if d > 3:
            assert least == function.minimum
            return
        grid = np.array(list(itertools.product(range(21), repeat=d))) / 20
        assert function.at(grid).min() == pytest.approx(least, abs=1e-6)

    def test_near_environments_rank_configurations_alike_and_far_ones_do_not(self, system: System) -> None:
        """Scaling keeps the order, noise and a step nearly; a mirrored valley is another."""
        rows = np.random.default_rng(1).integers(0, 21, (150, 5)).tolist()

        def values(hardware: str) -> np.ndarray:
            asked = [dict(zip(system.space.names, row, strict=True)) for row in rows]
            return np.array([self.value(system, one, workload="branin", hardware=hardware) for one in asked])

        ranks = {name: values(name).argsort().argsort() for name in system.factors["hardware"]}
        alike = {name: np.corrcoef(ranks["original"], ranks[name])[0, 1] for name in ranks}
        assert alike["scaled"] == pytest.approx(1)
        assert min(alike["noisy"], alike["shifted"]) > 0.8
        assert alike["mirrored"] < 0.5

    def test_repeats_have_noise_of_their_own_in_any_order(self, system: System) -> None:
        """Repeats of a configuration differ, and stay the same whatever is measured between them."""
        environment = choose_environment(system, {**self.environment, "hardware": "noisy"})
        runner, other = Runner(min_repeats=3, max_repeats=3), {**system.space.default, "x1": 3}
        with runner.prepared(system, environment):
            once = runner.measure(system, other, environment).values("value")
        with runner.prepared(system, environment):
            runner.measure(system, {**other, "x2": 5}, environment)
            again = runner.measure(system, other, environment).values("value")
        assert len(set(once)) == 3
        assert once == again
