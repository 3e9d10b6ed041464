"""How much one environment tells about another, from the configurations measured in both."""

from transferperf.similarity.pairs import best_sources, compare_environments
from transferperf.similarity.ranks import midranks, spearman
from transferperf.similarity.values import pearson
from transferperf.similarity.verdict import verdict

__all__ = ["best_sources", "compare_environments", "midranks", "pearson", "spearman", "verdict"]
