"""What was found out about arrays is remembered: a study asks about one pool, and about what it measured, often."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

import numpy as np

Answer = TypeVar("Answer")


@dataclass(slots=True, eq=False)
class Recall(Generic[Answer]):
    """The latest answers about arrays; the same arrays give the same answer, to the last bit.

    Parameters
    ----------
    n_kept
        Answers that are kept, those that were asked for last.

    Examples
    --------
    >>> recall, x = Recall(2), np.ones(3)
    >>> recall("sum", [x], lambda: [x.sum()]) is recall("sum", [x.copy()], lambda: [x.sum()])
    True
    """

    n_kept: int
    kept: tuple[tuple[tuple[object, ...], Answer], ...] = ()

    def __call__(self, question: object, arrays: list[np.ndarray], compute: Callable[[], Answer]) -> Answer:
        """What is computed of arrays, in answer to a question; nobody may write to it."""
        key = (question, *((x.shape, hashlib.blake2b(x.tobytes()).digest()) for x in arrays))
        kept = self.kept  # threads may share a study: each reads once, and writes once
        answer = next((answer for known, answer in kept if known == key), None)
        if answer is None:
            answer = compute()
        others = tuple(entry for entry in kept if entry[0] != key)
        self.kept = (*others, (key, answer))[-self.n_kept :]
        return answer
