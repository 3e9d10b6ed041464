"""Seeds: streams that are found by name."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from transferperf.rng import generator, integer_seed

NAMES = st.lists(st.text(max_size=4) | st.integers(0, 5), max_size=3)


@given(st.integers(0, 2**40), NAMES)
def test_one_seed_and_one_name_give_one_stream(seed: int, names: list[str | int]) -> None:
    """Whoever asks again gets the same numbers, also after others drew theirs."""
    first = generator(seed, *names).random(4)
    generator(seed, "other").random(100)
    assert np.array_equal(first, generator(seed, *names).random(4))


@given(st.integers(0, 2**40), NAMES, NAMES)
def test_other_names_and_other_seeds_give_other_streams(
    seed: int, names: list[str | int], others: list[str | int]
) -> None:
    """Streams differ where their names differ as text, one by one."""
    here = generator(seed, *names).integers(2**62)
    assert here != generator(seed + 1, *names).integers(2**62)
    is_same = [str(name) for name in names] == [str(name) for name in others]
    assert (here == generator(seed, *others).integers(2**62)) == is_same


def test_a_stream_is_the_same_in_every_process_and_version() -> None:
    """A known number: names are hashed by their text, not by Python's salted `hash`."""
    assert generator(7, "design", 3).integers(1000, size=3).tolist() == [947, 155, 337]


def test_an_integer_seed_fits_every_library() -> None:
    """It lies in the range of a signed 32-bit number."""
    seeds = [integer_seed(generator(seed, "library")) for seed in range(50)]
    assert len(set(seeds)) == 50
    assert min(seeds) >= 0
    assert max(seeds) < 2**31
