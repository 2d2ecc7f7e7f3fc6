"""A mosquitto of our own: a child process on loopback, for demo and tests. Production brings its own broker.

mosquitto is taken from the machine or from the folder into which `scripts/get-debian` unpacks it.
"""

import base64
import hashlib
import os
import secrets
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from mainsight.app.child import HOST, Child, free_port

_START_TIMEOUT_S = 15.0
_PORT_TRIES = 5  # a free port can be taken by another program between our look and mosquitto's bind


class BrokerError(Exception):
    """There is no mosquitto, or it does not start; the message says what to mend."""


@dataclass(frozen=True, slots=True)
class BrokerTls:
    """Certificates of the broker, as files in PEM format; with `require_certificate` clients need one of the same CA."""

    ca: Path
    certificate: Path
    key: Path
    require_certificate: bool = False


@dataclass(frozen=True, slots=True)
class BrokerConfig:
    """What the child is to be.

    Attributes:
        folder: its private folder: configuration, log and database.
        port: 0 takes a free one, kept over restarts.
        max_inflight: QoS 1 messages sent to one client before the first is acknowledged; 0 is no limit. At mosquitto's
            own default of 20 a collector that commits in batches gets 20 messages a commit.
        persistence: queued messages survive a restart of the broker; a power cut costs those of the last second or two. mosquitto
            writes its whole database then, so it does it once a second and not after every change.
        users: name -> password; empty lets anyone in.
        tls: listen with TLS alone.

    """

    folder: Path
    port: int = 0
    max_inflight: int = 0
    persistence: bool = True
    users: Mapping[str, str] = field(default_factory=dict)
    tls: BrokerTls | None = None


class Broker:
    """The child process. Calls block for some tens of milliseconds: use a thread from an event loop."""

    def __init__(self, config: BrokerConfig, environ: Mapping[str, str] | None = None) -> None:
        self._config = config
        self._environ = dict(os.environ if environ is None else environ)
        self._child = Child(config.folder / "mosquitto.log")
        self.host = HOST
        self.port = config.port

    @property
    def running(self) -> bool:
        """Whether the child lives."""
        return self._child.running

    @property
    def log(self) -> Path:
        """File into which the child writes what it has to say."""
        return self._child.log

    def start(self) -> None:
        """Start it and wait until it accepts connections.

        Raises:
            BrokerError: mosquitto is not to be found, the port is taken, or it ended at once.

        """
        if self.running:
            return
        program, library_path = find_mosquitto(self._environ)
        environ = self._environ | ({"LD_LIBRARY_PATH": library_path} if library_path else {})
        self._config.folder.mkdir(parents=True, exist_ok=True)
        tries = 1 if self.port else _PORT_TRIES
        for attempt in range(tries):
            port = self.port or free_port()
            if self._start_on(port, program, environ):
                self.port = port
                return
            if attempt + 1 == tries:
                message = f"mosquitto did not start on {HOST}:{port}; the end of {self.log} says why:\n{self._child.last_words()}"
                raise BrokerError(message)

    def stop(self) -> None:
        """End it; with persistence its queues are saved."""
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

    def _start_on(self, port: int, program: Path, environ: Mapping[str, str]) -> bool:
        file = self._config.folder / "mosquitto.conf"
        file.write_text(configuration(self._config, port), encoding="utf-8")
        if self._config.users:
            passwords = self._config.folder / "passwords"
            passwords.write_text("".join(_password_line(*user) for user in self._config.users.items()), encoding="utf-8")
            passwords.chmod(0o600)
        return self._child.launch([program, "-c", file], b" running\n", environ=environ, timeout_s=_START_TIMEOUT_S)


def find_mosquitto(environ: Mapping[str, str]) -> tuple[Path, str]:
    """The program, and the library path that it needs when it was unpacked rather than installed.

    Raises:
        BrokerError: there is none; the message says how to get it.

    """
    system = f"{environ.get('PATH', os.defpath)}{os.pathsep}/usr/sbin{os.pathsep}/usr/local/sbin{os.pathsep}/opt/homebrew/sbin"
    if found := shutil.which("mosquitto", path=system):
        return Path(found), ""
    tools = Path(environ.get("MAINSIGHT_TOOLS", Path(__file__).parents[2] / ".tools/debian"))
    unpacked = tools / "usr/sbin/mosquitto"
    if not unpacked.exists():
        message = (
            "mosquitto, the MQTT broker, is not on this machine. Run scripts/get-debian mosquitto (no root needed), or install it: "
            "apt install mosquitto, brew install mosquitto."
        )
        raise BrokerError(message)
    folders = [str(folder) for base in ("usr/lib", "lib") for folder in sorted((tools / base).glob("*-linux-*"))]
    inherited = environ.get("LD_LIBRARY_PATH")
    return unpacked, os.pathsep.join([*folders, *([inherited] if inherited else [])])


def configuration(config: BrokerConfig, port: int) -> str:
    """Text of mosquitto.conf."""
    folder = config.folder.resolve()
    lines = [
        f"listener {port} {HOST}",
        f"max_inflight_messages {config.max_inflight}",
        "max_queued_messages 0",
        "set_tcp_nodelay true",
        f"allow_anonymous {'false' if config.users else 'true'}",
    ]
    if os.geteuid() == 0:
        lines.append("user root")  # otherwise it gives up its rights and cannot write into its private folder
    if config.users:
        lines.append(f"password_file {folder / 'passwords'}")
    if config.persistence:
        lines += ["persistence true", f"persistence_location {folder}/", "autosave_interval 1", "autosave_on_changes false"]
    if config.tls:
        lines += [
            f"cafile {config.tls.ca.resolve()}",
            f"certfile {config.tls.certificate.resolve()}",
            f"keyfile {config.tls.key.resolve()}",
        ]
        lines.append(f"require_certificate {'true' if config.tls.require_certificate else 'false'}")
    return "\n".join(lines) + "\n"


def _password_line(user: str, password: str) -> str:
    """One line of a password file: mosquitto's scheme 7, PBKDF2 with SHA-512."""
    salt, rounds = secrets.token_bytes(12), 101
    digest = hashlib.pbkdf2_hmac("sha512", password.encode(), salt, rounds)
    return f"{user}:$7${rounds}${base64.b64encode(salt).decode()}${base64.b64encode(digest).decode()}\n"
