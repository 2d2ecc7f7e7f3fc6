"""Scores of predictive alarms, worked by hand."""

import gzip
from pathlib import Path

import numpy as np
import pytest

from mainsight.alarms.points import Point
from mainsight.alarms.scoring import Spell, capacity_for, onsets, score, spells
from mainsight.app.cli import main
from mainsight.core.forecasts import Forecast
from mainsight.core.network import Text, Utility
from mainsight.core.zonetime import DAY_S, HOUR_MS

from .conftest import FORECAST, NOON, rules

DAY_MS = DAY_S * 1000


def test_a_capacity_is_passed_by_just_so_many_days() -> None:
    peaks = np.array([5.0, 9.0, np.nan, 7.0, 8.0])
    assert capacity_for(peaks, 2) == 7.5
    for events, some in ((0, peaks), (4, peaks), (1, np.array([9.0, 9.0, 1.0]))):
        with pytest.raises(ValueError, match=f"just {events} of"):
            capacity_for(some, events)


def test_an_event_is_the_first_passing_of_its_day() -> None:
    value = np.array([1.0, 6.0, 7.0, np.nan, 6.0, 4.0])
    assert onsets(np.arange(6, dtype=np.int64), value, np.array([0, 0, 0, 1, 1, 2]), 5.0) == [1, 4]


def test_alarms_against_events() -> None:
    hours = [(0, 10), (20, 30), (40, None)]
    alarms = [Spell(NOON + a * HOUR_MS, None if b is None else NOON + b * HOUR_MS) for a, b in hours]
    # 5 h: foretold 5 h before. 35 h: nothing stood. 30 h: just withdrawn. 70 h: it has stood for 30, the horizon is 24.
    events = [NOON + hour * HOUR_MS for hour in (5, 30, 35, 70)]
    found = score(alarms, events, 24, NOON, NOON + 15 * DAY_MS)
    assert (found.events, found.alarms, found.hits, found.true_alarms) == (4, 3, 2, 2)
    assert (found.precision, found.recall, found.lead_h) == (pytest.approx(2 / 3), 0.5, 14.5)
    assert found.false_per_month == pytest.approx(2.0)
    nothing = score([], [], 24, NOON, NOON + DAY_MS)
    assert (nothing.precision, nothing.recall, nothing.lead_h, nothing.false_per_month) == (None, None, None, 0.0)


def test_forecasts_run_through_the_rule_with_its_hysteresis() -> None:
    (rule,) = rules(FORECAST | {"utility": "water", "against": "rated"})
    point = Point(rule, "qc", Text("", ""), None, "UTC", (), utility=Utility.WATER)

    def issued(run: int, middle: float) -> Forecast:
        at = NOON + run * HOUR_MS
        return Forecast("qc", "flow", at, 3600, np.array([at]), middle + np.array([[-3.0, -2, -1, 0, 1, 2, 3]]), "test")

    # Raised at the second run; one clear run does not withdraw it, two in a row do.
    runs = [issued(n, middle) for n, middle in enumerate([90.0, 99.0, 90.0, 99.0, 90.0, 90.0, 90.0])]
    assert spells(point, runs, 100.0) == [Spell(NOON + HOUR_MS, NOON + 5 * HOUR_MS)]


def test_the_command_scores_a_folder_of_series(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "plant"
    folder.mkdir()
    (folder / "meta.json").write_text('{"targets": ["load"], "tz": "UTC", "country": ""}')
    hours = np.arange(24 * 40)
    load = 100 + 20 * np.sin(hours / 24 * 2 * np.pi) + 15 * (hours // 24 % 7 == 2) + hours * 0.001
    times = np.datetime64("2026-01-05T00:00:00") + hours.astype("timedelta64[h]")
    rows = "\n".join(f"{at}Z,{value:.3f}" for at, value in zip(times, load, strict=True))
    (folder / "data.csv.gz").write_bytes(gzip.compress(f"time_utc,load\n{rows}\n".encode()))
    words = ["alarms", "score", "--data", str(tmp_path), "--days", "8", "--events", "1", "--history-days", "28", "--every-h", "12"]
    assert main([*words, "--model", "seasonal-naive", "--workers", "1"]) == 0
    assert "plant" in capsys.readouterr().out
    assert main([*words, "--only", "none"]) == 2
    assert "no series with 'none' in its name" in capsys.readouterr().err
    assert main(["alarms", "score", "--data", str(tmp_path / "elsewhere")]) == 2
    assert "no series here; give a folder of folders" in capsys.readouterr().err
    assert main([*words, "--events", "9"]) == 2
    assert "just 9 of 8" in capsys.readouterr().err
