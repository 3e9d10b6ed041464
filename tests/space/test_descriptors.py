"""Claims about what describes environments."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from transferperf.errors import SpaceError
from transferperf.space import Environment, describe

MACHINES = pd.DataFrame({"hardware": ["h1", "h2", "h3"], "cores": [2, 4, 8], "vendor": ["x", "y", "x"]})


def machines(*names: str) -> list[Environment]:
    """Environments that differ in their hardware."""
    return [Environment.of({"hardware": name}) for name in names]


@given(sizes=st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=6, unique=True))
def test_numbers_keep_their_order_and_span_0_to_1(sizes: list[float]) -> None:
    """Whatever the numbers, those that were measured lie between 0 and 1 in their own order."""
    described = describe([Environment.of({"size": size}) for size in sizes])
    assert described.n_levels == (0,)
    position = described.values[:, 0]
    assert (position.min(), position.max()) == (0, pytest.approx(1))
    assert (np.diff(position[np.argsort(sizes, kind="stable")]) >= 0).all()


def test_numbers_over_more_than_a_decade_are_described_by_their_logarithm() -> None:
    """Equal ratios are equal distances where numbers span decades, equal differences where they do not."""
    wide = describe([Environment.of({"size": size}) for size in (1, 10, 100)])
    narrow = describe([Environment.of({"size": size}) for size in (2, 3, 4)])
    with_zero = describe([Environment.of({"size": size}) for size in (0, 50, 100)])
    for described in (wide, narrow, with_zero):
        np.testing.assert_allclose(described.values[:, 0], [0, 0.5, 1])


def test_an_environment_that_was_not_measured_may_lie_beyond_the_scale() -> None:
    """It does not move the others, and stands as far out as its number says."""
    known = [Environment.of({"cores": cores}) for cores in (2, 4)]
    far = Environment.of({"cores": 8})
    described = describe(known, [far])
    np.testing.assert_allclose([described.of(environment)[0] for environment in (*known, far)], [0, 1, 3])


def test_a_factor_with_any_text_is_a_label() -> None:
    """Versions such as 3.40.1 are no numbers: values are the same or different."""
    described = describe([Environment.of({"version": version}) for version in ("3", "3.40.1", "4")])
    assert described.n_levels == (3,)


def test_what_is_the_same_everywhere_describes_nothing() -> None:
    """A factor or a column with one value is left out."""
    described = describe([Environment.of({"hardware": "h", "size": size}) for size in (1, 2)])
    assert described.names == ("size",)


def test_a_table_adds_descriptors_to_the_values_of_a_factor() -> None:
    """Each environment has the cores of its hardware, beside the label that keeps machines apart."""
    described = describe(machines("h3", "h1"), machines("h2"), frame=MACHINES)
    assert (described.names, described.n_levels) == (("hardware", "cores", "vendor"), (3, 0, 2))
    np.testing.assert_allclose(described.values[:, 1], [1, 0, 1 / 3])


@pytest.mark.parametrize(
    ("frame", "problem"),
    [
        (MACHINES[:2], "0 rows for hardware=h3; expected one"),
        (pd.concat([MACHINES, MACHINES[2:]]), "2 rows for hardware=h3; expected one"),
        (MACHINES.assign(cores=[2, 4, np.nan]), "descriptor 'cores' of hardware=h3 is empty"),
        (MACHINES.drop(columns="hardware"), "columns cores, vendor; expected one of the factors hardware"),
    ],
)
def test_a_table_that_does_not_fit_is_refused_in_one_line(frame: pd.DataFrame, problem: str) -> None:
    """The error says which environment or column is meant, and what was expected."""
    with pytest.raises(SpaceError, match=problem) as error:
        describe(machines("h1", "h3"), frame=frame)
    assert "\n" not in str(error.value)
