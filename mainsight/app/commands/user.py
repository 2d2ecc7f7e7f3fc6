"""`mainsight user`: adds and lists people who sign in, and gives them one-time passwords."""

import argparse
import asyncio
import getpass
import sys
from dataclasses import replace
from pathlib import Path

from api.access.callers import EVERYWHERE, ROLES
from api.access.passwords import hashed, one_time_password
from mainsight.app.clock import now_ms
from mainsight.app.settings import Settings, load_settings_or_exit
from mainsight.registry.reading import load_network
from mainsight.store.people_port import User
from mainsight.store.settings import StoreSettings
from mainsight.store.sql.state import SqlState
from mainsight.store.state_port import AuditEntry


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    parser.add_argument("--settings", type=Path, metavar="FILE", help="settings file; the environment overrides it")
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    add = actions.add_parser("add", help="add somebody and print a password for one use, this once")
    add.add_argument("name", type=str.lower, help="what is typed to sign in")
    add.add_argument("--full-name", default="", metavar="TEXT", help="what is shown beside what they do")
    add.add_argument(
        "--role",
        action="append",
        type=_role,
        metavar="ROLE[:ZONE]",
        help=f"{', '.join(ROLES)}; without a zone in all of them; may be given several times (default viewer)",
    )
    actions.add_parser("list", help="list people and their roles")
    for action, text in (
        ("password", "print a new password for one use, this once; sessions end"),
        ("disable", "let somebody in no more; sessions end"),
        ("enable", "let somebody in again"),
    ):
        actions.add_parser(action, help=text).add_argument("name", type=str.lower, help="as `list` shows it")


def _role(text: str) -> tuple[str, str]:
    role, _, zone = text.partition(":")
    if role not in ROLES:
        raise argparse.ArgumentTypeError(f"there is no role {role!r}; there are {', '.join(ROLES)}")
    return zone or EVERYWHERE, role


def run(args: argparse.Namespace) -> int:
    """Do what was asked."""
    settings = load_settings_or_exit(args.settings)
    if wrong := _unknown_zones(args, settings):
        print(f"there is no zone {', '.join(wrong)} in {settings.registry}", file=sys.stderr)
        raise SystemExit(2)
    return asyncio.run(_run(args, settings.store))


def _unknown_zones(args: argparse.Namespace, settings: Settings) -> list[str]:
    asked = {zone for zone, _ in getattr(args, "role", None) or ()} - {EVERYWHERE}
    return sorted(asked - set(load_network(settings.registry).zones)) if asked else []


async def _run(args: argparse.Namespace, settings: StoreSettings) -> int:
    state = await SqlState.open(settings)
    try:
        if args.action == "list":
            return await _list(state)
        found = await state.user(args.name)
        if args.action == "add":
            return await _add(state, args, found)
        if found is None:
            print(f"there is no user {args.name!r}; `mainsight user list` shows them", file=sys.stderr)
            return 1
        if args.action == "password":
            return await _give_password(state, found, "reset-password")
        await _save(state, replace(found, disabled=args.action == "disable"), f"{args.action}-user")
        return 0
    finally:
        await state.close()


async def _add(state: SqlState, args: argparse.Namespace, found: User | None) -> int:
    if found is not None:
        print(f"there is a user {args.name!r} already; `mainsight user password {args.name}` gives a new password", file=sys.stderr)
        return 1
    roles = dict(args.role or [(EVERYWHERE, "viewer")])
    return await _give_password(state, User(args.name, args.full_name, roles, "", now_ms()), "add-user")


async def _give_password(state: SqlState, user: User, action: str) -> int:
    password = one_time_password()
    await _save(state, replace(user, password_hash=hashed(password), must_change=True), action)
    await state.clear_failures((user.name,))
    print(password)
    print(f"password of {user.name}, for one use: another is chosen when signing in; it is not shown again", file=sys.stderr)
    return 0


async def _save(state: SqlState, user: User, action: str) -> None:
    """Keep somebody changed: sessions of before end, and the trail says who did it."""
    await state.save_user(user)
    await state.end_sessions(user.name)
    await state.audit(AuditEntry(now_ms(), getpass.getuser(), action, f"user/{user.name}", origin="command line"))


async def _list(state: SqlState) -> int:
    for user in await state.users():
        roles = ", ".join(role if zone == EVERYWHERE else f"{role}:{zone}" for zone, role in user.roles.items())
        note = "disabled" if user.disabled else "one-time password" if user.must_change else ""
        print(f"{user.name:<20}  {note:<17}  {roles}" + (f"  ({user.full_name})" if user.full_name else ""))
    return 0
