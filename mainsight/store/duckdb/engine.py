"""The file, its lock, its connections and threads: where blocking work is done and DuckDB's errors are translated."""

import asyncio
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
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
_MISMATCH = ("version number", "newer version", "not a valid DuckDB", "Serialization Error")


class Engine:
    """One writing thread and a few reading ones on one DuckDB file.

    A failure leaves DuckDB's instance in doubt (a full disk invalidates it), so the next use after one opens it anew.
    """

    def __init__(self, settings: StoreSettings) -> None:
        """Take the lock and open the file, in the calling thread.

        Raises:
            StoreUnavailableError: it is locked or cannot be opened.
            StoreFormatError: it is not a file this version can use.

        """
        self._settings = settings
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
        self._generation = 0
        self._local = threading.local()
        self._writer = ThreadPoolExecutor(1, "store-writer")
        self._readers = ThreadPoolExecutor(settings.readers, "store-reader")

    def _connect(self) -> Connection:
        if self.path.exists() and self.path.stat().st_size:
            with self.path.open("rb") as file:
                if file.read(12)[_MAGIC] != b"DUCK":
                    raise StoreFormatError(f"{self.path} is not a DuckDB file; name another file (store.readings)")
        with translated(self.path):
            connection = duckdb.connect(
                self.path, config={"threads": self._settings.threads, "memory_limit": f"{self._settings.memory_mb}MB"}
            )
            try:
                migrate(connection, self.path, self._settings.timezone)
            except BaseException:
                connection.close()
                raise
            return connection

    async def write(self, work: Callable[[Connection], T], recover: Callable[[Connection], None]) -> T:
        """Run work in the writing thread; after a failure, the file is opened anew and `recover` run before the next work.

        Raises:
            StoreUnavailableError: it failed; nothing of it is kept.

        """
        return await asyncio.get_running_loop().run_in_executor(self._writer, self._write, work, recover)

    def _write(self, work: Callable[[Connection], T], recover: Callable[[Connection], None]) -> T:
        with translated(self.path):
            if self.failure:
                self._connection.close()
                self._connection = self._connect()
                self._generation += 1
                recover(self._connection)
                self.failure = ""
            try:
                return work(self._connection)
            except BaseException as error:
                self.failure = str(error).partition("\n")[0] or type(error).__name__
                raise

    async def read(self, work: Callable[[Connection], T]) -> T:
        """Run a query in a reading thread; it sees what was committed before it began."""
        return await asyncio.get_running_loop().run_in_executor(self._readers, self._read, work)

    def _read(self, work: Callable[[Connection], T]) -> T:
        with translated(self.path):
            if getattr(self._local, "generation", None) != self._generation:
                self._local.generation = self._generation
                self._local.cursor = self._connection.cursor()
            return work(self._local.cursor)

    async def close(self) -> None:
        """Let running work end, then close the file and let go of the lock."""
        await asyncio.to_thread(self._close)

    def _close(self) -> None:
        self._writer.shutdown()
        self._readers.shutdown()
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


def milliseconds(instants: NDArray[Any]) -> IntArray:
    """UTC milliseconds of a column of timestamps."""
    return instants.astype("datetime64[ms]").astype(np.int64)
