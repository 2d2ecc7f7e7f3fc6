"""Backs up what InfluxDB's own tool does not, and proves what a restore gives back.

    backup.py --settings FILE --folder DIR make      relational state, settings and registry, and a manifest of all there is
    backup.py --settings FILE --folder DIR restore   puts the relational state back
    backup.py --settings FILE --folder DIR check     compares what is there with the manifest; exit code 1 where it differs

Time series are saved and put back beside this: by `influxd backup` (1.x) or `influx backup` (2.x). Stop the roles first: the
broker keeps what arrives, and state and time series fit together. docs/guides/install.md has the whole procedure.
"""

import argparse
import asyncio
import hashlib
import json
import os
import sqlite3
import sys
import tarfile
import time
from contextlib import closing
from importlib.metadata import version
from pathlib import Path
from typing import Any

from mainsight.app.settings import Settings, load_settings_or_exit
from mainsight.core.zonetime import DAY_S, SECOND_MS
from mainsight.store.influx.connection import Connection
from mainsight.store.influx.query import Statement
from mainsight.store.port import StoreError
from mainsight.store.settings import InfluxSettings

STATE, SETTINGS, MANIFEST = "state.sqlite", "settings.tar.gz", "manifest.json"
CHECKSUM_DAYS = 7
COUNTING_S = 3600.0  # a whole database takes longer than a request of the system may
Manifest = dict[str, Any]


class BackupError(Exception):
    """It cannot be done; the message says what to mend."""


def make(settings: Settings, settings_file: Path, folder: Path) -> Manifest:
    """Save state, settings and registry into a folder, and write down what is in the stores.

    Raises:
        BackupError: the folder holds a backup already, or there is no state to save.
        StoreError: InfluxDB cannot be read.

    """
    for name in (STATE, SETTINGS, MANIFEST):
        if (folder / name).exists():
            raise BackupError(f"{folder / name} is there already: give each backup a folder of its own")
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    copy_database(settings.store.state, folder / STATE)
    with tarfile.open(_private(folder / SETTINGS), "w:gz") as archive:
        archive.add(settings_file, "mainsight.yaml")
        archive.add(settings.registry, "registry")
    now_ms = time.time_ns() // 1_000_000
    manifest: Manifest = {"mainsight": version("mainsight"), "taken_ms": now_ms}
    manifest |= take_stock(settings, folder / STATE, now_ms - CHECKSUM_DAYS * DAY_S * SECOND_MS)
    _private(folder / MANIFEST).write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8")
    return manifest


def restore(settings: Settings, folder: Path) -> None:
    """Put the relational state back.

    Raises:
        BackupError: there is a state already, or nothing to restore.

    """
    if settings.store.state.exists():
        raise BackupError(f"{settings.store.state} is there already: move it away first, so that nothing is overwritten")
    settings.store.state.parent.mkdir(parents=True, exist_ok=True)
    copy_database(folder / STATE, settings.store.state)


def check(settings: Settings, folder: Path) -> list[str]:
    """What differs between the stores and the manifest; empty when they agree.

    Raises:
        BackupError: there is no manifest.
        StoreError: InfluxDB cannot be read.

    """
    try:
        saved: Manifest = json.loads((folder / MANIFEST).read_bytes())
    except FileNotFoundError as error:
        raise BackupError(f"there is no {folder / MANIFEST}: `make` writes it") from error
    return differences(saved, take_stock(settings, settings.store.state, saved["since_ms"]))


def differences(saved: Manifest, found: Manifest) -> list[str]:
    """Counts and checksums that are not as they were saved, one line each."""
    lines = []
    for part in ("state", "series"):
        for kind in ("counts", "checksums"):
            before, now = saved[part][kind], found[part][kind]
            lines += [
                f"{part}: {name}: saved {before.get(name)}, found {now.get(name)}"
                for name in {**before, **now}
                if before.get(name) != now.get(name)
            ]
    return lines


def take_stock(settings: Settings, state: Path, since_ms: int) -> Manifest:
    """Count everything; checksums of the whole state, and of time series from an instant on (UTC milliseconds)."""
    series = asyncio.run(_series_stock(settings.store.influx, since_ms))
    return {"since_ms": since_ms, "state": state_stock(state), "series": series}


def state_stock(file: Path) -> Manifest:
    """Rows and checksum of each table of a SQLite file."""
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
    return {"counts": counts, "checksums": checksums}


def copy_database(source: Path, target: Path) -> None:
    """Copy a SQLite file as of one instant, whoever writes to it.

    Raises:
        BackupError: there is no such file.

    """
    if not source.exists():
        raise BackupError(f"there is no {source}")
    with closing(sqlite3.connect(source)) as old, closing(sqlite3.connect(_private(target))) as new:
        old.backup(new)


def _private(file: Path) -> Path:
    file.touch(mode=0o600)
    return file


async def _series_stock(settings: InfluxSettings, since_ms: int) -> Manifest:
    connection = await Connection.open(settings.model_copy(update={"timeout_s": COUNTING_S}))
    try:
        if connection.major > 2:
            where = f"{connection.where} is version {connection.version}"
            raise BackupError(f"{where}, whose files lie in an object store: copy that with its own tools")
        counts: dict[str, int] = {}
        checksums = {}
        async for found in connection.query([Statement(("SHOW MEASUREMENTS",))]):
            for name in found.columns["name"]:
                counts |= await _counts(connection, _quoted(name), name)
                checksums[name] = await _checksum(connection, _quoted(name), since_ms)
        return {"counts": counts, "checksums": checksums}
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


def main() -> int:
    """Do what the words say."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--settings", type=Path, required=True, metavar="FILE", help="settings file; the environment overrides it")
    parser.add_argument("--folder", type=Path, required=True, metavar="DIR", help="folder of this one backup")
    parser.add_argument("action", choices=["make", "restore", "check"])
    args = parser.parse_args()
    settings = load_settings_or_exit(args.settings)
    os.umask(0o077)
    try:
        return _act(args.action, settings, args.settings, args.folder)
    except (BackupError, StoreError) as error:
        print(f"backup: {error}", file=sys.stderr)
        return 1


def _act(action: str, settings: Settings, settings_file: Path, folder: Path) -> int:
    if action == "restore":
        restore(settings, folder)
        print(f"state restored to {settings.store.state}")
        return 0
    if action == "make":
        manifest = make(settings, settings_file, folder)
        rows, points = (sum(manifest[part]["counts"].values()) for part in ("state", "series"))
        print(f"{folder}: {rows} rows of state; the manifest counts {points} values of time series")
        return 0
    found = check(settings, folder)
    print("\n".join(found) or "as saved: all counts and checksums agree")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
