"""Signing in, sessions, one-time passwords, lock-out, limits, keys and people."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.access.keys import make_code, make_key
from api.access.limits import RateLimit, locked_s
from api.access.passwords import one_time_password, weakness
from mainsight.store.asking import NotAnsweredError
from mainsight.store.people_port import Failures
from mainsight.store.state_port import AuditQuery
from tests.api.people import PASSWORD, House, closed

pytestmark = pytest.mark.anyio
SIGN_IN = {"name": "lan", "password": PASSWORD}
ALARM = "/api/v1/alarms/pressure-low/qc-dma-1-point"


@pytest.fixture
def house(bench: Any) -> House:
    return closed(bench.services, bench.live)


async def test_a_stranger_is_shown_nothing_but_the_way_in(house: House) -> None:
    async with house.visitor() as stranger:
        refused = await stranger.get("/api/v1/overview")
        assert refused.status_code == 401
        assert "POST /api/v1/session" in refused.json()["detail"]
        me = await stranger.get("/api/v1/me")
        assert me.json() == {
            "name": None,
            "role": None,
            "user": None,
            "roles": {},
            "by": "nobody",
            "csrf": None,
            "must_change": False,
        }


async def test_signing_in_reading_changing_and_signing_out(house: House) -> None:
    async with house.signed_in("lan", everywhere="operator") as lan:
        assert (await lan.get("/api/v1/overview")).status_code == 200
        done = await lan.post(f"{ALARM}/acknowledge", json={"comment": "pump checked"})
        assert done.status_code == 200, done.text
        assert (await lan.delete("/api/v1/session")).status_code == 204
        assert (await lan.get("/api/v1/overview")).status_code == 401
    trail = await house.services.state.audit_trail()
    assert [(entry.person, entry.action, entry.outcome) for entry in trail] == [
        ("Lan", "sign-out", "done"),
        ("Lan", "acknowledge", "done"),
        ("lan", "sign-in", "done"),
    ]
    assert trail[1].origin == "10.0.0.1 session"
    assert (trail[1].before, trail[1].after) == ("UNACK", "ACKED: pump checked")


async def test_who_tries_what_is_not_theirs_is_written_down(house: House) -> None:
    async with house.signed_in("lan", everywhere="viewer") as lan, house.visitor() as stranger:
        assert (await lan.post(f"{ALARM}/acknowledge", json={"comment": "x"})).status_code == 403
        assert (await stranger.post(f"{ALARM}/acknowledge", json={"comment": "x"})).status_code == 401
    last, *_ = trail = await house.services.state.audit_trail()
    assert (last.person, last.action, last.outcome) == ("Lan", "POST /alarms/{rule}/{asset}/acknowledge", "refused")
    assert last.subject == f"{ALARM}/acknowledge"
    assert [entry.action for entry in trail[1:]] == ["sign-in"], "nothing of strangers"


async def test_the_cookie_is_out_of_reach_of_scripts_other_sites_and_plain_http(house: House) -> None:
    await house.add("lan", everywhere="viewer")
    async with house.visitor() as lan:
        cookie = (await lan.post("/api/v1/session", json=SIGN_IN)).headers["set-cookie"]
    name, *attributes = cookie.split("; ")
    assert name.startswith("__Host-mainsight=")
    assert {"HttpOnly", "Secure", "SameSite=strict", "Path=/"} <= set(attributes)


async def test_on_loopback_without_tls_a_browser_keeps_the_cookie_too(bench: Any) -> None:
    await House(bench.client, bench.services, bench.services.clock).add("lan", everywhere="viewer")  # type: ignore[arg-type] - a clock
    cookie = (await bench.client.post("/api/v1/session", json=SIGN_IN)).headers["set-cookie"]
    assert cookie.startswith("mainsight=")
    assert "Secure" not in cookie
    assert "HttpOnly" in cookie


async def test_a_session_s_change_needs_its_own_csrf_token(house: House) -> None:
    async with house.signed_in("lan", everywhere="operator") as lan, house.signed_in("an", everywhere="operator") as an:
        for token in ("", "x" * 64, an.headers["X-CSRF-Token"]):
            refused = await lan.post(f"{ALARM}/acknowledge", json={"comment": "x"}, headers={"X-CSRF-Token": token})
            assert (refused.status_code, refused.json()["pointer"]) == (403, "header/x-csrf-token")
        assert (await lan.get("/api/v1/me")).json()["csrf"] == lan.headers["X-CSRF-Token"]


async def test_another_site_s_page_cannot_sign_somebody_in(house: House) -> None:
    await house.add("lan", everywhere="viewer")
    async with house.visitor() as lan:
        refused = await lan.post("/api/v1/session", json=SIGN_IN, headers={"Sec-Fetch-Site": "cross-site"})
        assert refused.status_code == 403
        form = await lan.post("/api/v1/session", data=SIGN_IN)
        assert form.status_code == 422


async def test_a_code_signs_in_once_for_a_short_time_and_not_from_another_site(house: House) -> None:
    await house.add("lan", everywhere="operator")
    codes = [make_code("lan", house.clock() + 60_000) for _ in range(2)]
    for _, kept in codes:
        await house.services.state.save_code(kept)
    first, late = ({"code": text} for text, _ in codes)
    async with house.visitor() as lan, house.visitor() as thief:
        assert (await lan.post("/api/v1/session/code", json=first, headers={"Sec-Fetch-Site": "cross-site"})).status_code == 403
        me = await lan.post("/api/v1/session/code", json=first)
        assert (me.json()["user"], me.json()["roles"], me.headers["cache-control"]) == ("lan", {"*": "operator"}, "no-store")
        assert (await lan.get("/api/v1/overview")).status_code == 200
        assert (await thief.post("/api/v1/session/code", json=first)).status_code == 401, "it is used up"
        house.clock.forward(61)
        assert (await thief.post("/api/v1/session/code", json=late)).status_code == 401, "its time is over"
        assert (await thief.get("/api/v1/overview")).status_code == 401
    trail = await house.services.state.audit_trail(AuditQuery(action="sign-in"))
    assert [(entry.person, entry.outcome) for entry in trail] == [("(unknown)", "refused"), ("(unknown)", "refused"), ("lan", "done")]


async def test_sessions_end_by_age_idleness_and_a_changed_password(bench: Any) -> None:
    house = closed(bench.services, bench.live, session_hours=1, idle_minutes=10)
    async with house.signed_in("lan", everywhere="viewer") as lan:
        for _ in range(6):
            house.clock.forward(9 * 60)
            assert (await lan.get("/api/v1/province")).status_code == 200
        house.clock.forward(7 * 60)
        assert (await lan.get("/api/v1/province")).status_code == 401, "an hour has passed"
    async with house.signed_in("an", everywhere="viewer") as an:
        house.clock.forward(11 * 60)
        assert (await an.get("/api/v1/province")).status_code == 401, "idle"
    async with house.signed_in("binh", everywhere="viewer") as here, house.signed_in("binh", everywhere="viewer") as there:
        new = {"old": PASSWORD, "new": "another long phrase"}
        assert (await here.post("/api/v1/me/password", json=new)).status_code == 204
        assert (await here.get("/api/v1/province")).status_code == 200
        assert (await there.get("/api/v1/province")).status_code == 401


async def test_a_one_time_password_opens_nothing_but_its_own_change(house: House) -> None:
    async with house.signed_in("root", everywhere="administrator") as root:
        made = await root.post("/api/v1/users", json={"name": "lan", "full_name": "Lan", "roles": {"quang-chau": "operator"}})
        assert made.status_code == 201
        assert made.headers["cache-control"] == "no-store"
        once = made.json()["password"]
    async with house.visitor() as lan:
        signed = (await lan.post("/api/v1/session", json={"name": "Lan ", "password": once})).json()
        assert signed["must_change"] is True
        lan.headers["X-CSRF-Token"] = signed["csrf"]
        assert (await lan.get("/api/v1/overview")).status_code == 403
        for new, says in ((once, "old one"), ("short", "characters"), ("lan-lan-lan-lan", "name"), ("aaaaaaaaaaaaaaaa", "few")):
            weak = await lan.post("/api/v1/me/password", json={"old": once, "new": new})
            assert (weak.status_code, weak.json()["pointer"]) == (422, "body/new")
            assert says in weak.json()["detail"]
        assert (await lan.post("/api/v1/me/password", json={"old": once, "new": PASSWORD})).status_code == 204
        assert (await lan.get("/api/v1/overview")).status_code == 200
    kept = await house.services.state.audit_trail()
    assert not any(once in f"{entry}" or PASSWORD in f"{entry}" for entry in kept)


async def test_who_is_locked_out_is_so_at_every_process(bench: Any) -> None:
    """Failures are counted in the state that all processes share: another process knows of them, and of none when one got in."""
    first, second = closed(bench.services, bench.live), closed(bench.services, bench.live)
    await first.add("lan", everywhere="viewer")
    wrong = SIGN_IN | {"password": "not the password"}
    async with first.visitor() as here, second.visitor() as there:
        for client in (here, there, here, there, here):
            assert (await client.post("/api/v1/session", json=wrong)).status_code == 401
        for client in (here, there):
            locked = await client.post("/api/v1/session", json=SIGN_IN)
            assert (locked.status_code, "locked" in locked.json()["detail"]) == (429, True)
        second.clock.forward(2)
        assert (await there.post("/api/v1/session", json=SIGN_IN)).status_code == 200
        assert (await here.post("/api/v1/session", json=SIGN_IN)).status_code == 200


async def test_guessing_is_locked_longer_and_longer_and_the_owner_elsewhere_still_gets_in(house: House) -> None:
    await house.add("lan", everywhere="viewer")
    async with house.visitor("10.6.6.6") as mallory, house.visitor("10.0.0.1") as lan:
        wrong = {"name": "lan", "password": "wrong password"}
        statuses = [(await mallory.post("/api/v1/session", json=wrong)).status_code for _ in range(6)]
        assert statuses == [401] * 5 + [429]
        locked = await mallory.post("/api/v1/session", json=SIGN_IN)
        assert locked.status_code == 429, "the right password does not help while it is locked"
        house.clock.forward(int(locked.headers["retry-after"]))
        assert (await mallory.post("/api/v1/session", json=wrong)).status_code == 401
        assert int((await mallory.post("/api/v1/session", json=wrong)).headers["retry-after"]) == 2
        assert (await lan.post("/api/v1/session", json=SIGN_IN)).status_code == 200


async def test_an_unknown_name_is_told_from_a_wrong_password_by_nothing(house: House) -> None:
    await house.add("lan", everywhere="viewer")
    async with house.visitor() as mallory:
        known = await mallory.post("/api/v1/session", json={"name": "lan", "password": "x"})
        unknown = await mallory.post("/api/v1/session", json={"name": "hunter2 typed as name", "password": "x"})
    assert (known.status_code, known.json()) == (unknown.status_code, unknown.json())
    assert not any("hunter2" in f"{entry}" for entry in await house.services.state.audit_trail())


async def test_too_many_requests_are_told_when_to_come_again(bench: Any) -> None:
    house = closed(bench.services, bench.live, requests_per_minute=3, sign_ins_per_minute=1)
    async with house.visitor() as stranger:
        assert [(await stranger.get("/api/v1/me")).status_code for _ in range(4)] == [200] * 3 + [429]
        again = await stranger.get("/api/v1/me")
        assert again.headers["content-type"] == "application/problem+json"
        house.clock.forward(int(again.headers["retry-after"]))
        assert (await stranger.get("/api/v1/me")).status_code == 200
        tries = [(await stranger.post("/api/v1/session", json=SIGN_IN)).status_code for _ in range(2)]
        assert tries == [401, 429]


async def test_keys_expire_are_limited_to_zones_and_can_be_revoked(house: House) -> None:
    async with house.signed_in("root", everywhere="administrator") as root, house.visitor("10.0.0.9") as program:
        made = await root.post("/api/v1/keys", json={"name": "scada", "role": "viewer", "zones": ["quang-chau"], "days": 1})
        key = made.json()
        program.headers["Authorization"] = f"Bearer {key['key']}"
        assert (await program.get("/api/v1/zones/quang-chau")).status_code == 200
        assert (await program.get("/api/v1/zones/van-trung")).status_code == 403
        house.clock.forward(25 * 3600)
        assert (await program.get("/api/v1/zones/quang-chau")).status_code == 401
    async with house.signed_in("root", everywhere="administrator") as root, house.visitor() as program:
        key = (await root.post("/api/v1/keys", json={"name": "scada", "role": "viewer", "days": None})).json()
        program.headers["X-API-Key"] = key["key"]
        assert (await program.get("/api/v1/me")).json()["name"] == "scada"
        assert (await root.delete(f"/api/v1/keys/{key['id']}")).status_code == 204
        assert (await program.get("/api/v1/me")).status_code == 401
        assert (await root.delete("/api/v1/keys/nothing")).status_code == 404
        listed = (await root.get("/api/v1/keys")).text
        assert key["key"] not in listed
        assert key["key"].split("_", 2)[2] not in listed


async def test_people_are_administered_and_somebody_who_can_is_always_left(house: House) -> None:
    async with house.signed_in("root", everywhere="administrator") as root:
        for change in ({"disabled": True}, {"roles": {"*": "viewer"}}, {"roles": {"quang-chau": "administrator"}}):
            assert (await root.patch("/api/v1/users/root", json=change)).status_code == 409
        wrong = await root.patch("/api/v1/users/root", json={"roles": {"nowhere": "viewer"}})
        assert (wrong.status_code, wrong.json()["pointer"]) == (422, "body/roles")
        assert (await root.post("/api/v1/users", json={"name": "root", "roles": {"*": "viewer"}})).status_code == 409
        assert (await root.patch("/api/v1/users/no-one", json={})).status_code == 404
        async with house.signed_in("lan", everywhere="operator") as lan:
            assert (await lan.get("/api/v1/users")).status_code == 403
            changed = await root.patch("/api/v1/users/lan", json={"roles": {"*": "viewer"}})
            assert changed.json()["roles"] == {"*": "viewer"}
            assert (await lan.post(f"{ALARM}/acknowledge", json={"comment": "x"})).status_code == 403, "rights change at once"
            once = (await root.post("/api/v1/users/lan/password")).json()["password"]
            assert (await lan.get("/api/v1/province")).status_code == 401
            assert (await lan.post("/api/v1/session", json={"name": "lan", "password": once})).status_code == 200
            await root.patch("/api/v1/users/lan", json={"disabled": True})
            assert (await lan.post("/api/v1/session", json={"name": "lan", "password": once})).status_code == 401
        assert [user["name"] for user in (await root.get("/api/v1/users")).json()["items"]] == ["lan", "root"]


async def test_the_trail_is_paged_and_filtered(house: House) -> None:
    async with house.signed_in("root", everywhere="administrator") as root:
        for n in range(3):
            await root.post("/api/v1/keys", json={"name": f"k{n}"})
        first = (await root.get("/api/v1/audit", params={"action": "make-key", "limit": 2})).json()
        rest = (await root.get("/api/v1/audit", params={"action": "make-key", "limit": 2, "cursor": first["next"]})).json()
        assert (len(first["items"]), len(rest["items"]), rest["next"]) == (2, 1, None)
        assert first["items"][0]["person"] == "Root"
        assert (await root.get("/api/v1/audit", params={"person": "nobody"})).json()["items"] == []


async def test_a_change_that_is_refused_fails_or_is_not_answered_is_written_down_too(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    async def silent(*_: object, **__: object) -> None:
        raise NotAnsweredError("nobody answers")

    async with house.signed_in("lan", everywhere="operator") as lan:
        assert (await lan.post(f"{ALARM}/unshelve", json={})).status_code == 409
        monkeypatch.setattr(type(house.services.alarms), "acknowledge", silent)
        assert (await lan.post(f"{ALARM}/acknowledge", json={"comment": "seen"})).status_code == 504
        assert (await lan.post("/api/v1/devices/adopt", json={"device": "x", "meter": "y"})).status_code == 403
    trail = await house.services.state.audit_trail(AuditQuery(subject="alarm/"))
    assert [(entry.action, entry.outcome, entry.after) for entry in trail] == [
        ("acknowledge", "unanswered", "seen"),
        ("unshelve", "refused", ""),
    ]


def test_chosen_passwords_are_judged_and_one_time_ones_are_strong() -> None:
    assert weakness("correct horse battery", "lan") is None
    made = {one_time_password() for _ in range(50)}
    assert len(made) == 50
    assert all(weakness(password, "lan") is None for password in made)


@given(st.lists(st.integers(0, 5_000), max_size=60), st.integers(1, 30))
def test_nobody_gets_more_than_the_rate_in_any_minute(gaps_ms: list[int], per_minute: int) -> None:
    limit, now, passed = RateLimit(per_minute), 0, []
    for gap in gaps_ms:
        now += gap
        if limit.wait_s("x", now) == 0:
            passed.append(now)
    for start in passed:
        within = sum(start <= at < start + 60_000 for at in passed)
        assert within <= 2 * per_minute  # a full bucket, and what fills it again


@given(st.integers(0, 200), st.integers(0, 10**7))
def test_the_wait_grows_with_failures_and_is_bounded(count: int, since_ms: int) -> None:
    now = 10**9
    waits = [locked_s([Failures(subject, n, now - since_ms)], now) for n in (count, count + 1) for subject in ("lan|x", "lan")]
    assert 0 <= waits[0] <= waits[2] <= 900
    assert waits[1] <= waits[0]
    assert (waits[0] == 0) == (count < 5 or since_ms >= 1000 * min(900, 2 ** min(count - 5, 10)))


def test_a_key_says_who_it_is_by_its_hash_alone() -> None:
    text, key = make_key("x", "viewer", 0)
    assert text.split("_", 2)[2] not in f"{key}"
