"""`mainsight export`: raw readings into CSV, Parquet or line protocol, which `mainsight import` takes back as they were."""

import argparse
import asyncio
import sys
from collections.abc import Sequence
from pathlib import Path

from mainsight.app.clock import now_ms
from mainsight.app.exchange.writing import WRITERS, pieces, writing
from mainsight.app.settings import load_settings_or_exit
from mainsight.app.stores import open_store
from mainsight.core.network import Network
from mainsight.core.zonetime import DAY_S, SECOND_MS
from mainsight.metering.csv_fields import LineError, instant, to_canonical
from mainsight.registry.reading import RegistryError, load_network
from mainsight.store.lock import HeldError
from mainsight.store.port import StoreError
from mainsight.store.settings import StoreSettings


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    parser.add_argument("file", type=Path, help="file to write: its name ends with .csv, .parquet or .lp (line protocol)")
    parser.add_argument("--settings", type=Path, metavar="FILE", help="settings file; the environment overrides it")
    parser.add_argument("--meter", action="append", metavar="ID", help="a meter, may be given several times (default: all)")
    parser.add_argument("--quantity", action="append", metavar="NAME", help="a quantity, may be given several times (default: all)")
    parser.add_argument(
        "--from", dest="start", required=True, metavar="TIME", help="first instant, such as 2026-07-01, in the store's zone"
    )
    parser.add_argument("--to", dest="end", metavar="TIME", help="end, itself left out (default: a day from now)")


def run(args: argparse.Namespace) -> int:
    """Write the file; 1 when it cannot be done."""
    settings = load_settings_or_exit(args.settings)
    if args.file.suffix not in WRITERS:
        print(f"mainsight export: {args.file}: the name must end with {', '.join(WRITERS)}", file=sys.stderr)
        return 2
    try:
        zone = settings.store.timezone
        end_ms = now_ms() + DAY_S * SECOND_MS if args.end is None else instant(args.end, zone)
        span = instant(args.start, zone), end_ms
        rows = asyncio.run(_export(settings.store, load_network(settings.registry), args.file, (args.meter, args.quantity), span))
    except HeldError as error:
        print(f"mainsight export: {error}; a running system gives the same over GET /api/v1/exports/readings?step=raw", file=sys.stderr)
        return 1
    except (LineError, RegistryError, StoreError, OSError) as error:
        print(f"mainsight export: {error}", file=sys.stderr)
        return 1
    print(f"{args.file}: {rows:,} readings")
    return 0


async def _export(
    settings: StoreSettings, network: Network, path: Path, wanted: tuple[Sequence[str] | None, Sequence[str] | None], span: tuple[int, int]
) -> int:
    store = await open_store(settings, network, now_ms)
    meters, quantities = wanted
    rows = 0
    try:
        last = await store.last()
        for name in quantities or ():
            to_canonical(name, "", 0)
        if unknown := sorted(set(meters or ()) - network.meters.keys() - {one.meter for one in last}):
            raise LineError(f"meter {', '.join(unknown)} is neither in the registry nor in the store (--meter)")
        series = [one for one in sorted(last) if one.meter in (meters or (one.meter,)) and one.quantity in (quantities or (one.quantity,))]
        with writing(path) as write:
            async for one, raw in pieces(store, series, *span):
                await asyncio.to_thread(write, one, raw)
                rows += len(raw.time_ms)
    finally:
        await store.close()
    return rows
