"""What the sources tell about the parameters of the target's kernel: which options matter, how rough, how noisy.

A parameter (a logarithm) of the k-th source is taken to scatter around a mean of the system with standard deviation
BETWEEN, and that mean around the usual prior. The target is one more environment, so its prior is the posterior of the
mean, widened by BETWEEN again (a normal hierarchical model; Gelman et al. 2013, sec. 5.4):

    mean ~ N(c, v),    p_k | mean ~ N(mean, BETWEEN^2),    p_target | p_1 .. p_K ~ N(m, w + BETWEEN^2)
"""

import numpy as np

from transferperf.models.fitting import NoisyKernel, Prior, parameter_slices

BETWEEN = 0.8
"""How far the logarithm of a parameter scatters between environments of one system."""


def informed_prior(usual: Prior, parameters: np.ndarray) -> Prior:
    """The prior of a target's parameters (p,) that the fitted ones of k sources (k, p) make of the usual one."""
    v = np.maximum(usual.spread**2 - BETWEEN**2, 0.1)
    w = 1 / (1 / v + len(parameters) / BETWEEN**2)
    m = w * (usual.centre / v + parameters.sum(0) / BETWEEN**2)
    return Prior(m, np.sqrt(w + BETWEEN**2))


def is_shared(model: NoisyKernel) -> np.ndarray:
    """Which parameters do not belong to one source, shape (p,)."""
    shared = np.ones(len(Prior.of(model).centre), dtype=bool)
    shared[parameter_slices(model)["kernel.log_weight"]] = False
    return shared


def rehearsed_prior(model: NoisyKernel, rehearsed: np.ndarray) -> Prior:
    """The prior of a source-informed kernel, from the shared parameters (k, p) that rehearsals found."""
    usual, shared = Prior.of(model), is_shared(model)
    learnt = informed_prior(Prior(usual.centre[shared], usual.spread[shared]), rehearsed)
    centre, spread = usual.centre.copy(), usual.spread.copy()
    centre[shared], spread[shared] = learnt.centre, learnt.spread
    return Prior(centre, spread)


def residual_prior(model: NoisyKernel, informed: Prior, like: NoisyKernel) -> Prior:
    """The usual prior of a source-informed kernel, but with the relevance of its options as in a kernel `like`."""
    usual = Prior.of(model)
    there, here = parameter_slices(like)["kernel.log_theta"], parameter_slices(model)["kernel.options.log_theta"]
    centre, spread = usual.centre.copy(), usual.spread.copy()
    centre[here], spread[here] = informed.centre[there], informed.spread[there]
    return Prior(centre, spread)
