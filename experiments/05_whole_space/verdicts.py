"""What was asked of whole spaces, and whether it was reached."""

import numpy as np
import pandas as pd
from limits import MOST, SOME
from others import OTHERS
from worlds import EI, LCB, MEANS, shape

from bench.report import verdict

FLOOR, MEAN_FLOOR = "matrix products, variance", "matrix products, mean"
LOOKING, CLIMBING = "looking at all", "climbing"
OPTUNA = "Optuna's GPSampler"
DEFAULT, DEFAULT_SOURCES = "default model", "default model with two sources"
DEFAULT_KERNEL = "default kernel"
TIMES = {100: 5.0, 200: 12.0, 500: 30.0}
"""Rows -> how far below the floor is asked for."""
CLOCK = {200: 0.65, 500: 1.8}
"""Rows -> seconds on the clock that are asked for."""


def is_true(said: pd.Series) -> pd.Series:
    """Whether each is true, as a file spells it."""
    return said.astype(str) == "True"


def speed(best: pd.DataFrame, means: pd.DataFrame, rows: pd.DataFrame) -> list[str]:
    """Whether it is as fast as was asked."""
    lines, swept = [], rows[rows["model"].isin((LCB, EI, MEANS)) & (rows["part"] == "best")]
    for n, least in TIMES.items():
        ratios = best.loc[best["n"] == n, "floor / ours"].dropna() if len(best) else best
        if len(ratios):
            came = f"{ratios.min():.1f} to {ratios.max():.1f} times"
            claim = f"{least:g} times below the floor at {n} rows, certified"
            lines.append(verdict(claim, came, holds=ratios.min() >= least))
    others = best[[f"{o} / ours" for o in OTHERS]].min() if len(best) else pd.Series(dtype=float)
    if others.notna().any():
        came = f"{others.min():.0f} times at least"
        lines.append(verdict("100 times faster than scikit-learn and gpytorch", came, holds=bool(others.min() >= 100)))
    many = means[means["n"] >= 200] if len(means) else means
    if len(many):
        came = f"{100 * many['floor / ours'].min():.0f} to {100 * many['floor / ours'].max():.0f} %"
        claim = "the ten lowest means at 60 % of the matrix product's rate or more, from 200 rows on"
        lines.append(verdict(claim, came, holds=bool(many["floor / ours"].min() >= 0.6)))
    for n, most in CLOCK.items():
        seconds = best.loc[best["n"] == n, "seconds"] if len(best) else best
        if len(seconds):
            came = f"{seconds.min():.2f} to {seconds.max():.2f} s"
            lines.append(verdict(f"{most:g} s on the clock at {n} rows", came, holds=seconds.max() <= most))
    if len(swept):
        most = swept["memory_mb"].max()
        lines.append(verdict("under 1 GB up to 500 rows", f"{most:.0f} MB", holds=most < 1000))
    return lines


def extras(limited: pd.DataFrame, model: pd.DataFrame) -> list[str]:
    """Whether constraints and the default model take as little time as was asked."""
    lines = []
    for share in (SOME, MOST):
        ratios = limited.loc[limited["space"].str.endswith(share), "processor / without"] if len(limited) else limited
        if len(ratios):
            came = f"{ratios.min():.2f} to {ratios.max():.2f} times"
            lines.append(verdict(f"at most twice the time with {share}", came, holds=ratios.max() <= 2))
    for name in (DEFAULT, DEFAULT_SOURCES, DEFAULT_KERNEL):
        mine = model[model["model"].str.partition(", ")[0] == name] if len(model) else model
        ratios = mine["times one product kernel"].dropna() if len(mine) else pd.Series(dtype=float)
        if len(ratios):
            proven = f"proven {mine['proven'].sum()} of {mine['runs'].sum()}"
            came = f"{ratios.min():.1f} to {ratios.max():.1f} times, {proven}"
            lines.append(verdict(f"the {name} in three times that of one product", came, holds=ratios.max() <= 3))
    return lines


def asks(asked: pd.DataFrame) -> list[str]:
    """Whether asking and telling takes as little as was asked, and no suggestion was measured before."""
    if not len(asked):
        return []
    ours, lines = asked[asked["by"] != OPTUNA], []
    alone = ours[ours["by"] == "our tuner"]  # Optuna's knows no sources
    few, many = alone[alone["n"] <= 200], ours[ours["n"] >= 1000]
    ratios = few["Optuna / this"].dropna()
    if len(ratios):
        came = f"{ratios.min():.1f} to {ratios.max():.1f} times"
        claim = "10 times less than Optuna up to 200 rows, without sources"
        lines.append(verdict(claim, came, holds=bool(ratios.min() >= 10)))
    if len(many):
        most = many["with its share"].max()
        lines.append(
            verdict(
                "under 0.5 s for a round at 1000 rows, with and without a source",
                f"{most:.2f} s at most",
                holds=most < 0.5,
            )
        )
    n_repeated = ours["measured before"].sum()
    return [*lines, verdict("no suggestion that was measured before", f"{n_repeated}", holds=n_repeated == 0)]


def proofs(rows: pd.DataFrame) -> list[str]:
    """Whether answers are proven, and the same as those of looking at everything."""
    lines = []
    swept, looked = rows[rows["exact"].notna() & (rows["part"] != "fitted")], rows[rows["model"].str.endswith(LOOKING)]
    if len(swept):
        lines.append(
            verdict("every answer is proven", f"{len(swept)} answers", holds=bool(is_true(swept["exact"]).all()))
        )
    if len(looked):
        came = f"{is_true(looked['same']).sum()} of {len(looked)}, up to {', '.join(_largest(looked))}"
        lines.append(verdict("the answer of looking at everything", came, holds=bool(is_true(looked["same"]).all())))
    return lines


def _largest(rows: pd.DataFrame) -> list[str]:
    return [max(set(rows["space"]), key=lambda space: np.prod(shape(space), dtype=float))]
