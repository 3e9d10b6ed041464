"""What was said of an array is remembered: a study asks about the same pool, and what it measured, again and again."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass

from torch import Tensor

N_KEPT = 16
"""Answers that are kept, those that were asked for last."""


@dataclass(slots=True, eq=False)
class Recall:
    """The latest answers about arrays; the same array gives the same answer, to the last bit.

    Examples
    --------
    >>> import torch
    >>> recall, X = Recall(), torch.ones(3, 2)
    >>> recall("sum", X, lambda: X.sum(1)) is recall("sum", X.clone(), lambda: X.sum(1))
    True
    """

    kept: tuple[tuple[tuple[str, int, bytes], Tensor], ...] = ()

    def __call__(self, name: str, X: Tensor, compute: Callable[[], Tensor]) -> Tensor:
        """What is computed of encoded configurations X (n, d) under a name; nobody may write to it."""
        key = (name, len(X), hashlib.blake2b(X.numpy().tobytes()).digest())
        kept = self.kept  # threads may share a study: each reads once, and writes once
        answer = next((answer for known, answer in kept if known == key), None)
        if answer is None:
            answer = compute()
        others = tuple(entry for entry in kept if entry[0] != key)
        self.kept = (*others, (key, answer))[-N_KEPT:]
        return answer
