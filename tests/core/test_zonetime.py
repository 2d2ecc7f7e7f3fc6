"""Instants in UTC, days in the zone: 23, 24 and 25 hours long."""

from datetime import UTC, date, datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mainsight.core.zonetime import DAY_S, HOUR_MS, day_start_ms, grid, local_day, rfc3339, to_datetime, to_ms

VIET_NAM = "Asia/Ho_Chi_Minh"
instants = st.integers(-(10**12), 4 * 10**12)


@pytest.mark.parametrize(
    ("timezone", "day", "hours"),
    [
        (VIET_NAM, date(2026, 3, 29), 24),
        ("Europe/Rome", date(2026, 3, 29), 23),
        ("Europe/Rome", date(2026, 10, 25), 25),
        ("Australia/Lord_Howe", date(2026, 10, 4), 23.5),
    ],
)
def test_days_are_as_long_as_the_zone_makes_them(timezone: str, day: date, hours: float) -> None:
    start = day_start_ms(day, timezone)
    days = grid(start, start + 3 * 24 * HOUR_MS, DAY_S, timezone)
    assert (days[1] - days[0]) / HOUR_MS == hours
    hourly = grid(int(days[0]), int(days[1]), 3600, timezone)
    assert len(hourly) == np.ceil(hours)


def test_a_day_in_viet_nam_begins_at_17_utc() -> None:
    assert rfc3339(day_start_ms(date(2026, 11, 1), VIET_NAM)) == "2026-10-31T17:00:00Z"
    at = to_ms(datetime(2026, 10, 31, 17, tzinfo=UTC))
    assert (local_day(at - 1, VIET_NAM), local_day(at, VIET_NAM)) == (date(2026, 10, 31), date(2026, 11, 1))


def test_grid_covers_the_range_from_the_step_before_its_start() -> None:
    assert grid(1, 1_800_001, 900, "UTC").tolist() == [0, 900_000, 1_800_000]
    assert grid(0, 1_800_000, 900, "UTC").tolist() == [0, 900_000]
    assert grid(5, 5, DAY_S, "UTC").tolist() == []


@pytest.mark.parametrize("step_s", [0, -900, DAY_S + 1])
def test_grid_refuses_other_steps(step_s: int) -> None:
    with pytest.raises(ValueError, match="not between 1 s and one day"):
        grid(0, 1, step_s, "UTC")


def test_a_time_without_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="no time zone"):
        to_ms(datetime(2026, 11, 1))  # noqa: DTZ001  # the point of the test


def test_rfc3339_shows_milliseconds_only_where_there_are_some() -> None:
    assert [rfc3339(at) for at in (0, 1, -1000)] == ["1970-01-01T00:00:00Z", "1970-01-01T00:00:00.001Z", "1969-12-31T23:59:59Z"]


@given(instants)
def test_instants_survive_the_way_through_datetime(at_ms: int) -> None:
    assert to_ms(to_datetime(at_ms)) == at_ms
    assert to_ms(datetime.fromisoformat(rfc3339(at_ms))) == at_ms


@given(instants, st.sampled_from([VIET_NAM, "Europe/Rome", "America/New_York"]))
def test_every_instant_lies_in_its_day(at_ms: int, timezone: str) -> None:
    day = local_day(at_ms, timezone)
    assert day_start_ms(day, timezone) <= at_ms
    assert at_ms < day_start_ms(date.fromordinal(day.toordinal() + 1), timezone)
