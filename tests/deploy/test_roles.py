"""The roles of the compose file as it starts them: its commands, environment, settings and health checks; only addresses are moved.

InfluxDB is Debian's 1.6.7, so `influx init` gets an administrator's name and password, where 2.x gets a token.
"""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest

from mainsight.app.influxd import Influxd
from tests.deploy.sandbox import ROOT, ComposedBroker, Service, environment, free_port, mounts

ROLES = ("collect", "forecast", "alarms")


@dataclass
class Stack:
    """What runs, and how to start more of it."""

    services: dict[str, Service]
    place: Path
    moved: dict[str, str]
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    key: str = ""

    @property
    def api(self) -> str:
        return f"http://127.0.0.1:{self.moved['MAINSIGHT__API__PORT']}"

    def command(self, name: str, words: list[str]) -> list[str]:
        """The service's words, with paths of the container as they are here."""
        moved = mounts(self.services[name]) | {"/opt/mainsight": str(ROOT)}
        return [
            next((word.replace(inside, here, 1) for inside, here in moved.items() if word.startswith(f"{inside}/") or word == inside), word)
            for word in words
        ]

    def environ(self, name: str) -> dict[str, str]:
        own = environment(self.services[name])
        own.pop("INFLUX_ADMIN_TOKEN", None)
        return {"PATH": os.environ["PATH"]} | own | self.moved

    def make_key(self) -> None:
        """Make a key to read the API with, as the guide does."""
        command = [sys.executable, "-m", "mainsight.app", "key", "make", "watcher", "--role", "viewer"]
        done = subprocess.run(command, env=self.environ("api"), cwd=ROOT, capture_output=True, text=True, check=True)
        self.key = done.stdout.strip()

    def run(self, name: str, **more: str) -> str:
        """A service that runs once; what it prints."""
        command = [sys.executable, "-m", "mainsight.app", *self.command(name, self.services[name]["command"])]
        done = subprocess.run(command, env=self.environ(name) | more, cwd=ROOT, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def start(self, *names: str) -> None:
        for name in names:
            command = [sys.executable, "-m", "mainsight.app", *self.command(name, self.services[name]["command"])]
            with (self.place / f"{name}.log").open("wb") as log:
                self.processes[name] = subprocess.Popen(command, env=self.environ(name), cwd=ROOT, stdout=log, stderr=log)

    def healthy(self, name: str) -> bool:
        """Run the service's health check."""
        kind, program, *words = self.services[name]["healthcheck"]["test"]
        assert (kind, program) == ("CMD", "python")
        command = [sys.executable, *self.command(name, words), self.api]
        return subprocess.run(command, check=False, capture_output=True).returncode == 0

    def status(self) -> Any:
        """What the API tells."""
        answer = httpx.get(f"{self.api}/api/v1/status", headers={"X-API-Key": self.key}, timeout=20)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def ready(self) -> set[str]:
        """Roles of which the API has heard that they are ready; none before it listens."""
        try:
            return {role for role in ROLES if httpx.get(f"{self.api}/readyz/{role}", timeout=20).status_code == 200}
        except httpx.TransportError:
            return set()

    def wait_until(self, done: Callable[[], bool], what: str) -> None:
        deadline = time.monotonic() + 40
        while not done():
            ended = [name for name, process in self.processes.items() if process.poll() is not None]
            logs = "\n".join(f"--- {file.name}\n{file.read_text()}" for file in self.place.glob("*.log"))
            assert not ended, f"{ended} ended\n{logs}"
            assert time.monotonic() < deadline, f"{what}\n{logs}"
            time.sleep(0.3)


@contextmanager
def stack(services: dict[str, Service], broker: ComposedBroker, influxd: Influxd, place: Path) -> Iterator[Stack]:
    moved = {
        "MAINSIGHT__REGISTRY": mounts(services["api"])["/etc/mainsight/registry"],
        "MAINSIGHT__BROKER__HOST": "127.0.0.1",
        "MAINSIGHT__BROKER__PORT": str(broker.port),
        "MAINSIGHT__STORE__INFLUX__URL": influxd.url,
        "MAINSIGHT__STORE__STATE": str(place / "state.sqlite"),
        "MAINSIGHT__API__HOST": "127.0.0.1",
        "MAINSIGHT__FORECAST__WORKERS": "1",
        "MAINSIGHT__API__PORT": str(free_port()),
    }
    made = Stack(services, place, moved)
    try:
        yield made
    finally:
        for process in made.processes.values():
            process.terminate()
        codes = {name: process.wait(30) for name, process in made.processes.items()}
    assert set(codes.values()) == {0}, codes


@pytest.fixture
def own_influxd(tmp_path: Path) -> Iterator[Influxd]:
    with Influxd(tmp_path / "influxd") as server:
        yield server


def test_the_stack_starts_is_watched_and_stores_what_the_simulator_sends(
    services: dict[str, Service], broker: ComposedBroker, own_influxd: Influxd, tmp_path: Path
) -> None:
    with stack(services, broker, own_influxd, tmp_path) as running:
        printed = running.run("influx-init", INFLUX_ADMIN_USER=own_influxd.user, INFLUX_ADMIN_PASSWORD=own_influxd.password)
        credentials = dict(line.split("=", 1) for line in printed.splitlines())
        assert {name.rsplit("_", 1)[1] for name in credentials} == {"USER", "PASSWORD"}
        running.moved |= {name: value for name, value in credentials.items() if name.startswith("MAINSIGHT__")}
        assert not running.healthy("api")
        running.start("api", "collect", "alarms", "forecast", "simulate")
        running.wait_until(lambda: running.ready() == set(ROLES), "the API has heard of all")
        assert all(running.healthy(name) for name in ("api", "collect", "alarms", "forecast"))
        assert httpx.get(f"{running.api}/api/v1/status").status_code == 401, "reading takes a key"
        running.make_key()
        running.wait_until(lambda: bool(running.status()["collector"]["stored"]), "readings stored")
        assert httpx.get(f"{running.api}/readyz").status_code == 200


@pytest.mark.parametrize(
    ("role", "told", "wrong"),
    [
        ("collect", (200, "ready"), "well"),
        ("collect", (503, "store: not reached"), "store: not reached"),
        ("moon", (404, "no such role"), "no such role"),
    ],
)
def test_a_role_is_as_well_as_the_api_has_heard(role: str, told: tuple[int, str], wrong: str) -> None:
    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            assert self.path == f"/readyz/{role}"
            self.send_response(told[0])
            self.end_headers()
            self.wfile.write(f"{told[1]}\n".encode())

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Answer) as server:
        thread = threading.Thread(target=server.handle_request)
        thread.start()
        command = [sys.executable, ROOT / "scripts/health.py", role, f"http://127.0.0.1:{server.server_port}"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        thread.join()
    assert (done.returncode, done.stdout.strip()) == (0 if wrong == "well" else 1, wrong)
