"""`mainsight collect | forecast | alarms | api`: one role of the system as a process of its own, on InfluxDB and one broker."""

import argparse
from importlib import import_module
from pathlib import Path

from mainsight.app.clock import now_ms
from mainsight.app.failures import told
from mainsight.app.logs import log_by
from mainsight.app.parts import common
from mainsight.app.roles.process import refuse_embedded
from mainsight.app.settings import load_settings_or_exit
from mainsight.app.signals import run_until_signal


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    parser.add_argument("--settings", type=Path, metavar="FILE", help="settings file (YAML); MAINSIGHT__... variables override it")


def run(args: argparse.Namespace) -> int:
    """Run the role until interrupted."""
    settings = load_settings_or_exit(args.settings)
    log_by(settings.log)
    with told():
        refuse_embedded(settings, args.verb)
        role = import_module(f"mainsight.app.roles.{args.verb}")
        run_until_signal(role.run(settings, common.network(settings), now_ms))
    return 0
