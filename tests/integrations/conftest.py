"""What tests of the integrations share."""

from collections.abc import Iterator

import optuna
import pytest


@pytest.fixture(scope="session", autouse=True)
def _quiet() -> Iterator[None]:
    """Optuna says on standard error what each trial came to."""
    before = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    yield
    optuna.logging.set_verbosity(before)
