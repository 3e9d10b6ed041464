"""What a study believes of its target: fitted now and then, and in between told what came."""

from itertools import pairwise

from transferperf.data.measurement import Measurement, Status
from transferperf.models import Background, TransferPredictor, fit_background, fit_target
from transferperf.models.draws import with_draws
from transferperf.models.refit import refit
from transferperf.study.state import FIRST_ROWS, State

REFIT_SHARE = 0.2
"""Measurements, as a share of those that parameters were fitted to, after which they are fitted again."""

FEW_ROWS = 40
"""Configurations up to which all is fitted anew then: few rows change what is believed of the experts."""


class Belief:
    """The models of one study.

    What was told decides alone when they are fitted: a study that starts again, and is told the same, goes on alike.

    Parameters
    ----------
    state
        Where the study starts.
    transfer, seed
        As for `transferperf.models.fit`.
    """

    def __init__(self, state: State, *, transfer: str, seed: int) -> None:
        self.transfer, self.seed = transfer, seed
        self._background: Background | None = None
        self._base = state  # what all was fitted to
        self._later: tuple[State, ...] = ()  # what parameters have been due to be fitted to since
        self._fitted: tuple[TransferPredictor | None, ...] = ()  # after each of these fits
        self._drawn: TransferPredictor | None = None  # the last of them, under drawn parameters
        self._now: TransferPredictor | None = None

    def tell(self, state: State, measured: Measurement) -> None:
        """Take in that a study has come to `state` by one more measurement."""
        if measured.environment != state.target:
            self._background = None
        if self._is_due(state, measured):
            self._base, self._later, self._fitted = state, (), ()
        elif _has_grown(self._last, state, REFIT_SHARE):
            self._later = (*self._later, state)
        self._now = None

    def now(self, state: State) -> TransferPredictor | None:
        """What is believed of the target; of the sources, or nothing, where it was measured too little."""
        if self._now is None:
            n_fitted = len(self._fitted)
            if not self._fitted:
                self._fitted = (self._fit(),)
            for earlier, later in pairwise((self._base, *self._later)[len(self._fitted) - 1 :]):
                grown = _grown(self._fitted[-1], earlier, later)
                self._fitted = (*self._fitted, grown and refit(grown, seed=self.seed))
            if len(self._fitted) > n_fitted:
                fitted = self._fitted[-1]
                self._drawn = fitted and with_draws(fitted, seed=self.seed)
            self._now = _grown(self._drawn, self._last, state)
        return self._now

    @property
    def _last(self) -> State:
        """What parameters are fitted to."""
        return (self._base, *self._later)[-1]

    def _is_due(self, state: State, measured: Measurement) -> bool:
        """Whether all is to be fitted anew: after enough rows, or where a row cannot just be added.

        The latter are a row of another environment, and one at a timeout's cap.
        """
        if measured.environment != state.target or measured.status is Status.TIMEOUT:
            return True
        n = len(self._base.samples)
        return n < FIRST_ROWS or _has_grown(self._base, state, REFIT_SHARE if n < FEW_ROWS else 1.0)

    def _fit(self) -> TransferPredictor | None:
        samples = self._base.samples
        is_known = len(samples) >= FIRST_ROWS
        background = self._fit_background()
        if not is_known and not len(background.sources):
            return None
        return fit_target(
            background,
            samples,
            metric=self._base.metric,
            target=self._base.target,
            transfer=self.transfer if is_known else "sources-only",
            seed=self.seed,
        )

    def _fit_background(self) -> Background:
        """The sources, fitted once; the target's rows have no say, so that a study goes on alike after a restart."""
        background = self._background
        if background is None or not len(background.sources):  # without sources, the target's rows choose the warping
            state, sources = self._base, self._base.sources
            background = fit_background(
                sources if len(sources) else state.table,
                metric=state.metric,
                target=state.target,
                transfer=self.transfer,
                seed=self.seed,
            )
            self._background = background
        return background


def _has_grown(earlier: State, later: State, share: float) -> bool:
    """Whether a share of the configurations of an earlier state have come since."""
    due = max(1, int(share * len(earlier.samples)))
    n_rows = len(later.outcomes.y) - len(earlier.outcomes.y)  # at least as many as configurations
    return n_rows >= due and len(later.since(earlier)) >= due


def _grown(predictor: TransferPredictor | None, earlier: State, later: State) -> TransferPredictor | None:
    """What is believed after the rows that have come since an earlier state, with the same parameters."""
    further = later.since(earlier)
    return predictor.extend(further.X, further.y) if predictor and len(further) else predictor
