"""A backup's folder: relational state, settings and registry, the embedded store, and a manifest of all there is.

InfluxDB's series are saved and put back beside this, by `influxd backup` (1.x) or `influx backup` (2.x), while the roles are
stopped: state and series then fit together. docs/guides/install.md has the whole procedure. The embedded store is saved here,
while it runs or not: series first, so that the state is never older than what stands on it.
"""

import asyncio
import json
import os
import shutil
import sqlite3
import tarfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, nullcontext
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import Any

from mainsight.app.backups.keeper import ROLE
from mainsight.app.backups.stock import differences, series_stock, state_stock
from mainsight.app.settings import Settings
from mainsight.core.zonetime import DAY_S, SECOND_MS
from mainsight.store.asking import NotAnsweredError, answer_of
from mainsight.store.lock import HeldError, StoreLock
from mainsight.store.request_port import Request
from mainsight.store.settings import StoreSettings
from mainsight.store.sql.state import SqlState
from mainsight.store.stock import Stock

READINGS, STATE, SETTINGS, MANIFEST = "readings.duckdb", "state.sqlite", "settings.tar.gz", "manifest.json"
CHECKSUM_DAYS = 7
"""InfluxDB's checksums are of so many days: whole years would take hours."""
Manifest = dict[str, Any]


class BackupError(Exception):
    """It cannot be done; the message says what to mend."""


def make(settings: Settings, settings_file: Path | None, folder: Path, clock: Callable[[], int], wait_s: float = 3600) -> Manifest:
    """Save everything into a folder, and write down what is there. The manifest comes last: a folder without one is no backup.

    Args:
        settings: name the stores and the registry.
        settings_file: kept too, where there is one.
        folder: of this one backup; made.
        clock: UTC milliseconds.
        wait_s: how long a running system may take to copy its embedded store.

    Raises:
        BackupError: the folder holds a backup already, there is no state to save, or the running system does not answer.
        StoreError: the series cannot be read.

    """
    for name in (READINGS, STATE, SETTINGS, MANIFEST):
        if (folder / name).exists():
            raise BackupError(f"{folder / name} is there already: give each backup a folder of its own")
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    now_ms = clock()
    manifest: Manifest = {"mainsight": version("mainsight"), "taken_ms": now_ms, "since_ms": now_ms - CHECKSUM_DAYS * DAY_S * SECOND_MS}
    if settings.store.engine == "duckdb":
        manifest |= _save_embedded(settings.store, folder / READINGS, clock, wait_s)
    else:
        manifest["series"] = asdict(asyncio.run(series_stock(settings.store.influx, manifest["since_ms"])))
    copy_database(settings.store.state, folder / STATE)
    manifest["state"] = asdict(state_stock(folder / STATE))
    with tarfile.open(_private(folder / SETTINGS), "w:gz") as archive:
        if settings_file is not None:
            archive.add(settings_file, "mainsight.yaml")
        archive.add(settings.registry, "registry")
    with _appearing(folder / MANIFEST) as made:
        made.write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8")
    return manifest


def restore(settings: Settings, folder: Path) -> None:
    """Put state and embedded store back where the settings say, and the registry where there is none.

    Each is made under another name and appears whole. The state comes last, so that whoever is killed before can be told by it.

    Raises:
        BackupError: something is there already, or there is nothing to restore.
        HeldError: a process still has the embedded store open that was there.

    """
    if not (folder / MANIFEST).exists():
        raise BackupError(f"there is no {folder / MANIFEST}: this is not a whole backup")
    store = settings.store
    embedded = store.engine == "duckdb"
    for there in [*_with_logs(store.state, "-wal", "-shm"), *(_with_logs(store.readings, ".wal") if embedded else [])]:
        if there.exists():
            raise BackupError(f"{there} is there already: move it away first, so that nothing is overwritten")
    with _nobody_has(store.readings) if embedded else nullcontext():
        _put_back(settings, folder, embedded=embedded)


def _with_logs(file: Path, *ends: str) -> list[Path]:
    """A database's file and those beside it: what is logged there belongs to the file that was, and would be read into a new one."""
    return [file, *(file.with_name(file.name + end) for end in ends)]


@contextmanager
def _nobody_has(readings: Path) -> Iterator[None]:
    """Keep out who would write to a file that was moved away, or to the one that is about to appear."""
    readings.parent.mkdir(parents=True, exist_ok=True)
    lock = StoreLock(readings)
    try:
        yield
    finally:
        lock.release()


def _put_back(settings: Settings, folder: Path, *, embedded: bool) -> None:
    store = settings.store
    if not settings.registry.exists():
        with _appearing(settings.registry) as made:
            _unpack_registry(folder / SETTINGS, made)
    if embedded:
        with _appearing(store.readings) as made:
            shutil.copyfile(folder / READINGS, _private(made))
    store.state.parent.mkdir(parents=True, exist_ok=True)
    with _appearing(store.state) as made:
        copy_database(folder / STATE, made)


def _unpack_registry(archive: Path, folder: Path) -> None:
    with tarfile.open(archive) as opened:
        wanted = [member for member in opened if member.name.partition("/")[0] == "registry"]
        for member in wanted:
            member.name = member.name.removeprefix("registry").lstrip("/") or "."
        opened.extractall(folder, wanted, filter="data")


def check(settings: Settings, folder: Path) -> list[str]:
    """What differs between the stores and the manifest; empty when they agree.

    Raises:
        BackupError: there is no manifest.
        StoreError: the series cannot be read, or another process has the embedded store open.

    """
    try:
        saved: Manifest = json.loads((folder / MANIFEST).read_bytes())
    except FileNotFoundError as error:
        raise BackupError(f"there is no {folder / MANIFEST}: `mainsight backup` writes it") from error
    lines = differences("state", saved["state"], state_stock(settings.store.state))
    if settings.store.engine != "duckdb":
        return lines + differences("series", saved["series"], asyncio.run(series_stock(settings.store.influx, saved["since_ms"])))
    from mainsight.store.duckdb import copying  # noqa: PLC0415 - where the settings ask for it only, as in mainsight.app.stores

    found = copying.stock_of(settings.store)
    if saved["duckdb"] != version("duckdb"):  # checksums are of one version: counts have to do
        found = Stock(found.counts, saved["series"]["checksums"])
    return lines + differences("series", saved["series"], found)


def _save_embedded(settings: StoreSettings, target: Path, clock: Callable[[], int], wait_s: float) -> Manifest:
    from mainsight.store.duckdb import copying  # noqa: PLC0415 - as above

    try:
        found = copying.copied(settings, target)
    except HeldError:
        found = asyncio.run(_asked_for(settings, target.absolute(), clock, wait_s))
    target.chmod(0o600)
    return {"duckdb": version("duckdb"), "series": asdict(found)}


async def _asked_for(settings: StoreSettings, target: Path, clock: Callable[[], int], wait_s: float) -> Stock:
    """Have the process that has the store open copy it."""
    state = await SqlState.open(settings)
    try:
        asked_ms = clock()
        arguments = {"target": str(target), "until_ms": asked_ms + int(wait_s * SECOND_MS)}
        answer = await answer_of(state, Request(ROLE, "backup", arguments, asked_ms), wait_s)
    except NotAnsweredError as error:
        raise BackupError(
            f"the process that has {settings.readings} open (see {settings.readings}.lock) did not answer in {wait_s:g} s: "
            "`mainsight serve` and `mainsight demo` do; wait for other commands to end"
        ) from error
    finally:
        await state.close()
    if not answer.done:
        raise BackupError(f"the running system could not copy its store: {answer.detail['refused']}")
    return Stock(answer.detail["counts"], answer.detail["checksums"])


def copy_database(source: Path, target: Path) -> None:
    """Copy a SQLite file as of one instant, whoever writes to it.

    Raises:
        BackupError: there is no such file, or it cannot be copied.

    """
    if not source.exists():
        raise BackupError(f"there is no {source}")
    try:
        with closing(sqlite3.connect(source)) as old, closing(sqlite3.connect(_private(target))) as new:
            old.backup(new)
    except sqlite3.Error as error:
        raise BackupError(f"{source} cannot be copied to {target}: {error}") from error


@contextmanager
def _appearing(target: Path) -> Iterator[Path]:
    """Where to make a file or folder that is to appear at once and whole, on disk; what one who was killed left there goes."""
    made = target.with_name(target.name + ".making")
    _remove(made)
    try:
        yield made
    except BaseException:
        _remove(made)  # above all on a disk that is full
        raise
    if made.is_file():
        made.chmod(0o600)
        _to_disk(made)
    made.rename(target)
    _to_disk(target.parent)


def _remove(made: Path) -> None:
    if made.is_dir():
        shutil.rmtree(made)
    else:
        made.unlink(missing_ok=True)


def _to_disk(path: Path) -> None:
    number = os.open(path, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)


def _private(file: Path) -> Path:
    file.touch(mode=0o600)
    return file
