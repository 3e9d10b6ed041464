"""A map of environments: near where they are alike, by classical scaling (Torgerson 1952; Gower 1966).

The distance of two environments is sqrt(2 (1 - rho)), that of two standardised responses with correlation rho: 0 where
they are the same, 1.41 where they have nothing in common, 2 where they are reversed. A new environment is placed by
Gower's formula (1968) from its distances to the others, which ten measurements tell. `e` environments, `s` resamples.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.sparse.csgraph import shortest_path

from transferperf.data.table import MeasurementTable
from transferperf.errors import NotEnoughDataError, UnknownNameError
from transferperf.metric import Metric
from transferperf.rng import generator
from transferperf.similarity.correlations import MEASURES
from transferperf.similarity.measured import measured, numbered, valid
from transferperf.similarity.verdict import MIN_COMMON
from transferperf.space import Environment

UNRELATED = float(np.sqrt(2))
"""Distance of two environments with nothing in common; also where nothing is known."""
N_EDGE = 64
"""Points on the edge of a region."""
CHI_2 = 5.991
"""95 % quantile of chi squared with two degrees of freedom."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Embedding:
    """Environments in a plane.

    Parameters
    ----------
    names
        Of the environments.
    points
        Their places, shape (e, 2).
    stress
        Kruskal's stress 1 over pairs that are known: 0 is a perfect map, 0.05 good, 0.2 poor (Kruskal 1964).
    kept
        Share of the variation that the plane shows.
    measure
        The correlation behind the distances.
    norms
        Squared distance of each from the centre in as many dimensions as it takes, shape (e,).
    """

    names: tuple[str, ...]
    points: np.ndarray
    stress: float
    kept: float
    measure: str
    norms: np.ndarray

    @property
    def frame(self) -> pd.DataFrame:
        """Columns environment, x and y."""
        return pd.DataFrame({"environment": self.names, "x": self.points[:, 0], "y": self.points[:, 1]})


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """Where a new environment stands on a map.

    Parameters
    ----------
    name
        Of the environment.
    point
        Its place, shape (2,).
    region
        Edge of the ellipse that holds 95 % of its bootstrap places, shape (64, 2).
    n_common
        How many of its measurements each environment of the map has, shape (e,).
    """

    name: str
    point: np.ndarray
    region: np.ndarray
    n_common: np.ndarray


def distance(rho: float | np.ndarray) -> np.ndarray:
    """Distance of environments whose correlation is rho, of any shape.

    Examples
    --------
    >>> distance(np.array([1.0, 0.5, -1.0]))
    array([0., 1., 2.])
    """
    return np.sqrt(2 * (1 - np.clip(rho, -1.0, 1.0)))


def embed(pairs: pd.DataFrame, *, measure: str = "spearman") -> Embedding:
    """Map of all environments that stand in pairs.

    Parameters
    ----------
    pairs
        Columns source, target and the measure, as from `compare_environments`; of both directions the mean counts.
        A pair without an answer gets the length of the shortest way over others, at most the distance of unrelated
        environments.
    measure
        A correlation: spearman, pearson, or task_correlation where that was computed.

    Raises
    ------
    UnknownNameError
        Where pairs lack the measure.
    NotEnoughDataError
        Where no pair has an answer.
    """
    if measure not in pairs:
        raise UnknownNameError("measure", measure, tuple(map(str, pairs.columns)))
    if not pairs[measure].notna().any():
        raise NotEnoughDataError(f"none of {len(pairs)} pairs has a {measure}; a map needs one. Add measurements.")
    names = tuple(sorted({*pairs["source"].astype(str), *pairs["target"].astype(str)}))
    known = _matrix(pairs, measure, names)
    D = _filled(known)
    centring = np.eye(len(names)) - 1 / len(names)
    B = -0.5 * centring @ D**2 @ centring  # Torgerson 1952
    values, vectors = np.linalg.eigh(B)
    order = np.argsort(-values, kind="stable")[:2]
    points = vectors[:, order] * np.sqrt(np.maximum(values[order], 0.0))
    points = points * _signs(points)
    positive = np.maximum(values, 0.0)
    kept = float(positive[order].sum() / positive.sum()) if positive.sum() > 0 else 1.0
    return Embedding(
        names=names,
        points=points,
        stress=_stress(known, points),
        kept=kept,
        measure=measure,
        norms=np.diag(B).copy(),
    )


def place_at(embedding: Embedding, distances: np.ndarray) -> np.ndarray:
    """Places of new environments by their distances (s, e) to those of a map, NaN where not known; shape (s, 2).

    Gower's formula (1968, equation 10), which is a least-squares fit, over the distances that are known; at least
    three are needed, else NaN.
    """
    found = np.full((len(distances), 2), np.nan)
    for row, d in enumerate(distances):
        is_known = np.isfinite(d)
        if is_known.sum() < 3:
            continue
        points, right = embedding.points[is_known], embedding.norms[is_known] - d[is_known] ** 2
        found[row] = np.linalg.lstsq(2 * (points - points.mean(axis=0)), right - right.mean(), rcond=1e-9)[0]
    return found


def place(
    embedding: Embedding,
    table: MeasurementTable,
    metric: str | Metric,
    environment: Environment,
    *,
    seed: int = 0,
    n_resamples: int = 200,
) -> Placement:
    """Place a new environment on a map, by some measurements of configurations that others have, too.

    Parameters
    ----------
    embedding
        A map by spearman or pearson.
    table
        Measurements of the new environment and of those of the map.
    metric
        What the map is of.
    environment
        The new one.
    seed, n_resamples
        Of the bootstrap over its configurations.

    Raises
    ------
    UnknownNameError
        Where an environment of the map is not in the table, or its measure cannot be computed here.
    NotEnoughDataError
        Where it has too little in common with three environments of the map.
    """
    if embedding.measure not in MEASURES:
        raise UnknownNameError("measure of a map", embedding.measure, tuple(MEASURES))
    by_name = {str(other): other for other in table.environments}
    for name in (*embedding.names, str(environment)):
        if name not in by_name:
            raise UnknownNameError("environment", name, tuple(by_name))
    samples = [valid(measured(table, metric, by_name[name])) for name in (*embedding.names, str(environment))]
    *ids, new_ids = numbered([one.X for one in samples])
    n = len(new_ids)
    draws = generator(seed, "placement", n).multinomial(n, np.full(n, 1 / max(n, 1)), size=n_resamples) if n else 0
    counts = np.vstack([np.ones((1, n)), draws]) if n else np.ones((1, 0))
    n_common, D = np.zeros(len(ids), dtype=int), np.full((len(counts), len(ids)), np.nan)
    for k, its in enumerate(ids):
        _, i, j = np.intersect1d(its, new_ids, assume_unique=True, return_indices=True)
        n_common[k] = len(i)
        if len(i) >= MIN_COMMON:
            D[:, k] = _distances(embedding.measure, samples[k].y[i], samples[-1].y[j], counts[:, j])
    points = place_at(embedding, D)
    if np.isnan(points[0]).any():
        raise NotEnoughDataError(
            f"'{environment}' has {MIN_COMMON} or more configurations in common with {int(np.isfinite(D[0]).sum())} "
            "environments of the map; expected three or more. Measure configurations that they have."
        )
    return Placement(name=str(environment), point=points[0], region=_region(points), n_common=n_common)


def _distances(measure: str, s: np.ndarray, t: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """Distance between responses s and t (n,) in each resample (s, n), shape (s,); NaN where one does not vary."""
    found = np.full(len(counts), np.nan)
    is_some = counts.sum(axis=1) > 0
    found[is_some] = distance(MEASURES[measure](s[None], t[None], counts[is_some])[:, 0, 0])
    return found


def _matrix(pairs: pd.DataFrame, measure: str, names: tuple[str, ...]) -> np.ndarray:
    """Distances (e, e), NaN where not known; mean of both directions."""
    places = {name: k for k, name in enumerate(names)}
    i, j = (pairs[end].astype(str).map(places).to_numpy() for end in ("source", "target"))
    once = np.full((len(names), len(names)), np.nan)
    once[i, j] = distance(pairs[measure].to_numpy(dtype=float))
    both = np.stack([once, once.T])
    n_known = np.isfinite(both).sum(axis=0)
    found = np.where(n_known > 0, np.nan_to_num(both).sum(axis=0) / np.maximum(n_known, 1), np.nan)
    np.fill_diagonal(found, 0.0)
    return found


def _filled(known: np.ndarray) -> np.ndarray:
    """Distances (e, e) with the shortest way over others where they are not known."""
    edges = np.where(np.isfinite(known), np.maximum(known, 1e-12), 0.0)
    way = np.minimum(shortest_path(edges, directed=False), UNRELATED)
    return np.where(np.isfinite(known), known, way)


def _signs(points: np.ndarray) -> np.ndarray:
    """Signs of both axes by which the place farthest from 0 is positive, so that a map is always the same."""
    farthest = np.argmax(np.round(np.abs(points), 9), axis=0)
    return np.where(points[farthest, [0, 1]] < 0, -1.0, 1.0)


def _stress(known: np.ndarray, points: np.ndarray) -> float:
    """Kruskal's stress 1 of places (e, 2) for the distances (e, e) that are known."""
    shown = np.linalg.norm(points[:, None] - points[None], axis=-1)
    is_pair = np.isfinite(known) & ~np.eye(len(known), dtype=bool)
    total = float((known[is_pair] ** 2).sum())
    return float(np.sqrt(((known - shown)[is_pair] ** 2).sum() / total)) if total > 0 else 0.0


def _region(points: np.ndarray) -> np.ndarray:
    """Edge of the ellipse of 95 % around the first of points (1 + s, 2), by how the others spread, shape (64, 2)."""
    drawn = points[1:][np.isfinite(points[1:]).all(axis=1)]
    around = drawn - points[0]  # what bends the mean away belongs to the uncertainty
    spread = around.T @ around / max(len(drawn), 1)
    values, vectors = np.linalg.eigh(spread)
    angle = np.linspace(0, 2 * np.pi, N_EDGE, endpoint=False)
    circle = np.column_stack([np.cos(angle), np.sin(angle)])
    return points[0] + np.sqrt(CHI_2) * circle * np.sqrt(np.maximum(values, 0.0)) @ vectors.T
