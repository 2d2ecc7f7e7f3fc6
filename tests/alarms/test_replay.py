"""Replay of a recorded history: transitions to the second, the same as live, and the metrics."""

import asyncio
import gzip
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from mainsight.alarms.metrics import measure
from mainsight.alarms.past import Past
from mainsight.alarms.replay import replay
from mainsight.alarms.settings import AlarmSettings
from mainsight.app.cli import main
from mainsight.core.readings import Reading
from mainsight.core.zonetime import HOUR_MS, MINUTE_MS
from mainsight.registry.reading import load_network
from mainsight.store.alarm_port import Transition

from .conftest import NOON, PRESSURE, SILENCE, TEXT, Bench, build_network, reading, rules

Run = Callable[..., tuple[int, str, str]]
RULE = PRESSURE | {"on_delay_s": 30, "off_delay_s": 20}
DAY = [2.5, 1.9, 1.8, 1.7, 1.6, 2.1, 2.15, 2.3, 2.4, 2.4]


def history(values: list[float], step_s: int = 10) -> list[Reading]:
    return [reading("s-d1", "pressure", NOON + n * step_s * 1000, value) for n, value in enumerate(values)]


def test_gives_what_the_live_service_gives() -> None:
    network, made = build_network(0), rules(RULE)

    async def live() -> list[Transition]:
        bench = Bench(network, made)
        for one in history(DAY):
            bench.now_ms = one.time_ms
            await bench.take(one)
        return sorted(await bench.state.transitions(), key=lambda t: t.event_ms)

    replayed = replay(network, made, AlarmSettings(), Past.of(history(DAY)[::-1]))
    assert [(t.event_ms - NOON, t.before, t.after, t.announced) for t in replayed.transitions] == [
        (40_000, "NORM", "UNACK", True),
        (90_000, "UNACK", "RTNUN", False),
    ]
    assert list(replayed.transitions) == asyncio.run(live())


def test_a_gap_in_the_history_is_a_silence_at_its_own_time() -> None:
    readings = [*history([3.0] * 30, 5), reading("s-d1", "pressure", NOON + HOUR_MS, 3.0)]
    replayed = replay(
        build_network(0), rules(SILENCE | {"watches": {"kind": "meter", "assets": ["s-d1"]}}), AlarmSettings(), Past.of(readings)
    )
    assert [(t.event_ms - NOON, t.after) for t in replayed.transitions] == [(145_000 + 300_000, "UNACK"), (HOUR_MS, "RTNUN")]


def test_rows_without_a_value_are_a_silence_too() -> None:
    readings = history([3.0] * 5 + [float("nan")] * 50, 10)
    replayed = replay(build_network(0), rules(SILENCE), AlarmSettings(), Past.of(readings))
    assert [(t.event_ms - NOON, t.asset, t.after) for t in replayed.transitions] == [(40_000 + 300_000, "s-d1", "UNACK")]


def raised(at_ms: int, after: str = "UNACK", asset: str = "a", *, announced: bool = True, priority: str = "low") -> Transition:
    before = "NORM" if after == "UNACK" else "UNACK"
    return Transition(f"{asset}{at_ms}{after}", "r", asset, "i", at_ms, at_ms, before, after, priority, announced and after == "UNACK")


def test_rates_and_a_flood() -> None:
    burst = [raised(n * 10_000, asset=f"a{n}") for n in range(12)]
    calm = [raised(HOUR_MS + n * 15 * MINUTE_MS, asset=f"b{n}", priority="high") for n in range(4)]
    found = measure([*burst, *calm], 0, 2 * HOUR_MS)
    assert (found.announced, found.per_hour, found.most_in_10_min) == (16, 8.0, 12)
    assert found.busy_windows == pytest.approx(1 / 12)
    # More than 10 from the eleventh (100 s) until fewer than 5 are left in ten minutes (the eighth leaves at 670 s).
    assert found.flood == pytest.approx((670 - 100) / 7200)
    assert found.by_priority == {"low": 0.75, "medium": 0.0, "high": 0.25, "critical": 0.0}
    assert found.top_ten == 10 / 16


def test_chatter_and_the_on_delay_that_would_stop_it() -> None:
    cycles = [raised(start + offset, after) for start in (0, 15_000, 30_000) for offset, after in ((0, "UNACK"), (7_000, "RTNUN"))]
    (found,) = measure(cycles, 0, HOUR_MS).chattering
    assert (found.asset, found.worst_minute, found.on_delay_s) == ("a", 3, 8)
    slow = [raised(start + offset, after) for start in (0, 40_000, 80_000) for offset, after in ((0, "UNACK"), (7_000, "RTNUN"))]
    assert measure(slow, 0, HOUR_MS).chattering == ()


def test_stale_is_active_for_more_than_a_day() -> None:
    (found,) = measure([raised(0)], 0, 25 * HOUR_MS).stale_alarms
    assert (found.asset, found.hours, found.standing) == ("a", 25.0, True)
    assert measure([raised(0), raised(HOUR_MS, "RTNUN")], 0, 25 * HOUR_MS).stale == 0
    before = measure([raised(30 * HOUR_MS, "RTNUN")], 0, 48 * HOUR_MS)
    assert [(one.hours, one.standing) for one in before.stale_alarms] == [(30.0, False)], "it had begun before"
    many = [raised(n * HOUR_MS, asset=f"a{n}") for n in range(6)]
    assert measure([*many, raised(26 * HOUR_MS, "RTNUN", "a0")], 0, 72 * HOUR_MS).most_stale == 6
    assert measure(many, 0, 24 * HOUR_MS).most_stale == 0


def test_put_away_without_a_person_or_a_reason_is_counted() -> None:
    away = raised(0, "SHLVD")
    by_person = replace(away, id="1", person="An", comment="works on the line")
    nameless, wordless = replace(away, id="2", comment="?"), replace(away, id="3", person="An", after="OOSRV")
    again = replace(away, id="4", before="DSUPR")
    assert measure([by_person, nameless, wordless, again], 0, HOUR_MS).outside_rules == 2


def test_nothing_gives_zeros() -> None:
    assert measure([], 0, 0).per_hour == 0.0
    assert replay(build_network(0), rules(RULE), AlarmSettings(), Past.of([])).transitions == ()


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    def replayed(rule: dict[str, Any], data: Path, *more: str) -> tuple[int, str, str]:
        path = data.with_name("rules.yaml")
        extra = {
            "name": TEXT,
            "priority": "high",
            "cause": TEXT,
            "consequence": TEXT,
            "response": TEXT,
            "respond_within_min": 5,
            "runbook": "x.md",
        }
        path.write_text(yaml.safe_dump({"rules": [json.loads(json.dumps(extra | rule))]}))
        code = main(["replay", "--rules", str(path), "--data", str(data), *more])
        return code, *capsys.readouterr()

    return replayed


LEVEL = {
    "id": "level",
    "kind": "limit",
    "watches": {"kind": "reservoir"},
    "measure": "level",
    "side": "low",
    "threshold": 2.0,
    "deadband": 0.1,
}


def sample_meter() -> str:
    network = load_network(Path(__file__).resolve().parents[2] / "registry")
    return next(m.id for m in network.meters.values() if "level" in m.quantities)


@pytest.mark.parametrize("suffix", [".csv", ".csv.gz"])
def test_the_command_s_contract(run: Run, tmp_path: Path, suffix: str) -> None:
    name = sample_meter()
    rows = [f"2026-03-10T12:0{n}:00+07:00,{name},level,{value}" for n, value in enumerate([3.0, 1.5, 1.5, 2.5])]
    content = "\n".join(["time,meter,quantity,value", *rows, f"{NOON},stranger,level,1", f"{NOON},{name},level,"])
    data = tmp_path / f"history{suffix}"
    data.write_bytes(gzip.compress(content.encode()) if suffix.endswith("gz") else content.encode())
    code, out, err = run(LEVEL, data, "--format", "json")
    told = json.loads(out)
    assert code == 0
    assert [(t["event"], t["before"], t["after"], t["announced"]) for t in told["transitions"]] == [
        ("2026-03-10T05:01:00Z", "NORM", "UNACK", True),
        ("2026-03-10T05:03:00Z", "UNACK", "RTNUN", False),
    ]
    assert told["transitions"][0]["reason"]["en"].endswith("level 1.5 m below 2 m, at 12:01")
    assert told["metrics"]["announced"] == 1
    assert (told["left_out"], "stranger" in err) == (["stranger"], True)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("time,meter,value\n", ":1: there is no column quantity"),
        ("time,meter,quantity,value\n2026-03-10T12:00:00,m,level,1\n", ":2: 2026-03-10T12:00:00 has no time zone"),
        ("time,meter,quantity,value\n1,m,levle,1\n", ":2: 'levle' is not a quantity"),
        ("time,meter,quantity,value\n1,m,level,high\n", ":2: could not convert string to float"),
    ],
)
def test_a_history_that_cannot_be_read_names_its_line(run: Run, tmp_path: Path, content: str, says: str) -> None:
    data = tmp_path / "history.csv"
    data.write_text(content)
    code, _, err = run(LEVEL, data)
    assert code == 1
    assert says in err


def test_rules_that_do_not_fit_the_registry_are_refused_with_their_line(run: Run, tmp_path: Path) -> None:
    data = tmp_path / "history.csv"
    data.write_text("time,meter,quantity,value\n")
    code, _, err = run(LEVEL | {"watches": {"kind": "reservoir", "zones": ["nowhere"]}}, data)
    assert code == 1
    assert "rules.0.watches: there is no zone nowhere; name what is in the registry" in err
