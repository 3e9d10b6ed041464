"""cadical as a system from a file, and the formulas that it solves."""

import itertools
import subprocess
import sys
from pathlib import Path

import pytest

from transferperf.measure import System
from transferperf.testing import SystemContract

SYSTEMS = Path(__file__).parents[2] / "systems"


class TestSat(SystemContract):
    """The smallest formula where nothing else is said."""

    name = "sat"
    folder = SYSTEMS
    environment = {"workload": "parity-14"}
    also = ({"workload": "random-170"}, {"workload": "factoring-4194301"}, {"workload": "colouring-350"})
    deterministic = ("conflicts", "propagations")
    far = {"elim": "false", "shrink": 0, "restartint": 200, "scorefactor": 700, "chrono": 2}
    impossible = {"chrono": "often"}
    changed = (
        ({"eagersubsumelim": 0}, {"eagersubsumelim": 1}),
        ({"elim": "false", "elimrounds": 8}, {"elimrounds": 2}),
    )
    measured = SYSTEMS.with_name("measurements") / "sat" / "2026-11-options.csv.gz"

    def test_its_main_metric_is_deterministic(self, system: System) -> None:
        """Conflicts come first, CPU time last."""
        assert [metric.name for metric in system.metrics] == ["conflicts", "propagations", "cpu_s"]


def formula(workload: str, folder: Path) -> list[list[int]]:
    """Clauses that the generator writes."""
    path = folder / "formula.cnf"
    subprocess.run([sys.executable, SYSTEMS / "sat" / "instances.py", workload, path], check=True)
    head, *lines = path.read_text(encoding="ascii").splitlines()
    clauses = [[int(word) for word in line.split()[:-1]] for line in lines]
    assert head.split() == ["p", "cnf", str(max(abs(v) for clause in clauses for v in clause)), str(len(clauses))]
    return clauses


def is_satisfiable(clauses: list[list[int]]) -> bool:
    """By trying all assignments of the first variables, and what follows from them (unit propagation)."""
    if any(not clause for clause in clauses):
        return False
    if not clauses:
        return True
    chosen = min(clauses, key=len)[0]
    tried = (chosen,) if min(map(len, clauses)) == 1 else (chosen, -chosen)
    return any(
        is_satisfiable([[v for v in clause if v != -literal] for clause in clauses if literal not in clause])
        for literal in tried
    )


@pytest.mark.parametrize(
    ("workload", "expected"),
    [
        *((f"factoring-{n}", any(n % d == 0 for d in range(2, n))) for n in (7, 9, 13, 15, 21, 23, 25, 35)),
        ("pigeonhole-3", False),
        ("parity-5", False),
    ],
)
def test_a_formula_can_be_satisfied_where_its_puzzle_can_be_solved(
    workload: str, expected: bool, tmp_path: Path
) -> None:
    """A number has factors if it is no prime; pigeons and charges do not add up."""
    assert is_satisfiable(formula(workload, tmp_path)) is expected


@pytest.mark.parametrize("n", [6, 7, 8, 9])
def test_a_graph_has_three_colours_where_its_formula_can_be_satisfied(n: int, tmp_path: Path) -> None:
    """All colourings are tried."""
    clauses = formula(f"colouring-{n}", tmp_path)
    edges = {((-a - 1) // 3, (-b - 1) // 3) for a, b in (clause for clause in clauses if len(clause) == 2)}
    assert len(edges) == round(2.4 * n)
    tried = itertools.product(range(3), repeat=n)
    assert is_satisfiable(clauses) is any(all(c[v] != c[w] for v, w in edges) for c in tried)


def test_a_random_formula_has_three_different_variables_in_each_clause(tmp_path: Path) -> None:
    """Of the number that was asked for, and the same in every run."""
    clauses = formula("random-50", tmp_path)
    assert {len({abs(v) for v in clause}) for clause in clauses} == {3}
    assert {abs(v) for v in itertools.chain(*clauses)} <= set(range(1, 51))
    assert clauses == formula("random-50", tmp_path)
