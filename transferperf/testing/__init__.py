"""What the authors of systems inherit to try their own."""

import pytest

pytest.register_assert_rewrite("transferperf.testing.system_contract")

from transferperf.testing.system_contract import SystemContract  # noqa: E402  # after its asserts can speak

__all__ = ["SystemContract"]
