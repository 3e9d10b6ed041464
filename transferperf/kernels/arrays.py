"""Arrays of numpy and of torch under one name: the kernels' equations are written once for both.

numpy is several times quicker on the small matrices of a fit; torch is what gpytorch, the dense reference, and CUDA
ask for.
"""

from types import ModuleType
from typing import Any

import numpy as np
import torch

Array = Any
"""A numpy array or a torch tensor, in float64."""


def namespace(x: Array) -> ModuleType:
    """The library whose functions `x` understands."""
    return torch if isinstance(x, torch.Tensor) else np


def constant(values: np.ndarray, like: Array) -> Array:
    """An array as one of the kind, and on the device, of `like`."""
    return torch.as_tensor(values, device=like.device) if isinstance(like, torch.Tensor) else values


def zeros(shape: tuple[int, ...], like: Array) -> Array:
    """Zeros of the kind, and on the device, of `like`."""
    return like.new_zeros(shape) if isinstance(like, torch.Tensor) else np.zeros(shape)


def exp(x: Array) -> Array:
    """Exponential of every entry; torch's is vectorised on every processor, numpy's on few."""
    return x.exp() if isinstance(x, torch.Tensor) else torch.from_numpy(x).exp().numpy()


def log1p(x: Array) -> Array:
    """Logarithm of one more than every entry, as `exp`."""
    return x.log1p() if isinstance(x, torch.Tensor) else torch.from_numpy(np.asarray(x)).log1p().numpy()


def as_numpy(x: Array) -> np.ndarray:
    """A numpy array of the same values."""
    return x.detach().cpu().numpy() if isinstance(x, torch.Tensor) else x
