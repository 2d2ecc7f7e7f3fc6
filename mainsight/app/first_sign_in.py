"""Somebody who can sign in, made when there is nobody yet: the first administrator, and the people of a demo."""

import asyncio
import sys
from pathlib import Path
from typing import TextIO

from api.access.callers import EVERYWHERE
from api.access.passwords import hashed, one_time_password
from mainsight.app.clock import now_ms
from mainsight.store.people_port import User
from mainsight.store.settings import StoreSettings
from mainsight.store.sql.state import SqlState
from mainsight.store.state_port import StateStore

ADMINISTRATOR = "admin"
"""Name of the first one, and of a demo's."""
_DEMO = ((ADMINISTRATOR, "administrator"), ("planner", "planner"), ("operator", "operator"), ("viewer", "viewer"))


async def first_administrator(state: StateStore, folder: Path, out: TextIO = sys.stdout) -> None:
    """Make an administrator with a password for one use, if there is nobody yet.

    The password is shown on a terminal, once. Elsewhere what is printed ends in a log, so it goes into a file that only this
    user can read, and the file's name is printed.
    """
    if await state.users():
        return
    password = one_time_password()
    user = User(ADMINISTRATOR, "", {EVERYWHERE: "administrator"}, await asyncio.to_thread(hashed, password), now_ms(), must_change=True)
    if not await state.add_first_user(user):
        return
    if out.isatty():
        print(f"nobody could sign in yet: sign in as {ADMINISTRATOR} with {password}, once, and choose a password", file=out, flush=True)
        return
    file = folder / "first-sign-in.txt"
    file.touch(mode=0o600)
    file.write_text(f"{ADMINISTRATOR} {password}\n", encoding="utf-8")
    print(f"nobody could sign in yet: {file} holds name and one-time password of an administrator; remove it after", file=out, flush=True)


async def demo_people(settings: StoreSettings) -> list[tuple[str, str]]:
    """One person a role, each demo with new passwords: names and passwords, to be printed."""
    state = await SqlState.open(settings)
    try:
        made = [(name, one_time_password(), role) for name, role in _DEMO]
        for name, password, role in made:
            kept = await asyncio.to_thread(hashed, password)
            await state.save_user(User(name, f"Demo {role}", {EVERYWHERE: role}, kept, now_ms()))
            await state.end_sessions(name)
        return [(name, password) for name, password, _ in made]
    finally:
        await state.close()
