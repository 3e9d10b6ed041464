"""Whatever the constraints and whatever was told, what is asked for is valid, and new."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from transferperf.data.design import design
from transferperf.data.table import MeasurementTable
from transferperf.metric import Metric
from transferperf.search.local import MOST_SWEPT_GUIDED
from transferperf.space import (
    BinaryOption,
    ChoiceOption,
    Condition,
    ConfigurationSpace,
    Exclusion,
    Formula,
    IntegerOption,
    OneOf,
    Requirement,
)
from transferperf.study.tuner import Tuner

OPTIONS = (
    *(BinaryOption(name=f"b{j}") for j in range(6)),
    *(ChoiceOption(name=f"c{j}", levels=("x", "y", "z", "w")) for j in range(2)),
    *(IntegerOption(name=f"n{j}", levels=tuple(range(1, 9))) for j in range(2)),
)
CONSTRAINTS = (
    OneOf(options=("b0", "b1")),
    Exclusion(values=(("b2", (1,)), ("c0", ("x", "y"))), reason="drawn"),
    Requirement(when=(("b3", (1,)),), then=(("c1", ("z", "w")),), reason="drawn"),
    Condition(option="n1", parent="b4", values=(1,)),
    Formula(holds="n0 + n1 <= 11"),
)


@given(chosen=st.sets(st.sampled_from(CONSTRAINTS), min_size=1), seed=st.integers(0, 9), n=st.sampled_from([0, 6, 45]))
@settings(max_examples=8, suppress_health_check=[HealthCheck.too_slow])
def test_no_suggestion_is_invalid_or_known(chosen: set[object], seed: int, n: int) -> None:
    """One by one and in batches, in a space that is climbed, after successes, failures and what was told beside."""
    space = ConfigurationSpace(OPTIONS, tuple(c for c in CONSTRAINTS if c in chosen))
    assert space.size > MOST_SWEPT_GUIDED
    frame = design(space, n + 1, "random", seed)
    known = [dict(zip(space.names, row, strict=True)) for row in frame[list(space.names)].itertuples(index=False)]
    frame["time"] = 1.0 + frame["n0"] + 3.0 * frame["b2"]
    table = MeasurementTable(frame[:n], space, (), (Metric("time"),))
    tuner = Tuner(table, metric="time", target={}, budget=30, seed=seed)
    tuner.tell(known[n], 2.0)
    for k in range(4):
        for suggestion in tuner.ask(n=1 + k % 2):
            assert space.contains(suggestion)
            assert space.canonical(suggestion) == suggestion
            assert dict(suggestion) not in known
            known.append(dict(suggestion))
            if k % 3 == 2:
                tuner.tell(suggestion, status="failed", reason="drawn")
            else:
                tuner.tell(suggestion, 1.0 + float(suggestion["n0"]) + 3.0 * float(suggestion["b2"]))
