"""`mainsight serve`: collector, metering, forecasts, alarms and console on your broker, in one process tree."""

import argparse
import asyncio
from pathlib import Path

from mainsight.app.clock import now_ms
from mainsight.app.failures import told
from mainsight.app.first_sign_in import first_administrator
from mainsight.app.logs import log_by
from mainsight.app.parts import common
from mainsight.app.settings import Settings, load_settings_or_exit
from mainsight.app.signals import run_until_signal
from mainsight.app.supervision import run_parts
from mainsight.app.system import open_system
from mainsight.app.web import address, bind
from mainsight.core.network import Network


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    parser.add_argument("--settings", type=Path, metavar="FILE", help="settings file (YAML); MAINSIGHT__... variables override it")


def run(args: argparse.Namespace) -> int:
    """Serve until interrupted."""
    settings = load_settings_or_exit(args.settings)
    log_by(settings.log)
    with told():
        run_until_signal(_serve(settings, common.network(settings)))
    return 0


async def _serve(settings: Settings, network: Network) -> None:
    taken = bind(settings.api)
    async with open_system(settings, network, now_ms) as system:
        await first_administrator(system.state, settings.store.state.parent)
        print(f"mainsight: {address(taken, settings.api)}", flush=True)
        no_back_fill = asyncio.Event()
        no_back_fill.set()
        await run_parts(system, taken, asyncio.Event().wait(), no_back_fill)
