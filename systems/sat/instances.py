"""Formulas in DIMACS form: `python instances.py KIND-SIZE FILE` writes the same bytes each time."""

import itertools
import random
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

Clause = tuple[int, ...]

RATIO = 4.8
"""Clauses for each variable of a random formula: beyond 4.27, where nearly none can be satisfied."""


class Circuit:
    """Gates over numbered wires, as clauses (Tseitin)."""

    def __init__(self) -> None:
        self.n, self.clauses = 0, list[Clause]()

    def wire(self) -> int:
        """A new wire."""
        self.n += 1
        return self.n

    def both(self, a: int, b: int) -> int:
        """The wire a and b."""
        out = self.wire()
        self.clauses += [(-out, a), (-out, b), (out, -a, -b)]
        return out

    def odd(self, *wires: int) -> int:
        """The wire that is on where an odd number of wires is."""
        out = self.wire()
        for signs in itertools.product((1, -1), repeat=len(wires) + 1):
            if signs.count(-1) % 2:
                self.clauses.append(tuple(s * w for s, w in zip(signs, (*wires, out), strict=True)))
        return out

    def most(self, a: int, b: int, c: int) -> int:
        """The wire that is on where two of three are."""
        out = self.wire()
        for x, y in itertools.combinations((a, b, c), 2):
            self.clauses += [(-x, -y, out), (x, y, -out)]
        return out


def uniform(n: int) -> Iterator[Clause]:
    """Random formula of `n` variables, three in each clause."""
    chance = random.Random(n)  # noqa: S311  # formulas, not secrets
    for _ in range(round(RATIO * n)):
        yield tuple(chance.choice((-1, 1)) * v for v in chance.sample(range(1, n + 1), 3))


def pigeons(n: int) -> Iterator[Clause]:
    """More pigeons than holes, `n`; each finds one, no two the same."""
    at = [[1 + pigeon * n + hole for hole in range(n)] for pigeon in range(n + 1)]
    yield from map(tuple, at)
    for one, other in itertools.combinations(at, 2):
        yield from ((-a, -b) for a, b in zip(one, other, strict=True))


def factors(product: int) -> Iterator[Clause]:
    """Two factors of a number, neither of them 1: an array multiplier."""
    circuit, bits = Circuit(), product.bit_length()
    a, b = [circuit.wire() for _ in range(bits - 1)], [circuit.wire() for _ in range((bits + 1) // 2)]
    columns: list[list[int]] = [[] for _ in range(len(a) + len(b) + 1)]
    for (i, x), (j, y) in itertools.product(enumerate(a), enumerate(b)):
        columns[i + j].append(circuit.both(x, y))
    for place, column in enumerate(columns):
        while len(column) > 1:
            few = [column.pop(0) for _ in range(min(3, len(column)))]
            column.append(circuit.odd(*few))
            columns[place + 1].append(circuit.most(*few) if len(few) == 3 else circuit.both(*few))
        if column:
            circuit.clauses.append((column[0] if product >> place & 1 else -column[0],))
    yield from (*circuit.clauses, tuple(a[1:]), tuple(b[1:]))


def colours(n: int) -> Iterator[Clause]:
    """Three colours for a random graph of `n` nodes with 2.4 edges each, where neighbours differ."""
    chance = random.Random(n)  # noqa: S311
    edges = chance.sample(list(itertools.combinations(range(n), 2)), round(2.4 * n))
    yield from ((3 * v + 1, 3 * v + 2, 3 * v + 3) for v in range(n))
    yield from ((-3 * v - c, -3 * w - c) for v, w in edges for c in (1, 2, 3))


def parity(n: int) -> Iterator[Clause]:
    """Charges of a random 4-regular graph of `n` nodes that do not add up (Tseitin, Urquhart)."""
    chance, circuit = random.Random(n), Circuit()  # noqa: S311
    at: list[list[int]] = [[] for _ in range(n)]
    for order in (chance.sample(range(n), n) for _ in range(2)):
        for v, w in itertools.pairwise([*order, order[0]]):
            edge = circuit.wire()
            at[v].append(edge)
            at[w].append(edge)
    for v, edges in enumerate(at):
        charge = circuit.odd(*edges)
        circuit.clauses.append((charge if v == 0 else -charge,))
    yield from circuit.clauses


KINDS: dict[str, Callable[[int], Iterable[Clause]]] = {
    "random": uniform,
    "pigeonhole": pigeons,
    "factoring": factors,
    "colouring": colours,
    "parity": parity,
}


def main(workload: str, path: str) -> None:
    """Write the formula of a workload."""
    kind, _, size = workload.rpartition("-")
    clauses = list(KINDS[kind](int(size)))
    n = max(abs(literal) for clause in clauses for literal in clause)
    lines = (" ".join(map(str, (*clause, 0))) for clause in clauses)
    Path(path).write_text(f"p cnf {n} {len(clauses)}\n" + "\n".join(lines) + "\n", encoding="ascii")


if __name__ == "__main__":
    main(*sys.argv[1:])
