"""The SQLite file: opened and migrated, worked on by one thread, its errors translated."""

import asyncio
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import fields
from pathlib import Path
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.dialects.sqlite import insert

from mainsight.store.port import StoreFormatError, StoreUnavailableError

T = TypeVar("T")
MIGRATIONS = Path(__file__).parent.parent / "migrations"

DAMAGED = "The file is damaged: look at its disk, move it away with its -wal and -shm and restore the last backup"


class Database:
    """One connection in one thread; each piece of work is one transaction, on disk when it returns."""

    def __init__(self, path: Path) -> None:
        """Open and migrate, in the calling thread.

        Raises:
            StoreUnavailableError: it cannot be opened now.
            StoreFormatError: it is not a file this version can use.

        """
        self._path = path
        self._engine = sa.create_engine(f"sqlite:///{path}", pool_size=1, max_overflow=0)
        sa.event.listen(self._engine, "connect", _configure)
        sa.event.listen(self._engine, "begin", _begin)
        try:
            with translated(path):
                path.parent.mkdir(parents=True, exist_ok=True)
                with self._engine.begin() as connection:
                    _bring_up_to_date(connection, path)
        except BaseException:
            self._engine.dispose()
            raise
        self._reading = self._engine.execution_options(begin="DEFERRED")
        self._thread = ThreadPoolExecutor(1, "state")

    async def run(self, work: Callable[[sa.Connection], T]) -> T:
        """Do work in one transaction.

        Raises:
            StoreUnavailableError: it failed; nothing of it is kept.

        """
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._run, work)

    async def read(self, work: Callable[[sa.Connection], T]) -> T:
        """Do work that only reads: it sees one state of the file and waits for no writer, of this process or another.

        Raises:
            StoreUnavailableError: it failed.

        """
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._run, work, self._reading)

    def _run(self, work: Callable[[sa.Connection], T], engine: sa.Engine | None = None) -> T:
        with translated(self._path), (engine or self._engine).begin() as connection:
            return work(connection)

    async def close(self) -> None:
        """Let running work end, then close the file."""
        await asyncio.to_thread(self._thread.shutdown)
        self._engine.dispose()


def _configure(connection: Any, _: object) -> None:
    # SQLAlchemy says BEGIN itself (see _begin): the driver's own transactions leave out DDL, so that a migration which
    # failed half-way would stay half done.
    connection.isolation_level = None
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA foreign_keys = ON")


def _begin(connection: sa.Connection) -> None:
    connection.exec_driver_sql(f"BEGIN {connection.get_execution_options().get('begin', 'IMMEDIATE')}")


def _bring_up_to_date(connection: sa.Connection, path: Path) -> None:
    if not _is_up_to_date(connection):
        from mainsight.store.sql.migrating import migrate  # noqa: PLC0415 - see there

        migrate(connection, path)


def _is_up_to_date(connection: sa.Connection) -> bool:
    """Whether the file has this version's format: the one of the migration that is named last."""
    newest = max(file.name for file in (MIGRATIONS / "versions").glob("v*.py"))
    if not sa.inspect(connection).has_table("alembic_version"):
        return False
    return connection.execute(sa.text("SELECT version_num FROM alembic_version")).scalars().all() == [newest[1:5]]


@contextmanager
def translated(path: Path) -> Iterator[None]:
    """SQLite's errors as the port's, naming the file; wrong SQL is our own mistake and stays what it is."""
    try:
        yield
    except OSError as error:
        raise StoreUnavailableError(f"{path}: {error.strerror}") from error
    except sa.exc.OperationalError as error:
        raise StoreUnavailableError(f"{path}: {error.orig}") from error
    except sa.exc.DatabaseError as error:
        if "malformed" in str(error.orig):
            raise StoreUnavailableError(f"{path}: {error.orig}. {DAMAGED}") from error
        if "not a database" not in str(error.orig):
            raise
        raise StoreFormatError(f"{path} is not a SQLite file; name another file (store.state) or restore a backup") from error


def row_of(record: Any) -> dict[str, Any]:
    """Fields of a dataclass as a row."""
    return {field.name: getattr(record, field.name) for field in fields(record)}


def columns_of(kind: type, of: sa.FromClause) -> list[sa.ColumnElement[Any]]:
    """Columns of a table or query that hold a dataclass's fields."""
    return [of.c[field.name] for field in fields(kind)]


def upsert(connection: sa.Connection, into: sa.Table, rows: list[Mapping[str, Any]]) -> None:
    """Add rows, or replace those of the same primary key."""
    if rows:
        statement = insert(into)
        changed = {c.name: statement.excluded[c.name] for c in into.columns if not c.primary_key}
        connection.execute(statement.on_conflict_do_update(index_elements=list(into.primary_key), set_=changed), rows)


def add_new(connection: sa.Connection, into: sa.Table, rows: list[Mapping[str, Any]]) -> None:
    """Add rows; those whose key is there already are left as they are."""
    if rows:
        connection.execute(insert(into).on_conflict_do_nothing(), rows)
