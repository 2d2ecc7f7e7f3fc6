"""Runs what docker-compose.yml says without containers: its commands, environment and mounted files, paths and ports moved."""

import os
import re
import shutil
import socket
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import pytest
import yaml

from mainsight.app.broker import find_mosquitto

ROOT = Path(__file__).parents[2]
TOOLS = Path(os.environ.get("MAINSIGHT_TOOLS", ROOT / ".tools/debian"))
PROFILES = ("setup", "demo", "tools")
Service = dict[str, Any]


def compose_command() -> tuple[list[str], dict[str, str]]:
    """Docker Compose, from the machine or unpacked by scripts/get-debian, and the environment it needs."""
    docker = shutil.which("docker")
    if docker and subprocess.run([docker, "compose", "version"], capture_output=True, check=False).returncode == 0:
        return [docker, "compose"], {}
    if program := shutil.which("docker-compose"):
        return [program], {}
    unpacked = TOOLS / "usr/bin/docker-compose"
    if not unpacked.exists():
        pytest.fail("docker-compose is not on this machine: scripts/get-debian docker-compose (no root needed)")
    return ["/usr/bin/python3", str(unpacked)], {"PYTHONPATH": str(TOOLS / "usr/lib/python3/dist-packages")}


def composed(environment_file: Path, **more: str) -> dict[str, Any]:
    """The compose file as Docker Compose understands it: checked by its schema, variables put in."""
    command, environ = compose_command()
    profiles = [word for profile in PROFILES for word in ("--profile", profile)]
    files = ["--project-directory", str(ROOT), "--file", str(ROOT / "docker-compose.yml"), "--env-file", str(environment_file)]
    clean = {name: value for name, value in os.environ.items() if name in {"PATH", "HOME"}}
    done = subprocess.run([*command, *files, *profiles, "config"], env=clean | environ | more, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = yaml.safe_load(done.stdout.replace("$$", "$"))
    return found


def environment(service: Service) -> dict[str, str]:
    """Variables a service is given; one without a value, as a token before `influx init`, is not there at all."""
    return {name: value for name, value in service.get("environment", {}).items() if value is not None}


def mounts(service: Service) -> dict[str, str]:
    """Path in the container -> path on the host, or name of a volume."""
    found = {}
    for mount in service.get("volumes", []):
        source, target = (mount["source"], mount["target"]) if isinstance(mount, dict) else mount.split(":")[:2]
        found[target] = source
    return found


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@dataclass(slots=True)
class ComposedBroker:
    """The broker's service as a child process.

    Three things differ from the container: where its folders are, its ports, and that it stays the user it is.
    """

    service: Service
    place: Path
    port: int = field(default_factory=free_port)
    tls_port: int = field(default_factory=free_port)
    _process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it and wait until it listens."""
        for target, source in mounts(self.service).items():
            moved = Path(self._moved(target))
            if source.startswith("/"):
                shutil.copytree(source, moved, dirs_exist_ok=True)
            else:
                moved.mkdir(parents=True, exist_ok=True)
        Path(self._moved("/run/mosquitto")).mkdir(parents=True, exist_ok=True)
        for file in (self.config / "start.sh", self.config / "mosquitto.conf", self.config / "tls.conf"):
            file.write_text(self._moved(file.read_text(encoding="utf-8")), encoding="utf-8")
        with (self.config / "mosquitto.conf").open("a", encoding="utf-8") as file:
            file.write("user root\n")
        with self.log.open("wb") as log:
            command = [self._moved(word) for word in self.service["entrypoint"]]
            self._process = subprocess.Popen(command, env=self.environ, stdin=subprocess.DEVNULL, stdout=log, stderr=log, process_group=0)
        self.wait_for(b" running\n")

    def wait_for(self, text: bytes, times: int = 1) -> None:
        """Wait until the log says something (so often)."""
        deadline = time.monotonic() + 15
        while self.log.read_bytes().count(text) < times:
            assert self._process is not None
            assert self._process.poll() is None, self.log.read_text()
            assert time.monotonic() < deadline, self.log.read_text()
            time.sleep(0.02)

    def reload(self) -> None:
        """Do what the guide says makes accounts and certificates new."""
        assert self._process is not None
        subprocess.run([self.config / "start.sh", "reload"], env=self.environ, check=True)
        times = self.log.read_bytes().count(b"Reloading config")
        self._process.send_signal(1)
        self.wait_for(b"Reloading config", times + 1)

    def healthy(self) -> bool:
        """Run the health check of the compose file."""
        kind, command = self.service["healthcheck"]["test"]
        assert kind == "CMD-SHELL"
        return subprocess.run(["/bin/sh", "-c", self._moved(command)], env=self.environ, check=False, capture_output=True).returncode == 0

    def stop(self) -> None:
        """End it."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait(10)
            self._process = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def config(self) -> Path:
        return Path(self._moved("/mosquitto/config"))

    @property
    def log(self) -> Path:
        return self.place / "log"

    @property
    def environ(self) -> Mapping[str, str]:
        program, libraries = find_mosquitto(os.environ)
        path = os.pathsep.join([str(program.parent), str(TOOLS / "usr/bin"), os.environ["PATH"]])
        return environment(self.service) | {"PATH": path} | ({"LD_LIBRARY_PATH": libraries} if libraries else {})

    def _moved(self, text: str) -> str:
        text = re.sub(r"(?<![\w.])(/run/mosquitto|/mosquitto)(?![\w.])", rf"{self.place}\1", text)
        text = re.sub(r"\b1883\b", str(self.port), text)
        text = re.sub(r"\b8883\b", str(self.tls_port), text)
        return text.replace("chown -R mosquitto:mosquitto", f"chown -R {os.getuid()}:{os.getgid()}")
