"""Rules over the API: seen, checked, tried on the past, saved and switched; outages, incidents and metrics of alarms."""

from typing import Any

import pytest
import yaml

from .conftest import NOW

pytestmark = pytest.mark.anyio
API = "/api/v1"
MINUTE = 60_000


async def definition(bench: Any, rule: str = "pressure-low") -> dict[str, Any]:
    shown: dict[str, Any] = (await bench.client.get(f"{API}/rules/{rule}")).json()["definition"]
    return shown


async def low(bench: Any) -> str:
    """An asset whose pressure is low."""
    found = [alarm["asset"] for alarm in (await bench.client.get(f"{API}/alarms")).json()["items"] if alarm["rule"] == "pressure-low"]
    return str(found[0])


async def test_rules_are_shown_with_their_source_and_alarms(bench: Any) -> None:
    items = (await bench.client.get(f"{API}/rules")).json()["items"]
    shown = next(item for item in items if item["id"] == "pressure-low")
    assert (shown["source"], shown["enabled"], shown["version"], shown["kind"]) == ("file", True, 0, "limit")
    assert shown["alarms"] >= len(bench.network.dmas)
    assert shown["definition"]["threshold"] == "pressure_min_bar"
    assert (await bench.client.get(f"{API}/rules/none")).status_code == 404


async def test_a_rule_is_saved_under_its_version_and_reverted(bench: Any) -> None:
    rule, admin = await definition(bench), bench.as_("administrator")
    changed = rule | {"on_delay_s": 90}
    saved = await bench.client.put(f"{API}/rules/pressure-low", json={"definition": changed, "version": 0}, headers=admin)
    assert (saved.status_code, saved.json()["source"], saved.json()["version"]) == (200, "edited", 1)
    late = await bench.client.put(f"{API}/rules/pressure-low", json={"definition": rule, "version": 0}, headers=admin)
    assert late.status_code == 409
    assert "at version 1 by now" in late.json()["detail"]
    back = await bench.client.post(f"{API}/rules/pressure-low/revert", headers=admin)
    assert (back.json()["source"], back.json()["version"]) == ("file", 2)
    shown = (await bench.client.get(f"{API}/rules/pressure-low")).json()
    assert [edit["version"] for edit in shown["history"]] == [2, 1]
    assert shown["definition"]["on_delay_s"] == rule["on_delay_s"]
    trail = await bench.services.state.audit_trail()
    assert {"save rule", "revert rule"} <= {entry.action for entry in trail}


async def test_what_is_no_alarm_is_refused_with_its_reason(bench: Any) -> None:
    rule = await definition(bench)
    for key in ("response", "consequence", "priority", "runbook", "respond_within_min"):
        body = {"definition": {name: value for name, value in rule.items() if name != key}, "version": 0}
        answer = await bench.client.put(f"{API}/rules/pressure-low", json=body, headers=bench.as_("administrator"))
        assert answer.status_code == 422
        assert f"{key}: is missing; " in answer.json()["detail"]


async def test_a_rule_is_switched_off_and_on_by_an_administrator_alone(bench: Any) -> None:
    denied = await bench.client.post(f"{API}/rules/feeder-load-high/switch", json={"on": False}, headers=bench.as_("planner"))
    assert denied.status_code == 403
    admin = bench.as_("administrator")
    off = await bench.client.post(f"{API}/rules/feeder-load-high/switch", json={"on": False}, headers=admin)
    assert off.status_code == 200, off.text
    assert (off.json()["enabled"], off.json()["source"]) == (False, "file")
    on = await bench.client.post(f"{API}/rules/feeder-load-high/switch", json={"on": True}, headers=admin)
    assert on.json()["enabled"]
    assert (await bench.client.post(f"{API}/rules/none/switch", json={"on": True}, headers=admin)).status_code == 404


async def test_a_text_is_checked_line_by_line(bench: Any) -> None:
    rule = await definition(bench)
    text = yaml.safe_dump({"rules": [rule | {"runbook": "nowhere.md", "watches": {"kind": "dma", "zones": ["atlantis"]}}]}, sort_keys=False)
    checked = (await bench.client.post(f"{API}/rules/check", json={"text": text}, headers=bench.as_("planner"))).json()
    told = {problem["key"]: problem for problem in checked["problems"]}
    assert told["rules.0.runbook"]["line"] == text.splitlines().index("  runbook: nowhere.md") + 1
    assert "there is no zone atlantis" in told["rules.0.watches"]["what"]
    assert len(checked["definitions"]) == 1


async def test_a_rule_is_tried_on_the_stored_past(bench: Any) -> None:
    rule = await definition(bench) | {"id": "tried", "on_delay_s": 0, "threshold": 100.0}
    body = {"text": yaml.safe_dump({"rules": [rule]}), "start_ms": NOW - 60 * MINUTE, "end_ms": NOW + MINUTE}
    answer = await bench.client.post(f"{API}/rules/try", json=body, headers=bench.as_("planner"))
    tried = answer.json()
    assert answer.status_code == 200, tried
    assert tried["readings"] > 0
    assert {(t["rule"], t["before"], t["after"], t["announced"]) for t in tried["transitions"]} == {("tried", "NORM", "UNACK", True)}
    assert tried["metrics"]["announced"] == len(tried["transitions"]) >= len(bench.network.dmas)
    assert not [item for item in (await bench.client.get(f"{API}/rules")).json()["items"] if item["id"] == "tried"]
    long = await bench.client.post(f"{API}/rules/try", json=body | {"start_ms": 0}, headers=bench.as_("planner"))
    assert (long.status_code, long.json()["pointer"]) == (422, "body/end_ms")


async def test_an_outage_is_planned_shown_and_withdrawn(bench: Any) -> None:
    feeder = next(iter(bench.network.feeders))
    reason = {"vi": "Bảo trì", "en": "Maintenance"}
    body = {"asset": feeder, "start_ms": NOW - MINUTE, "end_ms": NOW + MINUTE, "reason": reason}
    operator = bench.as_("operator")
    made = await bench.client.post(f"{API}/planned-outages", json=body, headers=operator)
    assert made.status_code == 201, made.json()
    name = made.json()["id"]
    listed = (await bench.client.get(f"{API}/planned-outages")).json()["items"]
    assert [(one["id"], one["state"], one["reason"]) for one in listed] == [(name, "under_way", reason)]
    gone = await bench.client.post(f"{API}/planned-outages/{name}/withdraw", headers=operator)
    assert (gone.json()["state"], gone.json()["withdrawn_ms"]) == ("withdrawn", NOW)
    assert (await bench.client.post(f"{API}/planned-outages/none/withdraw", headers=operator)).status_code == 404
    wrong = await bench.client.post(f"{API}/planned-outages", json=body | {"asset": "atlantis"}, headers=operator)
    assert (wrong.status_code, "atlantis" in wrong.json()["detail"]) == (422, True)


async def test_incidents_and_metrics_of_what_has_happened(bench: Any) -> None:
    asset, found = await low(bench), (await bench.client.get(f"{API}/incidents")).json()["items"]
    mine = next(one for one in found if one["root"]["asset"] == asset)
    assert (mine["end_ms"], mine["announced"], mine["timeline"][0]["after"]) == (None, 1, "UNACK")
    metrics = (await bench.client.get(f"{API}/alarm-metrics")).json()
    assert metrics["announced"] >= 1
    per_hour = next(one for one in metrics["measures"] if one["key"] == "per_hour")
    assert (per_hour["acceptable"], per_hour["ok"]) == (6, True)
    assert (await bench.client.get(f"{API}/incidents", params={"start": 5, "end": 5})).status_code == 422


async def test_an_alarm_is_taken_out_of_service_and_returned(bench: Any) -> None:
    at, operator = f"{API}/alarms/pressure-low/{await low(bench)}", bench.as_("operator")
    for action in ("reset", "return"):
        refused = await bench.client.post(f"{at}/{action}", json={"comment": ""}, headers=operator)
        assert refused.status_code == 409
    out = await bench.client.post(f"{at}/out-of-service", json={"reason": "sensor is being exchanged"}, headers=operator)
    assert (out.status_code, out.json()["state"]) == (200, "OOSRV")
    back = await bench.client.post(f"{at}/return", json={"comment": "new sensor"}, headers=operator)
    assert (back.status_code, back.json()["state"]) == (200, "UNACK")


async def test_what_a_planned_outage_keeps_quiet_and_is_quiet_anyway_is_not_open(bench: Any) -> None:
    feeder = next(iter(bench.network.feeders))
    body = {"asset": feeder, "start_ms": NOW - MINUTE, "end_ms": NOW + MINUTE, "reason": {"vi": "Bảo trì", "en": "Maintenance"}}
    assert (await bench.client.post(f"{API}/planned-outages", json=body, headers=bench.as_("operator"))).status_code == 201
    await bench.services.alarms.start()
    kept = (await bench.client.get(f"{API}/alarms", params={"state": "DSUPR"})).json()["items"]
    assert "normal" in {alarm["condition"] for alarm in kept if alarm["asset"] == feeder}
    opened = (await bench.client.get(f"{API}/alarms")).json()["items"]
    assert "normal" not in {alarm["condition"] for alarm in opened if alarm["state"] == "DSUPR"}
    assert opened, "others stand"
