"""`mainsight import`: load profiles and bills from CSV into the embedded store. The same file again stores nothing new."""

import argparse
import asyncio
import csv
import sys
from collections import Counter, defaultdict
from pathlib import Path

from mainsight.app.clock import now_ms
from mainsight.app.settings import load_settings_or_exit
from mainsight.app.stores import open_store
from mainsight.core.network import Network
from mainsight.core.readings import Reading, Series
from mainsight.metering.bills import Bill, known_bills, merge, register_readings
from mainsight.metering.csv_import import Options, Parsed, Problem, Stamping, parse
from mainsight.registry.reading import RegistryError, load_network
from mainsight.store.port import StoreError, TimeSeriesStore
from mainsight.store.refusal import LATEST_MS
from mainsight.store.settings import StoreSettings

_BATCH = 20_000


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    parser.add_argument(
        "file", type=Path, nargs="+", help="CSV: time and a column a meter, or meter,quantity,time,value, or meter,from,to,kwh"
    )
    parser.add_argument("--settings", type=Path, metavar="FILE", help="settings file; the environment overrides it")
    parser.add_argument("--quantity", default="", help="what a file with a column a meter measures, such as power")
    parser.add_argument("--unit", default="", help="unit of the values (default: the quantity's own); kWh of power is an interval's energy")
    parser.add_argument("--timezone", help="zone of times without an offset (default: the store's)")
    parser.add_argument("--interval", type=int, default=15, metavar="MINUTES", help="length of a profile's intervals (default %(default)s)")
    parser.add_argument(
        "--stamped", type=Stamping, choices=list(Stamping), default=Stamping.START, help="which end of its interval a time is"
    )
    parser.add_argument("--primary", action="store_true", help="values have the CT/VT ratio applied already")
    parser.add_argument("--last-day-included", action="store_true", help="a bill's `to` is its last day, not the day after")


def run(args: argparse.Namespace) -> int:
    """Read the files whole, then store what is good in them; 1 when lines were kept out or nothing could be stored."""
    settings = load_settings_or_exit(args.settings)
    if args.interval <= 0:
        print(f"mainsight import: --interval {args.interval} is not a number of minutes above 0", file=sys.stderr)
        return 2
    options = Options(
        timezone=args.timezone or settings.store.timezone,
        arrival_ms=now_ms(),
        quantity=args.quantity,
        unit=args.unit,
        interval_s=args.interval * 60,
        stamping=args.stamped,
        primary=args.primary,
        last_day_included=args.last_day_included,
    )
    try:
        network = load_network(settings.registry)
        files = {path: _parsed(path, network, options) for path in args.file}
        return asyncio.run(_store_all(files, network, settings.store, options.arrival_ms))
    except (RegistryError, StoreError, OSError, UnicodeDecodeError, csv.Error) as error:
        print(f"mainsight import: {error}", file=sys.stderr)
        return 1


def _parsed(path: Path, network: Network, options: Options) -> Parsed:
    with path.open(encoding="utf-8", newline="") as file:
        return parse(file, network.meters.values(), options)


async def _store_all(files: dict[Path, Parsed], network: Network, settings: StoreSettings, arrival_ms: int) -> int:
    store = await open_store(settings, network, now_ms)
    clean = True
    try:
        for path, parsed in files.items():
            billed, refused = await _billed(store, parsed.bills, arrival_ms)
            counts = await _write(store, parsed.readings + billed)
            problems = sorted(parsed.problems + refused, key=lambda problem: problem.line)
            clean = clean and not problems
            for problem in problems:
                print(f"{path}:{problem.line}: {problem.reason}", file=sys.stderr)
            told = f"{counts['stored']:,} new, {counts['duplicates']:,} there already, {counts['replaced']:,} replaced"
            print(f"{path}: {len(parsed.readings) + len(billed):,} readings: {told}; {len(problems)} lines kept out")
    finally:
        await store.close()
    return 0 if clean else 1


async def _billed(store: TimeSeriesStore, bills: list[Bill], arrival_ms: int) -> tuple[list[Reading], list[Problem]]:
    """Readings that bills stand for, together with those there already, and the bills that contradict others."""
    by_series: dict[Series, list[Bill]] = defaultdict(list)
    for bill in bills:
        by_series[bill.series].append(bill)
    readings, problems = [], []
    for series, new in by_series.items():
        known = known_bills(series, await store.raw(series, 0, LATEST_MS))
        merged, refused = merge(known, new)
        readings += register_readings(merged, arrival_ms)
        problems += [Problem(bill.line, f"its days overlap another bill of meter {series.meter}") for bill in refused]
    return readings, problems


async def _write(store: TimeSeriesStore, readings: list[Reading]) -> Counter[str]:
    counts: Counter[str] = Counter()
    for first in range(0, len(readings), _BATCH):
        result = await store.write(readings[first : first + _BATCH])
        counts.update(stored=result.stored, duplicates=result.duplicates, replaced=result.replaced)
    return counts
