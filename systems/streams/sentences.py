"""Sentences of one kind, one a line: `python sentences.py tweets skewed FILE`; the same ones every time."""

import random
import string
import sys
from pathlib import Path

KINDS = {"tweets": (8, 5), "articles": (24, 6), "ids": (8, 24)}
"""Mean words of a sentence, and letters of a word."""
SKEWS = {"even": 0.0, "skewed": 1.3}
"""Exponent of Zipf's law: how much more frequent the first words are than the others."""
N_WORDS, N_SENTENCES, SEED = 1000, 500, 7


def main(kind: str, skew: str, path: str) -> None:
    """Write the sentences of a kind."""
    chance = random.Random(SEED)  # noqa: S311  # no secret
    length, letters = KINDS[kind]
    words = ["".join(chance.choices(string.ascii_lowercase, k=letters)) for _ in range(N_WORDS)]
    weights = [(rank + 1) ** -SKEWS[skew] for rank in range(N_WORDS)]
    lengths = [chance.randint(length // 2, length + length // 2) for _ in range(N_SENTENCES)]
    lines = [" ".join(chance.choices(words, weights, k=n)) for n in lengths]
    Path(path).write_text("\n".join(lines), encoding="ascii")


if __name__ == "__main__":
    main(*sys.argv[1:])
