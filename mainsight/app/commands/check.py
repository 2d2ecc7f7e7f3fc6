"""`mainsight check`: read the registry and say what is wrong with it, or what is in it."""

import argparse
import sys
from pathlib import Path

from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table

from mainsight.app.settings import PROJECT
from mainsight.core.capacity import CAPACITY_UNIT, Capacity, capacity
from mainsight.core.network import KINDS, Network, Utility
from mainsight.core.zonetime import day_start_ms
from mainsight.metering.parameters import FILE, load_parameters
from mainsight.registry.problems import ProblemsError
from mainsight.registry.reading import load_network

HELP = "read the registry and say what is wrong with it, or what is in it"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the verb's arguments."""
    parser.add_argument("--registry", type=Path, default=PROJECT / "registry", metavar="DIR", help="folder that holds province.yaml")


def run(args: argparse.Namespace) -> int:
    """Print a summary; 1 and every problem when the registry cannot be used."""
    try:
        network = load_network(args.registry)
        load_parameters(args.registry / FILE)
    except ProblemsError as error:
        print(error, file=sys.stderr)
        count = len(error.problems)
        print(f"mainsight check: {count} problem{'s' if count > 1 else ''} in {args.registry}", file=sys.stderr)
        return 1
    print(f"{network.name.en} ({network.id}), as of {network.as_of}")
    print(", ".join(f"{count} {kind.replace('_', ' ')}" for kind, count in _counts(network)))
    Console().print(_capacities(network))
    return 0


def _counts(network: Network) -> list[tuple[str, int]]:
    groups = [(f"{kind}s", len(getattr(network, f"{kind}s"))) for kind in (*KINDS, "supply_order")]
    return [(kind if count != 1 else kind.removesuffix("s"), count) for kind, count in groups if count]


def _capacities(network: Network) -> Table:
    """What each zone can carry on the day of the registry."""
    table = Table(title=f"Capacity on {network.as_of}", title_justify="left", box=SIMPLE)
    table.add_column("zone", no_wrap=True)
    for utility in Utility:
        table.add_column(f"{utility}, {CAPACITY_UNIT[utility]}", justify="right")
        table.add_column("N-1", justify="right")
        table.add_column("binding", no_wrap=True)
    for zone in network.zones.values():
        at_ms = day_start_ms(network.as_of, zone.timezone)
        cells = [cell for utility in Utility for cell in _cells(capacity(network, zone.id, utility, at_ms))]
        table.add_row(zone.id, *cells)
    return table


def _cells(found: Capacity) -> tuple[str, str, str]:
    if not found.rated:
        return "-", "-", "-"
    return f"{found.rated:.1f}", "-" if found.firm is None else f"{found.firm:.1f}", found.binding
