"""The SQLite file of the relational state: reopened, migrated, damaged, full."""

import asyncio
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from mainsight.store.alarm_port import AlarmRecord
from mainsight.store.port import StoreFormatError, StoreUnavailableError
from mainsight.store.settings import StoreSettings
from mainsight.store.sql import SqlState, tables
from mainsight.store.sql.database import MIGRATIONS
from mainsight.store.sql.migrating import migrations
from mainsight.store.state_port import Quarantined

pytestmark = pytest.mark.anyio


def settings(folder: Path) -> StoreSettings:
    return StoreSettings(state=folder / "state" / "state.sqlite")


async def test_what_was_saved_is_there_after_opening_again(tmp_path: Path) -> None:
    state = await SqlState.open(settings(tmp_path))
    await state.save_alarms([AlarmRecord("limit", "tr-1", data={"p": 0.2})], [], [])
    await state.quarantine([Quarantined("t", b"\x00\xff", "not_decodable", 5)])
    await state.close()
    state = await SqlState.open(settings(tmp_path))
    assert await state.alarm_records() == [AlarmRecord("limit", "tr-1", data={"p": 0.2})]
    assert [m.payload for m in await state.quarantined()] == [b"\x00\xff"]
    await state.close()


async def test_a_damaged_file_says_what_to_do(tmp_path: Path) -> None:
    state = await SqlState.open(settings(tmp_path))
    await state.quarantine([Quarantined("t", bytes(1000), "not_decodable", n) for n in range(200)])
    await state.close()
    file = settings(tmp_path).state
    whole = file.read_bytes()
    file.write_bytes(whole[: len(whole) // 2] + b"\x17" * (len(whole) // 2))
    with pytest.raises(StoreUnavailableError, match=r"malformed. The file is damaged.*restore the last backup"):
        await read_quarantine(tmp_path)


async def read_quarantine(folder: Path) -> None:
    state = await SqlState.open(settings(folder))
    try:
        await state.quarantined(limit=1000)
    finally:
        await state.close()


async def test_every_commit_is_synced_to_disk(tmp_path: Path) -> None:
    state = await SqlState.open(settings(tmp_path))
    pragmas = await state._database.run(lambda c: [c.exec_driver_sql(f"PRAGMA {p}").scalar() for p in ("journal_mode", "synchronous")])
    assert pragmas == ["wal", 2]
    await state.close()


async def test_migrations_make_the_tables_that_are_used(tmp_path: Path) -> None:
    state = await SqlState.open(settings(tmp_path))
    await state.close()
    engine = sa.create_engine(f"sqlite:///{settings(tmp_path).state}")
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), tables.metadata) == []
    engine.dispose()


def test_the_last_migration_by_name_is_the_newest() -> None:
    """By it a file is known to be up to date."""
    scripts = ScriptDirectory(str(MIGRATIONS))
    named = sorted(file.name[1:5] for file in (MIGRATIONS / "versions").glob("v*.py"))
    assert sorted(script.revision for script in scripts.walk_revisions()) == named
    assert scripts.get_heads() == [named[-1]]


async def test_a_file_that_is_up_to_date_is_opened_without_alembic(tmp_path: Path) -> None:
    """It takes 10 MB, in each process."""
    state = await SqlState.open(settings(tmp_path))
    await state.close()
    code = (
        "import asyncio, pathlib, sys\n"
        "from mainsight.store.settings import StoreSettings\nfrom mainsight.store.sql import SqlState\n"
        "async def main():\n    await (await SqlState.open(StoreSettings(state=pathlib.Path(sys.argv[1])))).close()\n"
        "asyncio.run(main())\nprint('alembic' in sys.modules)"
    )
    words = [sys.executable, "-c", code, str(settings(tmp_path).state)]
    done = await asyncio.to_thread(subprocess.run, words, capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"


async def test_an_older_file_is_migrated_and_keeps_its_rows(tmp_path: Path) -> None:
    path = settings(tmp_path).state
    path.parent.mkdir()
    engine = sa.create_engine(f"sqlite:///{path}")
    with engine.begin() as connection:
        command.upgrade(migrations(connection), "0001")
        row = {"topic": "t", "payload": b"x", "size": 1, "reason": "stale", "arrival_ms": 5, "device": "", "detail": ""}
        connection.execute(sa.insert(tables.quarantine), row)
    engine.dispose()
    state = await SqlState.open(settings(tmp_path))
    assert [m.reason for m in await state.quarantined()] == ["stale"]
    assert await state.quarantine_dropped() == 0
    await state.close()


async def test_a_later_file_is_refused_and_left_alone(tmp_path: Path) -> None:
    state = await SqlState.open(settings(tmp_path))
    await state.close()
    path = settings(tmp_path).state
    with sqlite3.connect(path) as file:
        file.execute("UPDATE alembic_version SET version_num = '9999'")
    file.close()
    with pytest.raises(StoreFormatError, match=r"later mainsight.*9999"):
        await SqlState.open(settings(tmp_path))


async def test_files_of_something_else_are_refused(tmp_path: Path) -> None:
    path = settings(tmp_path).state
    path.parent.mkdir()
    path.write_bytes(b"time,value\n" * 1000)
    with pytest.raises(StoreFormatError, match="is not a SQLite file"):
        await SqlState.open(settings(tmp_path))
    path.unlink()
    with sqlite3.connect(path) as file:
        file.execute("CREATE TABLE customers (id INTEGER)")
    file.close()
    with pytest.raises(StoreFormatError, match="of something else"):
        await SqlState.open(settings(tmp_path))


async def test_a_full_disk_is_told_and_nothing_is_half_saved(tmp_path: Path) -> None:
    state = await SqlState.open(settings(tmp_path))
    await state.quarantine([Quarantined("t", b"1", "not_decodable", 1)])
    await state._database.run(lambda c: c.exec_driver_sql("PRAGMA max_page_count = 40"))
    big = [Quarantined("t", bytes(50_000), "not_decodable", n) for n in range(10)]
    with pytest.raises(StoreUnavailableError, match="full"):
        await state.quarantine(big)
    assert len(await state.quarantined()) == 1
    await state._database.run(lambda c: c.exec_driver_sql("PRAGMA max_page_count = 100000"))
    await state.quarantine(big)
    assert len(await state.quarantined()) == 11
    await state.close()
