"""How much one environment tells about another, from the configurations measured in both."""

from transferperf.similarity.answer import answer_sentence
from transferperf.similarity.catalogue import CATALOGUE, PARTS, Measure
from transferperf.similarity.compare import compare_environments
from transferperf.similarity.embedding import Embedding, Placement, embed, place
from transferperf.similarity.measure import compare_pair, measure_pairs
from transferperf.similarity.pair import InteractionChange, OptionChange, PairSimilarity
from transferperf.similarity.racing import Race, race
from transferperf.similarity.ranks import midranks, spearman
from transferperf.similarity.resampling import Estimate
from transferperf.similarity.severity import odd_levels, severity
from transferperf.similarity.sources import compare_and_choose
from transferperf.similarity.values import pearson
from transferperf.similarity.verdict import KINDS, NO_ANSWER, Verdict, verdict, verdicts

__all__ = [
    "CATALOGUE",
    "KINDS",
    "NO_ANSWER",
    "PARTS",
    "Embedding",
    "Estimate",
    "InteractionChange",
    "Measure",
    "OptionChange",
    "PairSimilarity",
    "Placement",
    "Race",
    "Verdict",
    "answer_sentence",
    "compare_and_choose",
    "compare_environments",
    "compare_pair",
    "embed",
    "measure_pairs",
    "midranks",
    "odd_levels",
    "pearson",
    "place",
    "race",
    "severity",
    "spearman",
    "verdict",
    "verdicts",
]
