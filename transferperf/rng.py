"""Chance, always from a seed: named child streams that do not disturb one another.

A stream is found by its name and not by its turn, so that adding a draw in one place changes nothing in another.
"""

import hashlib

import numpy as np


def generator(seed: int, *names: object) -> np.random.Generator:
    """Generator of the stream that `names` calls, under `seed`.

    Examples
    --------
    >>> float(generator(0, "design").random()) == float(generator(0, "design").random())
    True
    >>> float(generator(0, "design").random()) == float(generator(0, "restart", 1).random())
    False
    """
    words = [_word(str(name)) for name in names]
    return np.random.default_rng(np.random.SeedSequence([seed, *words]))


def some(stream: np.random.Generator, n: int, most: int) -> np.ndarray:
    """Places of at most `most` of n rows, drawn at random, ascending.

    Rows stand in the order of their configurations: every second row of a factorial design has one value of an option.
    """
    return np.sort(stream.permutation(n)[:most])


def integer_seed(stream: np.random.Generator) -> int:
    """A seed for a library that wants an integer: scikit-learn's `random_state`, Sobol engines, torch."""
    return int(stream.integers(2**31 - 1))


def _word(name: str) -> int:
    """A name as 64 bits that are the same in every process (unlike `hash`)."""
    return int.from_bytes(hashlib.blake2b(name.encode(), digest_size=8).digest(), "little")
