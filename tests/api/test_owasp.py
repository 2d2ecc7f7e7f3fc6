"""The ten risks of OWASP's list for APIs, 2023, each with what stands against it here.

https://owasp.org/API-Security/editions/2023/en/0x11-t10/
"""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.settings import ApiSettings
from mainsight.core.zonetime import HOUR_MS
from mainsight.store.state_port import Quarantined
from tests.api.conftest import NOW
from tests.api.people import PASSWORD, House, closed

pytestmark = pytest.mark.anyio
ALARM = "/api/v1/alarms/pressure-low/qc-dma-1-point"


@pytest.fixture
def house(bench: Any) -> House:
    return closed(bench.services, bench.live)


RANGE = {"start_ms": NOW - HOUR_MS, "end_ms": NOW}
ELSEWHERE: list[tuple[str, dict[str, Any]]] = [
    ("/zones/van-trung", {}),
    ("/headroom", {"zone": "van-trung"}),
    ("/alarms", {"zone": "van-trung"}),
    ("/meters", {"zone": "van-trung"}),
    ("/assets", {"zone": "van-trung"}),
    ("/demand", {"asset": "van-trung", "utility": "power", **RANGE}),
    ("/forecasts", {"target": "van-trung", "quantity": "power"}),
    *(
        (f"/forecasts/{part}", {"target": "van-trung", "quantity": "power"})
        for part in ("accuracy", "issues", "drivers", "peaks", "scores", "exceedance")
    ),
]


@pytest.mark.parametrize(("path", "query"), ELSEWHERE)
async def test_api1_object_level_another_zone_is_closed(house: House, path: str, query: dict[str, Any]) -> None:
    async with house.signed_in("lan", quang_chau="operator") as lan:
        assert (await lan.get(f"/api/v1{path}", params=query)).status_code == 403


async def test_api1_object_level_things_of_another_zone_are_closed_by_their_own_ids(house: House) -> None:
    network = house.services.network
    feeder = next(f.id for f in network.feeders.values() if f.zone == "van-trung")
    meter = next(m.id for m in network.meters.values() if m.asset == feeder)
    async with house.signed_in("lan", quang_chau="operator") as lan:
        for path in (f"/assets/{feeder}", f"/meters/{meter}", f"/meters/{meter}/readings?quantity=power&start_ms=0&end_ms=1"):
            assert (await lan.get(f"/api/v1{path}")).status_code == 403
        foreign = await lan.post(f"/api/v1/alarms/feeder-load/{feeder}/shelve", json={"reason": "x", "hours": 1})
        assert foreign.status_code == 403
        smuggled = await lan.post(f"/api/v1/alarms/feeder-load/{feeder}/shelve?zone=quang-chau", json={"reason": "x", "hours": 1})
        assert smuggled.status_code == 403, "a parameter that the route does not read proves nothing"
        own = await lan.post(f"{ALARM}/shelve", json={"reason": "works", "hours": 1})
        assert own.status_code == 200


async def test_api1_object_level_lists_and_the_stream_leave_out_other_zones(house: House) -> None:
    network = house.services.network
    async with house.signed_in("lan", quang_chau="viewer") as lan:
        lists = {
            path: (await lan.get(f"/api/v1{path}", params=query)).json()
            for path, query in (
                ("/province", {}),
                ("/overview", {}),
                ("/headroom", {}),
                ("/assets", {}),
                ("/meters", {"limit": 1000}),
                ("/alarms", {"state": "all"}),
            )
        }
        told = json.dumps(lists)
    assert [zone["id"] for zone in lists["/overview"]["zones"]] == ["quang-chau"]
    assert lists["/overview"]["balance"][0]["supplied"] is None
    foreign = {f.id for f in network.feeders.values() if f.zone != "quang-chau"} | set(network.zones) - {"quang-chau"}
    assert [one for one in foreign if f'"{one}"' in told] == []
    async with house.signed_in("an", quang_chau="viewer") as an:
        who = (await an.get("/api/v1/me")).json()
    assert who["roles"] == {"quang-chau": "viewer"}
    events = house.app.state.live.events(frozenset({"quang-chau"}))
    loads = json.loads((await anext(events)).split(b"data: ", 1)[1])["loads"]
    await events.aclose()
    assert not foreign & loads.keys()
    assert "quang-chau" in loads


async def test_api2_authentication_rubbish_is_no_key_and_no_session(house: House) -> None:
    async with house.visitor() as stranger:
        for headers in (
            {"X-API-Key": "ms_"},
            {"X-API-Key": "ms_00000000_"},
            {"Authorization": "Bearer x"},
            {"Authorization": "Basic bGFuOng="},
            {"Cookie": "__Host-mainsight=x"},
            {"Cookie": "__Host-mainsight="},
        ):
            assert (await stranger.get("/api/v1/overview", headers=headers)).status_code == 401, headers


async def test_api2_authentication_passwords_and_tokens_are_kept_as_hashes(house: House) -> None:
    async with house.signed_in("lan", everywhere="viewer") as lan:
        token = next(iter(lan.cookies.values()))
    state = house.services.state
    user = await state.user("lan")
    assert user is not None
    assert user.password_hash.startswith("$argon2id$")
    assert PASSWORD not in f"{user}"
    assert await state.session(token) is None, "the token itself is not what is kept"


async def test_api3_property_level_nobody_gives_themselves_more_by_sending_more(house: House) -> None:
    async with house.signed_in("root", everywhere="administrator") as root:
        for extra in ({"password_hash": "x"}, {"must_change": False}, {"created_ms": 0}):
            made = await root.post("/api/v1/users", json={"name": "lan", "roles": {"*": "viewer"}, **extra})
            assert made.status_code == 422
            assert (await root.patch("/api/v1/users/root", json=extra)).status_code == 422
        shown = (await root.get("/api/v1/users")).text
    assert "argon2" not in shown
    async with house.signed_in("an", everywhere="viewer") as an:
        assert (await an.patch("/api/v1/users/an", json={"roles": {"*": "administrator"}})).status_code == 403


async def test_api4_resource_consumption_is_bounded(house: House) -> None:
    async with house.signed_in("lan", everywhere="viewer") as lan:
        for path, query in (
            ("/meters", {"limit": 100_000}),
            ("/quarantine", {"limit": 100_000}),
            ("/demand", {"asset": "quang-chau", "utility": "power", "start_ms": 0, "end_ms": NOW, "step": "900"}),
            ("/meters/qc-471-main/readings", {"quantity": "power", "start_ms": 0, "end_ms": NOW, "step": "raw"}),
            ("/demand", {"asset": "quang-chau", "utility": "power", **RANGE, "step": "auto", "points": 10**9}),
        ):
            assert (await lan.get(f"/api/v1{path}", params=query)).status_code in {404, 422}, path
        assert (await lan.post("/api/v1/session", content=b"x" * 1_000_001)).status_code == 413

        async def endless() -> Any:
            for _ in range(20):
                yield b"x" * 100_000

        assert (await lan.post("/api/v1/session", content=endless())).status_code == 413
        assert (await lan.post("/api/v1/session", json={"name": "lan", "password": "x" * 257})).status_code == 422, "hashing is bounded"


FUNCTIONS: list[tuple[str, str, dict[str, Any] | None, str]] = [
    ("POST", f"{ALARM}/acknowledge", {"comment": "x"}, "operator"),
    ("POST", "/api/v1/devices/adopt", {"device": "x", "meter": "x"}, "administrator"),
    ("DELETE", "/api/v1/quarantine/1", None, "administrator"),
    ("GET", "/api/v1/users", None, "administrator"),
    ("POST", "/api/v1/users", {"name": "x", "roles": {"*": "viewer"}}, "administrator"),
    ("GET", "/api/v1/keys", None, "administrator"),
    ("POST", "/api/v1/keys", {"name": "x"}, "administrator"),
    ("GET", "/api/v1/audit", None, "administrator"),
]


@pytest.mark.parametrize("role", ["viewer", "operator", "planner"])
async def test_api5_function_level_each_role_stays_below_its_line(house: House, role: str) -> None:
    order = ["viewer", "operator", "planner", "administrator"]
    async with house.signed_in("lan", everywhere=role) as lan:
        for method, path, body, needed in FUNCTIONS:
            status = (await lan.request(method, path, json=body)).status_code
            assert (status == 403) == (order.index(role) < order.index(needed)), (method, path, status)


async def test_api5_function_level_an_administrator_of_one_zone_administers_nobody(house: House) -> None:
    async with house.signed_in("lan", quang_chau="administrator") as lan:
        for method, path, body, needed in FUNCTIONS:
            if needed == "administrator":
                assert (await lan.request(method, path, json=body)).status_code == 403, path


async def test_api6_sensitive_flows_are_not_repeated_by_a_repeated_request(house: House) -> None:
    async with house.signed_in("lan", everywhere="operator") as lan, house.signed_in("root", everywhere="administrator") as root:
        twice = [await lan.post(f"{ALARM}/acknowledge", json={"comment": "seen"}, headers={"Idempotency-Key": "a-1"}) for _ in range(2)]
        assert [answer.status_code for answer in twice] == [200, 200]
        assert twice[0].json() == twice[1].json()
        assert [answer.headers.get("idempotency-replayed") for answer in twice] == [None, "true"]
        other = await lan.post(f"{ALARM}/acknowledge", json={"comment": "again"}, headers={"Idempotency-Key": "a-1"})
        assert (other.status_code, other.json()["pointer"]) == (422, "header/idempotency-key")
        fresh = await root.post(f"{ALARM}/acknowledge", json={"comment": "seen"}, headers={"Idempotency-Key": "a-1"})
        assert fresh.status_code == 409, "another caller's key is another key"
        bad = await lan.post(f"{ALARM}/unshelve", json={}, headers={"Idempotency-Key": "x" * 129})
        assert bad.status_code == 422
        made = [await root.post("/api/v1/keys", json={"name": "k"}, headers={"Idempotency-Key": "b"}) for _ in range(2)]
        assert [answer.status_code for answer in made] == [201, 409], "a secret is shown once"
        assert [key.name for key in await house.services.state.keys()].count("k") == 1
    acknowledged = [entry for entry in await house.services.state.audit_trail() if (entry.action, entry.outcome) == ("acknowledge", "done")]
    assert len(acknowledged) == 1


async def test_api7_request_forgery_no_call_takes_an_address_to_fetch(bench: Any) -> None:
    described = (await bench.client.get("/api/openapi.json")).json()
    parameters = {p["name"] for path in described["paths"].values() for one in path.values() for p in one.get("parameters", [])}
    fields = {name for schema in described["components"]["schemas"].values() for name in schema.get("properties", {})}
    assert [name for name in parameters | fields if {"url", "uri", "href", "callback", "webhook"} & set(name.lower().split("_"))] == []


async def test_api8_misconfiguration_headers_errors_and_origins(house: House) -> None:
    async with house.visitor() as stranger:
        answer = await stranger.get("/api/v1/overview", headers={"Origin": "https://evil.test"})
        for name, value in (
            ("x-content-type-options", "nosniff"),
            ("referrer-policy", "no-referrer"),
            ("cross-origin-resource-policy", "same-origin"),
            ("strict-transport-security", "max-age=31536000"),
        ):
            assert answer.headers[name] == value
        assert "default-src 'self'" in answer.headers["content-security-policy"]
        assert not any(name.startswith("access-control-") for name in answer.headers), "no other origin may read"
        for path in ("/docs", "/redoc", "/api/v1/../../etc/passwd", "/api/v1/overview/"):
            assert "Traceback" not in (await stranger.get(path)).text
        assert (await stranger.request("TRACE", "/api/v1/overview")).status_code == 405
    with pytest.raises(ValueError, match="open_reading would show everything"):
        ApiSettings(host="0.0.0.0", access={"open_reading": True})  # type: ignore[arg-type] # noqa: S104 - refused
    with pytest.raises(ValueError, match="go together"):
        ApiSettings(certificate="x.pem")  # type: ignore[arg-type]


async def test_api8_misconfiguration_a_fault_of_ours_tells_nothing_of_itself(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("password=hunter2")

    async with house.signed_in("lan", everywhere="viewer") as lan:
        monkeypatch.setattr(type(house.services.alarms), "views", broken)
        lan._transport.raise_app_exceptions = False  # type: ignore[attr-defined]
        answer = await lan.get("/api/v1/alarms")
    assert answer.status_code == 500
    assert answer.headers["content-type"] == "application/problem+json"
    assert "hunter2" not in answer.text


async def test_api9_inventory_what_is_served_is_what_is_described(house: House) -> None:
    async with house.visitor() as stranger:
        described = (await stranger.get("/api/openapi.json")).json()
        assert all(path.startswith(("/api/v1/", "/healthz", "/readyz", "/metrics")) for path in described["paths"])
        for path in ("/api/v0/overview", "/api/v2/overview", "/api/overview", "/openapi.json"):
            answer = await stranger.get(path)
            assert answer.status_code == 404 or "<title>" in answer.text, path
        for path, operations in described["paths"].items():
            for method, one in operations.items():
                public = path in {"/healthz", "/readyz", "/readyz/{role}", "/api/v1/me"} or (path, method) == ("/api/v1/session", "post")
                assert public or {"401", "403"} <= one["responses"].keys(), f"{method} {path}"


@given(payload=st.binary(max_size=60))
def test_api10_what_devices_send_is_data_and_never_markup(payload: bytes) -> None:
    from api.routes.devices import _message  # noqa: PLC0415 - the one place that shows payloads

    shown = _message(Quarantined("t/<script>", payload, "not_decodable", NOW, "<img src=x>", "field", 1)).model_dump_json()
    assert json.loads(shown)["topic"] == "t/<script>"


async def test_api10_what_devices_send_is_served_as_json_that_no_browser_renders(bench: Any) -> None:
    await bench.services.state.quarantine([Quarantined("t", b"<script>alert(1)</script>", "not_decodable", NOW)])
    answer = await bench.client.get("/api/v1/quarantine")
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["x-content-type-options"] == "nosniff"
