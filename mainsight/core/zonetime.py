"""Local time: instants are UTC milliseconds; days, and only days, are the zone's own."""

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import numpy as np

from mainsight.core.intervals import IntArray

SECOND_MS = 1_000
MINUTE_MS = 60_000
HOUR_MS = 3_600_000
DAY_S = 86_400


def to_datetime(instant_ms: int) -> datetime:
    """Aware UTC datetime of an instant."""
    return datetime.fromtimestamp(0, UTC) + timedelta(milliseconds=instant_ms)


def to_ms(moment: datetime) -> int:
    """UTC milliseconds of an aware datetime.

    Raises:
        ValueError: the datetime is naive.

    """
    if moment.tzinfo is None:
        message = f"{moment.isoformat()} has no time zone"
        raise ValueError(message)
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)


def rfc3339(instant_ms: int) -> str:
    """Render an instant as RFC 3339 UTC, with milliseconds only where there are some."""
    moment = to_datetime(instant_ms)
    return moment.isoformat(timespec="milliseconds" if instant_ms % SECOND_MS else "seconds").replace("+00:00", "Z")


@lru_cache(maxsize=4096)
def day_start_ms(day: date, timezone: str) -> int:
    """First instant of a local day, UTC milliseconds."""
    return to_ms(datetime.combine(day, time(), ZoneInfo(timezone)))


def local_day(instant_ms: int, timezone: str) -> date:
    """Local day in which an instant falls."""
    return to_datetime(instant_ms).astimezone(ZoneInfo(timezone)).date()


def grid(start_ms: int, end_ms: int, step_s: int, timezone: str) -> IntArray:
    """Interval starts that cover [start, end), UTC milliseconds, shape (n,).

    Steps below a day lie on multiples of the step in UTC; a step of one day gives local days (23, 24 or 25 h).

    Raises:
        ValueError: the step is not positive, or is longer than a day.

    """
    if not 0 < step_s <= DAY_S:
        message = f"a step of {step_s} s is not between 1 s and one day"
        raise ValueError(message)
    if step_s < DAY_S:
        step_ms = step_s * SECOND_MS
        return np.arange(start_ms // step_ms * step_ms, end_ms, step_ms, dtype=np.int64)
    if end_ms <= start_ms:
        return np.empty(0, np.int64)
    return _day_starts(local_day(start_ms, timezone), local_day(end_ms - 1, timezone), timezone).copy()


@lru_cache(maxsize=128)
def _day_starts(first: date, last: date, timezone: str) -> IntArray:
    """Kept for a while: charts ask for the same days again and again, and five years of them take a millisecond."""
    days = (first + timedelta(days=n) for n in range((last - first).days + 1))
    return np.array([day_start_ms(day, timezone) for day in days], dtype=np.int64)
