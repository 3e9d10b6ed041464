"""Help texts: which flags they declare, with which values."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transferperf.measure.help_text import draft_option, flags
from transferperf.measure.levels import Bounds, spread
from transferperf.space import parse_space

ARGPARSE = """
usage: tool [-h] [--level {1,2,3}] [--fast]
            [--long-one ONE]

options:
  -h, --help            show this help message and exit
  --level {1,2,3}       how hard to try (default: 2)
  -t THREADS, --threads THREADS
                        number of threads (default: 4)
  --fast                be fast
  --cache, --no-cache   keep what was found (default: True)
  --ratio RATIO         share, between 0 and 1 (default: 0.5)
  --output FILE         where to write
"""

GNU = """
  -b, --block-size=SIZE     blocks of SIZE; default 64
      --sort[=WHEN]         one of size, time or none
  -q, --quiet               be quiet
Report bugs to someone.
"""

CLAP = """
Options:
  -j, --jobs <N>
          How many at once

          [default: 8]

      --mode <MODE>  [default: lz] [possible values: lz, zstd, none]
"""

SOLVERS = """
  -luby, -no-luby                         (default: on)
  -rnd-freq     = <double> [   0 ..    1] (default: 0)
  -rfirst       = <int32>  [   1 .. imax] (default: 100)
  -cpu-lim      = <int32>  [   0 .. imax] (default: 2147483647)
  --arena=bool               allocate clauses in arena [true]
  --chrono=0..2              chronological backtracking [1]
  --[no-]share               share what is learned
"""

FIVE = [16, 32, 64, 128, 256]


def drafted(text: str) -> dict[str, Any]:
    """Option -> its entry, of those that are drafted."""
    entries = [draft_option(flag) for flag in flags(text)]
    return {str(entry["name"]): entry for entry in entries if entry}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            ARGPARSE,
            {
                "level": ([1, 2, 3], 2, ["--level", "{value}"]),
                "threads": ([1, 2, 4, 8, 16], 4, ["--threads", "{value}"]),
                "fast": (None, 0, ["--fast"]),
                "cache": (None, 1, {"0": ["--no-cache"], "1": ["--cache"]}),
                "ratio": ([0.0, 0.25, 0.5, 0.75, 1.0], 0.5, ["--ratio", "{value}"]),
            },
        ),
        (
            GNU,
            {
                "block_size": (FIVE, 64, ["--block-size={value}"]),
                "sort": (["size", "time", "none"], "size", ["--sort={value}"]),
            },
        ),
        (
            CLAP,
            {
                "jobs": ([2, 4, 8, 16, 32], 8, ["--jobs", "{value}"]),
                "mode": (["lz", "zstd", "none"], "lz", ["--mode", "{value}"]),
            },
        ),
        (
            SOLVERS,
            {
                "luby": (None, 1, {"0": ["-no-luby"], "1": ["-luby"]}),
                "rnd_freq": ([0.0, 0.25, 0.5, 0.75, 1.0], 0.0, ["-rnd-freq={value}"]),
                "rfirst": ([25, 50, 100, 200, 400], 100, ["-rfirst={value}"]),
                "arena": (["false", "true"], "true", ["--arena={value}"]),
                "chrono": ([0, 1, 2], 1, ["--chrono={value}"]),
                "share": (None, 0, {"0": ["--no-share"], "1": ["--share"]}),
            },
        ),
    ],
    ids=["argparse", "gnu", "clap", "solvers"],
)
def test_options_are_read_off_a_help_text(text: str, expected: dict[str, tuple[Any, Any, Any]]) -> None:
    """Levels, default and words of each; nothing for help, files, talk, and numbers without a limit."""
    found = drafted(text)
    assert {name: (e.get("levels"), e["default"], e["words"]) for name, e in found.items()} == expected
    parse_space({"options": list(found.values())})


@given(st.text())
def test_any_text_can_be_read(text: str) -> None:
    """Whatever stands there, what is drafted is a valid option."""
    for entry in drafted(f"  --a {text}").values():
        assert parse_space({"options": [entry]}).size >= 2


LOW, WIDTH = st.integers(-100, 100), st.integers(1, 10**6)


@given(LOW, WIDTH, st.integers(-200, 10**6), st.booleans())
def test_levels_lie_within_the_range(low: int, width: int, default: int, is_open: bool) -> None:
    """Each once, in order, the default among them where it is in the range, and not more than ten."""
    bounds = Bounds(low=low, high=low + width, is_open=is_open)
    levels = spread(bounds, str(default))
    assert levels == sorted(set(levels))
    assert len(levels) <= 10
    if bounds.holds(default):
        assert all(bounds.holds(float(level)) for level in levels)
        assert default in levels


@pytest.mark.parametrize("text", ["", "no numbers", "from 9 to 1", "release 3.40.1"])
def test_a_text_without_a_range_has_no_bounds(text: str) -> None:
    """Nor has one whose ends are the wrong way round."""
    assert Bounds.find(text) == Bounds()
