"""Claims about what the sources tell of a kernel's parameters."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from transferperf.kernels import OptionKernel, SourceInformedKernel
from transferperf.models.fitting import NoisyKernel, Prior, parameter_slices
from transferperf.models.relevance import BETWEEN, informed_prior, residual_prior

USUAL = Prior(np.array([-1.0, 0.5]), np.array([1.5, 2.0]))


def test_one_source_informs_as_a_jointly_normal_variable_does() -> None:
    """The prior is the conditional distribution of one of two correlated normals, given the other."""
    v, p = USUAL.spread**2, np.array([0.7, -2.0])
    shared = v - BETWEEN**2  # covariance of two environments' parameters
    informed = informed_prior(USUAL, p[None])
    np.testing.assert_allclose(informed.centre, USUAL.centre + shared / v * (p - USUAL.centre))
    np.testing.assert_allclose(informed.spread**2, v - shared**2 / v)


def test_without_sources_the_prior_is_the_usual_one() -> None:
    """Nothing was learned."""
    informed = informed_prior(USUAL, np.empty((0, 2)))
    np.testing.assert_allclose(informed.centre, USUAL.centre)
    np.testing.assert_allclose(informed.spread, USUAL.spread)


@given(k=st.integers(0, 50), seed=st.integers(0, 1000))
def test_every_source_narrows_the_prior_but_not_below_the_scatter_between_environments(k: int, seed: int) -> None:
    """The target is one more environment, however many there were."""
    parameters = np.random.default_rng(seed).normal(size=(k + 1, 2))
    fewer, more = informed_prior(USUAL, parameters[:k]), informed_prior(USUAL, parameters)
    assert (more.spread < fewer.spread).all()
    assert (more.spread > BETWEEN).all()


def test_many_sources_that_agree_are_believed() -> None:
    """The prior's centre goes to what they have in common, wherever the usual one stood."""
    informed = informed_prior(USUAL, np.full((1000, 2), 3.0))
    np.testing.assert_allclose(informed.centre, 3.0, atol=0.01)


def test_a_source_informed_kernel_takes_over_the_relevance_of_options_alone() -> None:
    """How much the residual varies, and how the sources count, is believed as usual."""
    model, like = NoisyKernel(SourceInformedKernel([2, 2, 0], 2)), NoisyKernel(OptionKernel([2, 2, 0]))
    usual = Prior.of(model)
    informed = Prior(Prior.of(like).centre + 1.0, Prior.of(like).spread / 2)
    prior = residual_prior(model, informed, like)
    here, there = parameter_slices(model)["kernel.options.log_theta"], parameter_slices(like)["kernel.log_theta"]
    is_theta = np.isin(np.arange(len(usual.centre)), np.arange(len(usual.centre))[here])
    np.testing.assert_array_equal(prior.centre[is_theta], informed.centre[there])
    np.testing.assert_array_equal(prior.spread[is_theta], informed.spread[there])
    np.testing.assert_array_equal(prior.centre[~is_theta], usual.centre[~is_theta])
    np.testing.assert_array_equal(prior.spread[~is_theta], usual.spread[~is_theta])
