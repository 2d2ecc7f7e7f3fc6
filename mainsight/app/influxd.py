"""An InfluxDB 1.x of our own: a child process on loopback, for demo and tests. Production brings its own server.

influxd is taken from the machine or from the folder into which `scripts/get-debian` unpacks it.
"""

import os
import secrets
import shutil
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from mainsight.app.child import HOST, Child, free_port

_START_TIMEOUT_S = 30.0
_PORT_TRIES = 5  # a free port can be taken by another program between our look and influxd's bind
_ADMIN = "admin"


class InfluxdError(Exception):
    """There is no influxd, or it does not start; the message says what to mend."""


@dataclass(slots=True)
class Influxd:
    """The child process, with authentication on. Calls block for up to some seconds: use a thread from an event loop.

    Attributes:
        folder: its private folder: configuration, log and data; opened again it holds what it held.
        environ: where programs are looked for.
        url: its address, once it has started; kept over restarts.
        user, password: its administrator, made at the first start.

    """

    folder: Path
    environ: Mapping[str, str] = field(default_factory=lambda: dict(os.environ))
    url: str = ""
    user: str = _ADMIN
    password: str = ""
    _child: Child = field(init=False)

    def __post_init__(self) -> None:
        """Nothing runs yet."""
        self._child = Child(self.folder / "influxd.log")

    @property
    def running(self) -> bool:
        """Whether the child lives."""
        return self._child.running

    @property
    def log(self) -> Path:
        """File into which the child writes what it has to say."""
        return self._child.log

    def start(self) -> None:
        """Start it and wait until it answers.

        Raises:
            InfluxdError: influxd is not to be found, the port is taken, or it ended at once.

        """
        if self.running:
            return
        program = find_influxd(self.environ)
        self.folder.mkdir(parents=True, exist_ok=True)
        for _ in range(1 if self.url else _PORT_TRIES):
            ports = (int(self.url.rpartition(":")[2]) if self.url else free_port(), free_port())
            if self._start_on(*ports, program):
                self.url = f"http://{HOST}:{ports[0]}"
                self._make_admin()
                return
        raise InfluxdError(f"influxd did not start; the end of {self.log} says why:\n{self._child.last_words()}")

    def _start_on(self, port: int, backup_port: int, program: Path) -> bool:
        file = self.folder / "influxd.conf"
        file.write_text(configuration(self.folder, port, backup_port), encoding="utf-8")
        return self._child.launch([program, "-config", file], b"Listening for signals", timeout_s=_START_TIMEOUT_S)

    def _make_admin(self) -> None:
        """With authentication on, a server without users accepts one thing: the making of an administrator."""
        secret = self.folder / "admin-password"
        if secret.exists():
            self.password = secret.read_text(encoding="utf-8")
            return
        self.password = secrets.token_urlsafe(24)
        secret.touch(mode=0o600)
        secret.write_text(self.password, encoding="utf-8")
        query = f"CREATE USER {_ADMIN} WITH PASSWORD '{self.password}' WITH ALL PRIVILEGES"
        body = urllib.parse.urlencode({"q": query}).encode()
        try:
            with urllib.request.urlopen(f"{self.url}/query", body, timeout=10):  # noqa: S310 - the address is ours
                pass
        except urllib.error.URLError as error:
            raise InfluxdError(f"influxd at {self.url} makes no administrator: {error}; empty {self.folder}") from error

    def stop(self) -> None:
        """End it; what it holds is on disk."""
        self._child.stop()

    def kill(self) -> None:
        """End it as a power cut would."""
        self._child.kill()

    def __enter__(self) -> Self:
        """Start."""
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop."""
        self.stop()


def find_influxd(environ: Mapping[str, str]) -> Path:
    """The program.

    Raises:
        InfluxdError: there is none; the message says how to get it.

    """
    tools = Path(environ.get("MAINSIGHT_TOOLS", Path(__file__).parents[2] / ".tools/debian"))
    unpacked = tools / "usr/bin/influxd"
    if unpacked.exists():
        return unpacked
    if found := shutil.which("influxd", path=environ.get("PATH", os.defpath)):
        return Path(found)
    raise InfluxdError("influxd, the InfluxDB 1.x server, is not on this machine. Run scripts/get-debian influxdb (no root needed).")


def configuration(folder: Path, port: int, backup_port: int) -> str:
    """Text of influxd.conf: loopback alone, nothing reported home, no statistics about itself."""
    home = folder.resolve()
    return f"""reporting-disabled = true
reporting-enabled = false
bind-address = "{HOST}:{backup_port}"
[meta]
  dir = "{home}/meta"
[data]
  dir = "{home}/data"
  wal-dir = "{home}/wal"
  query-log-enabled = false
[monitor]
  store-enabled = false
[http]
  bind-address = "{HOST}:{port}"
  auth-enabled = true
  log-enabled = false
"""
