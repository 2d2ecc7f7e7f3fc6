"""`mainsight backup` and `mainsight restore`: a folder with everything, and the proof that it is whole."""

import argparse
import os
import sys
from pathlib import Path

from mainsight.app.backups import folder as backups
from mainsight.app.clock import now_ms
from mainsight.app.settings import Settings, load_settings_or_exit
from mainsight.store.port import StoreError

_ACTIONS = {"backup": ("make", "check"), "restore": ("restore", "check")}
"""What each verb can do; the first is what it does when nothing is said."""
_HELP = {
    "backup": "make: save everything into the folder; check: compare what is there now with it (default: make)",
    "restore": "restore: put it back, then compare; check: only compare, after InfluxDB's own restore (default: restore)",
}


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `backup` or of `restore`, whichever the parser is for."""
    verb = parser.prog.split()[-1]
    parser.add_argument("--settings", type=Path, metavar="FILE", help="settings file; the environment overrides it")
    parser.add_argument("--folder", type=Path, required=True, metavar="DIR", help="folder of this one backup")
    if verb == "backup":
        parser.add_argument(
            "--wait", type=float, default=3600, metavar="SECONDS", help="how long a running system may take to copy (default %(default)s)"
        )
    parser.add_argument("action", nargs="?", choices=_ACTIONS[verb], default=_ACTIONS[verb][0], help=_HELP[verb])


def run(args: argparse.Namespace) -> int:
    """Do what was asked; 1 when it cannot be done, or something differs."""
    settings = load_settings_or_exit(args.settings)
    os.umask(0o077)
    try:
        if args.action == "make":
            return _make(settings, args.settings, args.folder, args.wait)
        if args.action == "restore":
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
