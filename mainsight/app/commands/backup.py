"""`mainsight backup` and `mainsight restore`: a folder with everything, and the proof that it is whole."""

import argparse
import os
import sys
from pathlib import Path

from mainsight.app.backups import folder as backups
from mainsight.app.clock import now_ms
from mainsight.app.settings import Settings, load_settings_or_exit
from mainsight.store.port import StoreError


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    parser.add_argument("--settings", type=Path, metavar="FILE", help="settings file; the environment overrides it")
    parser.add_argument("--folder", type=Path, required=True, metavar="DIR", help="folder of this one backup")
    parser.add_argument(
        "--wait", type=float, default=3600, metavar="SECONDS", help="how long a running system may take to copy (default %(default)s)"
    )
    parser.add_argument(
        "action",
        nargs="?",
        choices=["make", "restore", "check"],
        help="make a backup; put it back; or compare what is there with it (default: as the verb says)",
    )


def run(args: argparse.Namespace) -> int:
    """Do what was asked; 1 when it cannot be done, or something differs."""
    settings = load_settings_or_exit(args.settings)
    os.umask(0o077)
    action = args.action or {"backup": "make", "restore": "restore"}[args.verb]
    try:
        if action == "make":
            return _make(settings, args.settings, args.folder, args.wait)
        if action == "restore":
            backups.restore(settings, args.folder)
            print(f"state restored to {settings.store.state}")
            if settings.store.engine != "duckdb":
                return 0  # series come back by InfluxDB's own command, and are compared after that
        found = backups.check(settings, args.folder)
    except (backups.BackupError, StoreError, OSError) as error:
        print(f"mainsight {args.verb}: {error}", file=sys.stderr)
        return 1
    print("\n".join(found) or "as saved: all counts and checksums agree")
    return 1 if found else 0


def _make(settings: Settings, file: Path | None, folder: Path, wait_s: float) -> int:
    manifest = backups.make(settings, file, folder, now_ms, wait_s)
    rows, points = (sum(manifest[part]["counts"].values()) for part in ("state", "series"))
    print(f"{folder}: {rows:,} rows of state; the manifest counts {points:,} values of time series")
    return 0
