"""A zone's outlook: its past demand by month, carried on, with applications and projects against firm capacity."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from forecast.errors import CannotForecastError
from forecast.outlook.headroom import MonthHeadroom, Step, headroom, months_from
from forecast.outlook.monthly import Months, months_ahead, peaks_ahead
from forecast.outlook.plans import Application, Project
from mainsight.core.capacity import NoCapacityError, capacity
from mainsight.core.intervals import FloatArray, IntArray
from mainsight.core.network import Network, Utility
from mainsight.core.topology import zone_of
from mainsight.core.zonetime import SECOND_MS, day_start_ms

_WHOLE = 0.9
"""Share of a month's intervals that must be there for it to count."""


@dataclass(frozen=True, slots=True, eq=False)
class Past:
    """Past demand of a zone on its grid.

    Attributes:
        start_ms: shape (n,), UTC milliseconds, every interval from first to last.
        value: shape (n,), MW or m3/h; NaN where missing.
        step_s: length of an interval, seconds.

    """

    start_ms: IntArray
    value: FloatArray
    step_s: int


@dataclass(frozen=True, slots=True)
class Plans:
    """What planners know, of all zones; `power_factor` turns MW into MVA."""

    power_factor: float
    applications: Sequence[Application] = ()
    projects: Sequence[Project] = ()


@dataclass(frozen=True, slots=True, eq=False)
class ZoneOutlook:
    """A zone's months ahead.

    Attributes:
        zone: id.
        energy: shape (months, 7), MWh or m3 of each month, columns as `QUANTILES`, without applications.
        months: peaks and headroom, MVA or m3/h.

    """

    zone: str
    energy: FloatArray
    months: list[MonthHeadroom]


def zone_outlook(network: Network, zone: str, utility: Utility, past: Past, plans: Plans) -> ZoneOutlook:
    """Put a zone's outlook together.

    Raises:
        CannotForecastError: less than a year of whole months is known, or the zone has no capacity of that utility.

    """
    first, mean, peak = monthly(past, network.zones[zone].timezone)
    means, peaks = months_ahead(mean), peaks_ahead(mean, peak)
    power = utility is Utility.POWER
    per_unit = 1 / plans.power_factor if power else 1.0
    in_capacity = Months(peaks.point * per_unit, peaks.spread)
    over_mean = float((peak[-12:] / mean[-12:]).mean())  # m3/day are a mean; the peak hour draws as much more as the zone's own
    asked = [one for one in plans.applications if one.zone == zone]
    arrivals = [Step(one.mw * per_unit if power else one.m3_day / 24 * over_mean, one.start, one.probability) for one in asked]
    coming = [one for one in plans.projects if zone_of(network, one.asset) == zone]
    more = [Step(one.mva if power else one.m3_day / 24, one.start) for one in coming]
    months = months_from(first, len(peaks.point))
    hours = np.array([pd.Timestamp(month).days_in_month * 24.0 for month in months])
    firm = _firm(network, zone, utility, months)
    return ZoneOutlook(zone, means.quantiles() * hours[:, None], headroom(first, in_capacity, firm, arrivals, more))


def monthly(past: Past, timezone: str) -> tuple[date, FloatArray, FloatArray]:
    """First month after the last whole one, mean and peak of the local months up to it; months with holes are NaN.

    Raises:
        CannotForecastError: no month is whole.

    """
    local = pd.DatetimeIndex(pd.to_datetime(past.start_ms, unit="ms", utc=True)).tz_convert(timezone).tz_localize(None)
    by_month = pd.Series(past.value, index=local).groupby(local.to_period("M"))
    table = pd.DataFrame({"mean": by_month.mean(), "peak": by_month.max(), "count": by_month.count()})
    if len(table):
        table = table.reindex(pd.period_range(table.index[0], table.index[-1], freq="M"))
    whole = table["count"] >= _WHOLE * pd.PeriodIndex(table.index, freq="M").days_in_month * 86_400 / past.step_s
    if not whole.any():
        message = "no whole month in the history"
        raise CannotForecastError(message)
    table = table.where(whole).loc[: whole[whole].index[-1]]
    following = table.index[-1] + 1
    return date(following.year, following.month, 1), table["mean"].to_numpy(np.float64), table["peak"].to_numpy(np.float64)


def _firm(network: Network, zone: str, utility: Utility, months: Sequence[date]) -> FloatArray:
    """Limit of the zone on the first of each month, in the unit of capacity."""
    timezone = network.zones[zone].timezone
    try:
        limits = [capacity(network, zone, utility, day_start_ms(month, timezone) + SECOND_MS).limit for month in months]
    except NoCapacityError as error:
        raise CannotForecastError(str(error)) from error
    return np.array(limits)
