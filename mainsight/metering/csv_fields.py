"""Cells of a CSV file: numbers, instants, days and units as people write them."""

import math
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from mainsight.core.quantities import UnknownQuantityError, quantity
from mainsight.core.units import Conversion, UnknownUnitError, conversion
from mainsight.core.zonetime import to_ms

_DAYS = ("%Y-%m-%d", "%d/%m/%Y", "%d.%m.%Y")
_CLOCKS = ("%H:%M", "%H:%M:%S")
_AMOUNT_OF = {"kW": "kWh", "kvar": "kvarh", "m3/h": "m3"}
"""Unit in which a gauge's amount over an interval is told: a profile of kWh a half hour is one of mean kW."""
_SECONDS_PER_HOUR = 3600


class LineError(ValueError):
    """Why a line cannot be used."""


def number(text: str, *, decimal_comma: bool) -> float:
    """Read a finite number.

    Raises:
        LineError: it is none.

    """
    try:
        value = float(text.replace(",", ".") if decimal_comma else text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise LineError(f"{text!r} is not a number")
    return value


def instant(text: str, timezone: str, *, second: bool = False) -> int:
    """Read an instant, UTC milliseconds: ISO 8601, or a day as in `day` with a time of day; without an offset, of the zone.

    Args:
        text: as written.
        timezone: of times without an offset.
        second: of an hour that the clock shows twice, the second.

    Raises:
        LineError: it is none, or a time that the clock skips in spring.

    """
    moment = _iso(text) or _day_first(text)
    if moment is None:
        raise LineError(f"{text!r} is not a time such as 2026-07-01 13:30, 2026-07-01T13:30:00+07:00 or 01/07/2026 13:30")
    if moment.tzinfo is not None:
        return to_ms(moment)
    local = moment.replace(tzinfo=ZoneInfo(timezone), fold=int(second))
    if local.astimezone(UTC).astimezone(local.tzinfo).replace(tzinfo=None) != moment:
        raise LineError(f"{text!r} does not exist in {timezone}: the clock skips it")
    return to_ms(local)


def day(text: str) -> date:
    """Read a day: 2026-07-01, 01/07/2026 or 01.07.2026.

    Raises:
        LineError: it is none.

    """
    for form in _DAYS:
        try:
            return datetime.strptime(text, form).date()  # noqa: DTZ007 - a day has no zone
        except ValueError:
            continue
    raise LineError(f"{text!r} is not a day such as 2026-07-01 or 01/07/2026")


def to_canonical(quantity_name: str, unit: str, interval_s: int) -> Conversion:
    """Conversion of a quantity from a unit as written ("": the canonical one); an amount over the interval becomes a mean rate.

    Raises:
        LineError: quantity or unit is not known.

    """
    try:
        canonical = quantity(quantity_name).unit
        amount = _AMOUNT_OF.get(canonical)
        try:
            return conversion(unit or canonical, canonical)
        except UnknownUnitError:
            if amount is None:
                raise
            return Conversion(conversion(unit, amount).scale * _SECONDS_PER_HOUR / interval_s)
    except (UnknownQuantityError, UnknownUnitError) as error:
        raise LineError(str(error)) from error


def _iso(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def _day_first(text: str) -> datetime | None:
    for form in (f"{day_form} {clock}" for day_form in _DAYS[1:] for clock in _CLOCKS):
        try:
            return datetime.strptime(text, form)  # noqa: DTZ007 - the caller gives the zone
        except ValueError:
            continue
    return None
