"""The demo as a person starts it, and what stands in its way."""

import os
import re
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

ROOT = Path(__file__).parents[2]
_DAYS = "8"  # enough for a seasonal naive forecast


def start(folder: Path, *words: str, port: int = 0) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "mainsight.app", "demo", "--data", str(folder), "--days", _DAYS, *words]
    environment = {"PATH": "/usr/sbin:/usr/bin:/bin", "COLUMNS": "300", "PYTHONUNBUFFERED": "1", "MAINSIGHT__API__PORT": str(port)}
    return subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True
    )


def refused(folder: Path, **options: int) -> str:
    """Output of a demo that must not start."""
    process = start(folder, **options)
    output, _ = process.communicate(timeout=60)
    assert process.returncode == 1, output
    assert "Traceback" not in output
    return output


def counts(output: str) -> dict[str, int]:
    return {name: int(number.replace(",", "")) for name, number in re.findall(r"^([a-z ]+?) {2,}([\d,]+)", output, re.MULTILINE)}


class Running:
    """A demo whose output is gathered as it comes."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self.lines: list[str] = []
        self._more = threading.Condition()
        self._thread = threading.Thread(target=self._read)
        self._thread.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        with self.process.stdout as lines:
            for line in lines:
                with self._more:
                    self.lines.append(line)
                    self._more.notify_all()

    def wait_for(self, pattern: str, timeout: float = 90) -> re.Match[str]:
        with self._more:
            assert self._more.wait_for(lambda: re.search(pattern, self.output), timeout), self.output
        found = re.search(pattern, self.output)
        assert found is not None
        return found

    @property
    def output(self) -> str:
        return "".join(self.lines)

    def interrupt(self) -> str:
        os.killpg(self.process.pid, signal.SIGINT)  # as a terminal does: to all of the group
        return self.end(30)

    def end(self, timeout: float) -> str:
        self.process.wait(timeout)
        self._thread.join(10)
        return self.output


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("demo")


@pytest.fixture(scope="module")
def first(folder: Path) -> Iterator[Running]:
    """A demo that runs until it is interrupted; its history is in."""
    running = Running(start(folder))
    try:
        running.wait_for("history is in")
        yield running
    finally:
        if running.process.poll() is None:
            running.interrupt()


def test_every_zone_has_live_values_that_follow_the_wall_clock(first: Running) -> None:
    url = first.wait_for(r"console: (http://\S+)/#code=")[1]
    with httpx.Client(base_url=f"{url}/api/v1") as api:
        first.wait_for("on-call: ")
        overview = api.get("/overview").json()
    assert len(overview["zones"]) == 6
    for zone in overview["zones"]:
        for load in zone["loads"]:
            assert load["value"] > 0
            assert not load["stale"], (zone["id"], load)
            assert abs(overview["now_ms"] - load["at_ms"]) < 15_000


def test_a_second_demo_on_the_same_folder_says_who_holds_the_store(first: Running, folder: Path) -> None:
    assert f"is open in process {first.process.pid}" in refused(folder)


def test_interrupting_says_what_was_saved_and_leaves_no_process(first: Running) -> None:
    first.wait_for("on-call: .*no readings for")
    output = first.interrupt()
    assert first.process.returncode == 0
    said = counts(output)
    assert said["messages received"] >= 256 * int(_DAYS)
    assert said["readings stored"] == said["readings received"] > 500_000
    assert said["forecasts issued"] >= 12, "of each zone, which come first"
    assert said["alarms delivered"] >= 1
    assert "Traceback" not in output
    children = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=True).stdout
    assert str(first.process.args[5]) not in children  # type: ignore[index]  # the folder: broker and simulator name it


def test_a_demo_on_the_same_folder_goes_on_and_ends_by_itself_after_its_seconds(first: Running, folder: Path) -> None:
    assert first.process.poll() is not None
    again = Running(start(folder, "--seconds", "20"))
    said = counts(again.end(90))
    assert again.process.returncode == 0, again.output
    assert said["messages received"] < 256 * int(_DAYS), "what was stored is not published again"
    assert said["messages quarantined"] == 0


def test_a_port_in_use_is_told_with_what_to_set(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert f"cannot listen on 127.0.0.1:{port}: Address already in use; set another" in refused(tmp_path, port=port)


def test_a_store_of_another_program_is_refused(tmp_path: Path) -> None:
    (tmp_path / "readings.duckdb").write_text("this is no database, whatever its name says")
    output = refused(tmp_path)
    assert "readings.duckdb is not a DuckDB file" in output
    assert (tmp_path / "readings.duckdb").read_text().startswith("this is no database")
