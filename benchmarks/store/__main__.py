"""Stores: a year of a province in the embedded one, and DuckDB, InfluxDB 1.6 and SQLite side by side at a size all bear.

    python -m benchmarks.store year [--meters 1000] [--days 365] [--memory-mb 1024] [--folder DIR]
        10000 meters: 350 M readings, 2.3 GB of disk
    python -m benchmarks.store three [--series 1000] [--days 42]

docs/benchmarks/store.md has results.
"""

import argparse
import asyncio
import os
import platform
import tempfile
import time
from pathlib import Path

from benchmarks.store import three, year
from benchmarks.store.report import Report
from mainsight.store.settings import StoreSettings


def main() -> None:
    """Read the arguments and run."""
    parser = argparse.ArgumentParser(prog="benchmarks.store", description=(__doc__ or "").partition("\n")[0])
    kinds = parser.add_subparsers(dest="kind", required=True)
    of_year = kinds.add_parser("year", help="the embedded store with a year of a province")
    of_year.add_argument("--meters", type=int, default=1000, help="a series each, by 15 minutes (default %(default)s)")
    of_year.add_argument("--days", type=int, default=365)
    of_year.add_argument("--memory-mb", type=int, default=1024, help="store.memory_mb (default %(default)s)")
    of_year.add_argument("--folder", type=Path, help="where files are made and left; a year that is there already is used as it is")
    of_three = kinds.add_parser("three", help="the three stores side by side")
    three.arguments(of_three)
    args = parser.parse_args()
    print(f"{platform.platform()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    if args.kind == "three":
        asyncio.run(three.run(args))
        return
    if args.folder:
        _year(args, args.folder)
        return
    with tempfile.TemporaryDirectory() as folder:
        _year(args, Path(folder))


def _year(args: argparse.Namespace, folder: Path) -> None:
    settings = StoreSettings(readings=folder / "readings.duckdb", memory_mb=args.memory_mb)
    report, started = Report(), time.perf_counter()
    if not settings.readings.exists():
        folder.mkdir(parents=True, exist_ok=True)
        year.generate(settings, args.meters, args.days)
        report.fact("history laid down", f"{time.perf_counter() - started:.0f} s")
    year.sizes(settings, args.meters * args.days * 96, report)
    asyncio.run(year.ask(settings, args.meters, args.days, report))


if __name__ == "__main__":
    main()
