"""Claims about what the sources say together."""

import numpy as np
import pytest
import torch

from tests.models.worlds import COLUMNS, GRID, drawn, effects, views_of
from transferperf.data.table import Samples
from transferperf.models.consensus import SourceConsensus
from transferperf.models.source import fit_sources
from transferperf.models.warping import Warping, WarpingKind
from transferperf.space import Environment

AT = drawn(120, seed=0)


def together(kind: WarpingKind, *responses: np.ndarray) -> SourceConsensus:
    """The consensus of sources that measured positive responses (512,) at AT."""
    samples = {
        Environment.of({"workload": str(i)}): Samples(GRID[AT], f[AT], np.ones(len(AT)))
        for i, f in enumerate(responses)
    }
    values = np.concatenate([f[AT] for f in responses])
    sources = fit_sources(COLUMNS, samples, kind, seed=0)
    return SourceConsensus(sources=sources, warping=Warping.standardising(kind, values))


@pytest.mark.parametrize("kind", ["identity", "log", "box-cox", "yeo-johnson"])
def test_the_consensus_lies_between_the_sources(kind: WarpingKind) -> None:
    """Whatever the scale of each source, what they measured is where the answer is, in the metric's unit."""
    low, high = np.exp(0.3 * effects(1.0, 0.7)), (4.0 + effects(1.0, 0.7)) ** 2
    sign = -1.0 if kind == "yeo-johnson" else 1.0
    consensus = together(kind, sign * low, sign * high)
    mean, variance = consensus.predict(views_of(AT))
    answer = sign * consensus.warping.unwarp(mean.numpy())
    assert (answer > low[AT]).all()
    assert (answer < high[AT]).all()
    assert (variance > 0).all()
    assert consensus.noise > 0


def test_sources_that_differ_make_it_uncertain() -> None:
    """The variance holds the spread between them, which equal sources do not have."""
    f = np.exp(0.3 * effects(1.0, 0.7))
    equal, apart = together("log", f, f), together("log", f, 5 * f)
    _, between_equal = equal.predict(views_of(AT))
    mean, between_apart = apart.predict(views_of(AT))
    scale = apart.warping.scale
    np.testing.assert_allclose(between_apart, (np.log(5) / 2 / scale) ** 2, rtol=0.02)
    assert (between_equal < 0.1 * between_apart).all()
    np.testing.assert_allclose(apart.warping.unwarp(mean.numpy()), f[AT] * 5**0.5, rtol=0.02)


def test_one_source_is_what_it_says_itself() -> None:
    """Mean and variance are the source's own, on the scale of its values."""
    f = (4.0 + effects(1.0, 0.7)) ** 2
    consensus = together("box-cox", f)
    mean, variance = consensus.sources.models[0].predict(views_of(drawn(20, seed=1)).X)
    ours = consensus.predict(views_of(drawn(20, seed=1)))
    torch.testing.assert_close(ours[0], mean, rtol=1e-6, atol=1e-8)
    torch.testing.assert_close(ours[1], variance, rtol=1e-6, atol=1e-8)
