"""What each source was worth to a model, in words."""

import numpy as np
import torch

from transferperf.data.table import MeasurementTable
from transferperf.models import LEAST_TARGET_ROWS, TransferPredictor
from transferperf.models.carried import CarriedExpert
from transferperf.models.descriptor_gp import DescriptorGP
from transferperf.models.explain import LEAST_WEIGHT, error_ratios, explained, ignored, left_out_residuals
from transferperf.models.gp_expert import GPExpert
from transferperf.models.multitask import MultiTaskGP
from transferperf.models.target import Views

N_SHOWN = 5
"""Sources that are named."""

LEAST_RATIO = 1.05
"""Ratio of errors from which it is said by how much a source would have raised the error."""


def percent(share: float, digits: int = 0) -> str:
    """A share as text, such as 94 %."""
    return f"{100 * share:.{digits}f} %"


def account(table: MeasurementTable, predictor: TransferPredictor) -> list[str]:
    """Which sources were used and why: a line, or two."""
    models, first = predictor.background.sources.models, predictor.experts[0]
    names = [str(model.environment) for model in models]
    if not names:
        return ["Sources: none."]
    if first.evidence is None and not first.transfers:
        return ["Sources: not asked, because the target has so many rows of its own."]
    seen = ~table.samples(predictor.metric, predictor.target).is_capped
    if first.evidence is None or seen.sum() < LEAST_TARGET_ROWS:
        return [f"Sources: {_listed(names)}.", *_descriptors(predictor)]
    return [f"Sources: {'; '.join(_accounts(table, predictor, names, seen))}.", *_correlations(predictor)]


def _descriptors(predictor: TransferPredictor) -> list[str]:
    described = predictor.background.described
    if described is None or not isinstance(predictor.experts[0], DescriptorGP):
        return []
    return [f"Environments are compared by {', '.join(described.names)}."]


def _correlations(predictor: TransferPredictor) -> list[str]:
    found = [expert.correlations for expert in predictor.experts if isinstance(expert, MultiTaskGP)]
    ranked = sorted(((r, where) for known in found for where, r in known.items()), key=lambda pair: -abs(pair[0]))
    told = [f"with {where}: {r:.2f}" for r, where in ranked[:N_SHOWN]]
    return [f"Correlation {', '.join(told)}."] if told else []


def _accounts(table: MeasurementTable, predictor: TransferPredictor, names: list[str], seen: np.ndarray) -> list[str]:
    """One clause for each source, best first, then the worst of those that would have hurt."""
    X = torch.as_tensor(table.samples(predictor.metric, predictor.target).X[seen])
    said = Views(X, predictor.background.sources).seen("measured")[:, X.shape[1] :].numpy()  # (n, m)
    z = predictor.z[seen]
    residuals = left_out_residuals(said, z)
    shares, alone = explained(residuals, z), _left_out_alone(predictor)
    ratios = np.full(len(names), np.nan) if alone is None else error_ratios(residuals, alone[seen])
    by_values, by_relevance = _transferred(predictor)
    had_no_say = ignored(ratios, _slopes(predictor), by_values)
    hurt = [i for i in np.argsort(-ratios, kind="stable").tolist() if had_no_say[i] and ratios[i] >= LEAST_RATIO]
    best = [i for i in np.argsort(-shares, kind="stable").tolist() if i not in hurt]
    shown = (best[: N_SHOWN - min(1, len(hurt))] + hurt)[:N_SHOWN]
    is_relevant = by_relevance >= LEAST_WEIGHT > by_values
    clauses = [
        _unheard(names[i], shares[i], ratios[i], is_relevant=is_relevant)
        if had_no_say[i]
        else f"{names[i]} explains {percent(shares[i])}"
        for i in shown
    ]
    return clauses + ([f"and {len(names) - len(shown)} more"] if len(shown) < len(names) else [])


def _unheard(name: str, share: float, ratio: float, *, is_relevant: bool) -> str:
    """Why the values of a source have no say; `is_relevant` where it still tells which options matter."""
    what = f"{name} tells which options matter; its values" if is_relevant else f"{name} ignored: it"
    if ratio >= LEAST_RATIO:
        return f"{what} would have raised the error {ratio:.1f}x"
    return f"{what} explain{'s' * (not is_relevant)} {percent(share)}, too little evidence that this helps"


def _transferred(predictor: TransferPredictor) -> tuple[float, float]:
    """Weight of the experts that look at what the sources say, and of those that only learn what matters from them."""
    weights = [0.0, 0.0]
    for weight, expert in zip(predictor.weights, predictor.experts, strict=True):
        if expert.transfers:
            weights[isinstance(expert, GPExpert) and expert.recipe.sees == "options"] += float(weight)
    return weights[0], weights[1]


def _left_out_alone(predictor: TransferPredictor) -> np.ndarray | None:
    """What the experts that do not transfer, weighed, were off at held-out rows, shape (n,); None without any."""
    tried = zip(predictor.weights, predictor.experts, strict=True)
    alone = [(weight, e.evidence.mean) for weight, e in tried if not e.transfers and e.evidence is not None]
    if not alone:
        return None
    weights, means = np.array([weight for weight, _ in alone]), np.stack([mean for _, mean in alone])
    weights = weights if weights.sum() > 0 else np.ones(len(weights))
    return weights @ (means - predictor.z) / weights.sum()


def _slopes(predictor: TransferPredictor) -> np.ndarray:
    """How far the prediction follows each source, by the slopes of the experts that have them; shape (m,)."""
    slopes = np.zeros(len(predictor.background.sources))
    for weight, expert in zip(predictor.weights, predictor.experts, strict=True):
        process = expert.expert if isinstance(expert, CarriedExpert) else expert
        if isinstance(process, GPExpert) and len(process.slope):
            slopes += weight * np.abs(process.slope.numpy())
    return slopes


def _listed(names: list[str]) -> str:
    more = f" and {len(names) - N_SHOWN} more" if len(names) > N_SHOWN else ""
    return ", ".join(names[:N_SHOWN]) + more
