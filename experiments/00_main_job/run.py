"""The main job on a real SQLite: read, fit, predict, tune, report."""

import argparse
import dataclasses
import os
import statistics
import time
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd
from scipy import stats

import transferperf as tp
from transferperf.data.measurement import Measurement
from transferperf.measure import Runner, System, choose_environment, load_system
from transferperf.report import Section, prediction_section, tuning_section, write_page
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
  .venv/bin/transferperf tune sqlite --source {data} --metric cpu_s --target {other} --budget 15 -o tuned.csv"""


def main() -> None:
    """Take all steps, and say where the report is."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--smoke", action="store_true", help="few measurements: does every step run?")
    parser.add_argument("--seed", type=int, default=0, help="seed of all that is left to chance")
    parser.add_argument("-o", "--output", type=Path, default=Path("report.html"), help="where the report goes")
    arguments = parser.parse_args()
    started = time.monotonic()
    table = tp.read_csv(DATA)
    print(f"Read {len(table)} rows of {len(table.environments)} environments from {DATA.relative_to(ROOT)}.")
    predictions = predict_held_back(table, arguments.seed)
    tuning = tune_here(
        table, seed=arguments.seed, budget=5 if arguments.smoke else 20, rounds=3 if arguments.smoke else 9
    )
    similarity = tp.similarity(table, metric="cpu_s", seed=arguments.seed)
    write_page(
        arguments.output,
        "SQLite, from measured environments to this machine",
        [tuning, predictions, *similarity.sections],
    )
    print(f"\nThe report is {arguments.output.resolve()} ({time.monotonic() - started:.0f} s in all).")
    print(
        NEXT.format(data=DATA.relative_to(ROOT), target=text(TARGET), other=text({**TARGET, "workload": "select-2k"}))
    )


def text(environment: Mapping[str, str]) -> str:
    """An environment as the command line takes it."""
    return ",".join(f"{name}={value}" for name, value in environment.items())


def predict_held_back(table: tp.MeasurementTable, seed: int) -> Section:
    """Fit to all sources and N_TARGET target configurations; compare with the target's others."""
    metric, target = table.metric("cpu_s"), table.target(TARGET)
    known, held_back = split(table, seed)
    print(f"\nTarget {target}: {N_TARGET} of its configurations are known, {len(held_back)} are held back.")
    model = tp.fit(known, metric=metric, target=TARGET, seed=seed)
    print(model.summary())
    print(f"{'at the held-back configurations':40} median error  rank correlation  90 % interval holds")
    measured = held_back["cpu_s"].to_numpy()
    for name, transfer in (("without transfer", "none"), ("with transfer", "auto")):
        model = tp.fit(known, metric=metric, target=TARGET, transfer=transfer, seed=seed)
        prediction = model.predict(held_back)
        low, high = prediction.interval(0.9)
        error = np.median(np.abs(prediction.median - measured) / measured)
        rank = stats.spearmanr(prediction.median, measured).statistic
        held = np.mean((low <= measured) & (measured <= high))
        print(f"  {name:38} {error:12.1%} {rank:17.2f} {held:20.0%}")
    return prediction_section(measured, prediction.median, low, high, metric=metric)


def split(table: tp.MeasurementTable, seed: int) -> tuple[tp.MeasurementTable, pd.DataFrame]:
    """The table with N_TARGET target configurations, and the mean of each of the target's others."""
    names = list(table.space.names)
    is_target = np.logical_and.reduce([table.frame[name] == value for name, value in TARGET.items()])
    rows = table.frame[is_target & (table.frame["status"] == "ok")]
    means = rows.groupby(names, as_index=False, sort=True)["cpu_s"].mean()
    is_known = np.zeros(len(means), dtype=bool)
    is_known[np.random.default_rng(seed).permutation(len(means))[:N_TARGET]] = True
    kept = (
        table.frame[names].merge(means.loc[is_known, names], on=names, how="left", indicator=True)["_merge"] == "both"
    )
    known = dataclasses.replace(table, frame=table.frame[~is_target | kept.to_numpy()])
    return known, means[~is_known]


def tune_here(table: tp.MeasurementTable, *, seed: int, budget: int, rounds: int) -> Section:
    """Tune SQLite live, from the recorded environments as sources; then measure default and best again, in turns."""
    system, metric = load_system("sqlite", ROOT / "systems"), table.metric("cpu_s")
    cores = "disk-2core" if len(os.sched_getaffinity(0)) > 1 else "disk-1core"
    where = choose_environment(system, {**TARGET, "hardware": cores})
    runner = Runner(min_repeats=3, max_repeats=5)
    print(f"\nTuning {system.name} live in {where}: {budget} measurements, sources are the recorded environments.")
    tuner = tp.Tuner(table, metric=metric, target={**TARGET, "hardware": HERE}, budget=budget, seed=seed)
    best: list[float] = []

    def measure(suggestion: Mapping[str, object]) -> Measurement:
        measurement = runner.measure(system, suggestion, where)
        return dataclasses.replace(measurement, environment=tuner.state.target)

    def show(suggestion: Suggestion, measurement: Measurement) -> None:
        value = measurement.mean("cpu_s")
        best.append(np.nanmin([*best[-1:], value]))
        came = f"{1e3 * value:7.1f} ms" if measurement.n_repeats else f"{measurement.status}: {measurement.reason}"
        print(f"  {len(best):2}/{budget} {came}, best {1e3 * best[-1]:6.1f} ms   {suggestion.reason}", flush=True)

    with runner.prepared(system, where):
        history = tune(tuner, measure, show)
        comparison = against_default(system, tuner, measure, rounds)
    values = np.array([measurement.mean("cpu_s") for measurement in history])
    section = tuning_section(values, default=statistics.fmean(comparison.default), metric=metric)
    return dataclasses.replace(section, text=(f"{comparison}.",), table=changed(system, tuner.best().configuration))


def against_default(system: System, tuner: tp.Tuner, measure: object, rounds: int) -> Comparison:
    """Measure the default and the best believed configuration again, in turns, and print how they compare."""
    best = tuner.best()
    default, found = measure_in_turns(measure, [system.space.default, best.configuration], rounds)
    means = [[measurement.mean("cpu_s") for measurement in turn] for turn in (default, found)]
    comparison = compare(*means, metric=tuner.state.metric)
    print(f"Best against default, both measured again {rounds} times in turns:\n  {comparison}.")
    print("  " + ", ".join(f"{row.option}={row.best}" for row in changed(system, best.configuration).itertuples()))
    return comparison


def changed(system: System, configuration: Mapping[str, object]) -> pd.DataFrame:
    """The options that differ from the default."""
    default = system.space.default
    rows = [(name, default[name], value) for name, value in configuration.items() if value != default[name]]
    return pd.DataFrame(rows, columns=["option", "default", "best"])


if __name__ == "__main__":
    main()
