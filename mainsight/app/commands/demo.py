"""`mainsight demo`: the sample province on this machine."""

import argparse
import logging
import os
from pathlib import Path

from rich.console import Console

from mainsight.app.broker import Broker, BrokerConfig
from mainsight.app.demo import INTERVAL_S, Demo
from mainsight.app.failures import told
from mainsight.app.inbox import Inbox
from mainsight.app.settings import PROJECT, load_settings_or_exit
from mainsight.app.signals import run_until_signal
from mainsight.core.network import with_reports
from mainsight.registry.reading import load_network


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    parser.add_argument("--seconds", type=float, metavar="N", help="end by itself N seconds after the history is in")
    parser.add_argument("--days", type=int, default=42, metavar="N", help="days of history to begin with (default %(default)s)")
    parser.add_argument("--data", type=Path, default=PROJECT / ".data" / "demo", metavar="DIR", help="where to keep everything")
    parser.add_argument("--settings", type=Path, metavar="FILE", help="settings file (YAML); MAINSIGHT__... variables override it")


def run(args: argparse.Namespace) -> int:
    """Run it until it is interrupted or its seconds are over."""
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    console = Console()
    settings = load_settings_or_exit(args.settings)
    with told():
        args.data.mkdir(parents=True, exist_ok=True)
        network = with_reports(load_network(settings.registry), INTERVAL_S)
        with (
            Inbox(lambda title, body: _show_page(console, title, body)) as inbox,
            Broker(BrokerConfig(args.data / "broker", persistence=False), os.environ) as broker,
        ):
            run_until_signal(Demo(settings, network, args.data, args.days, args.seconds, console).run(broker.port, inbox))
    return 0


def _show_page(console: Console, title: str, body: str) -> None:
    """Show an announcement as it would stand on a telephone: the body's first line says the title again."""
    _, _, rest = body.partition("\n")
    console.print(f"on-call: {title}{rest}", markup=False, highlight=False, soft_wrap=True)
