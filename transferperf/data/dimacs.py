"""Feature models as clauses: DIMACS files, where lines `c 12 name` name the variables."""

from collections.abc import Sequence
from pathlib import Path

from transferperf.data.feature_model import OFF, ON, Feature, FeatureModel
from transferperf.errors import DataError
from transferperf.space import Exclusion

Clause = tuple[tuple[int, ...], int]
"""Literals, and the line where they end."""


def read_dimacs(path: Path, text: str) -> FeatureModel:
    """The model in a DIMACS file; DataError with the line where it cannot be read.

    Variables that a clause decides by itself, or together with others that are decided, are always on or off.
    """
    n_variables, names, clauses = _parse(path, text)
    unnamed = [f"v{k}" for k in range(1, n_variables + 1) if k not in names]
    features = tuple(
        Feature(name=names.get(k, (f"v{k}", 1))[0], line=names.get(k, ("", 1))[1]) for k in range(1, n_variables + 1)
    )
    fixed = _decided([literals for literals, _ in clauses])
    constraints = []
    for literals, line in clauses:
        left = [literal for literal in literals if fixed.get(abs(literal)) is None]
        if any(fixed.get(abs(literal)) == (literal > 0) for literal in literals):
            continue
        values = tuple((features[abs(literal) - 1].name, OFF if literal > 0 else ON) for literal in left)
        constraints.append(Exclusion(values=values, reason=f"line {line}"))
    notes = (f"variables without a name: {len(unnamed)}, called {unnamed[0]} and so on",) if unnamed else ()
    return FeatureModel(
        path=path,
        features=features,
        constraints=tuple(constraints),
        fixed={features[k - 1].name: int(is_on) for k, is_on in fixed.items()},
        notes=notes,
    )


def _parse(path: Path, text: str) -> tuple[int, dict[int, tuple[str, int]], list[Clause]]:
    """Number of variables, the name of each with its line, and the clauses."""
    n_variables, names, clauses, literals = -1, dict[int, tuple[str, int]](), list[Clause](), list[int]()
    for line, words in enumerate(map(str.split, text.splitlines()), start=1):
        if words[:1] == ["c"]:
            if len(words) > 2 and words[1].rstrip("$").isdigit():
                names[int(words[1].rstrip("$"))] = (" ".join(words[2:]), line)
        elif words[:1] == ["p"]:
            if len(words) != 4 or words[1] != "cnf" or not words[2].isdigit():
                raise DataError(
                    f"'{' '.join(words)}' cannot be read; expected 'p cnf VARIABLES CLAUSES'", path=path, row=line
                )
            n_variables = int(words[2])
        elif words[:1] == ["%"]:
            break
        else:
            for word in words:
                literal = _literal(word, n_variables, path, line)
                if literal:
                    literals.append(literal)
                else:
                    clauses.append((tuple(literals), line))
                    literals = []
    if n_variables < 0:
        raise DataError("there is no line 'p cnf VARIABLES CLAUSES'; add it", path=path)
    return n_variables, names, [*clauses, *([(tuple(literals), len(text.splitlines()))] if literals else [])]


def _literal(word: str, n_variables: int, path: Path, line: int) -> int:
    if n_variables < 0:
        raise DataError(
            f"'{word}' stands before the line 'p cnf VARIABLES CLAUSES'; put that first", path=path, row=line
        )
    if not word.removeprefix("-").isdigit() or int(word.removeprefix("-")) > n_variables:
        raise DataError(
            f"'{word}' is no literal; expected numbers from 1 to {n_variables}, with or without -", path=path, row=line
        )
    return int(word)


def _decided(clauses: Sequence[Sequence[int]]) -> dict[int, bool]:
    """Variables that unit propagation decides; none where that leads to a contradiction, which is better said later."""
    value: dict[int, bool] = {}
    waiting: dict[int, list[int]] = {}
    left = [len(set(literals)) for literals in clauses]
    for k, literals in enumerate(clauses):
        for literal in set(literals):
            waiting.setdefault(literal, []).append(k)
    units = [literals[0] for literals in clauses if len(set(literals)) == 1]
    while units:
        literal = units.pop()
        if value.setdefault(abs(literal), literal > 0) != (literal > 0):
            return {}
        for k in waiting.pop(-literal, ()):
            left[k] -= 1
            open_ones = [other for other in clauses[k] if abs(other) not in value]
            is_true = any(value.get(abs(other)) == (other > 0) for other in clauses[k])
            if not is_true and not open_ones:
                return {}
            if not is_true and len(set(open_ones)) == 1:
                units.append(open_ones[0])
    return value
