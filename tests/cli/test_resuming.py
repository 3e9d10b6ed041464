"""What was begun goes on: a tuning run that was interrupted or finished, started with the same command."""

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from tests.cli.tuned import STEADY, altered, stored, tuning
from transferperf.data.store import Store


def test_an_interrupted_tune_ends_as_if_it_had_not_been(
    call: Any, systems: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The measured configurations are the same ones in the same order, and the budget is not spent twice."""
    assert call(*tuning(systems, "--budget", 5, "--store", "sqlite:///whole.db", "--json")).code == 0
    parts = tuning(systems, "--budget", 5, "--store", "sqlite:///parts.db", "-o", "parts.csv")
    monkeypatch.setenv("SUM_RUNS", "4")
    stopped = call(*parts)
    assert stopped.code == 130
    assert "what was measured is in sqlite:///parts.db; the same command goes on from there" in stopped.err
    assert len(pd.read_csv("parts.csv")) == 3
    monkeypatch.delenv("SUM_RUNS")
    resumed = call(*parts, "--json")
    assert "parts.db holds 3 configurations of this campaign" in resumed.err
    document = json.loads(resumed.out)
    assert document["comparison"]["low"] <= document["comparison"]["ratio"] <= document["comparison"]["high"]
    assert stored("parts.db") == stored("whole.db")


def test_a_finished_tune_that_is_started_again_measures_nothing(
    call: Any, systems: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same answer, comparison included, though the system could not run once more."""
    first = call(*tuning(systems, "--budget", 5, "--json"))
    before = stored("campaign.db")
    monkeypatch.setenv("SUM_RUNS", "0")
    again = call(*tuning(systems, "--budget", 5, "--json"))
    assert (again.code, again.out) == (0, first.out)
    assert stored("campaign.db") == before


def test_an_interrupted_comparison_is_completed_round_by_round(
    call: Any, systems: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rounds that are in the store count; half a round does not, so that both sides are measured under alike drift."""
    monkeypatch.setenv("SUM_RUNS", str(1 + 5 + 7))
    assert call(*tuning(systems, "--budget", 5)).code == 130
    assert len(stored("campaign.db", "compare")) == 7
    monkeypatch.delenv("SUM_RUNS")
    document = json.loads(call(*tuning(systems, "--budget", 5, "--json")).out)
    assert [len(document["comparison"][side]) for side in ("default", "best")] == [10, 10]
    assert len(stored("campaign.db", "compare")) == 7 + 2 * (10 - 3)


def test_a_larger_budget_goes_on_as_if_it_had_been_larger(call: Any, systems: Path) -> None:
    """What the comparison measured is not told to the tuner, so that it changes no suggestion."""
    assert call(*tuning(systems, "--budget", 4)).code == 0
    assert call(*tuning(systems, "--budget", 6)).code == 0
    assert call(*tuning(systems, "--budget", 6, "--store", "sqlite:///whole.db")).code == 0
    assert stored("campaign.db", "tune") == stored("whole.db", "tune")


def test_time_that_was_spent_counts(call: Any, systems: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Runs of a second each: a budget of six seconds is six of them, with an interrupt as without."""
    words = tuning(systems, "--budget", "6s")
    monkeypatch.setenv("SUM_RUNS", "4")
    assert call(*words).code == 130
    assert len(stored("campaign.db", "tune")) == 3
    monkeypatch.delenv("SUM_RUNS")
    assert call(*words).code == 0
    cost_s = {"ok": 1.0, "failed": 0.5}
    spent_s = [cost_s[status] for _, _, status in stored("campaign.db", "tune")]
    assert sum(spent_s[:-1]) < 6 <= sum(spent_s)


def test_what_others_store_meanwhile_changes_nothing(
    call: Any, systems: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A campaign goes on with what it began with, though another target was measured in between."""
    steady = altered(systems, tmp_path / "steady", STEADY)
    assert call(*tuning(steady, "--budget", 6, "--store", "sqlite:///whole.db")).code == 0
    monkeypatch.setenv("SUM_RUNS", "4")
    assert call(*tuning(steady, "--budget", 6)).code == 130
    monkeypatch.delenv("SUM_RUNS")
    assert call(*tuning(steady, "--budget", 6, "--target", "hardware=h1")).code == 0
    assert call(*tuning(steady, "--budget", 6)).code == 0
    with Store.open("sqlite:///campaign.db") as store:
        asked = [asked for asked, m in store.read("sum") if m.environment.as_mapping()["hardware"] == "h2"]
    assert asked == [asked for asked, _, _ in stored("whole.db")]


def test_another_seed_is_another_campaign(call: Any, systems: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It has its own budget, knows what is stored and does not ask for it again; the first one is still finished."""
    assert call(*tuning(systems, "--budget", 4)).code == 0
    other = call(*tuning(systems, "--budget", 4, "--seed", 1))
    assert other.code == 0
    assert "measurements of hardware=h2,workload=small are known already; they do not count in the budget" in other.err
    asked = [tuple(asked.values()) for asked, _, _ in stored("campaign.db", "tune")]
    assert len(asked) == len(set(asked)) == 2 * 4
    monkeypatch.setenv("SUM_RUNS", "0")
    again = call(*tuning(systems, "--budget", 4))
    assert again.code == 0
    assert "holds 4 configurations of this campaign" in again.err


def test_a_store_of_an_earlier_version_is_known(call: Any, systems: Path) -> None:
    """Measurements of no campaign are not told again, and not made again either."""
    assert call(*tuning(systems, "--budget", 3)).code == 0
    with Store.open("sqlite:///campaign.db") as store, store.engine.begin() as connection:
        for name in ("campaign", "campaign_measurement"):
            connection.exec_driver_sql(f"DROP TABLE {name}")
    assert call(*tuning(systems, "--budget", 3)).code == 0
    asked = [tuple(asked.values()) for asked, _, _ in stored("campaign.db", "tune")]
    assert len(asked) == len(set(asked)) == 2 * 3
