"""What a study believes of its target: fitted now and then, and in between told what came."""

from transferperf.data.measurement import Measurement, Status
from transferperf.models import Background, TransferPredictor, fit_background, fit_target
from transferperf.study.state import State

FIRST_ROWS = 3
"""Configurations that are measured in the target before its own model is asked."""

REFIT_SHARE = 0.2
"""Measurements, as a share of those that parameters were fitted to, after which they are fitted anew."""


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
        self._base = state  # what the models are fitted to
        self._fitted: TransferPredictor | None = None
        self._now: TransferPredictor | None = None

    def tell(self, state: State, measured: Measurement) -> None:
        """Take in that a study has come to `state` by one more measurement."""
        if measured.environment != state.target:
            self._background = None
        if self._is_due(state, measured):
            self._base, self._fitted = state, None
        self._now = None

    def now(self, state: State) -> TransferPredictor | None:
        """What is believed of the target; of the sources, or nothing, where it was measured too little."""
        if self._now is None:
            self._fitted = self._fitted or self._fit()
            further = state.since(self._base)
            self._now = self._fitted.extend(further.X, further.y) if self._fitted and len(further) else self._fitted
        return self._now

    def _is_due(self, state: State, measured: Measurement) -> bool:
        """Whether a fit is due: after enough rows, or where a row cannot just be added to what was fitted.

        The latter are a row of another environment, and one at a timeout's cap.
        """
        if measured.environment != state.target or measured.status is Status.TIMEOUT:
            return True
        n = len(self._base.samples)
        return n < FIRST_ROWS or len(state.since(self._base)) >= max(1, int(REFIT_SHARE * n))

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
