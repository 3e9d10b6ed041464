"""Claims about what a posterior offers to a sweep."""

import numpy as np
import pytest
import torch

from tests.search.forms import everything, joint_posterior, levels_of, posterior
from transferperf.errors import SpaceError
from transferperf.kernels import OptionKernel
from transferperf.kernels.environments import CoregionalisationKernel, MultiTaskKernel
from transferperf.models.posterior import Posterior
from transferperf.models.product_form import product_form
from transferperf.models.rows import Rows

N_LEVELS = (2, 3, 5, 2, 4)


def encoded(places: np.ndarray) -> torch.Tensor:
    """Rows of configurations given by places of levels."""
    columns = [level[place] for level, place in zip(levels_of(N_LEVELS), places.T, strict=True)]
    return torch.as_tensor(np.column_stack(columns))


def test_the_form_says_what_the_posterior_says() -> None:
    """Mean and variance of every configuration are the posterior's."""
    process, places = posterior(N_LEVELS, 30, 1e-2, seed=0), everything(N_LEVELS)
    form = product_form(process, levels_of(N_LEVELS))
    assert form is not None
    for ours, expected in zip(form.moments(places), process.predict(encoded(places)), strict=True):
        np.testing.assert_allclose(ours, expected.numpy(), rtol=1e-9, atol=1e-11)
    assert form.moments(places)[1].max() <= form.prior_variance


def test_what_is_said_of_a_configuration_does_not_depend_on_the_others() -> None:
    """To the last bit: else equal configurations would not be equally good."""
    form = product_form(posterior(N_LEVELS, 30, 1e-2, seed=0), levels_of(N_LEVELS))
    assert form is not None
    places = everything(N_LEVELS)[::7]
    alone = np.concatenate([form.moments(place[None]) for place in places], axis=1)
    assert np.array_equal(np.array(form.moments(places)), alone)


def test_equal_rows_count_once() -> None:
    """Repeats and rows of other levels change what is believed as they do in the posterior, at no further terms."""
    process = posterior(N_LEVELS, 12, 1e-2, seed=1)
    rows = process.rows.join(process.rows)
    twice = Posterior.condition(process.kernel, 1e-2, Rows.of(rows.X + 0.01 * (rows.X == 0.25), rows.z))
    form, places = product_form(twice, levels_of(N_LEVELS)), everything(N_LEVELS)
    assert form is not None
    assert len(form.values) == len(np.unique(process.rows.X.numpy(), axis=0))
    np.testing.assert_allclose(form.moments(places)[1], twice.predict(encoded(places))[1].numpy(), rtol=1e-8)


def test_a_kernel_that_is_no_product_has_no_form() -> None:
    """Main effects are no product of factors."""
    process = posterior(N_LEVELS, 12, 1e-2, seed=1)
    whole = Posterior.condition(OptionKernel([2, 3, 0, 2, 0]), 1e-2, process.rows)
    assert product_form(whole, levels_of(N_LEVELS)) is None


@pytest.mark.parametrize("n_terms", [1, 2])
@pytest.mark.parametrize("environment", [0, 1, 2])
def test_the_form_says_what_a_joint_posterior_says_of_one_environment(environment: int, n_terms: int) -> None:
    """Mean and variance of every configuration in each environment, with correlations of either sign."""
    process, places = joint_posterior(N_LEVELS, 40, n_environments=3, n_terms=n_terms, seed=2), everything(N_LEVELS)
    form = product_form(process, levels_of(N_LEVELS), environment=[environment])
    assert form is not None
    X = encoded(places)
    expected = process.predict(torch.cat([X, torch.full((len(X), 1), float(environment), dtype=X.dtype)], dim=1))
    for ours, theirs in zip(form.moments(places), expected, strict=True):
        np.testing.assert_allclose(ours, theirs.numpy(), rtol=1e-9, atol=1e-10)
    assert form.moments(places)[1].max() <= form.prior_variance


def test_equal_options_of_several_environments_are_one_row() -> None:
    """What several environments measured costs a sweep no more than what one did."""
    process = joint_posterior(N_LEVELS, 40, n_environments=3, seed=2)
    form = product_form(process, levels_of(N_LEVELS), environment=[0])
    assert form is not None
    assert len(form.values) == len(np.unique(process.rows.X.numpy()[:, :-1], axis=0)) < 40


def test_an_environment_that_rows_do_not_tell_of_is_refused() -> None:
    """Rows of options alone have no place for one, and joint rows need one."""
    with pytest.raises(SpaceError, match="1 numbers"):
        product_form(posterior(N_LEVELS, 12, 1e-2, seed=1), levels_of(N_LEVELS), environment=[0])
    with pytest.raises(SpaceError, match="0 numbers"):
        product_form(joint_posterior(N_LEVELS, 12, n_environments=2, seed=1), levels_of(N_LEVELS))


def test_a_joint_kernel_with_main_effects_has_no_form() -> None:
    """One term that is no product is enough."""
    process = joint_posterior(N_LEVELS, 12, n_environments=2, seed=1)
    kernel = MultiTaskKernel([2, 3, 0, 2, 0], [CoregionalisationKernel(2)], CoregionalisationKernel(2))
    whole = Posterior.condition(kernel, 1e-2, process.rows)
    assert product_form(whole, levels_of(N_LEVELS), environment=[0]) is None
