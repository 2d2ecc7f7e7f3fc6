"""`mainsight outlook`: twelve months of peaks and energy, and the headroom that applications and projects leave in each."""

import argparse
import sys
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd

from forecast.errors import DataError, ForecastError
from forecast.outlook.headroom import MonthHeadroom, Step, first_breach, headroom
from forecast.outlook.monthly import Months, months_ahead
from forecast.outlook.plans import Application, Project, read_applications, read_projects
from forecast.series import CsvSeries, read_csv
from mainsight.app.settings import load_settings_or_exit
from mainsight.core.capacity import NoCapacityError, capacity
from mainsight.core.forecasts import QUANTILES
from mainsight.core.intervals import FloatArray
from mainsight.core.network import Network, Utility
from mainsight.core.topology import zone_of
from mainsight.core.zonetime import SECOND_MS, day_start_ms
from mainsight.registry.reading import RegistryError, load_network

_P10, _P90 = QUANTILES.index(0.10), QUANTILES.index(0.90)
_WHOLE = 0.9
"""Share of a month's intervals that must be there for it to count."""


@dataclass(frozen=True, slots=True)
class _Zone:
    """A zone's outlook: peaks in MW or m3/h, mean demand likewise, headroom in the unit of capacity."""

    id: str
    peaks: Months
    means: Months
    months: list[MonthHeadroom]


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the verb's arguments."""
    parser.add_argument("--data", required=True, type=Path, metavar="FILE", help="past demand, a column a zone id: MW, or m3/h of water")
    parser.add_argument("--time-column", default="time", metavar="T", help="column of interval starts (default %(default)s)")
    parser.add_argument("--utility", type=Utility, choices=list(Utility), default=Utility.POWER, help="default %(default)s")
    parser.add_argument("--applications", type=Path, metavar="FILE", help="CSV: zone, MW, m3/day, date, probability")
    parser.add_argument("--projects", type=Path, metavar="FILE", help="CSV: asset, MVA, m3/day, date")
    parser.add_argument("--power-factor", type=float, default=0.95, metavar="PF", help="to turn MW into MVA (default %(default)s)")
    parser.add_argument("--settings", type=Path, metavar="FILE", help="settings file; its registry gives zones and capacities")


def run(args: argparse.Namespace) -> int:
    """Print a table a zone; 2 when an input cannot be used, with one line a fault."""
    settings = load_settings_or_exit(args.settings)
    try:
        if not 0 < args.power_factor <= 1:
            message = f"--power-factor {args.power_factor:g} does not lie above 0 and up to 1"
            raise DataError(message)
        network = load_network(settings.registry)
        applications = read_applications(args.applications, network.zones) if args.applications else []
        projects = read_projects(args.projects, _assets(network)) if args.projects else []
        found = [_zone(zone, args, network, applications, projects) for zone in _zones(args.data, network)]
    except (ForecastError, RegistryError) as error:
        for line in str(error).splitlines():
            print(f"mainsight outlook: {line}", file=sys.stderr)
        return 2
    for one in found:
        _print(one, args.utility)
    return 0


def _assets(network: Network) -> list[str]:
    """Ids whose capacity a project can raise: those that belong to one zone."""
    groups = (network.zones, network.substations, network.transformers, network.feeders, network.dmas)
    return [asset for group in groups for asset in group]


def _zones(path: Path, network: Network) -> list[str]:
    try:
        columns = list(pd.read_csv(path, nrows=0).columns)
    except (OSError, ValueError) as error:
        message = f"{path}: not a readable CSV file ({error})"
        raise DataError(message) from error
    zones = [column for column in columns if column in network.zones]
    if not zones:
        message = f"{path}: line 1: no column is a zone; there are {', '.join(network.zones)}"
        raise DataError(message)
    return zones


def _zone(zone: str, args: argparse.Namespace, network: Network, applications: list[Application], projects: list[Project]) -> _Zone:
    timezone = network.zones[zone].timezone
    series = read_csv(args.data, time_column=args.time_column, target=zone, temperature=None, timezone=timezone)
    first, mean, peak = _monthly(series, timezone)
    try:
        means, peaks = months_ahead(mean), months_ahead(peak)
    except ForecastError as error:
        message = f"{args.data}: column {zone}: {error}"
        raise DataError(message) from error
    power = args.utility is Utility.POWER
    per_unit = 1 / args.power_factor if power else 1.0
    in_capacity = Months(peaks.point * per_unit, peaks.spread)
    over_mean = float((peak[-12:] / mean[-12:]).mean())  # m3/day are a mean; the peak hour draws as much more as the zone's own
    asked = [one for one in applications if one.zone == zone]
    arrivals = [Step(one.mw * per_unit if power else one.m3_day / 24 * over_mean, one.start, one.probability) for one in asked]
    more = [Step(one.mva if power else one.m3_day / 24, one.start) for one in projects if zone_of(network, one.asset) == zone]
    firm = _firm(network, zone, args.utility, first, len(peaks.point))
    return _Zone(zone, peaks, means, headroom(first, in_capacity, firm, arrivals, more))


def _monthly(series: CsvSeries, timezone: str) -> tuple[date, FloatArray, FloatArray]:
    """First month after the last whole one, mean and peak of the months up to it; months with holes are NaN."""
    local = pd.DatetimeIndex(pd.to_datetime(series.start_ms, unit="ms", utc=True)).tz_convert(timezone).tz_localize(None)
    by_month = pd.Series(series.value, index=local).groupby(local.to_period("M"))
    table = pd.DataFrame({"mean": by_month.mean(), "peak": by_month.max(), "count": by_month.count()})
    table = table.reindex(pd.period_range(table.index[0], table.index[-1], freq="M"))
    whole = table["count"] >= _WHOLE * pd.PeriodIndex(table.index).days_in_month * 86_400 / series.step_s
    if not whole.any():
        message = "no whole month in the history"
        raise DataError(message)
    table = table.where(whole).loc[: whole[whole].index[-1]]
    following = table.index[-1] + 1
    return date(following.year, following.month, 1), table["mean"].to_numpy(np.float64), table["peak"].to_numpy(np.float64)


def _firm(network: Network, zone: str, utility: Utility, first: date, count: int) -> FloatArray:
    """Limit of the zone on the first of each month, in the unit of capacity."""
    months = [date(first.year + (first.month - 1 + n) // 12, (first.month - 1 + n) % 12 + 1, 1) for n in range(count)]
    timezone = network.zones[zone].timezone
    try:
        return np.array([capacity(network, zone, utility, day_start_ms(month, timezone) + SECOND_MS).limit for month in months])
    except NoCapacityError as error:
        raise DataError(str(error)) from error


def _print(one: _Zone, utility: Utility) -> None:
    power = utility is Utility.POWER
    unit, energy_unit = ("MVA", "MWh") if power else ("m3/h", "m3")
    breach = first_breach(one.months)
    told = f"P90 passes firm capacity from {breach:%Y-%m} on" if breach else "P90 stays within firm capacity"
    print(f"{one.id}, {utility.value}: {told}")
    heads = [f"energy {energy_unit}", "P10", "P90", f"peak {unit} P10", "P50", "P90", "firm", "headroom"]
    print(f"{'month':<9}" + "".join(f"{head:>14}" for head in heads))
    energy = one.means.quantiles()
    for n, month in enumerate(one.months):
        hours = pd.Period(month.month, freq="M").days_in_month * 24
        cells = [one.means.point[n] * hours, energy[n, _P10] * hours, energy[n, _P90] * hours]
        cells += [month.p10, month.p50, month.p90, month.firm, month.headroom]
        print(f"{month.month:%Y-%m}  " + "".join(f"{cell:>14,.1f}" for cell in cells))
    print()
