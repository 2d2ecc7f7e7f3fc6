"""The smoke script against the stub: it asks everything, and an empty frame, a missing source or dashboard fails it."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.dashboards.stub import TOKEN, Stub, grafana

SCRIPT = Path(__file__).parents[2] / "scripts/grafana-smoke"


@pytest.fixture
def stub() -> Iterator[Stub]:
    with grafana() as server:
        yield server


def run(stub: Stub, *words: str) -> subprocess.CompletedProcess[str]:
    environment = dict(os.environ) | {"MAINSIGHT__GRAFANA__URL": stub.url, "MAINSIGHT__GRAFANA__TOKEN": TOKEN}
    return subprocess.run([SCRIPT, *words], env=environment, capture_output=True, text=True, check=False, timeout=60)


def test_it_passes_after_a_push_and_fails_when_something_is_missing(stub: Stub) -> None:
    passed = run(stub, "--push")
    assert passed.returncode == 0, passed.stdout + passed.stderr
    well, _, total = passed.stdout.splitlines()[-1].split()[:3]
    assert well == total
    assert int(total) > 100, "every query of every panel is asked"
    stub.empty = 'FROM "forecast_latest" WHERE "target" = \'hoa-phu\''
    stub.sources.pop("mainsight-api")
    stub.dashboards.pop("mainsight-ingest")
    failed = run(stub)
    assert failed.returncode == 1
    told = [line for line in failed.stdout.splitlines() if line.startswith("NOT WELL")]
    assert any("Hoa Phu industrial park, Demand and forecast, power B: nothing, or not well" in line for line in told)
    assert any("data source mainsight-api" in line for line in told)
    assert any("dashboard Ingest health" in line for line in told)
