"""The broker as a child process, and the script that fetches it."""

import os
import socket
import subprocess
from pathlib import Path

import pytest

from mainsight.app.broker import Broker, BrokerConfig, BrokerError, BrokerTls, configuration, find_mosquitto

ROOT = Path(__file__).parents[2]


def test_starts_accepts_and_stops(tmp_path: Path) -> None:
    with Broker(BrokerConfig(tmp_path)) as broker:
        assert broker.running
        socket.create_connection((broker.host, broker.port), timeout=5).close()
        port = broker.port
    assert not broker.running
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port), timeout=5)


def test_keeps_its_port_and_its_database_over_a_restart(tmp_path: Path) -> None:
    broker = Broker(BrokerConfig(tmp_path))
    broker.start()
    port = broker.port
    broker.stop()
    assert (tmp_path / "mosquitto.db").exists()
    broker.start()
    assert broker.port == port
    broker.kill()
    assert not broker.running


def test_a_port_in_use_is_told(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(BrokerError, match="Address already in use"):
            Broker(BrokerConfig(tmp_path, port=taken.getsockname()[1])).start()


def test_without_mosquitto_it_says_how_to_get_it(tmp_path: Path) -> None:
    environ = {"PATH": str(tmp_path), "MAINSIGHT_TOOLS": str(tmp_path)}
    if any(Path(folder, "mosquitto").exists() for folder in ("/usr/sbin", "/usr/local/sbin", "/opt/homebrew/sbin")):
        assert find_mosquitto(environ)[1] == ""
        return
    with pytest.raises(BrokerError, match="scripts/get-debian mosquitto"):
        Broker(BrokerConfig(tmp_path), environ).start()


def test_an_installed_mosquitto_comes_before_an_unpacked_one(tmp_path: Path) -> None:
    for folder in ("bin", "tools/usr/sbin", "tools/usr/lib/x86_64-linux-gnu"):
        (tmp_path / folder).mkdir(parents=True)
    for program in (tmp_path / "bin/mosquitto", tmp_path / "tools/usr/sbin/mosquitto"):
        program.touch(mode=0o755)
    environ = {"PATH": str(tmp_path / "bin"), "MAINSIGHT_TOOLS": str(tmp_path / "tools")}
    assert find_mosquitto(environ) == (tmp_path / "bin/mosquitto", "")


def test_configuration_has_what_held_acknowledgements_need(tmp_path: Path) -> None:
    text = configuration(BrokerConfig(tmp_path), 1234)
    assert {"listener 1234 127.0.0.1", "max_inflight_messages 0", "max_queued_messages 0", "persistence true"} <= set(text.splitlines())
    secured = configuration(BrokerConfig(tmp_path, users={"a": "b"}, tls=BrokerTls(tmp_path, tmp_path, tmp_path)), 1)
    assert "allow_anonymous false" in secured
    assert "require_certificate false" in secured


@pytest.mark.parametrize(
    ("words", "complaint"),
    [([], "which packages"), (["Bad_Name"], "not the name of a Debian package"), (["no-apt-here"], "there is no apt-get")],
)
def test_get_debian_says_what_is_wrong(tmp_path: Path, words: list[str], complaint: str) -> None:
    (tmp_path / "bin").mkdir()
    for program in ("bash", "dirname"):
        (tmp_path / "bin" / program).symlink_to(Path("/usr/bin" if Path("/usr/bin", program).exists() else "/bin", program))
    environ = {"PATH": str(tmp_path / "bin"), "MAINSIGHT_TOOLS": str(tmp_path / "tools"), "HOME": os.environ.get("HOME", "/")}
    run = subprocess.run([ROOT / "scripts/get-debian", *words], env=environ, capture_output=True, text=True, check=False)
    assert run.returncode == 1
    assert complaint in run.stderr
