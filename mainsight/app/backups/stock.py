"""Counts and checksums of relational state and of InfluxDB's series."""

import hashlib
import json
import sqlite3
from contextlib import closing
from dataclasses import asdict
from pathlib import Path
from typing import Any

from mainsight.store.influx.connection import Connection
from mainsight.store.influx.query import Statement
from mainsight.store.port import StoreError
from mainsight.store.settings import InfluxSettings
from mainsight.store.sql.database import DAMAGED
from mainsight.store.stock import Stock

COUNTING_S = 3600.0  # a whole database takes longer than a request of the system may


def differences(part: str, saved: dict[str, Any], found: Stock) -> list[str]:
    """Counts and checksums that are not as they were saved, one line each."""
    lines = []
    for kind, now in asdict(found).items():
        before = saved[kind]
        lines += [
            f"{part}: {name}: saved {before.get(name)}, found {now.get(name)}"
            for name in {**before, **now}
            if before.get(name) != now.get(name)
        ]
    return lines


def state_stock(file: Path) -> Stock:
    """Rows and checksum of each table of a SQLite file.

    Raises:
        StoreError: it cannot be read.

    """
    try:
        return _state_stock(file)
    except sqlite3.Error as error:
        raise StoreError(f"{file}: {error}. {DAMAGED}") from error


def _state_stock(file: Path) -> Stock:
    counts, checksums = {}, {}
    with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as database:
        tables = [name for (name,) in database.execute("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name")]
        for table in tables:
            width = len(database.execute(f'SELECT * FROM "{table}" LIMIT 0').description)  # noqa: S608 - names out of the file itself
            order = ", ".join(str(column + 1) for column in range(width))
            digest, rows = hashlib.sha256(), 0
            for row in database.execute(f'SELECT * FROM "{table}" ORDER BY {order}'):  # noqa: S608 - likewise
                digest.update(repr(row).encode())
                rows += 1
            counts[table], checksums[table] = rows, digest.hexdigest()
    return Stock(counts, checksums)


async def series_stock(settings: InfluxSettings, since_ms: int) -> Stock:
    """Values of each field, and a checksum of each measurement's rows from an instant on (UTC milliseconds).

    Raises:
        StoreError: InfluxDB cannot be read, or is one whose files are not on its machine.

    """
    connection = await Connection.open(settings.model_copy(update={"timeout_s": COUNTING_S}))
    try:
        if connection.major > 2:
            where = f"{connection.where} is version {connection.version}"
            raise StoreError(f"{where}, whose files lie in an object store: copy that with its own tools")
        counts: dict[str, int] = {}
        checksums = {}
        async for found in connection.query([Statement(("SHOW MEASUREMENTS",))]):
            for name in found.columns["name"]:
                counts |= await _counts(connection, _quoted(name), name)
                checksums[name] = await _checksum(connection, _quoted(name), since_ms)
        return Stock(counts, checksums)
    finally:
        await connection.close()


async def _counts(connection: Connection, measurement: str, name: str) -> dict[str, int]:
    counts: dict[str, int] = {}
    async for found in connection.query([Statement((f"SELECT count(*) FROM {measurement}",))]):  # noqa: S608 - quoted
        counts |= {f"{name} {column}": values[0] for column, values in found.columns.items() if column != "time"}
    return counts


async def _checksum(connection: Connection, measurement: str, since_ms: int) -> str:
    """Over rows grouped by all tags: series come in the order of their tags, not in that of the server's files."""
    digest = hashlib.sha256()
    query = f"SELECT * FROM {measurement} WHERE time >= {since_ms}ms GROUP BY *"  # noqa: S608 - quoted
    async for found in connection.query([Statement((query,))]):
        head = [dict(found.tags), list(found.columns)]
        for row in zip(*found.columns.values(), strict=True):
            digest.update(json.dumps([head, row], sort_keys=True).encode())
    return digest.hexdigest()


def _quoted(name: str) -> str:
    escaped = name.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
