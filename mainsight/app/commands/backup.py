"""`mainsight backup`: a folder with everything, and the proof that it is whole."""

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
        choices=["make", "check"],
        default="make",
        help="make: save everything into the folder; check: compare what is there now with it (default %(default)s)",
    )


def run(args: argparse.Namespace) -> int:
    """Do what was asked; 1 when it cannot be done, or something differs."""
    settings = load_settings_or_exit(args.settings)
    os.umask(0o077)
    try:
        if args.action == "check":
            return compared(settings, args.folder)
        manifest = backups.make(settings, args.settings, args.folder, now_ms, args.wait)
    except (backups.BackupError, StoreError, OSError) as error:
        print(f"mainsight backup: {error}", file=sys.stderr)
        return 1
    rows, points = (sum(manifest[part]["counts"].values()) for part in ("state", "series"))
    print(f"{args.folder}: {rows:,} rows of state; the manifest counts {points:,} values of time series")
    return 0


def compared(settings: Settings, folder: Path) -> int:
    """Compare what is there with a backup, and say what differs; 1 when something does. Raises as `backups.check` does."""
    found = backups.check(settings, folder)
    print("\n".join(found) or "as saved: all counts and checksums agree")
    return 1 if found else 0
