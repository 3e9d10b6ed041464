"""From the measurements to result.md and its figure: how long the best of a whole space takes, and whether it is it."""

from argparse import Namespace

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from others import OTHERS
from verdicts import CLIMBING, FLOOR, MEAN_FLOOR, OPTUNA, asks, extras, is_true, proofs, speed
from worlds import EI, LCB, MEANS, SMOOTH, shape

from bench.report import COLOURS, MARKERS, machine, write_page

MEANING = """*processor (s)* adds up all threads; what it is compared with has one. *floor* is n (n + 1) operations a
configuration at the largest float32 rate that a product of matrices reached in the same run. *visited* tiles were
computed again in float64; all others were excluded by a bound on the rounding of float32. Medians over runs."""
ASKING = """Processor seconds of one thread for a suggestion and for telling what came of it; one of the rounds brings
the rows at which the model is fitted again. *fit of all anew* is due when rows have doubled: *with its share* adds what
falls on a round."""
LAW = """The last two columns say by which power the processor time grows with the rows, from the line before of one
space, and with the configurations, from the binary space before with as many rows."""


def write(rows: pd.DataFrame, options: Namespace) -> None:
    """Write result.md and growth.png."""
    best, means = against(rows, (LCB, EI), FLOOR), against(rows, (MEANS,), MEAN_FLOOR)
    growing, asked, load = growth(rows), asking(rows), rows["load"]
    opening = (
        f"Load of the machine while it was measured: median {load.median():.1f}, at most {load.max():.1f}. Above the "
        "number of cores other programs had a share: then seconds on the clock say little, and processor seconds are "
        "larger than on a machine at rest."
    )
    sections: dict[str, list[str | pd.DataFrame]] = {
        "The best of a space": [MEANING, best],
        "The ten lowest means": [means],
        "Constraints": [beside(rows, "limits")],
        "Several environments": [beside(rows, "environments")],
        "The model that is fitted by default": [fitted(rows)],
        "Asking and telling": [ASKING, asked],
        "Growth": [LAW, growing],
        "Certificates": certificates(rows),
        "Less noise": [noisy(rows)],
        "Climbing": [climbing(rows)],
        "Every configuration looked at": [everything(rows)],
    }
    write_page(
        options.into,
        f"{machine().removesuffix('one thread for each fit.')}as many threads as cores for ours. {opening}",
        [*speed(best, means, rows), *extras(beside(rows, "limits"), fitted(rows)), *asks(asked), *proofs(rows)],
        {"growth.png": ("Processor seconds against rows and against configurations.", draw(growing))}
        if len(growing)
        else {},
        {title: content for title, content in sections.items() if len(content[-1])},
    )


def against(rows: pd.DataFrame, ours: tuple[str, ...], floor: str) -> pd.DataFrame:
    """Our searches beside the floor and other libraries."""
    part = rows[rows["part"] == "best"]
    lines = []
    for (space, n), cell in part.groupby(["space", "n"], sort=False):
        cpu = cell.groupby("model")["cpu_s"].median()
        for name in ours:
            mine = cell[cell["model"] == name]
            if not len(mine):
                continue
            line: dict[str, object] = {"space": space, "n": n, "best by": name, "runs": len(mine)}
            line |= _times(mine) | {"visited": f"{mine['visited'].median():.0f} of {mine['tiles'].median():.0f}"}
            for other, head in ((floor, "floor / ours"), *((o, f"{o} / ours") for o in OTHERS)):
                line[head] = cpu.get(other, np.nan) / cpu[name]
            lines.append(line)
    return pd.DataFrame(lines)


def _times(mine: pd.DataFrame) -> dict[str, object]:
    return {
        "seconds": mine["seconds"].median(),
        "processor (s)": mine["cpu_s"].median(),
        "memory (MB)": mine["memory_mb"].max(),
    }


def beside(rows: pd.DataFrame, part: str) -> pd.DataFrame:
    """Searches of a part, beside the same in the space without an addition."""
    lines, part_rows = [], rows[rows["part"] == part]
    for (space, n, name), cell in part_rows.groupby(["space", "n", "model"], sort=False):
        plain = part_rows[(part_rows["n"] == n) & (part_rows["model"] == name)]
        plain = plain[~plain["space"].str.contains(", ")]
        ratio = cell["cpu_s"].median() / plain["cpu_s"].median()
        line = {"space": space, "n": n, "best by": name, "runs": len(cell), **_times(cell)}
        lines.append(line | {"processor / without": ratio, "exact": bool(is_true(cell["exact"]).all())})
    return pd.DataFrame(lines)


def fitted(rows: pd.DataFrame) -> pd.DataFrame:
    """The default model beside the sweep of one product kernel."""
    part, pure = rows[rows["part"] == "fitted"], rows[(rows["part"] == "best") & (rows["model"] == LCB)]
    lines = []
    for (space, n, name), cell in part.groupby(["space", "n", "model"], sort=False):
        alone = pure[(pure["space"] == space) & (pure["n"] == n)]["cpu_s"].median()
        line = {"space": space, "n": n, "model": name, "runs": len(cell), "experts": cell["experts"].median()}
        line |= {"seconds": cell["seconds"].median(), "processor (s)": cell["cpu_s"].median()}
        line |= {
            "times one product kernel": cell["cpu_s"].median() / alone,
            "proven": int(is_true(cell["exact"]).sum()),
        }
        lines.append(line | {"how": str(cell["how"].iloc[-1])})
    return pd.DataFrame(lines)


def asking(rows: pd.DataFrame) -> pd.DataFrame:
    """One suggestion, and telling what came of it, by ours and by Optuna's sampler."""
    part, lines = rows[rows["part"] == "asking"], []
    for (space, n, name), cell in part.groupby(["space", "n", "model"], sort=False):
        other = part[(part["n"] == n) & (part["model"] == OPTUNA)]["cpu_s"].median()
        total = cell["cpu_s"].median() + cell["anew_s"].median() / n  # everything is fitted anew when rows have doubled
        lines.append(
            {
                "space": space,
                "n": n,
                "by": name,
                "runs": len(cell),
                "mean, processor (s)": cell["cpu_s"].median(),
                "median": cell["median_s"].median(),
                "most": cell["most_s"].median(),
                "fit of all anew": cell["anew_s"].median(),
                "with its share": total,
                "measured before": int(cell["repeated"].sum()),
                "Optuna / this": other / total,
            }
        )
    return pd.DataFrame(lines)


def noisy(rows: pd.DataFrame) -> pd.DataFrame:
    """What less noise does to the screen in float32."""
    part = rows[rows["part"] == "noise"]
    lines = [
        {
            "n": row["n"],
            "noise": row["noise"],
            "best by": row["model"],
            "processor (s)": row["cpu_s"],
            "visited": row["visited"],
            "repeated in float64": row["fell_back"],
            "exact": row["exact"],
        }
        for _, row in part.iterrows()
    ]
    return pd.DataFrame(lines)


def certificates(rows: pd.DataFrame) -> list[str | pd.DataFrame]:
    """How often which arithmetic was needed, and whether the answer is that of looking at everything."""
    part = rows[rows["part"] == "certificates"]
    lines = [_needed(part, f"noise {noise}", part["noise"] == noise) for noise in dict.fromkeys(part["noise"])]
    lines += [_needed(part, f"{n} rows", part["n"] == n) for n in dict.fromkeys(part["n"])]
    is_smooth = part["space"].str.endswith(SMOOTH)
    lines += [_needed(part, "smooth", is_smooth), _needed(part, "others", ~is_smooth)]
    text = (
        f"{len(part)} answers. In *smooth* spaces options matter little, and one not at all. Every sweep starts from a "
        "few tiles in float64. *float32 was enough*: its screen excluded all other tiles. *tiles in float64*: some "
        "were left, and computed again. *screen in float64*: so many were left that all were screened again. *one by "
        "one*: configurations that even the radius of float64 cannot tell apart were compared by themselves. *the "
        "same*: the configuration, and the score to 9 digits, that looking at all in float64 finds."
    )
    return [text, pd.DataFrame(lines if len(part) else [])]


def _needed(part: pd.DataFrame, name: str, chosen: pd.Series) -> dict[str, object]:
    cell = part[chosen]
    left, fell_back = cell["left"] > 0, is_true(cell["fell_back"])
    shares = {
        "float32 was enough": ~left & ~fell_back,
        "tiles in float64": left & ~fell_back,
        "screen in float64": fell_back,
        "one by one": cell["compared"] > 1,
        "proven": is_true(cell["exact"]),
        "the same": is_true(cell["same"]) & (cell["difference"] < 1e-9),
    }
    return {"forms": name, "answers": len(cell)} | {
        head: f"{100 * share.mean():.0f} %" for head, share in shares.items()
    }


def climbing(rows: pd.DataFrame) -> pd.DataFrame:
    """How often climbing finds the best, and at what cost."""
    part, lines = rows[rows["part"] == "climbing"], []
    for (space, n, goal), swept in part[part["model"].isin((LCB, EI))].groupby(["space", "n", "model"], sort=False):
        mine = part[(part["space"] == space) & (part["n"] == n) & (part["model"] == f"{goal}, {CLIMBING}")]
        lines.append(
            {
                "space": space,
                "n": n,
                "best by": goal,
                "forms": len(mine),
                "found the best": f"{is_true(mine['same']).sum()} of {len(mine)}",
                "worst loss": mine["difference"].max(),
                "climbing, processor (s)": mine["cpu_s"].median(),
                "sweep, processor (s)": swept["cpu_s"].median(),
            }
        )
    return pd.DataFrame(lines)


def everything(rows: pd.DataFrame) -> pd.DataFrame:
    """Sweeps beside looking at every configuration."""
    part = rows[rows["part"] == "everything"]
    return pd.DataFrame(
        {
            "space": part["space"],
            "n": part["n"],
            "best by": part["model"].str.split(", ").str[0],
            "the same configuration": is_true(part["same"]),
            "scores differ by": part["difference"],
            "looking, seconds": part["seconds"],
            "looking, processor (s)": part["cpu_s"],
        }
    )


def growth(rows: pd.DataFrame) -> pd.DataFrame:
    """Seconds of one search, by rows and spaces, and by which powers they grow."""
    part = rows[rows["part"] == "growth"].drop_duplicates(["space", "n"])
    lines = [
        {
            "space": space,
            "configurations": float(np.prod(shape(str(space)), dtype=float)),
            "n": n,
            **_times(cell),
            "ns a configuration": 1e9 * cell["cpu_s"].median() / np.prod(shape(str(space)), dtype=float),
            "repeated in float64": str(cell["fell_back"].iloc[0]),
        }
        for (space, n), cell in part.groupby(["space", "n"])
    ]
    if not lines:
        return pd.DataFrame()
    table = pd.DataFrame(lines).sort_values(["configurations", "n"]).reset_index(drop=True)
    table["power of rows"] = _power(table, "n", ["space"])
    binary = table[~table["space"].str.contains(" ")]
    table["power of configurations"] = _power(binary, "configurations", ["n"])
    return table


def _power(table: pd.DataFrame, by: str, within: list[str]) -> pd.Series:
    """By which power of a column processor seconds grow from one line to the next."""
    logs = np.log(table[["processor (s)", by]].astype(float)).join(table[within], rsuffix="_")
    steps = logs.groupby(within)[["processor (s)", by]].diff()
    return steps["processor (s)"] / steps[by]


def draw(growing: pd.DataFrame) -> Figure:
    """Processor seconds against rows, and against configurations."""
    figure = Figure(figsize=(9, 3.6), layout="constrained")
    by_rows, by_size = figure.subplots(1, 2)
    lines = [(str(space), cell) for space, cell in growing.groupby("space", sort=False) if len(cell) > 1]
    styles = list(zip(COLOURS.values(), MARKERS.values(), strict=True))
    for (space, cell), (colour, marker) in zip(lines, styles, strict=False):
        by_rows.plot(cell["n"], cell["processor (s)"], color=colour, marker=marker, label=space)
    common = growing["n"].mode().iloc[0]
    sizes = growing[growing["n"] == common]
    for is_binary, name, (colour, marker) in ((True, "binary", styles[0]), (False, "mixed levels", styles[4])):
        cell = sizes[sizes["space"].str.contains(" ") != is_binary]
        line = "-" if is_binary else ""
        label = f"{common} rows, {name}"
        by_size.plot(cell["configurations"], cell["processor (s)"], line, color=colour, marker=marker, label=label)
    by_rows.set(xlabel="rows", ylabel="processor seconds")
    by_size.set(xlabel="configurations")
    for axes in (by_rows, by_size):
        axes.set(xscale="log", yscale="log")
        axes.grid(visible=True, alpha=0.25)
        if axes.get_lines():
            axes.legend(frameon=False)
    return figure
