"""Every measure of a pair of environments: name, number in the study, the part it is computed with, and meaning.

The study is Jamshidi et al. (ASE 2017), and M1 to M18 are the columns of its Table II. A name that ends in `_published`
is what the code of the study computes; the others are what its text says, or ours.
"""

from dataclasses import dataclass

SHARES = (5, 10, 20)
"""Per cent of configurations that are called the best, or the worst."""


@dataclass(frozen=True, slots=True)
class Measure:
    """A number about a pair.

    Parameters
    ----------
    name
        In tables and files.
    study
        M1 to M18, or "".
    part
        What it is computed with.
    text
        What it says.
    """

    name: str
    study: str
    part: str
    text: str


def _part(part: str, *rows: tuple[str, str, str]) -> tuple[Measure, ...]:
    return tuple(Measure(name, study, part, text) for name, study, text in rows)


def _overlaps() -> tuple[tuple[str, str, str], ...]:
    rows = []
    for which, study in (("best", "M4"), ("worst", "M5")):
        for share in SHARES:
            rows.append(
                (f"{which}_{share}", study, f"share of the {which} {share} % that is common; chance: {share} %")
            )
            text = f"the same, ties in the order of configurations (the study: {'20 % for SPEAR, 10 % else'})"
            rows.append((f"{which}_{share}_published", study, text))
    return tuple(rows)


CATALOGUE = (
    *_part(
        "correlation",
        ("pearson", "M1", "linear correlation of values; above 0.9 a linear shift carries over"),
        ("spearman", "M3", "correlation of ranks; above 0.9 the ranking carries over"),
    ),
    *_part(
        "divergence",
        ("kl_published", "M2", "divergence of densities, each on the grid of its own range; below 3 called similar"),
        ("kl", "M2", "divergence of densities on one grid, in nats; 36 where nothing overlaps"),
        ("kl_standardised", "M2", "divergence of shapes, both at mean 0 and deviation 1"),
    ),
    *_part(
        "distance",
        ("wasserstein", "", "mean distance by which values move from one distribution to the other, metric's unit"),
        ("wasserstein_standardised", "", "the same for shapes, in deviations"),
    ),
    *_part(
        "shift",
        ("slope", "", "of the least-squares line from source to target"),
        ("intercept", "", "of that line, in the metric's unit"),
        ("shift_error", "", "share of the target's deviation that the line leaves; 0 is a perfect shift"),
        ("log_slope", "", "of the line between logarithms; 1 is a multiple of the source"),
        ("log_intercept", "", "of that line; its exponential is the factor where the slope is 1"),
        ("log_shift_error", "", "share of the deviation of logarithms that the line leaves"),
    ),
    *_part(
        "overlap",
        *_overlaps(),
        (
            "regret",
            "",
            "excess of the source's best over the target's best, as a share; interval: of all that the source knows",
        ),
        ("regret_of_range", "", "the same as a share of the way from the target's best to its worst"),
        ("regret_rank", "", "share of the target's configurations that are better than the source's best"),
    ),
    *_part(
        "influence",
        ("influential_source_published", "M6", "options with an influence in the source, paired t-test at 5 %"),
        ("influential_target_published", "M7", "the same in the target"),
        ("influential_agree_published", "M8", "influential in both, medians of the same sign"),
        ("influential_flip_published", "M9", "influential in both, medians of other signs"),
        ("influential_source", "M6", "options with an influence, corrected for their number"),
        ("influential_target", "M7", "the same in the target"),
        ("influential_agree", "M8", "influential in both, in the same direction"),
        ("influential_flip", "M9", "influential in both, in other directions"),
        ("influential_vanish", "", "influential in the source only"),
        ("influential_appear", "", "influential in the target only"),
        ("effect_correlation", "", "correlation of effects of all options, in deviations of the metric"),
    ),
    *_part(
        "importance",
        ("importance_pearson_published", "M10", "Pearson correlation of one tree's importances (SPEAR, SQLite)"),
        ("importance_spearman_published", "M10", "Spearman correlation of one tree's importances (x264)"),
        ("importance_pearson", "M10", "Pearson correlation of permutation importances on unseen rows"),
        ("importance_spearman", "M10", "Spearman correlation of permutation importances on unseen rows"),
    ),
    *_part(
        "interaction",
        ("terms_source_published", "M11", "terms of a stepwise model of the source, the constant and options included"),
        ("terms_target_published", "M12", "the same of the target"),
        ("terms_common_published", "M13", "terms of both, whatever their sign"),
        ("terms_correlation_published", "M14", "correlation of their coefficients, the constant's included"),
        (
            "interactions_source",
            "M11",
            "pairs of options that interact in the source, level corrected for their number",
        ),
        ("interactions_target", "M12", "the same in the target"),
        ("interactions_agree", "M13", "interactions of both with the same sign"),
        ("interactions_flip", "M13", "interactions of both with other signs"),
        ("interaction_correlation", "M14", "correlation of coefficients of all interactions of either, in one model"),
    ),
    *_part(
        "validity",
        ("invalid_source", "M15", "share of configurations tried in both that are invalid in the source"),
        ("invalid_target", "M16", "the same in the target"),
        ("invalid_common_published", "M17", "1, whatever the data, for SPEAR and x264"),
        ("invalid_common", "M17", "share of those invalid in either that are invalid in both"),
        ("invalid_common_chance", "M17", "what that would be if they were independent"),
        ("validity_correlation_published", "M18", "correlation of logistic coefficients without a penalty"),
        ("validity_correlation", "M18", "correlation of penalised logistic coefficients"),
        ("validity_auc", "M18", "how well the source's model ranks the target's invalid ones; 0.5 is chance"),
    ),
    *_part(
        "noise",
        ("noise_ratio", "", "mean variance of repeats, source over target (as published)"),
        ("noise_ratio_relative", "", "the same of median relative deviations"),
        ("noise_source", "", "median relative deviation of repeats in the source"),
        ("noise_target", "", "the same in the target"),
        ("pearson_ceiling", "", "the largest M1 that the noise allows"),
    ),
    *_part("task", ("task_correlation", "", "correlation of what is no noise, learned by a Gaussian process")),
)
PARTS = tuple(dict.fromkeys(measure.part for measure in CATALOGUE))
NAMES = {part: tuple(measure.name for measure in CATALOGUE if measure.part == part) for part in PARTS}
"""Part -> its measures."""
