"""Units for servers without containers, as systemd itself reads them."""

import shutil
import subprocess
from pathlib import Path

import pytest

from mainsight.app.cli import VERBS
from mainsight.app.settings import load_settings
from tests.deploy.sandbox import ROOT

FOLDER = ROOT / "deploy/systemd"
ROLES = ("collect", "forecast", "alarms", "api")


def test_systemd_finds_nothing_to_complain_about(tmp_path: Path) -> None:
    """Only the program is another: the unit's is not on this machine."""
    verify = shutil.which("systemd-analyze")
    if verify is None:
        pytest.fail("systemd-analyze is not on this machine: apt-get install systemd")
    unit = (FOLDER / "mainsight@.service").read_text(encoding="utf-8")
    (tmp_path / "mainsight@.service").write_text(unit.replace("/opt/mainsight/.venv/bin/mainsight", "/bin/true"), encoding="utf-8")
    shutil.copy(FOLDER / "mainsight.target", tmp_path)
    for role in ROLES:
        (tmp_path / f"mainsight@{role}.service").symlink_to("mainsight@.service")
    files = sorted(str(file) for file in tmp_path.iterdir() if "@." not in file.name)
    done = subprocess.run([verify, "verify", "--man=no", *files], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout + done.stderr) == (0, "")
    exposure = [verify, "security", "--offline=true", "--threshold=20", str(tmp_path / "mainsight@collect.service")]
    looked_at = subprocess.run(exposure, capture_output=True, text=True, check=False)
    assert looked_at.returncode == 0, looked_at.stdout[-2000:]


def test_one_unit_serves_every_role() -> None:
    unit = (FOLDER / "mainsight@.service").read_text(encoding="utf-8")
    assert "ExecStart=/opt/mainsight/.venv/bin/mainsight %i --settings /etc/mainsight/mainsight.yaml" in unit
    assert set(ROLES) <= VERBS.keys()


def test_settings_are_understood_and_agree_with_those_of_the_containers() -> None:
    settings = load_settings(FOLDER / "mainsight.yaml", {})
    assert settings.store.engine == "influxdb"
    assert settings.store.state.is_relative_to("/var/lib/mainsight")
    assert settings.api.host == "127.0.0.1"
    containers = load_settings(ROOT / "deploy/mainsight.yaml", {})
    assert (settings.store.timezone, settings.store.influx.database) == (containers.store.timezone, containers.store.influx.database)
