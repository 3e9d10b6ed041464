"""What is said cheaply of experts bounds what they say when asked."""

import numpy as np
import pytest
import torch
from scipy.special import ndtr

from tests.models.synthetic import GRID, TARGET, TIME, truth
from transferperf.models import TransferPredictor, fit
from transferperf.models.opinions import Opinions, opinions
from transferperf.models.target import Views

BLOCKS = [(np.array([j]), np.array([[0.0], [1.0]])) for j in range(GRID.shape[1])]
PLACES = GRID.astype(int)


def predictor(transfer: str, n_target: int = 20) -> TransferPredictor:
    """A predictor of a target with one related source."""
    known = truth(3, source_seed=3, n_source=120, n_target=n_target)
    return fit(known.table, metric=TIME, target=TARGET, transfer=transfer)


def unmeasured(said: Opinions) -> np.ndarray:
    """Which of all configurations no source has measured."""
    is_new = np.ones(len(PLACES), dtype=bool)
    is_new[said.measured @ (2 ** np.arange(PLACES.shape[1])[::-1])] = False
    return is_new


@pytest.mark.parametrize("transfer", ["auto", "none", "source-informed", "linear-shift", "option-relevance"])
@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_no_expert_costs_less_than_its_bound(transfer: str, sign: float) -> None:
    """At every configuration that no source measured, on the expert's own scale."""
    model = predictor(transfer)
    said = opinions(model, BLOCKS, sign)
    s = np.stack([form.at(PLACES) for form in said.sources], axis=-1) if said.sources else np.zeros((len(PLACES), 0))
    views, is_new = Views(torch.as_tensor(GRID), model.background.sources), unmeasured(said)
    by_name = {expert.name: expert for expert in model.experts}
    assert abs(sum(opinion.weight for opinion in said.experts) - 1) < 1e-9
    for opinion in said.experts:
        asked = by_name[opinion.name]
        mean, variance = getattr(asked, "expert", asked).predict(views)
        lowest = opinion.form.at(PLACES) + s @ opinion.slopes + opinion.rest
        assert (lowest <= sign * mean.numpy() + 1e-8)[is_new].all()
        assert (variance.numpy() <= opinion.variance + s**2 @ opinion.gains + 1e-9).all()
        if opinion.bend:
            closer = opinion.unbent(lowest, opinion.bend.table(s), s, np.zeros(s.shape[1]))
            assert (closer <= sign * mean.numpy() + 1e-8)[is_new].all()
            assert closer.mean() > lowest.mean()


def test_probabilities_are_not_underestimated() -> None:
    """The probability that an expert's cost is below a threshold is at most what its opinion says."""
    model = predictor("auto")
    said = opinions(model, BLOCKS, 1.0)
    s, is_new = np.stack([form.at(PLACES) for form in said.sources], axis=-1), unmeasured(said)
    views = Views(torch.as_tensor(GRID), model.background.sources)
    for opinion in said.experts:
        expert = next(e for e in model.experts if e.name == opinion.name)
        mean, variance = (v.numpy() for v in expert.predict(views))
        lowest = opinion.form.at(PLACES) + s @ opinion.slopes + opinion.rest
        for cost in (-1.5, 0.0, 1.0):
            bound = opinion.most_below(lowest, s, opinion.threshold(cost))
            assert (ndtr((cost - mean) / np.sqrt(variance)) <= bound + 1e-9)[is_new].all()


def test_what_sources_measured_is_listed() -> None:
    """Every configuration of the source, once for each value of an option that never changed there."""
    said = opinions(predictor("source-informed"), BLOCKS, 1.0)
    assert len(said.measured) == 120


def test_of_a_joint_model_nothing_is_known() -> None:
    """The model of all environments together has no form."""
    said = opinions(predictor("multi-task", n_target=10), BLOCKS, 1.0)
    assert np.isinf(said.experts[0].rest)
    assert said.experts[0].is_flat
