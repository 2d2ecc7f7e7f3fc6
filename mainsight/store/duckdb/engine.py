"""The file, its lock, its connections and threads: where blocking work is done and DuckDB's errors are translated."""

import asyncio
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar, cast

import duckdb
import numpy as np
from numpy.typing import NDArray

from mainsight.core.intervals import IntArray
from mainsight.store.duckdb.schema import migrate
from mainsight.store.lock import StoreLock
from mainsight.store.port import StoreFormatError, StoreUnavailableError
from mainsight.store.settings import StoreSettings

T = TypeVar("T")
Connection = duckdb.DuckDBPyConnection
_MAGIC = slice(8, 12)
_MOST_USES = 2_000
"""Before the file is opened anew: writes and reads."""
_PATIENCE_S = 0.25
_MOST_PATIENCE_S = 4.0
"""For how long reads that want to begin are kept waiting for those at work to end, the first time and at most."""
_MISMATCH = ("version number", "newer version", "not a valid DuckDB", "Serialization Error")
_DAMAGED = ("Corrupt database file", "Could not read enough bytes", "does not match stored checksum")


@dataclass(slots=True)
class _Reader:
    """A reading thread's connection, locked while it is in use; `copying` while that takes minutes."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    cursor: Connection | None = None
    copying: bool = False

    def close(self) -> None:
        if self.cursor is not None:
            self.cursor.close()
            self.cursor = None


class Engine:
    """One writing thread and a few reading ones on one DuckDB file.

    A failure leaves DuckDB's instance in doubt (a full disk may invalidate it), so the next use after one opens it anew. So it
    is now and then without one: DuckDB 2.0 keeps some kilobytes of each query with a hash join until its instance is closed.
    """

    def __init__(self, settings: StoreSettings, opened: Callable[[Connection], None]) -> None:
        """Take the lock and open the file, in the calling thread; `opened` is run now and each time it is opened anew.

        Raises:
            StoreUnavailableError: it is locked or cannot be opened.
            StoreFormatError: it is not a file this version can use.

        """
        self._settings = settings
        self._opened = opened
        self.path = settings.readings
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StoreUnavailableError(f"folder {self.path.parent} cannot be made: {error.strerror}") from error
        self._lock = StoreLock(self.path)
        try:
            self._connection = self._connect()
        except BaseException:
            self._lock.release()
            raise
        self.failure = ""
        self._uses = 0
        self._insist_at = 2 * _MOST_USES
        self._patience_s = _PATIENCE_S
        self._opening = threading.Lock()
        self._gate = threading.Lock()
        self._readers: list[_Reader] = []
        self._local = threading.local()
        self._write_thread = ThreadPoolExecutor(1, "store-writer")
        self._read_threads = ThreadPoolExecutor(settings.readers, "store-reader", self._add_reader)

    def _connect(self) -> Connection:
        if self.path.exists() and self.path.stat().st_size:
            with self.path.open("rb") as file:
                if file.read(12)[_MAGIC] != b"DUCK":
                    raise StoreFormatError(f"{self.path} is not a DuckDB file; name another file (store.readings) or restore a backup")
        with translated(self.path):
            connection = self._instance()
            try:
                migrate(connection, self.path, self._settings.timezone)
                self._opened(connection)
            except BaseException:
                connection.close()
                raise
            return connection

    def _instance(self) -> Connection:
        return duckdb.connect(self.path, config={"threads": self._settings.threads, "memory_limit": f"{self._settings.memory_mb}MB"})

    def _add_reader(self) -> None:
        self._local.reader = _Reader()
        self._readers.append(self._local.reader)

    async def write(self, work: Callable[[Connection], T]) -> T:
        """Run work in the writing thread.

        Raises:
            StoreUnavailableError: it failed; nothing of it is kept.

        """
        return await asyncio.get_running_loop().run_in_executor(self._write_thread, self._write, work)

    def _write(self, work: Callable[[Connection], T]) -> T:
        with translated(self.path):
            if self.failure:
                self._open_anew()
            try:
                if self._uses >= _MOST_USES:
                    self._renew()
                self._uses += 1
                return work(self._connection)
            except BaseException as error:
                self.failure = str(error).partition("\n")[0] or type(error).__name__
                raise

    def _open_anew(self) -> None:
        """Close every connection, without which DuckDB hands out the same instance again, and open the file."""
        with self._readers_out(None), self._opening:
            self._connection.close()
            self._connection = self._connect()
        self.failure = ""

    def _renew(self) -> None:
        """Open the file anew between two reads; while there is none, try again with the next write.

        Where reads follow each other without a gap it insists: those that want to begin wait until those at work have ended, for
        a quarter of a second first and longer each time that was not enough. No read is broken off, and a copy is let be.
        """
        if any(reader.copying for reader in self._readers):
            return
        insists = self._uses >= self._insist_at
        with self._readers_out(self._patience_s if insists else 0.0) as out:
            if out:
                with self._opening:
                    self._connection.close()
                    self._connection = self._instance()
                self._uses, self._insist_at, self._patience_s = 0, 2 * _MOST_USES, _PATIENCE_S
            elif insists:
                self._insist_at += _MOST_USES
                self._patience_s = min(2 * self._patience_s, _MOST_PATIENCE_S)

    @contextmanager
    def _readers_out(self, patience_s: float | None) -> Iterator[bool]:
        """Let no read begin, and close the readers' connections once they have ended; whether that came about in time.

        None has all the time it takes.
        """
        until = None if patience_s is None else time.monotonic() + patience_s
        with ExitStack() as stack:
            stack.enter_context(self._gate)
            for reader in self._readers:
                if not reader.lock.acquire(timeout=-1 if until is None else max(until - time.monotonic(), 0.0)):
                    yield False
                    return
                stack.callback(reader.lock.release)
            for reader in self._readers:
                reader.close()
            yield True

    async def read(self, work: Callable[[Connection], T], *, copies: bool = False) -> T:
        """Run a query in a reading thread; it sees what was committed before it began. `copies`: it may take minutes.

        Raises:
            StoreUnavailableError: it failed.

        """
        loop = asyncio.get_running_loop()
        try:
            return await loop.run_in_executor(self._read_threads, self._read, work, copies)
        except StoreUnavailableError:
            if not self.failure:
                raise
            await self.write(lambda _: None)  # a write failed and took the instance with it: open it anew and try once more
            return await loop.run_in_executor(self._read_threads, self._read, work, copies)

    def _read(self, work: Callable[[Connection], T], copies: bool) -> T:
        reader: _Reader = self._local.reader
        with translated(self.path), ExitStack() as stack:
            with self._gate:
                stack.enter_context(reader.lock)
            reader.copying = copies
            self._uses += 1
            if reader.cursor is None:
                with self._opening:
                    reader.cursor = self._connection.cursor()
            try:
                return work(reader.cursor)
            except BaseException:
                reader.close()  # it may hold an unfinished result
                raise
            finally:
                reader.copying = False

    async def close(self) -> None:
        """Let running work end, then close the file and let go of the lock."""
        await asyncio.to_thread(self._close)

    def _close(self) -> None:
        self._write_thread.shutdown()
        self._read_threads.shutdown()
        for reader in self._readers:
            reader.close()
        self._connection.close()
        self._lock.release()


@contextmanager
def transaction(connection: Connection) -> Iterator[None]:
    """Commit at the end, roll back on any error."""
    connection.begin()
    try:
        yield
        connection.commit()
    except BaseException:
        _roll_back(connection)
        raise


def _roll_back(connection: Connection) -> None:
    try:
        connection.rollback()
    except duckdb.Error:
        # There is no transaction any more: the commit itself failed, or the instance is invalid. The engine opens anew.
        return


@contextmanager
def translated(path: Path) -> Iterator[None]:
    """DuckDB's errors as the port's, naming the file; wrong SQL is our own mistake and stays what it is."""
    try:
        yield
    except duckdb.ProgrammingError:
        raise
    except duckdb.Error as error:
        text = str(error)
        if any(sign in text for sign in _MISMATCH):
            raise StoreFormatError(f"{path} cannot be read by DuckDB {duckdb.__version__}: {text}") from error
        if any(sign in text for sign in _DAMAGED):
            text = f"{text.rstrip('.')}. The file is damaged: look at its disk, move it away with its .wal and restore the last backup"
        raise StoreUnavailableError(f"{path}: {text}") from error


@contextmanager
def table(connection: Connection, name: str, columns: dict[str, object]) -> Iterator[None]:
    """Numpy columns as a table of that name while the context lasts."""
    connection.register(name, columns)
    yield
    connection.unregister(name)  # not after an error: it would fail in the aborted transaction and hide the cause


def fetch(connection: Connection, query: str, parameters: Sequence[object] = ()) -> dict[str, NDArray[Any]]:
    """Rows of a query as numpy columns. No column of ours is nullable, so none is masked."""
    return cast("dict[str, NDArray[Any]]", connection.execute(query, parameters).fetchnumpy())


def fetch_one(connection: Connection, query: str, parameters: Sequence[object] = ()) -> tuple[Any, ...] | None:
    """First row of a query. The result is read to its end: an unfinished one keeps the connection from all other work."""
    rows = connection.execute(query, parameters).fetchall()
    return rows[0] if rows else None


def milliseconds(instants: NDArray[Any]) -> IntArray:
    """UTC milliseconds of a column of timestamps."""
    return instants.astype("datetime64[ms]").astype(np.int64)
