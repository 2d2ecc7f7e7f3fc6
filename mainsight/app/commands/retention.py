"""`mainsight retention`: what is older than the settings keep it. A running system takes it away by itself, once a day."""

import argparse
import asyncio
import sys
from collections.abc import Sequence
from contextlib import AsyncExitStack
from pathlib import Path

from mainsight.app.backups.keeper import ROLE
from mainsight.app.clock import now_ms
from mainsight.app.parts import common
from mainsight.app.roles.process import alone
from mainsight.app.settings import Settings, load_settings_or_exit
from mainsight.core.zonetime import SECOND_MS, rfc3339
from mainsight.registry.problems import ProblemsError
from mainsight.registry.reading import RegistryError
from mainsight.store.asking import NotAnsweredError, answer_of
from mainsight.store.lock import HeldError
from mainsight.store.port import StoreError
from mainsight.store.request_port import Request
from mainsight.store.retention import Due, Retention
from mainsight.store.sql.state import SqlState


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    parser.add_argument("--settings", type=Path, metavar="FILE", help="settings file; the environment overrides it")
    parser.add_argument("--apply", action="store_true", help="take it away now, for ever (without it: only say what would go)")
    parser.add_argument(
        "--wait", type=float, default=600, metavar="SECONDS", help="how long a running system may take to count (default %(default)s)"
    )


def run(args: argparse.Namespace) -> int:
    """Say what goes, and with --apply take it away; 1 when it cannot be done."""
    settings = load_settings_or_exit(args.settings)
    try:
        due = asyncio.run(_here(settings, apply=args.apply))
    except HeldError as error:
        if args.apply:
            print(f"mainsight retention: {error}; a running system takes it away by itself, once a day", file=sys.stderr)
            return 1
        return _ask(settings, args.wait)
    except (StoreError, RegistryError, ProblemsError, OSError) as error:
        print(f"mainsight retention: {error}", file=sys.stderr)
        return 1
    _show(due, "gone" if args.apply else "would go")
    return 0


async def _here(settings: Settings, *, apply: bool) -> list[Due]:
    async with AsyncExitStack() as stack:
        if apply and settings.store.engine != "duckdb":
            alone(settings, "collect", stack)  # whoever stores readings must not do so between a look and a deletion
        store, state = await common.stores(settings, common.network(settings), now_ms, stack)
        retention: Retention = common.retention(settings, store, state, now_ms)
        due = await retention.due()
        if apply:
            await retention.turn()
        return due


def _ask(settings: Settings, wait_s: float) -> int:
    try:
        due = asyncio.run(_asked(settings, wait_s))
    except (StoreError, NotAnsweredError) as error:
        print(f"mainsight retention: {error}", file=sys.stderr)
        return 1
    _show(due, "would go")
    return 0


async def _asked(settings: Settings, wait_s: float) -> list[Due]:
    """What the process that has the store open says."""
    state = await SqlState.open(settings.store)
    try:
        asked_ms = now_ms()
        request = Request(ROLE, "retention", {"until_ms": asked_ms + int(wait_s * SECOND_MS)}, asked_ms)
        answer = await answer_of(state, request, wait_s)
    finally:
        await state.close()
    if not answer.done:
        raise StoreError(answer.detail["refused"])
    return [Due(**one) for one in answer.detail["due"]]


def _show(due: Sequence[Due], what: str) -> None:
    if not due:
        print("everything is kept for ever (store.retention)")
    for one in due:
        print(f"{one.level}: {one.rows:,} rows before {rfc3339(one.before_ms)} {what}")
