"""Times as devices write them, to UTC milliseconds.

A count since 1970 may be in s, ms, us or ns: between 1990 and 2100 the four ranges do not touch, so the size tells the
unit. What lies outside these years is a clock that was never set, and no time at all.
"""

import re
from datetime import UTC, datetime, timedelta, timezone
from typing import Any, Final
from zoneinfo import ZoneInfo

from collector.numbers import RefusedError, number

EARLIEST_MS: Final = 631_152_000_000
"""1990-01-01T00:00:00Z."""
LATEST_MS: Final = 4_102_444_800_000
"""2100-01-01T00:00:00Z."""

_TEXT: Final = re.compile(
    r"(\d{4})([-./])(\d\d)\2(\d\d)[Tt -](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,12}))?)?\s?(?:([Zz])|([+-])(\d\d):?(\d\d))?",
    re.ASCII,
)


def epoch_ms(count: float) -> int | None:
    """Milliseconds of a count of s, ms, us or ns since 1970; None outside 1990 to 2100. An int keeps its precision."""
    if EARLIEST_MS <= count < LATEST_MS:
        return round(count)
    if EARLIEST_MS <= count * 1_000 < LATEST_MS:
        return round(count * 1_000)
    if EARLIEST_MS <= count / 1_000 < LATEST_MS:
        return int(count // 1_000)
    if EARLIEST_MS <= count / 1_000_000 < LATEST_MS:
        return int(count // 1_000_000)
    return None


def text_ms(text: str, zone: ZoneInfo | None = None, fold: int = 0) -> int | None:
    """Milliseconds of an ISO 8601 date and time, milliseconds cut off; None where it is impossible or out of 1990 to 2100.

    The parts of the date may be apart by points or slashes, date and time by a hyphen: the year comes first all the same.

    A text without an offset is local time of `zone` and None without one. In the repeated hour of a change to winter
    time, fold 0 is the first pass and 1 the second; a time in the skipped hour is read with the offset before it.
    """
    found = _TEXT.fullmatch(text.strip())
    if found is None:
        return None
    year, _, month, day, hour, minute, second, fraction, zulu, sign, offset_h, offset_min = found.groups()
    try:
        moment = datetime(int(year), int(month), int(day), int(hour), int(minute), int(second or 0), fold=fold)  # noqa: DTZ001 - the zone follows
        if zulu:
            moment = moment.replace(tzinfo=UTC)
        elif sign:
            offset = timedelta(hours=int(offset_h), minutes=int(offset_min))
            moment = moment.replace(tzinfo=timezone(-offset if sign == "-" else offset))
        elif zone is not None:
            moment = moment.replace(tzinfo=zone)
        else:
            return None
        seconds = (moment - _EPOCH) // _SECOND
    except (ValueError, OverflowError):
        return None
    result = seconds * 1_000 + int((fraction or "0").ljust(3, "0")[:3])
    return result if EARLIEST_MS <= result < LATEST_MS else None


_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_SECOND: Final = timedelta(seconds=1)


def time_ms(raw: Any, zone: ZoneInfo | None = None, fold: int = 0) -> int | None:
    """Milliseconds of a time in any of these forms; None for what is none of them."""
    if type(raw) is int or type(raw) is float:
        return epoch_ms(raw)
    if type(raw) is not str:
        return None
    try:
        return epoch_ms(number(raw))
    except RefusedError:
        return text_ms(raw, zone, fold)
