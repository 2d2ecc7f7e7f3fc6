"""`mainsight outlook`: twelve months of peaks and energy, and the headroom that applications and projects leave in each."""

import argparse
import sys
from pathlib import Path

from forecast.errors import DataError, ForecastError
from forecast.metrics import P10, P50, P90
from forecast.outlook.headroom import first_breach
from forecast.outlook.plans import project_assets, read_applications, read_projects
from forecast.outlook.zones import Past, Plans, ZoneOutlook, zone_outlook
from forecast.series import columns_of, read_csv
from mainsight.app.settings import load_settings_or_exit
from mainsight.core.network import Network, Utility
from mainsight.registry.reading import RegistryError, load_network


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the verb's arguments."""
    parser.add_argument("--data", required=True, type=Path, metavar="FILE", help="past demand, a column a zone id: MW, or m3/h of water")
    parser.add_argument("--time-column", default="time", metavar="T", help="column of interval starts (default %(default)s)")
    parser.add_argument("--utility", type=Utility, choices=list(Utility), default=Utility.POWER, help="default %(default)s")
    parser.add_argument("--applications", type=Path, metavar="FILE", help="CSV: zone, MW, m3/day, date, probability")
    parser.add_argument("--projects", type=Path, metavar="FILE", help="CSV: asset, MVA, m3/day, date")
    parser.add_argument("--power-factor", type=float, metavar="PF", help="to turn MW into MVA (default: the registry's)")
    parser.add_argument("--settings", type=Path, metavar="FILE", help="settings file; its registry gives zones and capacities")


def run(args: argparse.Namespace) -> int:
    """Print a table a zone; 2 when an input cannot be used, with one line a fault."""
    settings = load_settings_or_exit(args.settings)
    try:
        network = load_network(settings.registry)
        power_factor = network.planning_power_factor if args.power_factor is None else args.power_factor
        if not 0 < power_factor <= 1:
            message = f"--power-factor {power_factor:g} does not lie above 0 and up to 1"
            raise DataError(message)
        applications = read_applications(args.applications, network.zones) if args.applications else []
        projects = read_projects(args.projects, project_assets(network)) if args.projects else []
        plans = Plans(power_factor, applications, projects)
        found = [_zone(zone, args, network, plans) for zone in _zones(args.data, network)]
    except (ForecastError, RegistryError) as error:
        for line in str(error).splitlines():
            print(f"mainsight outlook: {line}", file=sys.stderr)
        return 2
    for one in found:
        _print(one, args.utility)
    return 0


def _zones(path: Path, network: Network) -> list[str]:
    columns = columns_of(path)
    zones = [column for column in columns if column in network.zones]
    if not zones:
        message = f"{path}: line 1: no column is a zone; there are {', '.join(network.zones)}"
        raise DataError(message)
    return zones


def _zone(zone: str, args: argparse.Namespace, network: Network, plans: Plans) -> ZoneOutlook:
    timezone = network.zones[zone].timezone
    series = read_csv(args.data, time_column=args.time_column, target=zone, temperature=None, timezone=timezone)
    try:
        return zone_outlook(network, zone, args.utility, Past(series.start_ms, series.value, series.step_s), plans)
    except ForecastError as error:
        message = f"{args.data}: column {zone}: {error}"
        raise DataError(message) from error


def _print(one: ZoneOutlook, utility: Utility) -> None:
    power = utility is Utility.POWER
    unit, energy_unit = ("MVA", "MWh") if power else ("m3/h", "m3")
    breach = first_breach(one.months)
    told = f"P90 passes firm capacity from {breach:%Y-%m} on" if breach else "P90 stays within firm capacity"
    print(f"{one.zone}, {utility.value}: {told}")
    heads = [f"energy {energy_unit}", "P10", "P90", f"peak {unit} P10", "P50", "P90", "firm", "headroom"]
    print(f"{'month':<9}" + "".join(f"{head:>14}" for head in heads))
    for month, energy in zip(one.months, one.energy, strict=True):
        cells = [energy[P50], energy[P10], energy[P90], month.p10, month.p50, month.p90, month.firm, month.headroom]
        print(f"{month.month:%Y-%m}  " + "".join(f"{cell:>14,.1f}" for cell in cells))
    print()
