"""`mainsight rules` against a running `mainsight serve`: try, apply, replay, and files that cannot be used."""

import asyncio
import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

from collector.session.codec import open_session
from collector.session.port import SessionSettings
from mainsight.app.broker import Broker, BrokerConfig
from mainsight.app.cli import main
from mainsight.app.clock import now_ms
from mainsight.store.settings import StoreSettings
from mainsight.store.sql import SqlState

from .house import ROOT, wait_until

DEVICE = "QC-471"
TOPIC = f"site/{DEVICE}/raw"
RULES = """rules:
  - topic: site/{device}/raw
    device: "{device}"
    fields:
      p: {quantity: power, unit: kW}
"""


@dataclass(frozen=True)
class Running:
    """A system that runs on files of its own."""

    folder: Path
    broker: Broker

    @property
    def settings(self) -> Path:
        return self.folder / "mainsight.yaml"

    @property
    def mappings(self) -> Path:
        return self.folder / "registry/mappings.yaml"

    def publish(self, power: float) -> None:
        """Publish a message that says of its number neither quantity nor unit."""

        async def say() -> None:
            settings = SessionSettings(port=self.broker.port, client_id="device", filters=(), session_expiry_s=0)
            async with open_session(settings, clock=now_ms) as session:
                await session.publish(TOPIC, json.dumps({"p": power}).encode())

        asyncio.run(say())

    def waiting(self) -> list[str]:
        """Reasons of the messages in quarantine."""

        async def ask() -> list[str]:
            state = await SqlState.open(StoreSettings(state=self.folder / "state.sqlite"))
            try:
                return [item.reason for item in await state.quarantined(limit=100)]
            finally:
                await state.close()

        return asyncio.run(ask())

    def rules(self, *words: str) -> int:
        """Run the command in this process, which spares its start; the collector it asks is another."""
        action, *rest = words
        return main(["rules", "--settings", str(self.settings), action, *rest])


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Running]:
    shutil.copytree(ROOT / "registry", tmp_path / "registry")
    with Broker(BrokerConfig(tmp_path / "broker", persistence=False)) as broker:
        made = Running(tmp_path, broker)
        made.settings.write_text(
            yaml.safe_dump(
                {
                    "registry": str(tmp_path / "registry"),
                    "broker": {"port": broker.port},
                    "store": {"readings": str(tmp_path / "readings.duckdb"), "state": str(tmp_path / "state.sqlite")},
                    "decode": {"quarantine_minutes": 0},
                    "api": {"port": 0},
                }
            )
        )
        with (tmp_path / "serve.log").open("wb") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "mainsight.app", "serve", "--settings", str(made.settings)], cwd=ROOT, stdout=log, stderr=log
            )
        try:
            wait_until(lambda: "mainsight: http" in (tmp_path / "serve.log").read_text(), "the system's address")
            yield made
        finally:
            process.terminate()
            process.wait(30)


def test_rules_are_tried_taken_up_and_what_waits_is_read_again(running: Running, capsys: pytest.CaptureFixture[str]) -> None:
    file = running.folder / "new.yaml"
    running.publish(412.5)
    wait_until(running.waiting, "the message in quarantine")
    assert running.waiting() == ["unknown_format"]

    file.write_text(RULES.replace("unit: kW", "unit: bar"))
    assert running.rules("try", str(file)) == 1
    assert "new.yaml:5: rules.0.fields.p" in capsys.readouterr().err

    file.write_text(RULES)
    assert running.rules("try", str(file)) == 0
    tried = capsys.readouterr().out
    assert "1 of the last messages and 1 in quarantine; nothing was stored" in tried
    assert "qc-471-main power: nothing -> 412.5" in tried
    assert running.waiting() == ["unknown_format"]

    assert running.rules("replay", "--reason", "unknown_format") == 0
    assert capsys.readouterr().out == "1 messages read again, 0 readings stored, 1 messages wait on\n"
    assert running.rules("replay", "--reason", "needs_mapping") == 0
    assert capsys.readouterr().out == "0 messages read again, 0 readings stored, 0 messages wait on\n"

    running.mappings.write_text("rulez: []\n")
    assert running.rules("apply") == 1
    assert "rulez: is an unknown key" in capsys.readouterr().err

    running.mappings.write_text(RULES)
    assert running.rules("apply") == 0
    assert capsys.readouterr().out == "1 messages read again, 1 readings stored, 0 messages wait on\n"
    assert running.waiting() == []


def test_a_file_that_is_not_there_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    settings = tmp_path / "mainsight.yaml"
    settings.write_text(yaml.safe_dump({"store": {"state": str(tmp_path / "state.sqlite")}}))
    assert main(["rules", "--settings", str(settings), "try", str(tmp_path / "none.yaml")]) == 1
    told = capsys.readouterr().err
    assert told.startswith("mainsight rules: ")
    assert "none.yaml" in told


def test_a_number_that_is_none_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for wrong in ("0", "10001", "many"):
        with pytest.raises(SystemExit):
            main(["rules", "try", "--last", wrong, str(tmp_path / "new.yaml")])
        assert f"argument --last: {wrong} is not from 1 to 10000" in capsys.readouterr().err
