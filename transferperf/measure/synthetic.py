"""Responses with a known truth: test functions whose minima are known, and surfaces that correlate as asked."""

import itertools
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal, Self

import numpy as np
from scipy.optimize import brentq
from scipy.stats import spearmanr

from transferperf.errors import MeasurementError
from transferperf.rng import generator

MOST = 12
"""Options of a surface up to which rank correlation is that of all configurations, and not of 2**MOST drawn ones."""

HARTMANN_WEIGHTS = np.array([1.0, 1.2, 3.0, 3.2])  # (4,)
HARTMANN_SCALES = np.array([[3.0, 10.0, 30.0], [0.1, 10.0, 35.0], [3.0, 10.0, 30.0], [0.1, 10.0, 35.0]])  # (4, 3)
HARTMANN_PEAKS = 1e-4 * np.array([[3689, 1170, 2673], [4699, 4387, 7470], [1091, 8732, 5547], [381, 5743, 8828]])


def branin(X: np.ndarray) -> np.ndarray:
    """Branin's function of X (n, 2): shape (n,), three equal minima (Dixon and Szegö 1978)."""
    a, b = X.T
    valley = b - 5.1 / (4 * np.pi**2) * a**2 + 5 / np.pi * a - 6
    return np.asarray(valley**2 + 10 * (1 - 1 / (8 * np.pi)) * np.cos(a) + 10)


def dixon_price(X: np.ndarray) -> np.ndarray:
    """Dixon and Price's function of X (n, d), a curved valley: shape (n,) (Dixon and Price 1989)."""
    i = np.arange(2, X.shape[1] + 1)
    return np.asarray((X[:, 0] - 1) ** 2 + ((2 * X[:, 1:] ** 2 - X[:, :-1]) ** 2) @ i)


def hartmann(X: np.ndarray) -> np.ndarray:
    """Hartmann's function of X (n, 3), four wells of different depth: shape (n,) (Dixon and Szegö 1978)."""
    distance = np.einsum("nkd,kd->nk", (X[:, None, :] - HARTMANN_PEAKS) ** 2, HARTMANN_SCALES)
    return np.asarray(-np.exp(-distance) @ HARTMANN_WEIGHTS)


def rosenbrock(X: np.ndarray) -> np.ndarray:
    """Rosenbrock's function of X (n, d), a narrow curved valley: shape (n,) (Rosenbrock 1960)."""
    return np.asarray(np.sum(100 * (X[:, 1:] - X[:, :-1] ** 2) ** 2 + (1 - X[:, :-1]) ** 2, axis=1))


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownFunction:
    """A function whose minimum is known.

    Parameters
    ----------
    formula
        X (n, d) -> (n,).
    bounds
        Lowest and highest value of each variable, shape (d, 2).
    minimum, minimisers
        The least value between the bounds, and where it is taken.

    Examples
    --------
    >>> round(float(FUNCTIONS["branin"].at(np.array([[0.5427729, 0.1516667]]))[0]), 5)
    0.39789
    """

    formula: Callable[[np.ndarray], np.ndarray]
    bounds: tuple[tuple[float, float], ...]
    minimum: float
    minimisers: tuple[tuple[float, ...], ...]

    def at(self, positions: np.ndarray) -> np.ndarray:
        """Values at positions (n, d or more) between the bounds, 0 the lowest and 1 the highest: shape (n,).

        Columns beyond the function's variables have no effect.
        """
        low, high = np.array(self.bounds).T
        return self.formula(low + (high - low) * positions[:, : len(low)])


FUNCTIONS: Mapping[str, KnownFunction] = MappingProxyType(
    {
        "branin": KnownFunction(
            formula=branin,
            bounds=((-5, 10), (0, 15)),
            minimum=0.397887,
            minimisers=((-math.pi, 12.275), (math.pi, 2.275), (3 * math.pi, 2.475)),
        ),
        "dixon": KnownFunction(
            formula=dixon_price,
            bounds=((-10, 10),) * 2,
            minimum=0.0,
            minimisers=((1.0, math.sqrt(0.5)), (1.0, -math.sqrt(0.5))),
        ),
        "hartmann": KnownFunction(
            formula=hartmann,
            bounds=((0, 1),) * 3,
            minimum=-3.86278,
            minimisers=((0.114614, 0.555649, 0.852547),),
        ),
        "rosenbrock": KnownFunction(formula=rosenbrock, bounds=((-5, 10),) * 5, minimum=0.0, minimisers=((1.0,) * 5,)),
    }
)
"""The test functions of BO4CO (Jamshidi and Casale, MASCOTS 2016) by name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """How an environment changes a function.

    Parameters
    ----------
    shift
        How far the function is moved along each variable, as a share of its range.
    mirrored
        Whether each variable runs backwards, before it is moved.
    factor
        What values are multiplied by.
    noise
        Standard deviation of the logarithm of repeats.
    """

    shift: float = 0.0
    mirrored: bool = False
    factor: float = 1.0
    noise: float = 0.0

    def at(self, function: KnownFunction, positions: np.ndarray) -> np.ndarray:
        """Values of the changed function without noise, at positions (n, d or more) from 0 to 1: shape (n,)."""
        moved = positions - self.shift
        return self.factor * function.at(1 - moved if self.mirrored else moved)

    def measured(self, value: float, *names: object) -> float:
        """A value with the noise that `names` call: the same names, the same noise."""
        return float(value * np.exp(self.noise * generator(0, "noise", *names).normal()))


@dataclass(frozen=True, slots=True, kw_only=True)
class ResponseSurface:
    """The logarithm of a response over on/off options: main effects and twofold interactions.

    log y(x) = sum_j a_j c_j + sum_(i, j) b_ij c_i c_j with c = x - 1/2. Over all configurations its terms are
    uncorrelated, so that mean (0), spread and correlation of surfaces are closed forms of the coefficients.

    Parameters
    ----------
    effects
        a_j of each option, shape (d,).
    interactions
        i, j, b_ij each; what a pair has more than once adds up.

    Examples
    --------
    >>> target = ResponseSurface.drawn(12, seed=0, name="target").scaled(0.5)
    >>> source = target.related(0.9, seed=0, name="source")
    >>> round(target.correlation(source), 6), round(source.spread, 6)
    (0.9, 0.5)
    """

    effects: tuple[float, ...]
    interactions: tuple[tuple[int, int, float], ...] = ()

    def __post_init__(self) -> None:
        if len(self.effects) < 2:
            raise MeasurementError(f"a surface has {len(self.effects)} options; expected at least two. Add options.")
        if not self.spread > 0:
            raise MeasurementError("a surface is flat; give an effect or an interaction that is not 0")

    @classmethod
    def drawn(cls, n_options: int, *, seed: int, name: str, n_interactions: int = 10) -> Self:
        """A surface of main effects whose size falls from exp(0) by exp(-1/4) each, in an order drawn by chance.

        An interaction is about as large as its two main effects.
        """
        stream = generator(seed, "response", name)
        size = np.exp(-0.25 * stream.permutation(n_options))
        effects, interactions = size * stream.normal(size=n_options), []
        for _ in range(n_interactions if n_options > 1 else 0):
            i, j = stream.choice(n_options, 2, replace=False)
            interactions.append((int(i), int(j), float(np.sqrt(size[i] * size[j]) * stream.normal())))
        return cls(effects=tuple(effects.tolist()), interactions=tuple(interactions))

    def log(self, X: np.ndarray) -> np.ndarray:
        """Logarithm of the response at configurations X (n, d) of 0 and 1: shape (n,)."""
        C = X - 0.5
        z = C @ np.array(self.effects)
        for i, j, strength in self.interactions:
            z += strength * C[:, i] * C[:, j]
        return np.asarray(z)

    @property
    def spread(self) -> float:
        """Standard deviation of the logarithm over all configurations."""
        return math.sqrt(self._product(self))

    def correlation(self, other: "ResponseSurface") -> float:
        """Pearson's correlation of the logarithms over all configurations."""
        return self._product(other) / (self.spread * other.spread)

    def scaled(self, spread: float) -> "ResponseSurface":
        """The surface with another spread, above 0."""
        factor = spread / self.spread
        return ResponseSurface(
            effects=tuple(factor * effect for effect in self.effects),
            interactions=tuple((i, j, factor * strength) for i, j, strength in self.interactions),
        )

    def related(
        self, correlation: float, *, seed: int, name: str, by: Literal["linear", "rank"] = "linear"
    ) -> "ResponseSurface":
        """A surface of the same spread that correlates with this one as asked, and is drawn by `seed` and `name` else.

        `correlation` is Pearson's of the logarithms ("linear"), or Spearman's ("rank"), over all configurations (4096
        of them where there are more); MeasurementError where it is not from -1 to 1, or the same
        surface would be drawn again.
        """
        if not -1 <= correlation <= 1:
            raise MeasurementError(f"correlation is {correlation}; expected a number from -1 to 1")
        drawn = self.drawn(len(self.effects), seed=seed, name=name, n_interactions=len(self.interactions))
        if abs(self.correlation(drawn)) > 1 - 1e-9:
            raise MeasurementError(f"seed {seed} and name '{name}' draw this very surface; give another seed or name")
        apart = _mixed(1.0, drawn, -self._product(drawn) / self._product(self), self).scaled(self.spread)
        r = correlation if by == "linear" else _linear_of_rank(self, apart, correlation)
        return _mixed(r, self, math.sqrt(1 - r**2), apart)

    def _product(self, other: "ResponseSurface") -> float:
        """Covariance of the logarithms: c_j has variance 1/4, c_i c_j 1/16, and no two terms covary."""
        mine, theirs = _strengths(self), _strengths(other)
        main = math.fsum(a * b for a, b in zip(self.effects, other.effects, strict=True)) / 4
        return main + math.fsum(mine[pair] * theirs.get(pair, 0.0) for pair in mine) / 16


def _strengths(surface: ResponseSurface) -> dict[frozenset[int], float]:
    """Pair of options -> strength of its interaction."""
    strengths: dict[frozenset[int], float] = {}
    for i, j, strength in surface.interactions:
        strengths[frozenset((i, j))] = strengths.get(frozenset((i, j)), 0.0) + strength
    return strengths


def _mixed(a: float, one: ResponseSurface, b: float, other: ResponseSurface) -> ResponseSurface:
    """The surface whose logarithm is a times that of one, and b times that of the other."""
    interactions = ((i, j, w * strength) for w, s in ((a, one), (b, other)) for i, j, strength in s.interactions)
    return ResponseSurface(
        effects=tuple(a * mine + b * theirs for mine, theirs in zip(one.effects, other.effects, strict=True)),
        interactions=tuple(interactions),
    )


def _linear_of_rank(surface: ResponseSurface, apart: ResponseSurface, rank: float) -> float:
    """Pearson's correlation r at which r `surface` + sqrt(1 - r^2) `apart` has a rank correlation with `surface`."""
    d = len(surface.effects)
    X = np.array(list(itertools.product((0, 1), repeat=d))) if d <= MOST else _some(d)
    z, other = surface.log(X), apart.log(X)

    def excess(r: float) -> float:
        if abs(r) == 1:
            return r - rank
        return float(spearmanr(z, r * z + math.sqrt(1 - r**2) * other).statistic) - rank

    return float(brentq(excess, -1.0, 1.0))


def _some(d: int) -> np.ndarray:
    """Configurations (2**MOST, d) drawn by chance."""
    return generator(0, "configurations").integers(0, 2, size=(2**MOST, d))
