"""`mainsight import`: load profiles, bills, and what `mainsight export` wrote, into the store. The same file again stores nothing new."""

import argparse
import asyncio
import csv
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable
from pathlib import Path

from mainsight.app.clock import now_ms
from mainsight.app.exchange import reading as exchange
from mainsight.app.settings import load_settings_or_exit
from mainsight.app.stores import open_store
from mainsight.core.factors import Factors
from mainsight.core.network import Network
from mainsight.core.readings import Reading, Series
from mainsight.core.zonetime import rfc3339
from mainsight.metering.bills import Bill, known_bills, merge, register_readings
from mainsight.metering.csv_fields import LineError
from mainsight.metering.csv_import import Options, Parsed, Problem, Stamping, parse
from mainsight.registry.reading import RegistryError, load_network
from mainsight.store.metering_port import entered_factors
from mainsight.store.port import StoreError, TimeSeriesStore
from mainsight.store.refusal import LATEST_MS
from mainsight.store.settings import StoreSettings
from mainsight.store.sql import SqlState

_BATCH = 20_000


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    parser.add_argument(
        "file",
        type=Path,
        nargs="+",
        help="CSV: time and a column a meter, or meter,quantity,time,value, or meter,from,to,kwh; "
        "or .csv, .parquet or .lp as `mainsight export` writes them",
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
    """Store what is good in the files; 1 when lines were kept out or nothing could be stored.

    Profiles and bills are read whole before anything is stored; exported files of any length pass through a batch at a time.
    """
    settings = load_settings_or_exit(args.settings)
    if args.interval <= 0:
        print(f"mainsight import: --interval {args.interval} is not a number of minutes above 0", file=sys.stderr)
        return 2
    try:
        network = load_network(settings.registry)
        options = Options(
            timezone=args.timezone or settings.store.timezone,
            arrival_ms=now_ms(),
            quantity=args.quantity,
            unit=args.unit,
            interval_s=args.interval * 60,
            stamping=args.stamped,
            applied=asyncio.run(_factors(network, settings.store)) if args.primary else None,
            last_day_included=args.last_day_included,
        )
        exported = [path for path in args.file if exchange.is_exchange(path)]
        files = {path: _parsed(path, network, options) for path in args.file if path not in exported}
        return asyncio.run(_store_all(files, exported, network, settings.store, options.arrival_ms))
    except (LineError, RegistryError, StoreError, OSError, UnicodeDecodeError, csv.Error) as error:
        print(f"mainsight import: {error}", file=sys.stderr)
        return 1


async def _factors(network: Network, settings: StoreSettings) -> Factors:
    """Ratios of the registry and those that people entered."""
    factors = Factors(network)
    state = await SqlState.open(settings)
    try:
        factors.enter(entered_factors(await state.meter_changes()))
    finally:
        await state.close()
    return factors


def _parsed(path: Path, network: Network, options: Options) -> Parsed:
    with path.open(encoding="utf-8", newline="") as file:
        return parse(file, network.meters.values(), options)


async def _store_all(files: dict[Path, Parsed], exported: list[Path], network: Network, settings: StoreSettings, arrival_ms: int) -> int:
    store = await open_store(settings, network, now_ms)
    kept_out = 0
    try:
        for path, parsed in files.items():
            billed, refused = await _billed(store, parsed.bills, arrival_ms)
            problems = sorted(parsed.problems + refused, key=lambda problem: problem.line)
            kept_out += await _store(store, path, [*parsed.readings, *billed, *problems])
        for path in exported:
            kept_out += await _store(store, path, exchange.readings(path, network.meters))
    finally:
        await store.close()
    return 1 if kept_out else 0


async def _store(store: TimeSeriesStore, path: Path, found: Iterable[Reading | Problem]) -> int:
    """Store readings a batch at a time and tell of lines that were kept out; the number of these."""
    counts: Counter[str] = Counter()
    batch: list[Reading] = []
    for one in found:
        if isinstance(one, Problem):
            print(f"{path}:{one.line}: {one.reason}", file=sys.stderr)
            counts["kept out"] += 1
            continue
        batch.append(one)
        if len(batch) == _BATCH:
            counts += await _write(store, path, batch)
            batch = []
    counts += await _write(store, path, batch)
    told = f"{counts['stored']:,} new, {counts['duplicates']:,} there already, {counts['replaced']:,} replaced"
    print(f"{path}: {counts['readings']:,} readings: {told}; {counts['kept out']:,} lines kept out")
    return counts["kept out"]


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


async def _write(store: TimeSeriesStore, path: Path, batch: list[Reading]) -> Counter[str]:
    result = await store.write(batch)
    for poison in result.poison:
        one = poison.reading
        print(
            f"{path}: {one.meter} {one.quantity} at {rfc3339(one.time_ms)}: {poison.reason}",
            file=sys.stderr,
        )
    told = {"stored": result.stored, "duplicates": result.duplicates, "replaced": result.replaced, "kept out": len(result.poison)}
    return Counter(told | {"readings": len(batch)})
