"""Kinds of value in the network's files: ids, positions, numbers, dates, names; each refuses what it is not and says how to mend it."""

import re
from datetime import date
from typing import Annotated
from zoneinfo import available_timezones

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, Strict

from mainsight.core.network import PROTOCOLS, Text
from mainsight.core.quantities import UnknownQuantityError, quantity
from mainsight.registry.problems import nearest

_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
_TIME_OF_DAY = re.compile(r"(\d\d):([0-5]\d)")
_DAY_MINUTES = 24 * 60
_POLE, _DATE_LINE = 90.0, 180.0


class Strictly(BaseModel):
    """Base of all models here: frozen, unknown keys refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class Name(Strictly):
    """A text in both languages of the console."""

    vi: str = Field(min_length=1)
    en: str = Field(min_length=1)

    def text(self) -> Text:
        """Give the core's text."""
        return Text(self.vi, self.en)


def _id(value: str) -> str:
    if not _ID.fullmatch(value):
        raise ValueError(f"{value!r} is not an id; use 1 to 63 of a-z, 0-9 and -, and do not begin with -")
    return value


def _known_timezone(value: str) -> str:
    if value not in available_timezones():
        raise ValueError(f"{value!r} is not a time zone; {nearest(value, available_timezones()) or 'write one such as Asia/Ho_Chi_Minh'}")
    return value


def _known_quantity(value: str) -> str:
    try:
        quantity(value)
    except UnknownQuantityError as error:
        raise ValueError(str(error)) from error
    return value


def _known_protocol(value: str) -> str:
    if value not in PROTOCOLS:
        raise ValueError(f"{value!r} is not a known protocol; {nearest(value, PROTOCOLS)}")
    return value


def on_earth(value: tuple[float, float]) -> tuple[float, float]:
    """Pass on a longitude and latitude in degrees.

    Raises:
        ValueError: it is not on Earth; says so when the two look swapped.

    """
    longitude, latitude = value
    if abs(latitude) <= _POLE and abs(longitude) <= _DATE_LINE:
        return value
    swapped = abs(longitude) <= _POLE and abs(latitude) <= _DATE_LINE
    mend = "longitude comes first: swap them" if swapped else "write [longitude, latitude] in degrees"
    raise ValueError(f"[{longitude:g}, {latitude:g}] is not on Earth; {mend}")


def _day_of_year(value: object) -> tuple[int, int]:
    try:
        day = date.fromisoformat(f"2024-{value}")
    except ValueError as error:
        raise ValueError(f"{value!r} is not a day of the year; write month-day such as 05-01") from error
    return day.month, day.day


def _minute_of_day(value: object) -> int:
    match = _TIME_OF_DAY.fullmatch(value) if isinstance(value, str) else None
    minute = int(match[1]) * 60 + int(match[2]) if match else _DAY_MINUTES + 1
    if minute > _DAY_MINUTES:
        raise ValueError(f'{value!r} is not a time of day; write one such as "09:30", up to "24:00", in quotes')
    return minute


def _whole_date(value: object) -> object:
    """Refuse what pydantic would take for a date but nobody means: a number is not seconds since 1970."""
    if not isinstance(value, str | date):
        raise ValueError(f"{value!r} is not a date; write one such as 2026-11-01")  # noqa: TRY004  # pydantic takes ValueError
    return value


Id = Annotated[str, AfterValidator(_id)]
TimeZone = Annotated[str, AfterValidator(_known_timezone)]
QuantityName = Annotated[str, AfterValidator(_known_quantity)]
ProtocolName = Annotated[str, AfterValidator(_known_protocol)]
Country = Annotated[str, Field(pattern="^[A-Z]{2}$")]
Number = Annotated[float, Strict()]
Positive = Annotated[Number, Field(gt=0)]
NotNegative = Annotated[Number, Field(ge=0)]
Whole = Annotated[int, Strict()]
Position = Annotated[tuple[Number, Number], AfterValidator(on_earth)]
MinuteOfDay = Annotated[int, BeforeValidator(_minute_of_day)]
"""Written "09:30"."""
DayOfYear = Annotated[tuple[int, int], BeforeValidator(_day_of_year)]
Date = Annotated[date, BeforeValidator(_whole_date)]
Flag = Annotated[bool, Strict()]


class Identified(Strictly):
    """Base of what has an id."""

    id: Id
