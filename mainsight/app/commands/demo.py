"""`mainsight demo`: the sample province on this machine."""

import argparse
import asyncio
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pydantic import SecretStr
from rich.console import Console

from mainsight.app.broker import Broker, BrokerConfig
from mainsight.app.demo import Demo, OpenHouse
from mainsight.app.failures import told
from mainsight.app.house import one_process, role_processes
from mainsight.app.inbox import Inbox
from mainsight.app.influxd import Influxd
from mainsight.app.logs import log_by
from mainsight.app.settings import PROJECT, load_settings_or_exit
from mainsight.app.signals import run_until_signal
from mainsight.store.influx.admin import set_up_1
from mainsight.store.influx.connection import Connection
from mainsight.store.settings import InfluxSettings, StoreSettings

_FOLDERS = {"duckdb": PROJECT / ".data" / "demo", "influx": PROJECT / ".data" / "demo-influx"}


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    parser.add_argument("--seconds", type=float, metavar="N", help="end by itself N seconds after the history is in")
    parser.add_argument("--days", type=int, default=42, metavar="N", help="days of history to begin with (default %(default)s)")
    parser.add_argument(
        "--store",
        choices=tuple(_FOLDERS),
        default="duckdb",
        help="duckdb: all parts in one process; influx: an InfluxDB 1.x and each role as child processes (default %(default)s)",
    )
    parser.add_argument("--data", type=Path, metavar="DIR", help="where to keep everything (default .data/demo, .data/demo-influx)")
    parser.add_argument("--settings", type=Path, metavar="FILE", help="settings file (YAML); MAINSIGHT__... variables override it")


def run(args: argparse.Namespace) -> int:
    """Run it until it is interrupted or its seconds are over."""
    console = Console()
    settings = load_settings_or_exit(args.settings)
    log_by(settings.log if "level" in settings.log.model_fields_set else settings.log.model_copy(update={"level": "warning"}))
    folder: Path = args.data or _FOLDERS[args.store]
    opened: OpenHouse = role_processes if args.store == "influx" else one_process
    with told():
        folder.mkdir(parents=True, exist_ok=True)
        with (
            Inbox(lambda title, body: _show_page(console, title, body)) as inbox,
            Broker(BrokerConfig(folder / "broker"), os.environ) as broker,
            _store(args.store, settings.store, folder) as store,
        ):
            run_until_signal(Demo(settings, store, opened, folder, args.days, args.seconds, console).run(broker.port, inbox))
    return 0


@contextmanager
def _store(name: str, given: StoreSettings, folder: Path) -> Iterator[StoreSettings]:
    """The demo's own store, in its folder."""
    state = folder / "state.sqlite"
    if name != "influx":
        yield given.model_copy(update={"engine": "duckdb", "readings": folder / "readings.duckdb", "state": state})
        return
    with Influxd(folder / "influxd") as server:
        admin = given.influx.model_copy(update={"url": server.url, "user": server.user, "password": SecretStr(server.password)})
        yield given.model_copy(update={"engine": "influxdb", "state": state, "influx": asyncio.run(_account(admin))})


async def _account(admin: InfluxSettings) -> InfluxSettings:
    """Make the database and an account with the rights the system needs; its password is new with each start."""
    connection = await Connection.open(admin)
    try:
        made = await set_up_1(connection, 0, rotate=True)
    finally:
        await connection.close()
    return admin.model_copy(update={"user": admin.database, "password": SecretStr(made.passwords[admin.database])})


def _show_page(console: Console, title: str, body: str) -> None:
    """Show an announcement as it would stand on a telephone: the body's first line says the title again."""
    _, _, rest = body.partition("\n")
    console.print(f"on-call: {title}{rest}", markup=False, highlight=False, soft_wrap=True)
