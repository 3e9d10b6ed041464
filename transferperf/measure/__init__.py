"""Measuring: systems, how to run them, how often, and where to find them."""

from transferperf.measure.answer import read_answer
from transferperf.measure.command import CommandSystem
from transferperf.measure.cores import pinned
from transferperf.measure.drift import Drift, drifts, without_drift
from transferperf.measure.process import Finished, run_process
from transferperf.measure.registry import find_systems, load_system
from transferperf.measure.releases import install_release
from transferperf.measure.replay import RecordedSystem
from transferperf.measure.runner import Runner
from transferperf.measure.system import Declaration, Outcome, System, choose_environment, environments
from transferperf.measure.workplace import Workplace

__all__ = [
    "CommandSystem",
    "Declaration",
    "Drift",
    "Finished",
    "Outcome",
    "RecordedSystem",
    "Runner",
    "System",
    "Workplace",
    "choose_environment",
    "drifts",
    "environments",
    "find_systems",
    "install_release",
    "load_system",
    "pinned",
    "read_answer",
    "run_process",
    "without_drift",
]
