"""Findings as the JSON that a page's figures are drawn from."""

import json
from collections.abc import Sequence

import numpy as np
import pandas as pd

from transferperf.report.colours import CODES, HUES, SCALES
from transferperf.report.findings import DOTS, Findings
from transferperf.report.observed import Observed, density
from transferperf.similarity.compare import ENDS
from transferperf.similarity.verdict import KINDS
from transferperf.space import Environment

DIGITS = 5
"""Significant digits of what was measured."""


def payload(findings: Findings) -> str:
    """JSON that may stand in a page: no name in it can end the element that holds it."""
    document = {
        "metric": {"label": findings.metric.label, "less": findings.metric.lower_is_better},
        "factors": _factors(findings.environments),
        "environments": _environments(findings),
        "order": findings.order().tolist(),
        "classes": KINDS,
        "codes": tuple(CODES),
        "colours": {"scales": {name: shades._asdict() for name, shades in SCALES.items()}, "hues": HUES._asdict()},
        "shown": [
            {"column": shown.column, "title": shown.title, "words": shown.words, "scale": shown.scale}
            for shown in findings.shown
        ],
        "matrices": _matrices(findings),
        "verdicts": _verdicts(findings),
        "best": _best(findings),
        "dots": [{"column": name, "title": DOTS[name][0], "ends": DOTS[name][1]} for name in findings.dots],
        "severity": _severity(findings.severity),
        "observed": None if findings.observed is None else _observed(findings.observed),
    }
    text = json.dumps(document, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")


def _factors(environments: Sequence[Environment]) -> dict[str, list[str]]:
    """Values of each factor that has several."""
    found: dict[str, dict[str, None]] = {}
    for environment in environments:
        for name, value in environment.factors:
            found.setdefault(name, {})[value] = None
    return {name: sorted(values, key=_natural) for name, values in found.items() if len(values) > 1}


def _natural(value: str) -> tuple[bool, float, str]:
    """Numbers by size, before words."""
    try:
        return False, float(value), value
    except ValueError:
        return True, 0.0, value


def _environments(findings: Findings) -> list[dict[str, object]]:
    places: dict[str, tuple[float, float]] = {}
    if findings.places is not None:
        columns = (findings.places[name] for name in ("environment", "x", "y"))
        places = {name: (_short(x), _short(y)) for name, x, y in zip(*columns, strict=True) if np.isfinite(x + y)}
    return [
        {
            "name": str(environment),
            "label": findings.labels[str(environment)],
            "values": environment.as_mapping(),
            "place": places.get(str(environment)),
        }
        for environment in findings.environments
    ]


def _matrices(findings: Findings) -> dict[str, list[float | None]]:
    """Numbers of all pairs and the ends of their intervals, row by row: a source's pairs with all targets."""
    columns = [shown.column + end for shown in findings.shown for end in ENDS]
    columns = ["n_common", *(column for column in (*columns, "is_bound") if column in findings.pairs)]
    return {column: _plain(np.round(findings.matrix(column).ravel(), 3)) for column in columns}


def _verdicts(findings: Findings) -> dict[str, object]:
    """The words of all pairs: each different text once, and which of them a pair has."""
    codes, words = pd.factorize(findings.pairs["verdict"])
    found = np.full((len(findings.environments),) * 2, -1)
    found[findings.places_of_pairs()] = codes
    return {"words": list(words), "of": found.ravel().tolist()}


def _best(findings: Findings) -> list[dict[str, object]]:
    """Places of each target and its source, sources that help beside it, and what is advised with which error."""
    place, labels = {name: k for k, name in enumerate(findings.names)}, findings.labels
    found: list[dict[str, object]] = []
    for row in findings.best().to_dict("records"):
        others = [labels.get(name, name) for name in row.get("set", ())[1:]]
        kind = "error" if np.isnan(row.get("n_advised", np.nan)) else "error_advised"
        ends = {f"error{end}": row.get(kind + end, np.nan) for end in ENDS}
        numbers = {name: _cell(float(value)) for name, value in (ends | {"n": row.get("n_advised", np.nan)}).items()}
        found.append({"source": place[row["source"]], "target": place[row["target"]], "set": others} | numbers)
    return found


def _severity(table: pd.DataFrame | None) -> list[dict[str, object]]:
    """Rows of the table, numbers that are not known as null."""
    if table is None:
        return []
    records = table.to_dict("records")
    return [{str(name): _cell(value) for name, value in row.items()} for row in records]


def _cell(value: object) -> object:
    if isinstance(value, float | np.floating):
        return _short(float(value)) if np.isfinite(value) else None
    return int(value) if isinstance(value, np.integer) else value if isinstance(value, int | str) else str(value)


def _observed(observed: Observed) -> dict[str, object]:
    n = len(observed.levels[0].codes) if observed.levels else 0
    sets: dict[bytes, int] = {}
    return {
        "isLog": observed.is_log,
        "nMeasured": observed.n_measured,
        "n": n,
        "levels": [{"option": o.option, "names": o.names, "codes": o.codes.tolist()} for o in observed.levels],
        "contrasts": observed.contrasts,
        "set": [sets.setdefault(rows.tobytes(), len(sets)) for rows in observed.rows],
        "sets": [np.frombuffer(rows, dtype=observed.rows[0].dtype).tolist() for rows in sets],
        "responses": [[_short(value) for value in y] for y in observed.responses],
        "densities": [_density(y, is_log=observed.is_log) for y in observed.responses],
        "effects": [
            {
                "mean": [_known(value) for value in found.mean],
                "size": [_known(value) for value in found.size],
                "matters": found.influential(corrected=True).astype(int).tolist(),
            }
            for found in observed.effects
        ],
        "interactions": observed.interactions,
    }


def _density(y: np.ndarray, *, is_log: bool) -> dict[str, object] | None:
    """Ends of the grid and heights there; None where nothing varies."""
    grid, heights = density(y, is_log=is_log)
    if not len(grid):
        return None
    return {"low": _short(grid[0]), "high": _short(grid[-1]), "heights": np.round(heights, 3).tolist()}


def _short(value: float) -> float:
    return float(f"{value:.{DIGITS}g}")


def _known(value: float) -> float | None:
    return float(f"{value:.4g}") if np.isfinite(value) else None


def _plain(values: np.ndarray) -> list[float | None]:
    """Numbers as JSON has them: whole ones whole, None for what is not known."""
    return [None if value != value else int(value) if value == int(value) else value for value in values.tolist()]  # noqa: PLR0124  # quicker than isnan
