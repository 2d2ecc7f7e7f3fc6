"""Small synthetic series, seeded."""

from collections.abc import Callable

import numpy as np
import pytest

from forecast.calendar import Calendar
from forecast.executor import OneProcess
from forecast.known import Known
from mainsight.core.zonetime import DAY_S, SECOND_MS, grid

MONDAY_MS = 1_767_546_000_000
"""2026-01-05 00:00 in Viet Nam."""


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def here() -> OneProcess:
    """Workers without processes: starting one takes seconds."""
    return OneProcess()


@pytest.fixture(scope="session")
def make_known() -> Callable[..., Known]:
    """Make histories of a zone that works from Monday to Saturday noon, with a little noise."""

    def make(
        *,
        days: float = 42,
        step_s: int = 3600,
        timezone: str = "Asia/Ho_Chi_Minh",
        country: str = "VN",
        issue_ms: int = MONDAY_MS,
        seed: int = 1,
    ) -> Known:
        start_ms = grid(issue_ms - int(days * DAY_S) * SECOND_MS, issue_ms, step_s, timezone)
        hours = (start_ms / 3.6e6 + 7) % 24
        weekday = ((start_ms / 8.64e7 + 7 / 24).astype(np.int64) + 3) % 7
        shift = (hours >= 7) & (hours < 19) & ((weekday < 5) | ((weekday == 5) & (hours < 12)))
        noise = np.random.default_rng(seed).normal(0, 10, len(start_ms))
        value = 300 + 40 * np.sin(2 * np.pi * hours / 24) + 500 * shift + noise
        return Known(start_ms, value, step_s, issue_ms, Calendar(timezone, country))

    return make
