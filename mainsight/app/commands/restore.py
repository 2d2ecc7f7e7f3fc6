"""`mainsight restore`: a backup put back, and compared with what was saved."""

import argparse
import os
import sys
from pathlib import Path

from mainsight.app.backups import folder as backups
from mainsight.app.commands.backup import compared
from mainsight.app.settings import load_settings_or_exit
from mainsight.store.port import StoreError


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    parser.add_argument(
        "--settings", type=Path, metavar="FILE", help="settings file of what is to be restored; the environment overrides it"
    )
    parser.add_argument("--folder", type=Path, required=True, metavar="DIR", help="folder that `mainsight backup` made")


def run(args: argparse.Namespace) -> int:
    """Put it back and compare; 1 when it cannot be done, or something differs."""
    settings = load_settings_or_exit(args.settings)
    os.umask(0o077)
    try:
        backups.restore(settings, args.folder)
        print(f"state restored to {settings.store.state}")
        if settings.store.engine != "duckdb":
            return 0  # series come back by InfluxDB's own command, and are compared after that: `mainsight backup check`
        return compared(settings, args.folder)
    except (backups.BackupError, StoreError, OSError) as error:
        print(f"mainsight restore: {error}", file=sys.stderr)
        return 1
