"""What every kernel with slopes of its own has to meet."""

from typing import TypeVar

import numpy as np
import torch

from transferperf.kernels import PairwiseKernel

Kernel = TypeVar("Kernel", bound=PairwiseKernel)


def disturbed(kernel: Kernel, stream: np.random.Generator) -> Kernel:
    """The kernel with its parameters moved."""
    with torch.no_grad():
        for parameter in kernel.parameters():
            parameter.add_(torch.as_tensor(stream.normal(size=tuple(parameter.shape))))
    return kernel


def assert_slopes_are_those_of_automatic_differentiation(
    kernel: PairwiseKernel, x1: torch.Tensor, x2: torch.Tensor
) -> None:
    """The formulas pull the slopes of every parameter back as torch does, in numpy and in torch."""
    W = torch.as_tensor(np.random.default_rng(3).normal(size=(len(x1), len(x2))))
    K, pull_back = kernel.linearise(kernel.compare(x1, x2), kernel.values())
    (W * K).sum().backward()
    fixed = {name: value.detach().numpy() for name, value in kernel.values().items()}
    in_numpy = kernel.linearise(kernel.compare(x1.numpy(), x2.numpy()), fixed)
    np.testing.assert_allclose(in_numpy[0], K.detach().numpy(), rtol=1e-12)
    with torch.no_grad():
        in_torch = pull_back(W)
    slopes = in_numpy[1](W.numpy())
    assert in_torch.keys() == slopes.keys() == dict(kernel.named_parameters()).keys()
    for name, slope in slopes.items():
        expected = kernel.get_parameter(name).grad
        torch.testing.assert_close(in_torch[name], expected, rtol=1e-9, atol=1e-12)
        np.testing.assert_allclose(slope, expected, rtol=1e-9, atol=1e-12)


def assert_a_batch_is_each_of_its_members(
    kernel: PairwiseKernel, x: np.ndarray, members: list[dict[str, np.ndarray]]
) -> None:
    """Leading dimensions of the parameters are a batch of kernels, in covariances and slopes."""
    pairs, W = kernel.compare(x, x), np.random.default_rng(1).normal(size=(len(members), len(x), len(x)))
    K, pull_back = kernel.linearise(pairs, {name: np.stack([one[name] for one in members]) for name in members[0]})
    slopes = pull_back(W)
    for b, values in enumerate(members):
        K_b, pull_b = kernel.linearise(pairs, values)
        np.testing.assert_allclose(K[b], K_b, rtol=1e-10, atol=1e-12)
        for name, slope in pull_b(W[b]).items():
            np.testing.assert_allclose(slopes[name][b], slope, rtol=1e-8, atol=1e-10)
