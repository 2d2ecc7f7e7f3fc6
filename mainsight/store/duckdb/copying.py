"""A whole copy of the file, taken while it is written to, and what is in it: for backups and for compaction."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from mainsight.store.duckdb.engine import Connection, transaction, translated
from mainsight.store.duckdb.schema import migrate
from mainsight.store.lock import StoreLock
from mainsight.store.port import StoreError
from mainsight.store.settings import StoreSettings
from mainsight.store.stock import Stock


class CopyError(StoreError):
    """A copy is not what it was made from, or may not be made; the original is as it was."""


def stock(connection: Connection, database: str = "") -> Stock:
    """Count what is in the file, or in an attached one. Checksums do not depend on the order of rows, but on the version of DuckDB."""
    counts, checksums = {}, {}
    for name in _tables(connection):
        source = f"{database}.{name}" if database else name
        query = f"SELECT count(*), coalesce(sum(hash(t)), 0) FROM {source} t"  # noqa: S608 - names of our own tables
        [(counts[name], total)] = connection.execute(query).fetchall()
        checksums[name] = str(total)
    return Stock(counts, checksums)


def copy_to(connection: Connection, target: Path, timezone: str) -> Stock:
    """Copy everything as of one instant into a new file, and read it again there.

    Others may write meanwhile. Rows that were deleted and space that is free are not copied.

    Raises:
        CopyError: the target is there already, or what is read from it differs.

    """
    if target.exists():
        raise CopyError(f"{target} is there already: name another place, so that nothing is overwritten")
    with duckdb.connect(target) as new:
        migrate(new, target, timezone)
    with _attached(connection, target):
        with transaction(connection):
            found = stock(connection)
            for name in _tables(connection):
                connection.execute(f"DELETE FROM copy.{name}")  # noqa: S608 - as above
                connection.execute(f"INSERT INTO copy.{name} SELECT * FROM {name}")  # noqa: S608 - as above
        connection.execute("CHECKPOINT copy")
        copied = stock(connection, "copy")
    if copied != found:
        raise CopyError(f"{target} does not hold what was copied into it: look at the disk, and copy again")
    return found


@contextmanager
def _attached(connection: Connection, target: Path) -> Iterator[None]:
    connection.execute(f"ATTACH '{str(target).replace(chr(39), 2 * chr(39))}' AS copy")
    try:
        yield
    finally:
        connection.execute("DETACH copy")


def _tables(connection: Connection) -> list[str]:
    query = "SELECT table_name FROM duckdb_tables() WHERE database_name = current_database() AND NOT temporary ORDER BY table_name"
    return [name for (name,) in connection.execute(query).fetchall()]


def stock_of(settings: StoreSettings) -> Stock:
    """What is in a file that no process has open.

    Raises:
        StoreError: it is open elsewhere, or cannot be read.

    """
    with _alone(settings) as connection:
        return stock(connection)


def copied(settings: StoreSettings, target: Path) -> Stock:
    """Copy a file that no process has open.

    Raises:
        HeldError: one has.
        StoreError: it cannot be copied.

    """
    with _alone(settings) as connection:
        return copy_to(connection, target, settings.timezone)


def compact(settings: StoreSettings) -> tuple[int, int]:
    """Write the file anew, without the space of what was deleted or replaced; its bytes before and after.

    The new file takes the place of the old one at once, when it has been read again and found whole: whoever is killed
    before leaves the old one, and a half-made copy that the next compaction removes.

    Raises:
        StoreError: it is open elsewhere, or cannot be copied.

    """
    fresh = settings.readings.with_name(settings.readings.name + ".compact")
    with _alone(settings) as connection:
        before = settings.readings.stat().st_size
        for left in (fresh, fresh.with_name(fresh.name + ".wal")):
            left.unlink(missing_ok=True)
        copy_to(connection, fresh, settings.timezone)
        connection.close()
        fresh.replace(settings.readings)
    return before, settings.readings.stat().st_size


@contextmanager
def _alone(settings: StoreSettings) -> Iterator[Connection]:
    if not settings.readings.exists():
        raise CopyError(f"there is no {settings.readings} (store.readings)")
    lock = StoreLock(settings.readings)
    try:
        with translated(settings.readings):
            connection = duckdb.connect(settings.readings, config={"threads": settings.threads, "memory_limit": f"{settings.memory_mb}MB"})
            try:
                migrate(connection, settings.readings, settings.timezone)
                yield connection
            finally:
                connection.close()
    finally:
        lock.release()
