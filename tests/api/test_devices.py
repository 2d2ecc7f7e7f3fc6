"""Devices, quarantine and mapping rules on the API, over the decoding that the collector uses."""

import asyncio
import json
from dataclasses import replace
from typing import Any

import pytest

from api.device_health import conditions
from api.schemas.mappings import Try
from mainsight.app.decoding import RemoteDecodingDesk, rules_in_force
from mainsight.core.network import Network
from mainsight.store.device_port import DeviceHealth, SavedMappings
from mainsight.store.state_port import Quarantined, UnknownDevice

from .conftest import rules

pytestmark = pytest.mark.anyio

NOW = 1_795_143_600_000
WAITS = "site/hall-1/meters"
RULE = """
rules:
  - topic: site/{hall}/meters
    device: "{hall}"
    fields:
      P: {quantity: power, unit: W}
"""


async def get(bench: Any, path: str) -> Any:
    answer = await bench.client.get(f"/api/v1{path}", headers=bench.as_("viewer"))
    assert answer.status_code == 200, answer.text
    return answer.json()


async def post(bench: Any, path: str, body: Any, role: str = "administrator") -> Any:
    return await bench.client.post(f"/api/v1{path}", json=body, headers=bench.as_(role))


def power_meter(network: Network) -> str:
    return next(meter.id for meter in network.meters.values() if "power" in meter.quantities)


def waiting(body: Any, topic: str = WAITS, reason: str = "unknown_format", **more: Any) -> Quarantined:
    return Quarantined(topic, json.dumps(body).encode(), reason, NOW - 5_000, **more)


async def test_quarantine_shows_text_as_text_and_bytes_as_base64(bench: Any) -> None:
    messages = [Quarantined("a/b", b"{", "not_decodable", NOW), Quarantined("a/c", b"\xff\x00", "not_decodable", NOW)]
    await bench.services.state.quarantine(messages)
    found = await get(bench, "/quarantine")
    assert [(item["payload"], item["base64"]) for item in found["items"]] == [("/wA=", True), ("{", False)]
    assert found["counts"] == {"not_decodable": 2}
    gone = await bench.client.delete(f"/api/v1/quarantine/{found['items'][0]['id']}", headers=bench.as_("administrator"))
    assert gone.status_code == 204
    assert (await get(bench, "/quarantine"))["counts"] == {"not_decodable": 1}


async def test_quarantine_is_counted_by_cause(bench: Any) -> None:
    await bench.services.state.quarantine([waiting({"P": n}, device="d-1", reason="unknown_device", detail="power") for n in range(3)])
    groups = (await get(bench, "/quarantine/groups"))["items"]
    assert [(group["reason"], group["device"], group["detail"], group["messages"]) for group in groups] == [
        ("unknown_device", "d-1", "power", 3)
    ]


async def test_an_unknown_device_is_listed_with_its_last_message_and_rate(bench: Any) -> None:
    await bench.services.state.note_unknown([UnknownDevice("x-1", "t/x-1", NOW - 20_000, NOW, 3, "plain_json", ("power",))])
    await bench.services.state.quarantine([waiting({"power_kw": n}, device="x-1", reason="unknown_device") for n in (1, 2)])
    found = await get(bench, "/devices/unknown")
    assert found["total"] == 1
    assert found["items"][0]["interval_s"] == 10.0
    assert found["items"][0]["last"]["payload"] == '{"power_kw": 2}'


async def test_adoption_stores_what_waited(bench: Any, network: Network) -> None:
    meter = power_meter(network)
    body = {"device": "x-1", "time": NOW - 5_000, "power_kw": 1.5}
    await bench.services.state.note_unknown([UnknownDevice("x-1", "t/x-1", NOW, NOW, 1)])
    await bench.services.state.quarantine([waiting(body, "t/x-1", "unknown_device", device="x-1")])
    assert (await post(bench, "/devices/adopt", {"device": "x-1", "meter": meter})).json() == {"replayed": 1}
    assert (await get(bench, "/quarantine"))["counts"] == {}
    assert (await get(bench, "/devices/unknown"))["items"] == []
    assert (await post(bench, "/devices/adopt", {"device": "x", "meter": "no"})).status_code == 404


async def test_rules_are_tried_without_storing_anything(bench: Any, network: Network) -> None:
    meter = power_meter(network)
    await post(bench, "/devices/adopt", {"device": "hall-1", "meter": meter})
    await bench.services.state.quarantine([waiting({"P": 1500}), waiting({"P": 1}, "site/hall-2/meters"), waiting({}, "other")])
    trial = (await post(bench, "/mappings/try", {"rules": RULE})).json()
    assert (trial["quarantined"], trial["recent"]) == (2, 0)
    assert trial["added"] == [{"topic": WAITS, "meter": meter, "quantity": "power", "time_ms": NOW - 5_000, "before": None, "after": 1.5}]
    assert [(line["reason"], line["device"]) for line in trial["waiting"]] == [("unknown_device", "hall-2")]
    assert [(line["device"], line["value"]) for line in trial["unregistered"]] == [("hall-2", 0.001)]
    assert trial["counts"] == {"added": 1, "changed": 0, "gone": 0, "unregistered": 1, "waiting": 1}
    assert [rule["messages"] for rule in trial["rules"]] == [2]
    assert (await get(bench, "/quarantine"))["counts"] == {"unknown_format": 3}


async def test_what_waits_is_found_however_much_else_came_after_it(bench: Any) -> None:
    await bench.services.state.quarantine([waiting({"P": 1500}), *(waiting(n, "other") for n in range(1_100))])
    trial = (await post(bench, "/mappings/try", {"rules": RULE, "last": 5})).json()
    assert trial["quarantined"] == 1


async def test_quarantine_of_unknown_devices_is_told_by_topic(bench: Any) -> None:
    await bench.services.state.quarantine([waiting(1, "a"), waiting(2, "b"), waiting(3, "b")])
    groups = (await get(bench, "/quarantine/groups"))["items"]
    assert [(group["topic"], group["messages"]) for group in groups] == [("b", 2), ("a", 1)]
    assert [item["topic"] for item in (await get(bench, "/quarantine?topic=a"))["items"]] == ["a"]


async def test_wrong_rules_are_refused_with_line_key_and_mend(bench: Any) -> None:
    answer = await post(bench, "/mappings/try", {"rules": RULE.replace("power,", "powr,"), "name": "new.yaml"})
    assert answer.status_code == 422
    assert "new.yaml:6" in answer.json()["detail"]
    assert "did you mean power?" in answer.json()["detail"]


async def test_trying_is_for_administrators(bench: Any) -> None:
    assert (await post(bench, "/mappings/try", {"rules": RULE}, "operator")).status_code == 403


async def test_what_waits_is_read_again_by_cause(bench: Any, network: Network) -> None:
    meter = network.meters[power_meter(network)]
    body = {"device": meter.device, "time": NOW - 5_000, "power_kw": 2}
    await bench.services.state.quarantine([waiting(body, "t", "unknown_device", device=meter.device), waiting(body, "t", "bad_time")])
    done = await post(bench, "/quarantine/replay", {"reason": "unknown_device"})
    assert done.json() == {"messages": 1, "readings": 1, "left": 0}
    assert (await get(bench, "/quarantine"))["counts"] == {"bad_time": 1}


async def test_rules_are_taken_up_from_their_files(bench: Any) -> None:
    await bench.services.state.quarantine([waiting({"P": 1})])
    assert (await post(bench, "/mappings/apply", {})).json() == {"messages": 1, "readings": 0, "left": 1}


async def put(bench: Any, rules: str, version: int, role: str = "administrator") -> Any:
    return await bench.client.put("/api/v1/mappings", json={"rules": rules, "version": version}, headers=bench.as_(role))


async def test_saved_rules_are_in_force_now_and_after_a_restart(bench: Any, network: Network) -> None:
    meter = power_meter(network)
    await post(bench, "/devices/adopt", {"device": "hall-1", "meter": meter})
    await bench.services.state.quarantine([waiting({"P": 1500})])
    assert (await put(bench, RULE, 0)).json() == {"version": 1, "replayed": {"messages": 1, "readings": 1, "left": 0}}
    kept = await get(bench, "/mappings")
    assert [(one["version"], one["rules"], one["person"]) for one in kept["items"]] == [(1, RULE, "test administrator")]
    assert kept["problem"] is None
    assert (await bench.services.state.audit_trail())[0].action == "save mapping rules"
    written = rules()[1].rules
    _, in_force = await rules_in_force(bench.services.state, rules)
    assert in_force.rules[0].topic == "site/{hall}/meters"
    assert in_force.rules[1:] == written

    assert (await put(bench, "rules: []", 1)).json()["version"] == 2
    assert (await rules_in_force(bench.services.state, rules))[1].rules == written


async def test_saved_rules_are_tried_in_place_of_those_before(bench: Any, network: Network) -> None:
    await post(bench, "/devices/adopt", {"device": "hall-1", "meter": power_meter(network)})
    await put(bench, RULE, 0)
    await bench.services.state.quarantine([waiting({"P": 1500})])
    beside = (await post(bench, "/mappings/try", {"rules": "rules: []"})).json()
    instead = (await post(bench, "/mappings/try", {"rules": "rules: []", "saved": True})).json()
    assert (beside["quarantined"], beside["counts"]["gone"]) == (0, 0), "beside those in use, no rules change nothing"
    assert (instead["quarantined"], instead["counts"]["gone"]) == (1, 1)
    other = RULE.replace("unit: W", "unit: kW")
    assert (await post(bench, "/mappings/try", {"rules": other, "saved": True})).json()["changed"][0]["after"] == 1500


async def test_rules_that_are_wrong_late_or_not_allowed_are_not_saved(bench: Any) -> None:
    refused = await put(bench, RULE.replace("power,", "powr,"), 0)
    assert (refused.status_code, refused.json()["pointer"]) == (422, "body/rules")
    assert (await put(bench, RULE, 0, "planner")).status_code == 403
    assert (await put(bench, RULE, 0)).status_code == 200
    late = await put(bench, "rules: []", 0)
    assert (late.status_code, late.json()["pointer"]) == (409, "body/version")
    assert [one["version"] for one in (await get(bench, "/mappings"))["items"]] == [1]


async def test_saved_rules_that_cannot_be_used_any_more_are_told_and_left_out(bench: Any, caplog: pytest.LogCaptureFixture) -> None:
    await bench.services.state.save_mappings(SavedMappings(1, "rules: nonsense", "Lan", NOW))
    assert "rules" in (await get(bench, "/mappings"))["problem"]
    assert (await rules_in_force(bench.services.state, rules))[1] == rules()[1]
    assert "saved mapping rules, version 1" in caplog.text


async def test_another_process_saves_and_the_one_that_decodes_takes_them_up(bench: Any) -> None:
    remote = RemoteDecodingDesk(bench.services.state, lambda: NOW)
    await bench.services.state.quarantine([waiting({"P": 1500})])
    async with asyncio.TaskGroup() as tasks:
        decoding = tasks.create_task(bench.services.decoding.attend(lambda: NOW))
        done = await remote.save_rules(SavedMappings(1, RULE, "Lan", NOW))
        trial = await remote.try_rules(Try(rules="rules: []", instead=True))
        decoding.cancel()
    assert (done.messages, done.left) == (1, 1), "the device is not known yet"
    assert trial.waiting[0].reason == "unknown_format"


def test_a_device_whose_interval_is_not_known_is_silent_when_its_meters_are() -> None:
    back_filled = DeviceHealth("d-1", "t", "plain_json", NOW - 9_000, NOW - 8_000, 42)
    assert conditions(back_filled, NOW, meters_silent=True) == ["silent"]
    assert conditions(back_filled, NOW, meters_silent=False) == []
    heard = replace(back_filled, interval_s=5.0, recent_s=5.0)
    assert conditions(heard, NOW, meters_silent=True) == [], "it speaks, of something else"


async def test_devices_are_told_with_their_meters_and_what_is_wrong(bench: Any, network: Network) -> None:
    meter = network.meters[power_meter(network)]
    well = DeviceHealth(meter.device, "t/1", "plain_json", NOW - 10**6, NOW - 4_000, 200, 5.0, 5.0, -200)
    ill = DeviceHealth("zz", "t/2", "tasmota", 0, NOW - 60_000, 9, 5.0, 5.0, 90_000, {"not_a_number": 2}, NOW - 60_000)
    slow = DeviceHealth("zy", "t/3", "tasmota", 0, NOW - 1_000, 9, 5.0, 11.0, 0, {"stale": 1}, NOW - 3_600_001, NOW - 500)
    await bench.services.state.save_health([well, ill, slow])
    found = await get(bench, "/devices")
    assert {device["device"]: device["conditions"] for device in found["items"]} == {
        meter.device: [], "zz": ["silent", "clock", "errors"], "zy": ["gone", "slow"]
    }  # fmt: skip
    assert next(device["meters"] for device in found["items"] if device["device"] == meter.device)[0] == meter.id
    assert (found["total"], found["counts"]) == (3, {"silent": 1, "clock": 1, "errors": 1, "gone": 1, "slow": 1})
    assert [device["device"] for device in (await get(bench, "/devices?condition=slow"))["items"]] == ["zy"]
    assert [device["device"] for device in (await get(bench, f"/devices?search={meter.id}"))["items"]] == [meter.device]
    page = await get(bench, "/devices?limit=2")
    assert [device["device"] for device in (await get(bench, f"/devices?after={page['next']}"))["items"]] == ["zz"]
