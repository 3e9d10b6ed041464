"""Tuning: ask, measure, tell, until the budget is spent."""

from collections.abc import Callable

from transferperf.data.measurement import Measurement
from transferperf.errors import BudgetError
from transferperf.study.suggest import Suggestion
from transferperf.study.tuner import Tuner


def tune(
    tuner: Tuner,
    measure: Callable[[Suggestion], Measurement],
    on_measured: Callable[[Suggestion, Measurement], None] | None = None,
) -> list[Measurement]:
    """Measure what the tuner asks for until its budget, or what it can suggest, is spent.

    Parameters
    ----------
    measure
        Measures one suggestion where it says; a failure is a Measurement with a status. What has to survive a crash is
        saved before this returns: told is only what cannot be lost.
    on_measured
        Called after each measurement was told, to show it.

    Returns
    -------
    measurements
        In the order in which they were made.
    """
    history: list[Measurement] = []
    while not tuner.is_done:
        try:
            suggestion = tuner.ask()
        except BudgetError:
            if not history:
                raise
            break  # everything is measured
        measurement = measure(suggestion)
        tuner.tell(suggestion, measurement)
        history.append(measurement)
        if on_measured is not None:
            on_measured(suggestion, measurement)
    return history
