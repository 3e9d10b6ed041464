"""What bends along the sources is bounded everywhere, and closely where sources say what they say most."""

import numpy as np
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from transferperf.kernels import SourceInformedKernel
from transferperf.models.bend import Bend
from transferperf.models.posterior import Posterior
from transferperf.models.rows import Rows


def bent(m: int, seed: int, n: int = 25) -> tuple[Posterior, np.random.Generator]:
    """A posterior over two options and what m alike sources say, whose values are a square of the first."""
    stream = np.random.default_rng([seed, m])
    common = stream.normal(size=(n, 1))
    s = common + 0.2 * stream.normal(size=(n, m))
    X = np.hstack([stream.integers(2, size=(n, 2)).astype(float), s])
    z = common[:, 0] ** 2 + 0.1 * stream.normal(size=n)
    kernel = SourceInformedKernel([0, 0], m)
    return Posterior.condition(kernel, 0.01, Rows.of(torch.as_tensor(X), torch.as_tensor(z))), stream


@settings(max_examples=25)
@given(m=st.integers(1, 5), seed=st.integers(0, 99))
def test_the_bend_lies_between_its_bounds(m: int, seed: int) -> None:
    """At random places, near and far, and with what rounding may have changed."""
    posterior, stream = bent(m, seed)
    bend = Bend.of(posterior)
    table = bend.table(posterior.rows.X[:, 2:].numpy())
    s = stream.normal(size=(500, 1)) + stream.choice([0.2, 3.0], size=(500, 1)) * stream.normal(size=(500, m))
    off = np.full(m, 0.01)
    low, high = table.bounds(s + stream.uniform(-off, off, size=s.shape), off)
    said = bend.at(s * bend.root_weight)
    assert (low <= said + 1e-12).all()
    assert (said <= high + 1e-12).all()


def test_bounds_are_close_where_sources_are_alike() -> None:
    """Between the rows of two alike sources bounds are a tenth as far apart as the norm lets the bend be."""
    posterior, _ = bent(2, 0)
    bend = Bend.of(posterior)
    s = posterior.rows.X[:, 2:].numpy()
    low, high = bend.table(s).bounds(s, np.zeros(2))
    assert np.median(high - low) < 0.1 * 2 * bend.norm


def test_the_bend_is_what_the_kernel_adds() -> None:
    """It is the mean less what options and slopes say."""
    posterior, _ = bent(2, 1)
    kernel, X, bend = posterior.kernel, posterior.rows.X, Bend.of(posterior)
    with torch.no_grad():
        without = kernel.options.covariance(X[:, :2], X[:, :2]) @ posterior.alpha + posterior.alpha.sum()
        slopes = kernel.log_linear.exp() * kernel.log_weight.exp() * (X[:, 2:].mT @ posterior.alpha)
        rest = posterior.mean(X) - without - X[:, 2:] @ slopes
    np.testing.assert_allclose(bend.at(X[:, 2:].numpy() * bend.root_weight), rest.numpy(), atol=1e-6)
