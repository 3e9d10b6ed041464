"""The main job on a real SQLite: read, fit, predict, tune, report."""

import argparse
import os
import statistics
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from scipy import stats

import transferperf as tp
from transferperf.data.measurement import Measurement
from transferperf.measure import Runner, System, choose_environment, load_system
from transferperf.report import prediction_section, tuning_section, write_page
from transferperf.report.figures import draw_predictions, draw_tuning_curve
from transferperf.space import Configuration, Environment
from transferperf.study.compare import Comparison, compare, measure_in_turns
from transferperf.study.suggest import Suggestion
from transferperf.study.tuning import tune

ROOT = Path(__file__).parents[2]
DATA = ROOT / "measurements" / "sqlite" / "2026-11-options.csv.gz"
TARGET = {"hardware": "disk-2core", "workload": "mixed-2k", "version": "3.54.1.0"}
HERE = "this machine"
N_TARGET = 20
NEXT = """Try next:
  .venv/bin/transferperf similarity {data} --metric cpu_s -o similarity.html
  .venv/bin/transferperf best {data} --metric cpu_s --target {target} -k 5 --where "synchronous == full"
  .venv/bin/transferperf tune sqlite --source {data} --metric cpu_s --target {other} --budget 15"""


@dataclass(frozen=True, kw_only=True)
class HeldBack:
    """Predictions beside measurements that the model has not seen, shape (n,) each, in seconds."""

    measured: np.ndarray
    predicted: np.ndarray
    low: np.ndarray
    high: np.ndarray


@dataclass(frozen=True, kw_only=True)
class Tuned:
    """A tuning campaign: each value in the order measured, and the best against the default."""

    values: np.ndarray
    comparison: Comparison
    changed: pd.DataFrame


def main() -> None:
    """Take all steps, and say where the report is."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--smoke", action="store_true", help="few measurements: does every step run?")
    parser.add_argument("--seed", type=int, default=0, help="seed of all that is left to chance")
    parser.add_argument("-o", "--output", type=Path, default=Path("report.html"), help="where the report goes")
    parser.add_argument("--picture", type=Path, help="where a PNG of predictions and tuning goes")
    arguments = parser.parse_args()
    started = time.monotonic()
    table = tp.read_csv(DATA)
    metric = table.metric("cpu_s")
    print(f"Read {len(table)} rows of {len(table.environments)} environments from {DATA.relative_to(ROOT)}.")
    held_back = predict_held_back(table, arguments.seed)
    tuned = tune_here(table, arguments.seed, *((4, 3) if arguments.smoke else (20, 9)))
    similarity = tp.similarity(table, metric=metric, seed=arguments.seed)
    curve = tuning_section(tuned.values, default=statistics.fmean(tuned.comparison.default), metric=metric)
    curve = replace(curve, text=(f"{tuned.comparison}.",), table=tuned.changed)
    predictions = prediction_section(**vars(held_back), metric=metric)
    title = "SQLite, from measured environments to this machine"
    write_page(arguments.output, title, [curve, predictions, similarity.section])
    if arguments.picture:
        draw(held_back, tuned, metric).savefig(arguments.picture, dpi=110)
    print(f"\nThe report is {arguments.output.resolve()} ({time.monotonic() - started:.0f} s in all).")
    print(
        NEXT.format(data=DATA.relative_to(ROOT), target=text(TARGET), other=text({**TARGET, "workload": "select-2k"}))
    )


def text(environment: Mapping[str, str]) -> str:
    """An environment as the command line takes it."""
    return ",".join(f"{name}={value}" for name, value in environment.items())


def predict_held_back(table: tp.MeasurementTable, seed: int) -> HeldBack:
    """Fit to all sources and N_TARGET target configurations; compare with the target's others."""
    known, held_back = split(table, seed)
    print(f"\nTarget {text(TARGET)}: {N_TARGET} of its configurations are known, {len(held_back)} are held back.")
    fit = partial(tp.fit, known, metric="cpu_s", target=TARGET, seed=seed)
    without, model = fit(transfer="none"), fit()
    print(model.summary())
    measured = held_back["cpu_s"].to_numpy()
    print(f"\n{'at the held-back configurations':34} median error  rank correlation  90 % interval holds")
    for name, candidate in (("without transfer", without), ("with transfer", model)):
        prediction = candidate.predict(held_back)
        low, high = prediction.interval(0.9)
        error = np.median(np.abs(prediction.median - measured) / measured)
        rank = stats.spearmanr(prediction.median, measured).statistic
        holds = np.mean((low <= measured) & (measured <= high))
        print(f"  {name:32} {error:12.1%} {rank:17.2f} {holds:20.0%}")
    return HeldBack(measured=measured, predicted=prediction.median, low=low, high=high)


def split(table: tp.MeasurementTable, seed: int) -> tuple[tp.MeasurementTable, pd.DataFrame]:
    """The table with N_TARGET target configurations, and the mean of each of the target's others."""
    names, frame = list(table.space.names), table.frame
    is_target = np.logical_and.reduce([frame[name] == value for name, value in TARGET.items()])
    means = frame[is_target & (frame["status"] == "ok")].groupby(names, as_index=False)["cpu_s"].mean()
    order = np.random.default_rng(seed).permutation(len(means))
    marked = frame[names].merge(means.loc[order[:N_TARGET], names], on=names, how="left", indicator=True)
    is_known = (marked["_merge"] == "both").to_numpy()
    return replace(table, frame=frame[~is_target | is_known]), means.loc[np.sort(order[N_TARGET:])]


def tune_here(table: tp.MeasurementTable, seed: int, budget: int, rounds: int) -> Tuned:
    """Tune SQLite live, from the recorded environments as sources; then measure default and best again, in turns."""
    system = load_system("sqlite", ROOT / "systems")
    cores = "disk-2core" if len(os.sched_getaffinity(0)) > 1 else "disk-1core"
    where, runner = choose_environment(system, {**TARGET, "hardware": cores}), Runner()
    tuner = tp.Tuner(table, metric="cpu_s", target={**TARGET, "hardware": HERE}, budget=budget, seed=seed)
    print(f"\nTuning {system.name} live, in {where}: {budget} measurements; sources are the recorded environments.")
    measure, values = partial(measure_here, runner, system, where, tuner.state.target), []

    def show(suggestion: Suggestion, measurement: Measurement) -> None:
        values.append(measurement.mean("cpu_s"))
        came = f"{1e3 * values[-1]:7.1f} ms" if measurement.n_repeats else f"{measurement.status}: {measurement.reason}"
        print(
            f"  {len(values):2}/{budget} {came}, best {1e3 * np.nanmin(values):6.1f} ms   {suggestion.reason}",
            flush=True,
        )

    with runner.prepared(system, where):
        tune(tuner, measure, show)
        best = tuner.best().configuration
        turns = measure_in_turns(measure, [system.space.default, best], rounds)
    means = [[measurement.mean("cpu_s") for measurement in turn] for turn in turns]
    tuned = Tuned(
        values=np.array(values), comparison=compare(*means, metric=tuner.state.metric), changed=changed(system, best)
    )
    print(f"Best against default, both measured again {rounds} times in turns:\n  {tuned.comparison}.")
    print("  " + ", ".join(f"{row.option}={row.best}" for row in tuned.changed.itertuples()))
    return tuned


def measure_here(
    runner: Runner, system: System, where: Environment, target: Environment, configuration: Configuration
) -> Measurement:
    """A measurement in the system's environment `where`, which to the model is the new environment `target`."""
    return replace(runner.measure(system, configuration, where), environment=target)


def changed(system: System, configuration: Configuration) -> pd.DataFrame:
    """The options that differ from the default."""
    default = system.space.default
    rows = [(name, default[name], value) for name, value in configuration.items() if value != default[name]]
    return pd.DataFrame(rows, columns=["option", "default", "best"])


def draw(held_back: HeldBack, tuned: Tuned, metric: tp.Metric) -> Figure:
    """Predictions and the course of tuning, side by side."""
    figure = Figure(figsize=(11, 4.2), layout="constrained")
    left, right = figure.subplots(1, 2)
    draw_predictions(left, **vars(held_back), label=metric.label)
    draw_tuning_curve(right, tuned.values, default=statistics.fmean(tuned.comparison.default), metric=metric)
    left.set_title(f"{N_TARGET} target measurements, the rest from other environments", pad=26)
    right.set_title(f"live tuning: {tuned.comparison.ratio:.1f} times better than the default", pad=26)
    return figure


if __name__ == "__main__":
    main()
