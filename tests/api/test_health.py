"""The system says how it is, in words and in numbers, and never says a secret."""

import json
import logging
import re
import sys
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.access.keys import make_key
from api.health import judged
from api.schemas.health import Disk, Health
from mainsight.app.logs import LogSettings, _Json, without_secrets
from mainsight.core.zonetime import HOUR_MS
from mainsight.store.port import StoreUnavailableError
from tests.api.conftest import NOW, _status

pytestmark = pytest.mark.anyio
WELL = Health(
    now_ms=NOW,
    state="ok",
    findings=[],
    queues=[],
    lag_s=0.2,
    store_read_ms=1.0,
    state_read_ms=1.0,
    last_forecast_ms=NOW,
    last_delivery_ms=None,
    disks=[Disk(folder="/data", free_bytes=50, total_bytes=100)],
)
CONNECTED = _status().model_copy(update={"collector": _status().collector.model_copy(update={"connected": True})})


def test_nothing_is_said_of_a_system_that_is_well() -> None:
    assert judged(WELL, CONNECTED) == WELL


@pytest.mark.parametrize(
    ("change", "part", "state"),
    [
        ({"lag_s": 61.0}, "collector", "warn"),
        ({"store_read_ms": None}, "store", "bad"),
        ({"state_read_ms": 1500.0}, "state", "warn"),
        ({"last_forecast_ms": NOW - 3 * HOUR_MS}, "forecast", "warn"),
        ({"disks": [Disk(folder="/data", free_bytes=9, total_bytes=100)]}, "disk", "warn"),
        ({"disks": [Disk(folder="/data", free_bytes=2, total_bytes=100)]}, "disk", "bad"),
    ],
)
def test_what_is_wrong_is_named(change: dict[str, Any], part: str, state: str) -> None:
    found = judged(WELL.model_copy(update=change), CONNECTED)
    assert [(one.part, one.state) for one in found.findings] == [(part, state)]
    assert found.state == state
    assert found.findings[0].text.vi != found.findings[0].text.en


@pytest.mark.parametrize(("change", "state"), [({"trouble": "away"}, "bad"), ({"turn_ms": NOW - 16 * 60_000}, "warn")])
def test_final_values_that_stand_still_are_told(change: dict[str, Any], state: str) -> None:
    metering = CONNECTED.metering.model_copy(update=change)
    found = judged(WELL, CONNECTED.model_copy(update={"metering": metering}))
    assert [(one.part, one.state) for one in found.findings] == [("metering", state)]


async def test_the_health_of_a_running_system(bench: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    found = (await bench.client.get("/api/v1/health")).json()
    assert [(one["part"], one["state"]) for one in found["findings"]] == [("collector", "bad")]
    assert {queue["name"] for queue in found["queues"]} == {"collector", "final values", "deliveries"}
    assert found["store_read_ms"] >= 0

    async def away(*_: object) -> None:
        raise StoreUnavailableError("away")

    monkeypatch.setattr(type(bench.services.store), "last", away)
    worse = (await bench.client.get("/api/v1/health")).json()
    assert worse["store_read_ms"] is None
    assert "store" in {one["part"] for one in worse["findings"]}


async def test_requests_are_timed_by_route_and_not_by_address(bench: Any) -> None:
    for path in ("/zones/quang-chau", "/zones/van-trung", "/zones/nowhere", "/guess-1", "/guess-2"):
        await bench.client.get(f"/api/v1{path}")
    text = (await bench.client.get("/metrics")).text
    counts = dict(
        re.findall(r'^mainsight_api_request_seconds_count\{method="GET",(route="[^"]*",status="\dxx")\} (\S+)', text, re.MULTILINE)
    )
    zones = {key: value for key, value in counts.items() if "zone_id" in key}
    assert sorted(zones.values()) == ["1.0", "2.0"]
    assert not any("guess" in key or "nowhere" in key for key in counts)


@given(st.sampled_from(["viewer", "administrator"]), st.text(st.characters(codec="ascii", categories=["L", "N"]), min_size=8, max_size=20))
def test_no_secret_gets_into_a_log(role: str, secret: str) -> None:
    key, _ = make_key("x", role, 0)
    secret = f"Z{secret}9"
    told = without_secrets(
        f"got {key}; mqtt://lan:{secret}@broker:1883; password={secret} token: {secret} "
        f"Authorization: Bearer {secret} {{'secret': '{secret}'}}"
    )
    assert key.split("_", 2)[2] not in told
    assert secret not in told
    assert "mqtt://lan:***@broker:1883" in told
    assert without_secrets("the zone quang-chau has 3 meters") == "the zone quang-chau has 3 meters"


def test_a_line_of_json_holds_what_happened_and_its_error() -> None:
    assert LogSettings().format == "text"
    try:
        int("password=hunter2")
    except ValueError:
        record = logging.LogRecord("api", logging.ERROR, __file__, 1, "it %s", ("failed",), sys.exc_info())
    line = json.loads(_Json().format(record))
    assert (line["level"], line["logger"], line["message"]) == ("error", "api", "it failed")
    assert "ValueError" in line["error"]
    assert "hunter2" not in line["error"]
    assert "\n" not in _Json().format(record)
