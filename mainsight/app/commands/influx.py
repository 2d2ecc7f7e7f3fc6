"""`mainsight influx init`: makes database or bucket, retention and least-rights credentials on an InfluxDB server.

An administrator's credentials come from the environment, for this once: INFLUX_ADMIN_TOKEN (2.x) or INFLUX_ADMIN_USER and
INFLUX_ADMIN_PASSWORD (1.x). They are not kept.
"""

import argparse
import asyncio
import os
import sys
from collections.abc import Mapping
from pathlib import Path

from pydantic import SecretStr

from mainsight.app.settings import PREFIX, load_settings_or_exit
from mainsight.store.influx.admin import Outcome, accounts, set_up_1, set_up_2
from mainsight.store.influx.connection import Connection
from mainsight.store.port import StoreError
from mainsight.store.settings import InfluxSettings

_TOKEN, _USER, _PASSWORD = "INFLUX_ADMIN_TOKEN", "INFLUX_ADMIN_USER", "INFLUX_ADMIN_PASSWORD"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    init = actions.add_parser(
        "init",
        help="set a server up; may be run again",
        description="Makes what mainsight needs on the server of store.influx: database or bucket, retention, credentials for the system "
        f"(read, write) and for Grafana (read). An administrator's come from {_TOKEN} (2.x) or {_USER} and {_PASSWORD} (1.x).",
    )
    init.add_argument("--settings", type=Path, metavar="FILE", help="settings file; the environment overrides it")
    init.add_argument(
        "--retention-days",
        type=int,
        default=0,
        metavar="N",
        help="have the server drop everything after so many days (default 0: never); by level: store.retention",
    )
    init.add_argument("--rotate", action="store_true", help="new passwords or tokens for accounts that are there already")
    init.add_argument(
        "--env", type=Path, metavar="FILE", help="write new credentials here as environment variables instead of printing them"
    )


def run(args: argparse.Namespace) -> int:
    """Do what was asked."""
    settings = load_settings_or_exit(args.settings).store.influx
    try:
        outcome = asyncio.run(_init(settings, os.environ, args.retention_days, rotate=args.rotate))
    except StoreError as error:
        print(error, file=sys.stderr)
        return 1
    for line in outcome.done:
        print(line, file=sys.stderr)
    _hand_over(outcome, settings, args.env)
    return 0


async def _init(settings: InfluxSettings, environ: Mapping[str, str], retention_days: int, *, rotate: bool) -> Outcome:
    token, user, password = (environ.get(name) for name in (_TOKEN, _USER, _PASSWORD))
    if token is None and user is None:
        raise StoreError(f"an administrator's credentials are wanted: set {_TOKEN} (2.x), or {_USER} and {_PASSWORD} (1.x)")
    secret = None if token is None else SecretStr(token)
    as_admin = settings.model_copy(update={"token": secret, "user": user, "password": SecretStr(password or "")})
    connection = await Connection.open(as_admin)
    try:
        if connection.major == 1:
            return await set_up_1(connection, retention_days, rotate=rotate)
        if connection.major == 2:
            return await asyncio.to_thread(set_up_2, settings, token or "", retention_days, rotate=rotate)
    finally:
        await connection.close()
    raise StoreError(
        f"{connection.where} is version {connection.version}, which makes databases and tokens by its own command: "
        f"influxdb3 create database {settings.database}; influxdb3 create token"
    )


def _hand_over(outcome: Outcome, settings: InfluxSettings, file: Path | None) -> None:
    """Give new secrets as variables: the system's under the names its settings have, Grafana's under names of their own."""
    lines = []
    for account, prefix in zip(accounts(settings.database), (f"{PREFIX}STORE__INFLUX__", "GRAFANA_INFLUX_"), strict=True):
        if account.name in outcome.passwords:
            lines += [f"{prefix}USER={account.name}", f"{prefix}PASSWORD={outcome.passwords[account.name]}"]
        if account.name in outcome.tokens:
            lines.append(f"{prefix}TOKEN={outcome.tokens[account.name]}")
    if not lines:
        return
    if file is None:
        print("\n".join(lines))
        return
    file.touch(mode=0o600)
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print(f"new credentials are in {file}", file=sys.stderr)
