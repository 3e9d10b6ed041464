"""One-hot groups: found where the data leave no doubt, and only there."""

import itertools

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from transferperf.data import read_frame
from transferperf.data.one_hot import find_groups
from transferperf.space import OneOf


def one_hot(choice: np.ndarray, n: int) -> np.ndarray:
    """Columns of which the chosen one is on; none for a choice of n."""
    return choice[:, None] == np.arange(n)


@pytest.mark.parametrize("is_optional", [False, True])
def test_a_choice_among_free_options_is_found(*, is_optional: bool) -> None:
    """Four threads columns between five free ones, in whatever order they stand."""
    stream = np.random.default_rng(1)
    threads = one_hot(stream.integers(0, 5 if is_optional else 4, 300), 4)
    free = stream.random((300, 5)) < 0.5
    names = ("f0", "t8", "f1", "t1", "f2", "t4", "f3", "t2", "f4")
    is_on = np.column_stack([free[:, 0], *itertools.chain(*zip(threads.T, free[:, 1:].T, strict=True))])
    assert find_groups(names, is_on) == (OneOf(options=("t8", "t1", "t4", "t2"), is_optional=is_optional),)


@given(st.integers(0, 10_000), st.integers(3, 60), st.integers(2, 20), st.floats(0.02, 0.98))
def test_independent_options_are_no_choice(seed: int, n: int, p: int, share: float) -> None:
    """Random options, few or many rows, often or rarely on: chance alone never makes a group."""
    is_on = np.random.default_rng(seed).random((n, p)) < share
    is_on = is_on[:, is_on.any(axis=0) & ~is_on.all(axis=0)]
    assert not find_groups(tuple(f"option{'abcdefghijklmnopqrstu'[k]}" for k in range(is_on.shape[1])), is_on)


def test_options_changed_one_at_a_time_are_no_choice() -> None:
    """The default and each of 12 options alone: never two on, but by design and not by rule."""
    is_on = np.vstack([np.zeros(12, dtype=bool), np.eye(12, dtype=bool)])
    assert not find_groups(tuple(f"option{k}x" for k in range(12)), is_on)


def test_few_rows_need_a_shared_name() -> None:
    """Twelve rows prove a choice among `ref_1`, `ref_5`, `ref_9`, and none among names that have nothing in common."""
    choice = one_hot(np.arange(12) % 3, 3)
    rest = np.random.default_rng(0).random((12, 5)) < 0.5
    is_on = np.column_stack([choice, rest])
    others = ("v", "w", "x", "y", "z")
    assert find_groups(("ref_1", "ref_5", "ref_9", *others), is_on) == (OneOf(options=("ref_1", "ref_5", "ref_9")),)
    assert not find_groups(("fast", "plain", "slow", *others), is_on)


def test_two_choices_are_two_groups() -> None:
    """A full product of two choices: groups are disjoint, and the space has as many combinations as the data."""
    pairs = np.array(list(itertools.product(range(4), range(5), range(2), range(2))))
    is_on = np.column_stack([one_hot(pairs[:, 0], 4), one_hot(pairs[:, 1], 5), pairs[:, 2:] == 1])
    names = [*(f"page{k}" for k in range(4)), *(f"cache{k}" for k in range(5)), "a", "b"]
    frame = pd.DataFrame(is_on.astype(int), columns=names).assign(time=np.arange(80.0))
    table = read_frame(frame, metrics=["time"])
    assert table.space.constraints == (OneOf(options=tuple(names[:4])), OneOf(options=tuple(names[4:9])))
    assert table.space.size == len(frame)
    assert table.space.contains(table.space.default)
    assert (
        table.notes[0]
        == "read `page0`, `page1`, `page2`, `page3` as one choice, because exactly one of them is ever on"
    )


@given(st.permutations(range(120)))
def test_groups_do_not_depend_on_the_order_of_rows(order: list[int]) -> None:
    """The same file, sorted otherwise, has the same space."""
    stream = np.random.default_rng(2)
    is_on = np.column_stack([one_hot(stream.integers(0, 3, 120), 3), one_hot(stream.integers(0, 3, 120), 2)])
    names = ("fast", "plain", "slow", "crypt_aes", "crypt_blowfish")
    expected = (OneOf(options=names[:3]), OneOf(options=names[3:], is_optional=True))
    assert find_groups(names, is_on) == find_groups(names, is_on[order]) == expected
