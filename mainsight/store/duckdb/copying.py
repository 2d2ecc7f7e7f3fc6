"""A whole copy of the file, taken while it is written to, and what is in it: for backups and for compaction."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from mainsight.core.zonetime import DAY_S, SECOND_MS
from mainsight.store.duckdb.engine import Connection, transaction, translated
from mainsight.store.duckdb.schema import migrate
from mainsight.store.lock import StoreLock
from mainsight.store.port import StoreError
from mainsight.store.settings import StoreSettings
from mainsight.store.stock import Stock

_DAY_MS = DAY_S * SECOND_MS
_SORTED = ("reading", "final", "rollup_1m", "rollup_1h", "rollup_1d")
_PIECE_ROWS = 5_000_000
"""Sorted at once, which takes a few hundred megabytes."""
_TOGETHER = 2_048
"""Series that lie together: DuckDB packs numbers by so many rows, and these rise by one throughout where all series report."""


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


def copy_to(connection: Connection, target: Path, timezone: str, *, sort: bool = False) -> Stock:
    """Copy everything as of one instant into a new file, and read it again there.

    Others may write meanwhile. Rows that were deleted and space that is free are not copied. With `sort`, a group of series
    lies together there, by time, as compaction wants it.

    Raises:
        CopyError: the target is there already, or what is read from it differs.

    """
    if target.exists():
        raise CopyError(f"{target} is there already: name another place, so that nothing is overwritten")
    try:
        return _copy(connection, target, timezone, sort=sort)
    except BaseException:
        _remove(target)  # above all on a disk that is full
        raise


def _copy(connection: Connection, target: Path, timezone: str, *, sort: bool) -> Stock:
    with duckdb.connect(target) as new:
        migrate(new, target, timezone)
    with _attached(connection, target):
        with transaction(connection):
            found = stock(connection)
            for name in _tables(connection):
                connection.execute(f"DELETE FROM copy.{name}")  # noqa: S608 - as above
                if sort and name in _SORTED:
                    _copy_sorted(connection, name)
                else:
                    connection.execute(f"INSERT INTO copy.{name} SELECT * FROM {name}")  # noqa: S608 - as above
        connection.execute("CHECKPOINT copy")
        copied = stock(connection, "copy")
    if copied != found:
        raise CopyError(f"{target} does not hold what was copied into it: look at the disk, and copy again")
    return found


def _remove(target: Path) -> None:
    for file in (target, target.with_name(target.name + ".wal")):
        file.unlink(missing_ok=True)


def _copy_sorted(connection: Connection, name: str) -> None:
    """Copy a table piece by piece, each by groups of series, within these by time.

    Every other instant's series are in falling order: from one row to the next their numbers then change by little, also from the
    last of an instant to the first of the next, and take two bits where few series are missing. Instants of few series, such as
    readings off the grid, do not count: else two full ones in the same order would meet.
    """
    within = "ts >= epoch_ms(?)::TIMESTAMP_MS AND ts < epoch_ms(?)::TIMESTAMP_MS"
    for piece in _pieces(connection, name):
        connection.execute(
            f"WITH instant AS (SELECT ts, count(*) AS n FROM {name} WHERE {within} GROUP BY ts), "  # noqa: S608 - names of our own tables
            "weighed AS (SELECT ts, 2 * n > max(n) OVER () AS is_full FROM instant), "
            "turned AS (SELECT ts, sum(is_full::INTEGER) OVER (ORDER BY ts) % 2 AS back FROM weighed) "
            f"INSERT INTO copy.{name} SELECT t.* FROM {name} t JOIN turned USING (ts) WHERE {within} "
            f"ORDER BY t.series // {_TOGETHER}, t.ts, CASE WHEN back = 0 THEN t.series ELSE -t.series END",
            [*piece, *piece],
        )


def _pieces(connection: Connection, name: str) -> Iterator[list[int]]:
    """Stretches of time that hold no more than can be sorted at once, half-open, in whole UTC days."""
    query = f"SELECT epoch_ms(ts::TIMESTAMP) // {_DAY_MS} AS day, count(*) FROM {name} GROUP BY day ORDER BY day"  # noqa: S608 - as above
    first, rows, end = 0, 0, 0
    for day, count in connection.execute(query).fetchall():
        if rows and rows + count > _PIECE_ROWS:
            yield [first * _DAY_MS, end * _DAY_MS]
            rows = 0
        first, rows, end = (first if rows else day), rows + count, day + 1
    if rows:
        yield [first * _DAY_MS, end * _DAY_MS]


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
    """Write the file anew, without the space of what was deleted or replaced and in an order that takes less.

    Gives its bytes before and after.

    The new file takes the place of the old one at once, when it has been read again and found whole: whoever is killed
    before leaves the old one, and a half-made copy that the next compaction removes.

    Raises:
        StoreError: it is open elsewhere, or cannot be copied.

    """
    fresh = settings.readings.with_name(settings.readings.name + ".compact")
    with _alone(settings) as connection:
        before = settings.readings.stat()
        _remove(fresh)
        copy_to(connection, fresh, settings.timezone, sort=True)
        connection.close()
        fresh.chmod(before.st_mode)
        if before.st_uid != os.geteuid():  # root compacts what the service must open again
            os.chown(fresh, before.st_uid, before.st_gid)
        fresh.replace(settings.readings)
    return before.st_size, settings.readings.stat().st_size


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
