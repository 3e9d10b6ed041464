"""What result.md says beside its numbers."""

MEANING = """*To the digit* counts the numbers that agree in every printed digit. Of SaC we know M1 to M5 of ten
changes, M6 to M18 of one, and two more numbers."""

DIFFERENCES = """What had to be found out, since the text of the study does not say it; numbers agree only with all
of it.

- **M2.** Matlab's kernel density with its robust bandwidth, kernels cut off at four bandwidths except for the next
  larger observation, at the edges that `discretize` places at round numbers *in each environment's own range*;
  `eps` is added to the target's density before it is normalised. The number is that of shapes: on one grid (`kl`),
  most pairs of x264 hardly overlap.
- **M4, M5.** 20 % for SPEAR, 10 % else, rounded down. Times come in steps (0.005 s for SPEAR), so that many rows
  tie at the border; those that stand first in the file count, for M5 those that stand last. Of the worst, one row
  more is looked at than is divided by (`end-k:end`), for SPEAR and x264; for SaC the number is divided by the same
  k + 1. Two numbers of x264 (ec2 M4, ec3 M5) are of no number of rows near k. Corrected, tied rows share the places
  that are left, and no order matters.
- **M6 to M9.** Options are compared in pairs of configurations that differ in nothing else, by a paired t-test at 5
  %; M8 and M9 count agreeing and disagreeing signs of the *median*. Corrected: Benjamini and Hochberg, signs of the
  mean that was tested.
- **M10.** Pearson for SPEAR, Spearman for x264, over all options: those that no valid configuration changes have
  importance zero in both and raise the number. Of equally good splits the tree takes the first option's: where a
  library draws one, SPEAR ec3 is 0.5 or 1.0 by chance. Pearson for x264 is near zero from ec5 on.
- **M11 to M13** are not interactions: they count all terms of the stepwise model, the constant and single options
  among them, and M13 those in both, whatever their sign. The share of preserved interactions in the text is of
  these.
- **M14** is Pearson's correlation of the coefficients in both models *with the constant*: it is near 1 wherever
  responses are far from zero. The column `interaction_correlation` is of interactions alone, in one model of the
  terms of both.
- **M17** is 1 for SPEAR and x264 by construction; for SaC it is the overlap, which is what the text says.
- **M18.** An option that tells validity perfectly has no finite coefficient: printed are those of the step at which
  Matlab gives up. `validity_auc` says how well the source's model finds the target's invalid configurations.
- **SaC.** M15 to M18 come from other rows than those published: 845 configurations of the 71 267 of Table I. M6 to
  M14 of its ec1 are of options with several values, of which the study's pairing and coding are not known."""

FEW = """As if twenty valid configurations, and twenty others whatever came of them, were all that is known of the
target; of the source all its configurations are counted, not looked at. Intervals of nominal 95 %; the number of all
rows is taken for the truth.

How they are made was chosen by theory and on simulated data (normal, log-normal, and log-linear responses of options),
not on these systems. Correlations: Fisher's scale, the larger of the resamples' and Fisher's standard error, Student's
t. Effects of options, importances, interactions, models of validity: their errors lower a correlation and resampling
lowers it once more, so that the interval reaches as far beyond. Errors of a line follow from its correlation. Shares:
Jeffreys's. Regret is that of the sample; its interval is of copying the best of *all* configurations that the source
knows, with a normal copula. What twenty rows cannot know is a tail of which they hold no row."""
