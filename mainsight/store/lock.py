"""One process at a time: a lock file that names its holder."""

import fcntl
import os
from collections.abc import Callable
from pathlib import Path
from typing import TextIO

from mainsight.store.port import StoreUnavailableError


class HeldError(StoreUnavailableError):
    """Another process holds the lock."""


class FileLock:
    """An exclusive lock on a file. The system lets go of it when the process ends, however it ends."""

    def __init__(self, path: Path, refusal: Callable[[str], str]) -> None:
        """Take the lock.

        Args:
            path: the lock's file; made where there is none.
            refusal: the sentence to refuse with, given the process that holds it.

        Raises:
            HeldError: another process (or another lock of this one) holds it.
            StoreUnavailableError: the folder cannot be written.

        """
        self.path = path
        try:
            self._file: TextIO = self.path.open("a+", encoding="utf-8")
        except OSError as error:
            raise StoreUnavailableError(f"{self.path} cannot be written: {error.strerror}") from error
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            self._file.seek(0)
            holder = self._file.read().strip() or "unknown"
            self._file.close()
            raise HeldError(refusal(holder)) from error
        try:
            self._file.truncate(0)
            self._file.write(str(os.getpid()))
            self._file.flush()
        except OSError:  # a full disk: the lock itself holds, only its holder's name is missing
            self._file.seek(0)

    def release(self) -> None:
        """Let go. The file stays: removing it could take the lock from under one who waits for it."""
        self._file.close()


class StoreLock(FileLock):
    """The lock on `<store file>.lock` of the embedded store."""

    def __init__(self, store: Path) -> None:
        """Take the lock. Raises as `FileLock` does."""
        path = store.with_name(store.name + ".lock")
        super().__init__(
            path,
            lambda holder: (
                f"{store} is open in process {holder} (see {path}); the embedded store admits one process: "
                "end that one, ask it through its API, or use InfluxDB for several"
            ),
        )


class RoleLock(FileLock):
    """The lock on `<state file>.<role>.lock`: two processes of one role would do the same work, and page people twice."""

    def __init__(self, state: Path, role: str) -> None:
        """Take the lock. Raises as `FileLock` does."""
        path = state.with_name(f"{state.name}.{role}.lock")
        super().__init__(
            path, lambda holder: f"mainsight {role} runs already on {state}, as process {holder} (see {path}); end that one first"
        )
