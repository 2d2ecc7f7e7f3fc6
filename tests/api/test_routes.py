"""What the routes answer, on the sample province."""

from pathlib import Path
from typing import Any

import pytest

from mainsight.core.network import Network, Role
from mainsight.core.zonetime import HOUR_MS

pytestmark = pytest.mark.anyio

NOW = 1_795_143_600_000
LOW_PRESSURE = "qc-dma-1-point"


async def get(bench: Any, path: str, **query: object) -> Any:
    answer = await bench.client.get(f"/api/v1{path}", params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_province_names_every_zone_with_its_boundary(bench: Any) -> None:
    province = await get(bench, "/province")
    assert len(province["zones"]) == 6
    assert all(zone["boundary"] and zone["name"]["vi"] for zone in province["zones"])
    assert province["timezone"] == "Asia/Ho_Chi_Minh"


async def test_overview_adds_up_what_its_tiles_say(bench: Any) -> None:
    overview = await get(bench, "/overview")
    power = overview["balance"][0]
    tiles = [load for zone in overview["zones"] for load in zone["loads"] if load["utility"] == "power"]
    assert power["drawn"] == pytest.approx(sum(tile["value"] for tile in tiles))
    assert all(len(tile["spark"]) == 96 and tile["peak"]["p90"] >= tile["peak"]["p50"] for tile in tiles)
    assert power["least"]["zone"] in {zone["id"] for zone in overview["zones"]}


async def test_least_headroom_is_the_least_of_headroom_by_hour(bench: Any) -> None:
    overview, headroom = await get(bench, "/overview"), await get(bench, "/headroom")
    rows = [hour["headroom_p90"] for item in headroom["items"] if item["utility"] == "water" for hour in item["hours"]]
    assert overview["balance"][1]["least"]["headroom"] == pytest.approx(min(rows))


async def test_zone_page_holds_its_parts(bench: Any, network: Network) -> None:
    zone = await get(bench, "/zones/quang-chau")
    assert {feeder["id"] for feeder in zone["feeders"]} == {f.id for f in network.feeders.values() if f.zone == "quang-chau"}
    assert zone["substations"][0]["transformers"][0]["in_service"] is True
    assert zone["quality"]["estimated"] == pytest.approx(0.0)  # the estimated ones are a day older
    assert zone["quality"]["measured"] == pytest.approx(1.0)
    assert zone["silent"] == []
    assert all(tank["hours_left_p90"] is None or tank["hours_left_p90"] <= tank["hours_left_p50"] for tank in zone["reservoirs"])


@pytest.mark.parametrize("path", ["/", "/zones/quang-chau", "/healthz", "/api/v1/overview", "/api/v1/zones/nowhere"])
async def test_head_is_answered_as_get_without_its_body(bench: Any, path: str) -> None:
    head, whole = await bench.client.head(path), await bench.client.get(path)
    assert (head.status_code, head.content) == (whole.status_code, b"")
    assert whole.content
    assert head.headers == whole.headers


async def test_head_does_not_begin_what_has_no_end(bench: Any) -> None:
    assert (await bench.client.head("/api/v1/stream")).status_code == 405
    assert (await bench.client.head("/api/v1/exports/readings")).status_code == 405


async def test_a_parameter_that_is_misspelt_is_refused_where_it_would_have_given_everything(bench: Any) -> None:
    for path, name in (("/meters?zones=quang-chau", "zones"), ("/overview?x=1", "x"), ("/alarms?state=open&limits=5", "limits")):
        refused = await bench.client.get(f"/api/v1{path}")
        assert (refused.status_code, refused.json()["pointer"]) == (422, f"query/{name}")
        assert "no parameter" in refused.json()["detail"]


@pytest.mark.parametrize("path", ["/meters", "/alarms", "/assets", "/headroom", f"/exports/readings?start_ms={NOW - HOUR_MS}&end_ms={NOW}"])
async def test_a_filter_for_a_zone_that_is_not_there_is_not_an_empty_answer(bench: Any, path: str) -> None:
    refused = await bench.client.get(f"/api/v1{path}{'&' if '?' in path else '?'}zone=nowhere")
    assert (refused.status_code, "quang-chau" in refused.json()["detail"]) == (404, True)
    assert (await bench.client.get("/api/v1/meters?asset=nothing")).status_code == 404


async def test_every_field_to_mend_is_named(bench: Any) -> None:
    several = (await bench.client.get("/api/v1/demand?asset=quang-chau&utility=gas&start_ms=x")).json()
    assert several["pointer"] == "query/utility"
    assert [one["pointer"] for one in several["errors"]] == ["query/utility", "query/start_ms", "query/end_ms"]
    path, key = "/api/v1/alarms/pressure-low/qc-dma-1-point/shelve", bench.as_("operator")
    for body, kind, told in ((b"{", "application/json", "not JSON"), (b"a=1", "text/plain", "send it as application/json")):
        answer = await bench.client.post(path, content=body, headers=key | {"Content-Type": kind})
        assert (answer.status_code, answer.json()["pointer"], told in answer.json()["detail"]) == (422, "body", True)
    outage = {"asset": "qc-471", "start_ms": NOW + 2 * HOUR_MS, "end_ms": NOW + HOUR_MS, "reason": {"vi": "a", "en": "b"}}
    for change, pointer in (({}, "body/end_ms"), ({"asset": "nothing"}, "body/asset")):
        answer = await bench.client.post("/api/v1/planned-outages", json=outage | change, headers=key)
        assert (answer.status_code, answer.json()["pointer"], answer.json()["title"]) == (422, pointer, "Unprocessable Content")


async def test_unknown_zone_is_a_problem_that_names_those_there_are(bench: Any) -> None:
    answer = await bench.client.get("/api/v1/zones/nowhere")
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
    assert "quang-chau" in answer.json()["detail"]


async def test_assets_by_kind_and_zone(bench: Any, network: Network) -> None:
    found = await get(bench, "/assets", kind="transformer", zone="quang-chau")
    assert [item["kind"] for item in found["items"]] == ["transformer"] * len(found["items"])
    detail = await get(bench, f"/assets/{found['items'][0]['id']}")
    assert detail["upstream"] == [network.transformers[detail["id"]].substation]
    assert detail["meters"]
    assert detail["loads"][0]["capacity_unit"] == "MVA"


async def test_every_asset_can_be_asked_for(bench: Any, network: Network) -> None:
    for asset in network.assets():
        await get(bench, f"/assets/{asset.id}")


async def test_meters_come_in_pages_that_add_up(bench: Any, network: Network) -> None:
    seen: list[str] = []
    cursor = ""
    while cursor is not None:
        page = await get(bench, "/meters", limit=100, cursor=cursor)
        seen += [item["id"] for item in page["items"]]
        cursor = page["next"]
    assert seen == sorted(network.meters)


async def test_meter_tells_its_latest_readings_and_series(bench: Any, network: Network) -> None:
    meter = next(m for m in network.meters.values() if m.role is Role.MAIN and "power" in m.quantities and m.asset in network.feeders)
    detail = await get(bench, f"/meters/{meter.id}")
    assert {value["quantity"] for value in detail["values"]} == set(meter.quantities)
    series = await get(bench, f"/meters/{meter.id}/readings", quantity="power", start_ms=NOW - 2 * HOUR_MS, end_ms=NOW, step="900")
    assert len(series["value"]) == len(series["start_ms"]) == 8
    raw = await get(bench, f"/meters/{meter.id}/readings", quantity="power", start_ms=NOW - HOUR_MS, end_ms=NOW, step="raw")
    assert raw["value"] == [3000.0]
    assert raw["step_s"] is None


async def test_a_quantity_that_the_meter_lacks_is_named(bench: Any, network: Network) -> None:
    meter = next(m for m in network.meters.values() if "power" in m.quantities)
    answer = await bench.client.get(f"/api/v1/meters/{meter.id}/readings", params={"quantity": "level", "start_ms": 0, "end_ms": 1})
    assert answer.status_code == 422
    assert answer.json()["pointer"] == "query/quantity"


async def test_demand_of_a_zone_is_the_sum_of_its_feeders(bench: Any, network: Network) -> None:
    query = {"utility": "power", "start_ms": NOW - 4 * HOUR_MS, "end_ms": NOW, "step": "3600"}
    zone = await get(bench, "/demand", asset="quang-chau", **query)
    feeders = [f.id for f in network.feeders.values() if f.zone == "quang-chau"]
    parts = [(await get(bench, "/demand", asset=feeder, **query))["value"] for feeder in feeders]
    assert zone["value"] == pytest.approx([sum(column) for column in zip(*parts, strict=True)], rel=1e-6)
    assert zone["completeness"] == [1.0] * 4


@pytest.mark.parametrize(
    ("query", "pointer"),
    [
        ({"start_ms": NOW, "end_ms": NOW}, "query/end_ms"),
        ({"start_ms": 0, "end_ms": NOW, "step": "900"}, "query/step"),
        ({"start_ms": 0, "end_ms": NOW, "step": "17"}, "query/step"),
        ({"start_ms": "soon", "end_ms": NOW}, "query/start_ms"),
    ],
)
async def test_a_range_that_makes_no_sense_points_to_what_is_wrong(bench: Any, query: dict[str, object], pointer: str) -> None:
    answer = await bench.client.get("/api/v1/demand", params={"asset": "quang-chau", "utility": "power", **query})
    assert answer.status_code == 422
    assert answer.json()["pointer"] == pointer


async def test_forecast_is_given_with_all_quantiles_and_missing_ones_are_a_problem(bench: Any) -> None:
    found = await get(bench, "/forecasts", target="quang-chau", quantity="power")
    assert len(found["p50"]) == len(found["time_ms"]) == 168 * 4
    assert found["provisional"] is False
    assert all(low <= mid <= high for low, mid, high in zip(found["p10"], found["p50"], found["p90"], strict=True))
    answer = await bench.client.get("/api/v1/forecasts", params={"target": "quang-chau", "quantity": "power", "issued_by_ms": 1})
    assert answer.status_code == 404
    assert answer.json()["detail"] == "there is no forecast of 'power of quang-chau' issued by then"
    assert (await get(bench, "/forecasts/accuracy", target="quang-chau", quantity="power"))["items"] == []


async def test_past_forecasts_are_listed_by_their_issue(bench: Any) -> None:
    found = await get(bench, "/forecasts/issues", target="quang-chau", quantity="power")
    assert found == {"items": [{"issue_ms": NOW, "model": "seasonal-naive", "fallback": "", "remarks": ""}]}


async def test_drivers_add_up_to_the_median(bench: Any) -> None:
    said = await get(bench, "/forecasts", target="quang-chau", quantity="power")
    parts = await get(bench, "/forecasts/drivers", target="quang-chau", quantity="power")
    whole = [parts["level"] + calendar + recent for calendar, recent in zip(parts["calendar"], parts["recent"], strict=True)]
    assert whole == pytest.approx(said["p50"], abs=0.001)
    assert parts["unit"] == "kW"


async def test_the_peak_of_each_day_has_its_hour_and_chance(bench: Any) -> None:
    said = await get(bench, "/forecasts", target="quang-chau", quantity="power")
    peaks = await get(bench, "/forecasts/peaks", target="quang-chau", quantity="power")
    assert [one["day"] for one in peaks["items"]] == sorted({one["day"] for one in peaks["items"]})
    assert max(one["p50"] for one in peaks["items"]) == max(said["p50"])
    for one in peaks["items"]:
        assert said["p50"][said["time_ms"].index(one["time_ms"])] == one["p50"]
        assert 0 <= one["probability"] <= 1


async def test_a_forecast_of_what_is_never_forecast_is_not_promised(bench: Any) -> None:
    answer = await bench.client.get("/api/v1/forecasts", params={"target": "qc-471", "quantity": "voltage"})
    assert answer.json()["detail"] == "there is no forecast of 'voltage of qc-471'; there are flow, power of zones and of assets"


async def test_low_pressure_is_an_open_alarm_that_can_be_acknowledged_and_shelved(bench: Any) -> None:
    listed = await get(bench, "/alarms", state="open", zone="quang-chau")
    alarm = next(item for item in listed["items"] if item["asset"] == LOW_PRESSURE)
    assert alarm["state"] == "UNACK"
    path = f"/api/v1/alarms/{alarm['rule']}/{alarm['asset']}"
    refused = await bench.client.post(f"{path}/acknowledge", json={"comment": "seen"})
    assert refused.status_code == 401
    viewer = await bench.client.post(f"{path}/acknowledge", json={"comment": "seen"}, headers=bench.as_("viewer"))
    assert viewer.status_code == 403
    done = await bench.client.post(f"{path}/acknowledge", json={"comment": "pump checked"}, headers=bench.as_("operator"))
    assert done.json()["state"] == "ACKED"
    shelved = await bench.client.post(f"{path}/shelve", json={"reason": "works", "hours": 2}, headers=bench.as_("operator"))
    assert shelved.json()["state"] == "SHLVD"
    back = await bench.client.post(f"{path}/unshelve", json={}, headers=bench.as_("operator"))
    assert back.json()["state"] in {"UNACK", "ACKED"}
    detail = (await bench.client.get(path)).json()
    assert [step["person"] for step in detail["history"][:3]] == ["test operator"] * 3
    trail = await bench.services.state.audit_trail()
    assert [entry.action for entry in trail[:3]] == ["unshelve", "shelve", "acknowledge"]


async def test_an_alarm_that_is_not_there(bench: Any) -> None:
    answer = await bench.client.post("/api/v1/alarms/no/where/shelve", json={"reason": "x"}, headers=bench.as_("operator"))
    assert answer.status_code == 404


async def test_too_long_a_shelf_is_refused(bench: Any) -> None:
    answer = await bench.client.post("/api/v1/alarms/no/where/shelve", json={"reason": "x", "hours": 48}, headers=bench.as_("operator"))
    assert answer.status_code == 422
    assert answer.json()["pointer"] == "body/hours"


async def test_probes_and_metrics(bench: Any) -> None:
    assert (await bench.client.get("/healthz")).status_code == 200
    ready = await bench.client.get("/readyz")
    assert ready.status_code == 503
    assert "not connected to the broker" in ready.text
    assert (await bench.client.get("/readyz/collect")).status_code == 404, "no part of this one is a process of its own"
    metrics = (await bench.client.get("/metrics")).text
    assert "mainsight_messages_received_total 3.0" in metrics
    assert "mainsight_store_readings 5.0" in metrics


async def test_who_am_i(bench: Any) -> None:
    nobody = await get(bench, "/me")
    assert (nobody["name"], nobody["role"], nobody["by"]) == (None, None, "nobody")
    named = (await bench.client.get("/api/v1/me", headers=bench.as_("operator"))).json()
    assert (named["name"], named["role"], named["roles"]) == ("test operator", "operator", {"*": "operator"})
    wrong = await bench.client.get("/api/v1/me", headers={"X-API-Key": "ms_00000000_nothing"})
    assert wrong.status_code == 401


async def test_built_files_are_packed_and_kept_for_ever(bench: Any, tmp_path: Path) -> None:
    written = "let words = 'words words words';" * 20
    (tmp_path / "assets" / "index-abc.js").write_text(written)
    packed = await bench.client.get("/assets/index-abc.js")
    assert packed.text == written
    assert packed.headers["content-encoding"] == "gzip"
    assert "immutable" in packed.headers["cache-control"]
    assert "javascript" in packed.headers["content-type"]
    plain = await bench.client.get("/assets/index-abc.js", headers={"Accept-Encoding": "identity"})
    assert plain.text == written
    assert "content-encoding" not in plain.headers
    assert (await bench.client.get("/assets/nothing.js")).status_code == 404


async def test_console_pages_and_runbooks_are_served_and_nothing_else_of_the_disk(bench: Any) -> None:
    for path in ("/", "/zones/quang-chau", "/..%2f..%2fetc%2fpasswd"):
        page = await bench.client.get(path)
        assert "<title>mainsight</title>" in page.text
        assert "frame-ancestors 'none'" in page.headers["content-security-policy"]
    assert (await bench.client.get("/api/v1/nothing")).status_code == 404
    assert (await bench.client.get("/runbooks/no-such")).status_code == 404
    alarm = next(item for item in (await get(bench, "/alarms", state="all"))["items"])
    runbook = await bench.client.get(f"/runbooks/{alarm['runbook'].rsplit('/', 1)[-1]}")
    assert runbook.status_code == 200
    assert "<h1>" in runbook.text


@pytest.mark.parametrize("path", ["/alarms?state=all", "/assets", "/meters"])
async def test_pages_put_together_are_the_list(bench: Any, path: str) -> None:
    whole = (await bench.client.get(f"/api/v1{path}", params={"limit": 1000, **query_of(path)})).json()["items"]
    found, cursor, pages = [], None, 0
    while pages == 0 or cursor is not None:
        query = {"limit": 70, **query_of(path), **({} if cursor is None else {"cursor": cursor})}
        page = (await bench.client.get(f"/api/v1{path.partition('?')[0]}", params=query)).json()
        found += page["items"]
        cursor, pages = page["next"], pages + 1
    assert pages == -(-len(whole) // 70)
    assert found == whole


def query_of(path: str) -> dict[str, str]:
    return {"state": "all"} if "state" in path else {}


async def test_a_cursor_that_leads_nowhere_is_told(bench: Any) -> None:
    answer = await bench.client.get("/api/v1/alarms", params={"cursor": "no/where"})
    assert (answer.status_code, answer.json()["pointer"]) == (422, "query/cursor")


async def test_who_holds_an_answer_is_not_sent_it_again_until_it_changes(bench: Any) -> None:
    first = await bench.client.get("/api/v1/province")
    assert first.headers["cache-control"] == "private, no-cache"
    again = await bench.client.get("/api/v1/province", headers={"If-None-Match": f'"other", {first.headers["etag"]}'})
    strong = first.headers["etag"].removeprefix("W/")
    assert (await bench.client.get("/api/v1/province", headers={"If-None-Match": strong})).status_code == 304, "compared weakly"
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", first.headers["etag"])
    other = await bench.client.get("/api/v1/alarms", headers={"If-None-Match": first.headers["etag"]})
    assert other.status_code == 200
    path = f"/api/v1/alarms/{other.json()['items'][0]['rule']}/{other.json()['items'][0]['asset']}"
    await bench.client.post(f"{path}/shelve", json={"reason": "works", "hours": 1}, headers=bench.as_("operator"))
    changed = await bench.client.get("/api/v1/alarms", headers={"If-None-Match": other.headers["etag"]})
    assert changed.status_code == 200
    assert (await bench.client.get("/api/v1/me")).headers.get("etag") is None


async def test_holidays_are_local_days_with_names(bench: Any) -> None:
    day = 24 * HOUR_MS
    items = (await get(bench, "/calendar", zone="quang-chau", start_ms=NOW, end_ms=NOW + 14 * day))["items"]
    holiday = next(item for item in items if item["day"] == "2026-11-24")
    assert holiday["name"] == {"vi": "Ngày Văn hóa Việt Nam", "en": "Vietnam Cultural Day"}
    assert holiday["end_ms"] - holiday["start_ms"] == day
    answer = await bench.client.get("/api/v1/calendar", params={"zone": "nowhere", "start_ms": 0, "end_ms": 1})
    assert answer.status_code == 404
    answer = await bench.client.get("/api/v1/calendar", params={"zone": "quang-chau", "start_ms": 2, "end_ms": 1})
    assert (answer.status_code, answer.json()["pointer"]) == (422, "query/end_ms")
