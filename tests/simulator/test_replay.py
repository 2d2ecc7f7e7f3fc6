"""CSV series replayed as meters: mapping, units, whole weeks, clock changes, errors; and the real series beside the project."""

import gzip
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from pydantic import ValidationError

from mainsight.core.network import Network
from mainsight.core.zonetime import to_ms
from mainsight.simulator.replay import ReplayError, ReplaySpec, load_replay, replay_csv

pytestmark = pytest.mark.anyio
NOW = to_ms(datetime(2026, 11, 24, 7, tzinfo=UTC))
SHARED = Path(__file__).resolve().parents[2] / ".." / "shared" / "data"


@pytest.fixture
def csv(tmp_path: Path) -> Callable[..., Path]:
    def write(*lines: str) -> Path:
        path = tmp_path / "series.csv.gz"
        path.write_bytes(gzip.compress("\n".join(lines).encode()))
        return path

    return write


def spec(path: Path, *columns: dict, **more: object) -> ReplaySpec:
    plain = {"column": "kwh", "meter": "steel", "quantity": "power", "unit": "kW", "scale": 4}
    return ReplaySpec.model_validate({"file": path, "time_column": "t", "columns": list(columns) or [plain], **more})


async def test_series_are_sent_as_plain_json_day_by_day(network: Network, csv: Callable[..., Path]) -> None:
    path = csv("t,kwh,lps", "2026-11-01T23:45:00Z,2.5,10", "2026-11-02T00:00:00Z,3,", "2026-11-02T00:15:00Z,,")
    sent: list[tuple[str, dict]] = []

    async def publish(topic: str, payload: bytes, *, qos: int = 1, retain: bool = False) -> None:
        sent.append((topic, json.loads(payload)))

    flow = {"column": "lps", "meter": "pumps-main", "quantity": "flow", "unit": "L/s"}
    power = {"column": "kwh", "meter": "steel", "quantity": "power", "unit": "kW", "scale": 4}
    total = await replay_csv(spec(path, power, flow), network, NOW, publish, in_flight=1)
    first = to_ms(datetime(2026, 11, 1, 23, 45, tzinfo=UTC))
    assert sent == [
        ("mainsight/small/STEEL", {"device": "STEEL", "columns": ["time", "power_kw"], "rows": [[first, 10.0]]}),
        ("mainsight/small/PUMPS-MAIN", {"device": "PUMPS-MAIN", "columns": ["time", "flow_m3_per_h"], "rows": [[first, 36.0]]}),
        ("mainsight/small/STEEL", {"device": "STEEL", "columns": ["time", "power_kw"], "rows": [[first + 900_000, 12.0]]}),
    ]
    assert (total.messages, total.readings) == (3, 3)


def test_values_are_divided_by_the_ratio_in_force(network: Network, csv: Callable[..., Path]) -> None:
    path = csv("t,kwh", "2026-01-19T16:59:00Z,4000", "2026-01-19T17:00:00Z,4000")
    column = {"column": "kwh", "meter": "chips", "quantity": "power", "unit": "kW"}
    assert load_replay(spec(path, column), network, NOW).series[0].columns["power"].tolist() == [0.5, 0.25]


def test_whole_weeks_keep_weekday_and_hour_in_the_meters_zone(network: Network, csv: Callable[..., Path]) -> None:
    """A Monday 08:00 in Seoul becomes a Monday 08:00 in Vietnam, in the last week before now."""
    path = csv("t,kwh", "2018-01-07T23:00:00Z,1", "2018-01-10T23:00:00Z,2")
    moved = load_replay(spec(path, shift="weeks", timezone="Asia/Seoul"), network, NOW).series[0].time_ms
    assert [datetime.fromtimestamp(t / 1000, UTC).isoformat() for t in moved] == ["2026-11-16T01:00:00+00:00", "2026-11-19T01:00:00+00:00"]


def test_hours_that_clocks_skip_or_repeat(network: Network, csv: Callable[..., Path], replace_in: Callable[..., Network]) -> None:
    autumn = csv("t,kwh", *(f"2024-10-{26 if h < 2 else 27}T{(h + 22) % 24:02d}:00:00Z,{h}" for h in range(6)))
    series = load_replay(spec(autumn, shift="weeks", timezone="Europe/Rome"), network, NOW)
    assert series.left_out == 1, "02:00 comes twice in Rome on 27 October 2024"
    assert series.series[0].columns["power"].tolist() == [0, 4, 8, 16, 20]
    assert np.diff(series.series[0].time_ms).tolist() == [3_600_000] * 4
    rome = replace_in(network, "zones", "park", timezone="Europe/Rome")
    spring = csv("t,kwh", *(f"2025-04-06T{h:02d}:00:00,{h}" for h in range(5)))
    now = to_ms(datetime(2026, 4, 1, tzinfo=UTC))
    moved = load_replay(spec(spring, shift="weeks", timezone="Asia/Ho_Chi_Minh"), rome, now)
    assert moved.left_out == 1, "Rome has no 02:00 on 29 March 2026"
    assert moved.series[0].columns["power"].tolist() == [0, 4, 12, 16]


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"time_column": "when"}, "no column 'when'"),
        ({"columns": [{"column": "kw", "meter": "steel", "quantity": "power", "unit": "kW"}]}, "no column 'kw'"),
        ({"columns": [{"column": "kwh", "meter": "stel", "quantity": "power", "unit": "kW"}]}, "did you mean steel"),
        ({"columns": [{"column": "kwh", "meter": "steel", "quantity": "flow", "unit": "L/s"}]}, "has no 'flow'"),
        ({"columns": [{"column": "kwh", "meter": "steel", "quantity": "power", "unit": "L/s"}]}, "unit 'L/s' is not one of kW's"),
        ({"columns": [{"column": "word", "meter": "steel", "quantity": "power", "unit": "kW"}]}, "not a number"),
        ({"columns": []}, "columns"),
        ({"shift": "months"}, "shift"),
        (
            {"columns": [{"column": c, "meter": "steel", "quantity": "power", "unit": "kW"} for c in ("kwh", "t")]},
            "two columns become power",
        ),
        ({"file": "/nowhere/x.csv"}, "cannot be read"),
        ({"time_column": "word"}, "does not hold times"),
    ],
)
def test_what_cannot_be_replayed_is_told(network: Network, csv: Callable[..., Path], changes: dict, says: str) -> None:
    path = csv("t,kwh,word", "2026-11-01T00:00:00Z,1,a", "2026-11-01T01:00:00Z,2,b")
    with pytest.raises((ReplayError, ValidationError), match=says):
        load_replay(spec(path, **({"file": str(path)} | changes)), network, NOW)


def test_times_that_do_not_ascend_are_told(network: Network, csv: Callable[..., Path]) -> None:
    with pytest.raises(ReplayError, match="does not ascend"):
        load_replay(spec(csv("t,kwh", "2026-11-01T01:00:00Z,1", "2026-11-01T00:00:00Z,2")), network, NOW)


@pytest.mark.shared
@pytest.mark.parametrize(
    ("name", "columns", "timezone", "step_s"),
    [
        ("steel_uci", [("Usage_kWh", "steel", "power", "kW", 4.0)], "Asia/Seoul", 900),
        ("tetouan", [(f"zone_{n}_power_consumption", f"f{n}-main", "power", "kW", 1.0) for n in (1, 2, 3)], "UTC", 600),
        (
            "bwdf",
            [(f"dma_{d}", m, "flow", "L/s", 1.0) for d, m in (("a", "d1-in"), ("b", "d2-in"), ("c", "pumps-main"))],
            "Europe/Rome",
            3600,
        ),
    ],
)
async def test_real_series_run_through(network: Network, name: str, columns: list[tuple], timezone: str, step_s: int) -> None:
    path = SHARED / name / "data.csv.gz"
    if not path.exists():
        pytest.skip(f"{path.name} of {name} is not beside the project (../shared/data)")
    keys = ("column", "meter", "quantity", "unit", "scale")
    asked = ReplaySpec.model_validate(
        {
            "file": str(path),
            "time_column": "time_utc",
            "timezone": timezone,
            "shift": "weeks",
            "columns": [dict(zip(keys, c, strict=True)) for c in columns],
        }
    )
    replay = load_replay(asked, network, NOW)
    count = {"messages": 0, "rows": 0}

    async def publish(topic: str, payload: bytes, *, qos: int = 1, retain: bool = False) -> None:
        rows = json.loads(payload)["rows"]
        assert len(rows) <= 86_400 / step_s
        count["messages"] += 1
        count["rows"] += len(rows)

    sent = await replay_csv(asked, network, NOW, publish)
    assert sent.messages == count["messages"]
    assert sent.readings == count["rows"] > 13_000
    for series in replay.series:
        assert 0 <= NOW - series.time_ms[-1] < 7 * 86_400_000
        if timezone != "Europe/Rome":
            assert (np.diff(series.time_ms) == step_s * 1000).all()
    assert replay.left_out == (3 if timezone == "Europe/Rome" else 0), "the hour that came twice in October 2021, of three columns"


def test_protocol_of_the_device_does_not_matter(network: Network, csv: Callable[..., Path]) -> None:
    path = csv("t,kwh", "2026-11-01T00:00:00Z,1")
    tasmota = replace(network.meters["gate"], protocol="tasmota")
    column = {"column": "kwh", "meter": tasmota.id, "quantity": "power", "unit": "kW"}
    days = list(load_replay(spec(path, column), network, NOW).days(network))
    assert days[0][1][0].topic == "mainsight/small/GATE"
