"""docs/guides/install.md: its commands for servers without containers are run as they stand; the others are read."""

import asyncio
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from mainsight.app.broker import find_mosquitto
from mainsight.app.cli import VERBS
from mainsight.app.clock import now_ms
from mainsight.app.influxd import configuration, find_influxd
from mainsight.app.settings import load_settings
from mainsight.core.readings import Reading
from mainsight.store.influx import InfluxStore
from tests.deploy.sandbox import ROOT, TOOLS, Service, free_port

GUIDE = (ROOT / "docs/guides/install.md").read_text(encoding="utf-8")
NOT_HERE = ("systemctl", "chown", "apt-get", "useradd")


def blocks(heading: str) -> list[str]:
    """Blocks of commands below a heading."""
    section = re.split(r"^##+ ", GUIDE, flags=re.MULTILINE)
    text = next(part for part in section if part.startswith(f"{heading}\n"))
    return re.findall(r"^```sh\n(.*?)^```", text, re.MULTILINE | re.DOTALL)


class Server:
    """A server below a folder: paths and ports are moved there, and what would change this machine does nothing."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port, self.rpc = free_port(), free_port()
        programs = folder / "programs"
        programs.mkdir()
        for name in NOT_HERE:
            (programs / name).write_text("#!/bin/sh\n", encoding="utf-8")
            (programs / name).chmod(0o755)
        (programs / "influxd").symlink_to(find_influxd(os.environ))
        for name in ("etc/mosquitto/conf.d", "var/lib/mainsight"):
            (folder / name).mkdir(parents=True)
        _, libraries = find_mosquitto(os.environ)
        path = os.pathsep.join(map(str, (programs, TOOLS / "usr/bin", os.environ["PATH"])))
        self.environ = {"PATH": path, "BACKUP": str(folder / "backup")}
        if libraries:
            self.environ["LD_LIBRARY_PATH"] = libraries
        self.environ |= {"INFLUX_ADMIN_USER": "admin", "INFLUX_ADMIN_PASSWORD": "of-the-second-server"}

    def moved(self, text: str) -> str:
        for old, new in (
            ("/etc/", f"{self.folder}/etc/"),
            ("/var/lib/mainsight", f"{self.folder}/var/lib/mainsight"),
            ("/srv/backup/$(date +%F)", f"{self.folder}/backup"),
            ("127.0.0.1:8086", f"127.0.0.1:{self.port}"),
            (".venv/bin/", f"{Path(sys.executable).parent}/"),
            ("influxd backup ", f"influxd backup -host 127.0.0.1:{self.rpc} "),
            ("influxd restore ", f"influxd restore -host 127.0.0.1:{self.rpc} "),
        ):
            text = text.replace(old, new)
        return text

    def run(self, commands: str) -> str:
        done = subprocess.run(
            ["/bin/bash", "-euo", "pipefail", "-c", self.moved(commands)],
            cwd=ROOT,
            env=self.environ,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"{commands}\n{done.stdout}{done.stderr}"
        return done.stdout

    @property
    def settings(self) -> Path:
        return self.folder / "etc/mainsight/mainsight.yaml"

    def environment(self) -> dict[str, str]:
        lines = (self.folder / "etc/mainsight/environment").read_text(encoding="utf-8").splitlines()
        return dict(line.split("=", 1) for line in lines)

    @contextmanager
    def influxd(self, name: str) -> Iterator[None]:
        """A server as Debian's package starts it, authentication on, without users."""
        file = self.folder / f"{name}.conf"
        file.write_text(configuration(self.folder / name, self.port, self.rpc), encoding="utf-8")
        with (self.folder / f"{name}.log").open("wb") as log:
            process = subprocess.Popen([find_influxd(os.environ), "-config", file], stdout=log, stderr=log, process_group=0)
        try:
            answers = "for n in $(seq 100); do curl --silent --fail http://127.0.0.1:8086/ping && exit; sleep 0.1; done; exit 1"
            self.run(answers)
            yield
        finally:
            process.terminate()
            process.wait(20)


async def store_something(server: Server) -> int:
    settings = load_settings(server.settings, server.environment()).store
    store = await InfluxStore.open(settings, now_ms)
    readings = [Reading("one", "power", now_ms() - n * 5000, n + 0.5, now_ms()) for n in range(500)]
    await store.write(readings)
    await store.close()
    return len(readings)


def test_a_server_without_containers_is_set_up_backed_up_rehearsed_and_restored_by_the_guide(tmp_path: Path) -> None:
    server = Server(tmp_path)
    _, accounts, influx, _ = blocks("Without containers")
    server.run(accounts)
    server.settings.write_text(server.moved(server.settings.read_text(encoding="utf-8")), encoding="utf-8")
    users = [line.split(":")[0] for line in (tmp_path / "etc/mosquitto/mainsight.passwords").read_text().splitlines()]
    assert users == ["collect", "forecast", "alarms", "api"]
    given = load_settings(
        server.settings, dict(line.split("=", 1) for line in (tmp_path / "etc/mainsight/api.environment").read_text().splitlines())
    )
    assert given.broker.username == "api"
    assert given.broker.password is not None
    assert {file.stat().st_mode & 0o077 for file in (tmp_path / "etc/mainsight").glob("*.environment")} == {0}

    (without,) = [block for block in blocks("Back up") if "influxd backup" in block]
    with server.influxd("first"):
        server.run(influx)
        stored = asyncio.run(store_something(server))
        server.run(
            'set -a; . /etc/mainsight/environment; set +a; .venv/bin/mainsight key --settings /etc/mainsight/mainsight.yaml make "Lan"'
        )
        server.run(without)
        assert "restores whole" in server.run(blocks("Rehearse the restore")[0])
    counts = json.loads((tmp_path / "backup/manifest.json").read_text())["series"]["counts"]
    assert max(counts.values()) == stored
    assert {file.stat().st_mode & 0o077 for file in (tmp_path / "backup").iterdir() if file.is_file()} == {0}

    (tmp_path / "var/lib/mainsight/state.sqlite").rename(tmp_path / "lost")
    (restore,) = [block for block in blocks("Restore") if "influxd restore" in block]
    with server.influxd("second"):
        administrator = next(line for line in influx.splitlines() if line.startswith("curl"))
        server.run(administrator)
        assert "all counts and checksums agree" in server.run(restore)


def test_ports_are_those_of_the_compose_file(services: dict[str, Service]) -> None:
    rows = re.findall(r"^\| `([\w-]+)` \| .+? \| (\d+|none) \|(.*)\|$", GUIDE, re.MULTILINE)
    raw = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
    told = {(name, int(port)) for name, port, _ in rows if port != "none"}
    found = {(name, inside(port)) for name, service in services.items() for port in service.get("ports", [])}
    assert told == found
    for _, port, moved_by in rows:
        for variable in re.findall(r"`(\w+)`", moved_by):
            assert f"${{{variable}:-" in raw, f"{variable} of port {port} is not in docker-compose.yml"
    assert {name for name, port, _ in rows if port == "none"} == {"collect", "forecast", "alarms"}


def inside(port: dict[str, int] | str) -> int:
    return int(port["target"] if isinstance(port, dict) else port.rsplit(":", 1)[1].partition("/")[0])


def test_services_verbs_and_files_it_names_are_there(services: dict[str, Service]) -> None:
    commands = [
        line.split("  #")[0] for block in re.findall(r"^```sh\n(.*?)^```", GUIDE, re.MULTILINE | re.DOTALL) for line in block.splitlines()
    ]
    composed = [line.split() for line in commands if line.startswith("docker compose")]
    assert len(composed) > 20
    options_with_value = {"--volume", "--entrypoint", "--signal", "--profile"}
    for words in composed:
        plain, skip = [], False
        for word in words[2:]:
            if not skip and not word.startswith("-"):
                plain.append(word)
            skip = word in options_with_value
        action, *rest = plain
        assert action in {"build", "up", "run", "exec", "kill", "stop", "start", "down"}, words
        named = rest if action in {"stop", "start"} else rest[:1]
        assert set(named) <= services.keys(), words
    for verb in re.findall(r"(?:^|bin/| )mainsight ((?!\")[a-z]+)", "\n".join(commands), re.MULTILINE):
        assert verb in VERBS
    for path in re.findall(r"(?<![\w/.])(?:scripts|deploy|docs|tests)/[\w./@-]*\w", GUIDE):
        generated = path.startswith("deploy/certificates/") or path == "deploy/mosquitto/devices"
        assert generated or (ROOT / path).exists(), path


@pytest.mark.parametrize("variable", ["BACKUP", "GRAFANA_URL", "MQTT_TLS_ADDRESS"])
def test_variables_of_the_compose_file_are_told(variable: str) -> None:
    assert f"${{{variable}:-" in (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
    assert variable in GUIDE
