"""On-call duty over the API, and the pages behind the links in messages."""

import re
from dataclasses import replace
from typing import Any

import httpx
import pytest

from api.application import create
from mainsight.alarms.links import Claim, sign
from mainsight.alarms.settings import AlarmSettings
from mainsight.alarms.views import AlarmView
from mainsight.core.zonetime import HOUR_MS

from .conftest import LOW_PRESSURE, NOW, Bench

pytestmark = pytest.mark.anyio

SETTINGS = AlarmSettings.model_validate(
    {
        "targets": [{"name": name, "url": "json://127.0.0.1", "person": name.title()} for name in ("day", "night", "boss")],
        "duty": {
            "rotas": [
                {"id": "room", "timezone": "Asia/Ho_Chi_Minh", "start": "2026-01-01T07:00", "shift_h": 12, "turns": ["day", "night"]}
            ],
            "levels": [{"to": ["room"]}, {"to": ["boss"], "after_min": {"critical": 10}}],
        },
    }
)


@pytest.fixture
async def duty(bench: Bench) -> Any:
    services = replace(bench.services, alarm_settings=SETTINGS)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(create(services, bench.live)), base_url="http://test") as client:
        yield client


def stand_in(**changes: Any) -> dict[str, Any]:
    return {"rota": "room", "target": "boss", "start_ms": NOW - 1000, "end_ms": NOW + HOUR_MS, "reason": "ill"} | changes


async def test_duty_tells_who_is_told_now_and_next(duty: httpx.AsyncClient) -> None:
    told = (await duty.get("/api/v1/duty")).json()
    [room] = told["rotas"]
    assert {room["target"], room["next_target"]} == {"day", "night"}
    assert room["person"] == room["target"].title()
    assert room["since_ms"] <= NOW < room["until_ms"]
    assert told["levels"] == [{"to": ["room"], "after_min": {}}, {"to": ["boss"], "after_min": {"critical": 10}}]
    assert told["test"] is None


async def test_a_stand_in_counts_at_once_is_written_down_and_can_be_withdrawn(duty: httpx.AsyncClient, bench: Bench) -> None:
    made = await duty.post("/api/v1/duty/stand-ins", json=stand_in(), headers=bench.as_("operator"))
    assert (made.status_code, made.json()["state"]) == (201, "under_way")
    assert [r["target"] for r in (await duty.get("/api/v1/duty")).json()["rotas"]] == ["boss"]
    path = f"/api/v1/duty/stand-ins/{made.json()['id']}/withdraw"
    assert (await duty.post(path, headers=bench.as_("operator"))).json()["state"] == "withdrawn"
    assert [r["target"] for r in (await duty.get("/api/v1/duty")).json()["rotas"]] != ["boss"]
    assert [entry.action for entry in await bench.services.state.audit_trail()] == ["withdraw stand-in", "stand in"]
    assert (await duty.post("/api/v1/duty/stand-ins/none/withdraw", headers=bench.as_("operator"))).status_code == 404


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"rota": "moon"}, "body/rota"),
        ({"target": "moon"}, "body/target"),
        ({"end_ms": NOW - 1}, "body/end_ms"),
        ({"end_ms": NOW + 61 * 24 * HOUR_MS}, "body/end_ms"),
    ],
)
async def test_a_stand_in_that_cannot_be_says_why(duty: httpx.AsyncClient, bench: Bench, changes: dict[str, Any], pointer: str) -> None:
    refused = await duty.post("/api/v1/duty/stand-ins", json=stand_in(**changes), headers=bench.as_("operator"))
    assert (refused.status_code, refused.json()["pointer"]) == (422, pointer)


async def test_a_test_page_goes_to_who_is_on_duty(duty: httpx.AsyncClient, bench: Bench) -> None:
    sent = await duty.post("/api/v1/duty/test-page", headers=bench.as_("operator"))
    assert sent.status_code == 202
    [delivery] = sent.json()["deliveries"]
    assert (delivery["target"], delivery["status"]) in {("day", "pending"), ("night", "pending")}
    assert (await duty.get("/api/v1/duty")).json()["test"]["deliveries"] == [delivery]
    assert (await bench.client.post("/api/v1/duty/test-page", headers=bench.as_("operator"))).status_code == 409, "no targets there"


async def link(bench: Bench, **changes: Any) -> str:
    view = low_pressure(bench)
    claim = Claim(view.rule, view.asset, view.incident, "Ca trực", "vi", NOW + HOUR_MS)
    return "/a/" + sign(await bench.services.state.link_secret(), replace(claim, **changes))


def low_pressure(bench: Bench) -> AlarmView:
    return bench.services.alarms.view("pressure-low", f"{LOW_PRESSURE}-point")


async def state_of(bench: Bench) -> str:
    return low_pressure(bench).state


async def test_a_link_shows_on_get_and_acknowledges_on_post_by_name(bench: Bench) -> None:
    path = await link(bench)
    for _ in range(3):  # as scanners of mail do
        shown = await bench.client.get(path)
        assert shown.status_code == 200
    assert "Người xác nhận: Ca trực" in shown.text
    assert re.search(r"<form method='post'>", shown.text)
    assert "script" not in shown.text
    assert await state_of(bench) == "UNACK"
    done = await bench.client.post(path, data={"comment": "đang đến"})
    assert (done.status_code, "Đã ghi nhận, cảm ơn Ca trực." in done.text) == (200, True)
    assert await state_of(bench) == "ACKED"
    [entry] = await bench.services.state.audit_trail()
    assert (entry.person, entry.action, entry.after, entry.outcome) == ("Ca trực", "acknowledge", "đang đến", "done")
    again = await bench.client.post(path, data={"comment": "đang đến"})
    assert (again.status_code, "không còn gì để xác nhận" in again.text) == (409, True)


async def test_a_link_without_the_comment_that_is_asked_for_changes_nothing_and_asks_again(bench: Bench) -> None:
    refused = await bench.client.post(await link(bench, language="en"))
    assert refused.status_code == 409
    assert "<textarea" in refused.text
    assert await state_of(bench) == "UNACK"


@pytest.mark.parametrize(("changes", "status"), [({"expires_ms": NOW}, 403), ({"incident": "another"}, 409), ({"rule": "gone"}, 409)])
async def test_links_of_the_past_change_nothing(bench: Bench, changes: dict[str, Any], status: int) -> None:
    answer = await bench.client.post(await link(bench, **changes), data={"comment": "x"})
    assert answer.status_code == status
    assert await state_of(bench) == "UNACK"


async def test_names_in_links_are_shown_as_text(bench: Bench) -> None:
    shown = await bench.client.get(await link(bench, person="<img src=x>"))
    assert "<img" not in shown.text


async def test_guessing_links_is_slowed_down(bench: Bench) -> None:
    path = (await link(bench))[:-2] + "zz"
    codes = [(await bench.client.get(path)).status_code for _ in range(70)]
    assert codes.count(403) == 60
    assert codes[-1] == 429


async def test_the_month_s_report_is_a_page_of_its_own(bench: Bench) -> None:
    page = await bench.client.get("/api/v1/reports/alarms", params={"month": "2026-11", "language": "en"})
    assert (page.status_code, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert "Alarm report, 2026-11" in page.text
    assert "Water pressure low" in page.text
    refused = await bench.client.get("/api/v1/reports/alarms", params={"month": "2026-13"})
    assert refused.status_code == 422
