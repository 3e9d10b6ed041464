"""Claims about rehearsals among sources."""

import numpy as np

from tests.models.worlds import COLUMNS, drawn, effects, sources_of
from transferperf.kernels import SourceInformedKernel
from transferperf.models.fitting import NoisyKernel
from transferperf.models.gate import HURT, PAID, UNTRIED
from transferperf.models.rehearsal import rehearse
from transferperf.models.relevance import is_shared
from transferperf.models.source import Sources

AT = drawn(64, seed=0)


def test_sources_that_are_alike_say_that_transfer_pays() -> None:
    """Both of two pay, and each tells the parameters that do not belong to one source."""
    f = effects(1.0, 0.8, 0.6, 0.4)
    log_odds, sources = rehearse(COLUMNS, sources_of(f, f, rows=AT), seed=0)
    assert log_odds == np.log((2 + PAID) / HURT)
    n_shared = is_shared(NoisyKernel(SourceInformedKernel(COLUMNS.n_levels, 1))).sum()
    assert sources.rehearsed is not None
    assert sources.rehearsed.shape == (2, n_shared)


def test_sources_that_are_noise_to_each_other_do_not_say_so() -> None:
    """At most one of two pays, by chance, where one has the other's values at configurations drawn at random."""
    f = effects(1.0, 0.8, 0.6, 0.4)
    log_odds, _ = rehearse(COLUMNS, sources_of(f, np.random.default_rng(8).permutation(f), rows=AT), seed=0)
    assert log_odds <= np.log((1 + PAID) / (1 + HURT))


def test_one_source_has_no_one_to_rehearse_with() -> None:
    """Nothing is known of the system before its first target, and nothing was learnt."""
    for sources in (Sources(()), sources_of(effects(1.0), rows=AT)):
        log_odds, same = rehearse(COLUMNS, sources, seed=0)
        assert (log_odds, same.rehearsed) == (UNTRIED, None)
