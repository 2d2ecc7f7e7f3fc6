"""Times as files have them."""

import pandas as pd
import pytest

from forecast.errors import DataError
from forecast.times import instants, step_of
from mainsight.core.zonetime import HOUR_MS, MINUTE_MS, rfc3339

NOON_MS = 1_767_571_200_000
"""2026-01-05 00:00 UTC."""


def read(*written: str, timezone: str = "UTC") -> list[str]:
    return [rfc3339(int(one)) for one in instants(pd.Series(written, name="time"), timezone)]


@pytest.mark.parametrize("written", ["1767571200", "1767571200000", "1767571200000000", "1767571200000000000"])
def test_unix_time_by_its_length(written: str) -> None:
    assert read(written, written) == ["2026-01-05T00:00:00Z"] * 2


def test_offsets_and_local_times() -> None:
    assert read("2026-01-05T07:00:00+07:00", "2026-01-05T08:00:00+0700") == ["2026-01-05T00:00:00Z", "2026-01-05T01:00:00Z"]
    assert read("2026-01-05 07:00", "2026-01-05", timezone="Asia/Ho_Chi_Minh") == ["2026-01-05T00:00:00Z", "2026-01-04T17:00:00Z"]


def test_an_hour_that_occurs_twice_but_was_written_once_is_the_first() -> None:
    found = read("2026-10-25 01:00", "2026-10-25 02:00", "2026-10-25 03:00", timezone="Europe/Rome")
    assert found == ["2026-10-24T23:00:00Z", "2026-10-25T00:00:00Z", "2026-10-25T02:00:00Z"]


def test_repeated_hour_in_any_order_of_rows() -> None:
    found = read("2026-10-25 03:00", "2026-10-25 02:00", "2026-10-25 02:00", "2026-10-25 01:00", timezone="Europe/Rome")
    assert sorted(found) == ["2026-10-24T23:00:00Z", "2026-10-25T00:00:00Z", "2026-10-25T01:00:00Z", "2026-10-25T02:00:00Z"]


@pytest.mark.parametrize(
    ("written", "said"),
    [
        (("2026-03-29 01:00", "2026-03-29 02:00"), "line 3: 2026-03-29 02:00:00 does not exist in Europe/Rome"),
        (("05/01/2026 00:00", "05/01/2026 01:00"), "line 2: '05/01/2026 00:00' is no time"),
        (("0", "1"), "line 2: '0' is no time"),
        (("1767571200", "1767571200000"), "no Unix time"),
        (("2026-01-05", " "), "line 3: no time"),
    ],
)
def test_what_is_no_time_is_named(written: tuple[str, ...], said: str) -> None:
    with pytest.raises(DataError, match=said):
        read(*written, timezone="Europe/Rome")


def test_step_with_clocks_that_drift() -> None:
    exact = pd.Series(range(50)).to_numpy() * HOUR_MS + NOON_MS
    assert step_of(exact) == 3600
    assert step_of(exact + (exact // HOUR_MS * 7919 % 50) * 1000) == 3600
    with pytest.raises(DataError, match="divide a day"):
        step_of(pd.Series(range(50)).to_numpy() * 7 * MINUTE_MS)
