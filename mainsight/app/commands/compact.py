"""`mainsight compact`: the embedded store's file written anew."""

import argparse
import sys
from pathlib import Path

from mainsight.app.settings import load_settings_or_exit
from mainsight.store.duckdb.copying import compact
from mainsight.store.port import StoreError

_MB = 1e6


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    parser.add_argument("--settings", type=Path, metavar="FILE", help="settings file; the environment overrides it")


def run(args: argparse.Namespace) -> int:
    """Compact the store and say what it gained."""
    settings = load_settings_or_exit(args.settings).store
    if settings.engine != "duckdb":
        print("mainsight compact: store.engine is influxdb, which compacts its files itself", file=sys.stderr)
        return 2
    try:
        before, after = compact(settings)
    except (StoreError, OSError) as error:
        print(f"mainsight compact: {error}", file=sys.stderr)
        return 1
    print(f"{settings.readings}: {before / _MB:.1f} MB before, {after / _MB:.1f} MB after")
    return 0
