"""One process at a time: a lock file beside the store that names its holder."""

import fcntl
import os
from pathlib import Path
from typing import TextIO

from mainsight.store.port import StoreUnavailableError


class StoreLock:
    """An exclusive lock on `<store file>.lock`. The system lets go of it when the process ends, however it ends."""

    def __init__(self, store: Path) -> None:
        """Take the lock.

        Raises:
            StoreUnavailableError: another process (or store of this one) holds it, or the folder cannot be written.

        """
        self.path = store.with_name(store.name + ".lock")
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
            raise StoreUnavailableError(
                f"{store} is open in process {holder} (see {self.path}); the embedded store admits one process: "
                "end that one, ask it through its API, or use InfluxDB for several"
            ) from error
        try:
            self._file.truncate(0)
            self._file.write(str(os.getpid()))
            self._file.flush()
        except OSError:  # a full disk: the lock itself holds, only its holder's name is missing
            self._file.seek(0)

    def release(self) -> None:
        """Let go. The file stays: removing it could take the lock from under one who waits for it."""
        self._file.close()
