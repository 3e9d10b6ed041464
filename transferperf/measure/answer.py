"""What a worker process says of its run: one JSON document on standard output."""

import json

from transferperf.data.measurement import Status
from transferperf.measure.process import Finished
from transferperf.measure.system import Outcome
from transferperf.space import Configuration, ConfigurationSpace


def read_answer(finished: Finished, space: ConfigurationSpace, asked: Configuration) -> tuple[Outcome, str]:
    """What came of a run, and the release that says it ran, "" where it says none.

    Parameters
    ----------
    finished
        A process that writes `status`, `values` and `reason` as `Outcome` has them, and where they are known
        `configuration`, what really ran, and `release`.
    space, asked
        What can be set, and the configuration that was asked for; that one ran where nothing else is said.
    """
    if finished.reason:
        status = Status.TIMEOUT if finished.is_timeout else Status.FAILED
        return Outcome(configuration=asked, status=status, reason=finished.reason, cost_s=finished.wall_s), ""
    answer = json.loads(finished.stdout)
    ran, release = space.canonical(answer.pop("configuration", asked)), answer.pop("release", "")
    return Outcome(**{**answer, "status": Status(answer["status"])}, configuration=ran, cost_s=finished.wall_s), release
