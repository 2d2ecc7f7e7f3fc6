"""Many targets: one process and several say the same, and a kill costs only what was under way."""

import asyncio
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from forecast.executor import OneProcess
from forecast.fleet import in_lanes
from forecast.known import Known
from mainsight.app.cli import main
from mainsight.app.commands import fleet

pytestmark = pytest.mark.anyio
TARGETS = 60


@pytest.fixture
def csv(tmp_path: Path, make_known: Callable[..., Known]) -> Path:
    """Feeders with odd names, hourly; the last was never heard of."""
    known = make_known(days=42)
    columns = {f"feeder/{n} ä": known.value + np.random.default_rng(n).normal(0, 20, len(known.value)) for n in range(TARGETS)}
    table = pd.DataFrame({"time": pd.to_datetime(known.start_ms, unit="ms", utc=True).astype(str), **columns})
    table["silent"] = np.nan
    table.to_csv(tmp_path / "feeders.csv", index=False)
    return tmp_path / "feeders.csv"


def words(csv: Path, out: Path, *more: str) -> list[str]:
    options = ("--timezone", "Asia/Ho_Chi_Minh", "--country", "VN", "--horizon", "48h", "--model", "linear", "--out", str(out))
    return ["fleet", "--data", str(csv), "--time-column", "time", *options, *more]


def test_a_killed_fleet_goes_on_and_says_the_same_as_one_process(
    csv: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    out, whole = tmp_path / "out", tmp_path / "whole"
    command = [sys.executable, "-m", "mainsight.app", *words(csv, out, "--workers", "2")]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as running:
        while len(list(out.glob("*.csv"))) < 3:
            assert running.poll() is None, "it was done before it could be killed"
            time.sleep(0.005)
        running.send_signal(signal.SIGKILL)
    before = {file: file.stat().st_mtime_ns for file in out.glob("*.csv")}
    assert 3 <= len(before) < TARGETS

    monkeypatch.setattr(fleet, "process_pool", lambda _: OneProcess())
    assert main(words(csv, out)) == 1  # one target was never heard of
    told = capsys.readouterr().out
    assert f"{TARGETS - len(before)} forecasts made" in told
    assert f"{len(before)} were there" in told
    assert "silent: " in told
    assert {file: file.stat().st_mtime_ns for file in before} == before

    assert main(words(csv, whole)) == 1
    assert {file.name: file.read_bytes() for file in out.glob("*.csv")} == {file.name: file.read_bytes() for file in whole.glob("*.csv")}


def test_another_question_is_answered_anew(csv: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fleet, "process_pool", lambda _: OneProcess())
    for model, horizon in (("typical-day", 24), ("typical-day", 48), ("seasonal-naive", 48)):
        asked = ("--targets", "feeder/0 ä", "--horizon", f"{horizon}h", "--model", model)
        assert main(words(csv, tmp_path / "out", *asked)) == 0
        [file] = (tmp_path / "out").glob("*.csv")
        said = pd.read_csv(file)
        assert (len(said), set(said["model"]), set(said["target"])) == (horizon, {model}, {"feeder/0 ä"})
        assert (np.diff(said[["p05", "p10", "p25", "p50", "p75", "p90", "p95"]].to_numpy(), axis=1) >= 0).all()


def test_two_targets_of_one_name_are_refused(csv: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    again = tmp_path / "again.csv"
    again.write_bytes(csv.read_bytes())
    asked = words(csv, tmp_path / "out")
    asked.insert(asked.index(str(csv)), str(again))
    assert main(asked) == 2
    assert "every target needs a name of its own" in capsys.readouterr().err


async def test_lanes_are_bounded_keep_order_and_end_with_the_first_error() -> None:
    under_way, most, begun = 0, 0, []

    async def work(item: int) -> None:
        nonlocal under_way, most
        begun.append(item)
        under_way += 1
        most = max(most, under_way)
        await asyncio.sleep(0)
        under_way -= 1
        if item == 5:
            raise KeyError(item)

    with pytest.raises(KeyError):
        await in_lanes(range(100), work, 3)
    assert most == 3
    assert begun == list(range(len(begun)))
    assert len(begun) < 12
