"""The demo on InfluxDB: the server and each role a child process, the same words at the end."""

import subprocess
import sys
from pathlib import Path

import pytest

from .house import ROOT
from .test_demo import counts

pytestmark = pytest.mark.timeout(180)


def test_the_demo_on_influxdb_ends_by_itself_and_leaves_no_process(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "mainsight.app", "demo", "--store", "influx", "--data", str(tmp_path), "--days", "1", "--seconds", "6"]
    environment = {"PATH": "/usr/sbin:/usr/bin:/bin", "COLUMNS": "300", "MAINSIGHT__API__PORT": "0"}
    run = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=150)
    assert run.returncode == 0, run.stdout + run.stderr
    said = counts(run.stdout)
    assert said["messages received"] >= 256
    assert said["readings stored"] == said["readings received"] > 60_000
    assert said["messages quarantined"] == 0
    assert "history is in" in run.stdout
    logs = {log.stem: log.read_text() for log in tmp_path.glob("*.log")}
    assert logs.keys() == {"collect", "api", "forecast", "alarms"}
    assert "Traceback" not in "".join(logs.values())
    assert "last counts were not told" not in "".join(logs.values())
    assert (tmp_path / "settings.yaml").stat().st_mode & 0o077 == 0, "it holds the store's password"
    assert str(tmp_path) not in subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=True).stdout
