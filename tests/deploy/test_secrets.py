"""scripts/secrets and scripts/certificates."""

import os
import subprocess
from pathlib import Path

import pytest

from tests.deploy.sandbox import ROOT


def secrets(file: Path) -> str:
    return subprocess.run([ROOT / "scripts/secrets", file], check=True, capture_output=True, text=True).stderr


def test_secrets_are_random_long_and_private(tmp_path: Path) -> None:
    files = [tmp_path / "one", tmp_path / "two"]
    for file in files:
        secrets(file)
        assert file.stat().st_mode & 0o777 == 0o600
    one, two = (dict(line.split("=", 1) for line in file.read_text().splitlines()) for file in files)
    assert one.keys() == two.keys()
    assert len({*one.values(), *two.values()}) == 2 * len(one)
    assert all(len(value) == 48 and value.isalnum() for value in one.values())


def test_secrets_that_are_there_stay_and_missing_ones_are_added(tmp_path: Path) -> None:
    file = tmp_path / "env"
    file.write_text("INFLUX_ADMIN_TOKEN=mine\nGRAFANA_URL=https://grafana.example.org")
    file.chmod(0o644)
    assert "9 added" in secrets(file)
    before = file.read_text()
    assert before.startswith("INFLUX_ADMIN_TOKEN=mine\nGRAFANA_URL=https://grafana.example.org\n")
    assert file.stat().st_mode & 0o777 == 0o600
    assert "0 added" in secrets(file)
    assert file.read_text() == before


def certificates(folder: Path, *words: str, **more: str) -> subprocess.CompletedProcess[str]:
    environ = {"PATH": os.environ["PATH"], "MAINSIGHT_CERTIFICATES": str(folder)} | more
    return subprocess.run([ROOT / "scripts/certificates", *words], env=environ, check=False, capture_output=True, text=True)


def openssl(*words: str | Path) -> str:
    return subprocess.run(["openssl", *words], check=True, capture_output=True, text=True).stdout


def test_certificates_stand_for_their_names_and_are_renewed_under_the_same_authority(tmp_path: Path) -> None:
    assert certificates(tmp_path, "mqtt.example.org", "192.0.2.10", "2001:db8::1", "broker").returncode == 0
    authority, broker = (tmp_path / "ca.crt").read_bytes(), tmp_path / "broker"
    names = "DNS:mqtt.example.org, IP Address:192.0.2.10, IP Address:2001:DB8:0:0:0:0:0:1, DNS:broker"
    first = openssl("x509", "-in", broker / "server.crt", "-noout", "-serial")
    for _ in range(2):
        assert openssl("verify", "-x509_strict", "-purpose", "sslserver", "-CAfile", tmp_path / "ca.crt", broker / "server.crt")
        assert names in openssl("x509", "-in", broker / "server.crt", "-noout", "-ext", "subjectAltName")
        assert (broker / "server.key").stat().st_mode & 0o777 == 0o600
        assert openssl("x509", "-in", broker / "server.crt", "-noout", "-pubkey") == openssl(
            "pkey", "-in", broker / "server.key", "-pubout"
        )
        assert certificates(tmp_path, "renew", MAINSIGHT_CERTIFICATE_DAYS="10").returncode == 0
    assert (tmp_path / "ca.crt").read_bytes() == authority
    assert openssl("x509", "-in", broker / "server.crt", "-noout", "-serial") != first
    assert (
        "will expire"
        in subprocess.run(
            ["openssl", "x509", "-in", broker / "server.crt", "-noout", "-checkend", str(11 * 86_400)],
            capture_output=True,
            text=True,
            check=False,
        ).stdout
    )


@pytest.mark.parametrize(
    ("words", "complaint"), [((), "which names"), (("renew",), "nothing to renew"), (("mqtt,broker",), "openssl did not sign it")]
)
def test_what_cannot_be_certified_is_said(tmp_path: Path, words: tuple[str, ...], complaint: str) -> None:
    done = certificates(tmp_path, *words)
    assert done.returncode == 1
    assert complaint in done.stderr
    assert not (tmp_path / "broker/server.crt").exists()


def test_without_the_authoritys_key_nothing_new_is_made(tmp_path: Path) -> None:
    certificates(tmp_path, "localhost")
    kept = (tmp_path / "ca.crt").read_bytes()
    (tmp_path / "authority/ca.key").unlink()
    assert "put it back" in certificates(tmp_path, "renew").stderr
    assert (tmp_path / "ca.crt").read_bytes() == kept
