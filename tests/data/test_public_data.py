"""Public measurements of real systems read as they are."""

import json
from pathlib import Path
from typing import Any

import pytest

from transferperf.data import MeasurementTable, read_csv
from transferperf.metric import MARKS
from transferperf.space import OneOf

DATA = Path(__file__).parents[2] / "../shared/data"
pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason="the public measurements are not here")

SAMPLE = {
    "icpe2017-hardware/xz": (("hardware",), 160),
    "performance-evolution/brotli": (("version",), 180),
    "distance-based/BerkeleyDBC": ((), 2560),
    "tuning-pools/redis": ((), 8 * 10**11),
    "compile-time-options/xz": (("workload", "version"), 54),
    "input-sensitivity/x264": (("workload",), 5 * 10**10),
}
"""File -> its factors, and about how many configurations its space has (known where the file is a full product)."""


def read(name: str) -> tuple[MeasurementTable, dict[str, Any]]:
    """A file with the metrics that its index declares."""
    declared = json.loads((DATA / "index.json").read_text())[name]
    metrics = [metric[2:] if metric.startswith(MARKS) else metric for metric in declared["metrics"]]
    return read_csv(DATA / f"{name}.csv.gz", metrics=metrics), declared


@pytest.mark.parametrize("name", SAMPLE)
def test_a_public_file_is_read_whole_with_its_environments_and_its_space(name: str) -> None:
    """Every row is in its space, and the space is no larger than the one-hot groups leave it."""
    table, declared = read(name)
    factors, size = SAMPLE[name]
    assert len(table) == declared["rows"]
    assert table.factors == factors
    assert set(declared["environment_columns"]) == set(factors)
    assert size <= table.space.size < 3 * size
    assert table.space.contains(table.space.default)
    for values in table.configurations().drop_duplicates().iloc[:200].itertuples(index=False):
        assert table.space.contains(dict(zip(table.space.names, values, strict=True)))


def test_a_full_product_has_exactly_the_configurations_that_were_measured() -> None:
    """Berkeley DB (2560 rows, two one-hot choices) and brotli (180 configurations in 12 versions)."""
    for name, n_groups in (("distance-based/BerkeleyDBC", 2), ("performance-evolution/brotli", 2)):
        table, _ = read(name)
        assert table.space.size == len(table.configurations().drop_duplicates())
        assert sum(isinstance(constraint, OneOf) for constraint in table.space.constraints) == n_groups
