"""A server of our own as a child process: started until it says that it is ready, ended by its handle."""

import socket
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

HOST = "127.0.0.1"
_STOP_TIMEOUT_S = 10.0
_POLL_S = 0.01


class Child:
    """One child process and the file into which it writes what it has to say. Calls block: use a thread from an event loop."""

    def __init__(self, log: Path) -> None:
        """Nothing runs yet."""
        self.log = log
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def running(self) -> bool:
        """Whether it lives."""
        return self._process is not None and self._process.poll() is None

    def launch(self, command: Sequence[str | Path], ready: bytes, *, environ: Mapping[str, str] | None = None, timeout_s: float) -> bool:
        """Start it and wait until its log holds what it says when it is ready; False when it ended or took too long.

        Trying to connect would not do: on a taken port another program would answer before the child has given up.
        """
        with self.log.open("wb") as log:
            # A group of its own: Ctrl-C in a terminal must reach us alone, so that we end the child last.
            self._process = subprocess.Popen(  # noqa: S603 - programs are found by us, arguments are ours
                command, env=environ, stdin=subprocess.DEVNULL, stdout=log, stderr=log, process_group=0
            )
        deadline = time.monotonic() + timeout_s
        while self.running and time.monotonic() < deadline:
            if ready in self.log.read_bytes():
                return True
            time.sleep(_POLL_S)
        self.kill()
        return False

    def stop(self) -> None:
        """End it, and let it save what it holds."""
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(_STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            self.kill()
        self._process = None

    def kill(self) -> None:
        """End it as a power cut would."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def last_words(self) -> str:
        """The end of its log."""
        return "\n".join(self.log.read_text(encoding="utf-8", errors="replace").splitlines()[-5:])


def free_port() -> int:
    """A port that is free now; another program can still take it before it is bound."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port
