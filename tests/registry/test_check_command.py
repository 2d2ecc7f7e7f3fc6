"""`mainsight check`: a summary for a good registry, every problem and exit code 1 for a bad one."""

import argparse
from collections.abc import Callable
from pathlib import Path

import pytest

from mainsight.app.commands import check


def run(directory: Path) -> int:
    parser = argparse.ArgumentParser()
    check.arguments(parser)
    return check.run(parser.parse_args(["--registry", str(directory)]))


def test_summary_of_a_good_registry(registry: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(registry) == 0
    out = capsys.readouterr().out
    assert "Here (here), as of 2026-11-01" in out
    assert "1 zone, 1 substation, 1 transformer, 1 feeder" in out
    assert "3 meters, 1 supply order" in out
    assert "63.0" in out


def test_problems_of_a_bad_one(spoil: Callable[..., Path], capsys: pytest.CaptureFixture[str]) -> None:
    directory = spoil("network.yaml", "source: plant", "source: tank")
    assert run(directory) == 1
    told = capsys.readouterr()
    assert told.out == ""
    assert f"{directory}/network.yaml:16: pump_stations.0.source: feeds itself: pumps <- tank <- pumps" in told.err
    assert f"mainsight check: 1 problem in {directory}" in told.err
