"""Tuning that may measure elsewhere: another environment of the system, or another system such as a simulator."""

from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests.cli.tuned import PRICES, SIMULATED, STEADY, altered, placed, tuning


@pytest.fixture
def both(systems: Path, tmp_path: Path) -> Path:
    """The system `sum`, a simulator of it, and one that has another option."""
    folder = altered(systems, tmp_path / "both", STEADY)
    altered(systems, folder, STEADY, *SIMULATED, name="simulated")
    return altered(systems, folder, STEADY, *SIMULATED, ('"size"', '"length"'), name="other")


def test_another_environment_of_the_system_is_measured_first(call: Any, both: Path) -> None:
    """With a hundredth of the price; all of it is in the store, and in the budget."""
    ended = call(*tuning(both, "--sample", "hardware=h1", *PRICES))
    assert ended.code == 0
    counts = Counter(where for where, _ in placed("campaign.db"))
    assert placed("campaign.db")[0][0] == "h1"
    assert counts["h1"] >= 8
    assert 3 <= counts["h2"] <= 5 - 0.01 * counts["h1"]
    assert "a first look at a source" in ended.out


def test_a_simulator_is_sampled_in_its_own_environment(call: Any, both: Path) -> None:
    """Its rows stand in the same store under the system's name."""
    assert call(*tuning(both, "--source-system", "simulated", *PRICES)).code == 0
    assert set(dict(placed("campaign.db"))) == {"simulator", "h2"}


def test_a_run_that_was_interrupted_goes_on_alike(call: Any, both: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In the first look, and after it: the same measurements in the same places."""
    words = tuning(both, "--source-system", "simulated", *PRICES)
    assert call(*words, "--store", "sqlite:///whole.db").code == 0
    for n_runs in (4, 14):
        monkeypatch.setenv("SUM_RUNS", str(n_runs))
        assert call(*words).code == 130
    monkeypatch.delenv("SUM_RUNS")
    assert call(*words).code == 0
    assert placed("campaign.db") == placed("whole.db")


def test_a_campaign_with_other_sources_is_another_one(call: Any, both: Path) -> None:
    """It has its own budget."""
    assert call(*tuning(both, "--budget", 3)).code == 0
    n = len(placed("campaign.db"))
    assert call(*tuning(both, "--sample", "hardware=h1", *PRICES)).code == 0
    assert len(placed("campaign.db")) > n + 3


def test_columns_of_a_source_can_be_left_out(call: Any, both: Path) -> None:
    """A metric that the system lacks is no option of it: the line says how to leave it out, and so it is."""
    source = "hardware,workload,fast,size,journal,time,memory\nh1,small,0,1,wal,4.0,7\nh1,small,1,1,wal,2.0,9\n"
    Path("source.csv").write_text(source, encoding="utf-8")
    words = tuning(both, "--source", "source.csv", "--budget", 1)
    refused = call(*words)
    assert refused.code == 2
    assert "column memory is no option of the space" in refused.err
    assert call(*words, "--ignore", "memory").code == 0
    Path("names.toml").write_text("", encoding="utf-8")
    assert call(*words, "--ignore", "memory", "--mapping", "names.toml").code == 0


def test_what_cannot_be_sampled_is_said_in_one_line(call: Any, both: Path) -> None:
    """Other options, the target itself, and a value that there is none of."""
    for words, says in (
        (("--source-system", "other"), "other has the options fast, length, journal; sum has fast, size, journal"),
        (("--sample", "hardware=h2"), "sum is to be sampled in hardware=h2,workload=small, which is the target"),
        (("--sample", "hardware=h9"), "'h9'"),
    ):
        ended = call(*tuning(both, *words))
        assert ended.code == 2
        assert says in ended.err
