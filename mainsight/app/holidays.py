"""Public holidays for the simulated province, out of the calendar that forecasts use."""

from datetime import date, timedelta

from forecast.calendar import Calendar
from mainsight.core.network import Network

_TET_DAYS = 7
"""Holidays within this many days of the lunar new year belong to it."""


def kinds_of_holidays(network: Network, first: date, last: date) -> dict[date, str]:
    """Public holidays by date, `tet` or `holiday`: those of the first zone's country, which the province shares."""
    zone = next(iter(network.zones.values()))
    count = (last - first).days + 1
    facts = Calendar(zone.timezone, zone.country).facts(first, count)
    return {
        first + timedelta(days=n): "tet" if abs(int(facts.lunar[n])) <= _TET_DAYS else "holiday" for n in range(count) if facts.holiday[n]
    }
