"""`mainsight key`: makes, lists and revokes the API keys by which programs and people change state."""

import argparse
import asyncio
import getpass
import sys
from dataclasses import replace
from pathlib import Path

from api.access.callers import ROLES
from api.access.keys import make_key
from mainsight.app.clock import now_ms
from mainsight.app.settings import load_settings_or_exit
from mainsight.core.zonetime import DAY_S, SECOND_MS, rfc3339
from mainsight.store.settings import StoreSettings
from mainsight.store.sql.state import SqlState
from mainsight.store.state_port import ApiKey, AuditEntry


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    parser.add_argument("--settings", type=Path, metavar="FILE", help="settings file; the environment overrides it")
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    make = actions.add_parser("make", help="make a key and print it, this once")
    make.add_argument("name", help="who it is for; shown beside what is done with it")
    make.add_argument("--role", choices=ROLES, default="operator", help="what it may do (default %(default)s)")
    make.add_argument("--zone", action="append", default=[], metavar="ZONE", help="only there; may be given several times (default: all)")
    make.add_argument("--days", type=int, metavar="N", help="days until it expires (default: never)")
    make.add_argument("--env", metavar="NAME", help="print NAME=key, as a line of an environment file")
    actions.add_parser("list", help="list keys")
    revoke = actions.add_parser("revoke", help="make a key useless")
    revoke.add_argument("id", help="the key's id, as `list` shows it")


def run(args: argparse.Namespace) -> int:
    """Do what was asked."""
    settings = load_settings_or_exit(args.settings)
    return asyncio.run(_run(args, settings.store))


async def _run(args: argparse.Namespace, settings: StoreSettings) -> int:
    state = await SqlState.open(settings)
    try:
        match args.action:
            case "make":
                return await _make(state, args)
            case "revoke":
                return await _revoke(state, args.id)
            case _:
                return await _list(state)
    finally:
        await state.close()


async def _make(state: SqlState, args: argparse.Namespace) -> int:
    now = now_ms()
    expires = None if args.days is None else now + args.days * DAY_S * SECOND_MS
    text, key = make_key(args.name, args.role, now, expires, args.zone)
    await state.save_key(key)
    await _note(state, "make-key", key)
    print(text if args.env is None else f"{args.env}={text}")
    print(f"{key.role} key {key.id} for {key.name}; it is not shown again", file=sys.stderr)
    return 0


async def _revoke(state: SqlState, key_id: str) -> int:
    found = next((key for key in await state.keys() if key.id == key_id), None)
    if found is None:
        print(f"there is no key {key_id!r}; `mainsight key list` shows them", file=sys.stderr)
        return 1
    await state.save_key(replace(found, revoked=True))
    await _note(state, "revoke-key", found)
    return 0


async def _note(state: SqlState, action: str, key: ApiKey) -> None:
    await state.audit(AuditEntry(now_ms(), getpass.getuser(), action, f"key/{key.id}", after=key.name, origin="command line"))


async def _list(state: SqlState) -> int:
    for key in await state.keys():
        ends = "revoked" if key.revoked else f"until {rfc3339(key.expires_ms)}" if key.expires_ms else "no end"
        where = f" ({', '.join(key.zones)})" if key.zones else ""
        print(f"{key.id}  {key.role:<13}  {ends:<28}  {key.name}{where}")
    return 0
