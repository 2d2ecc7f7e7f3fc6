"""What every state store promises of people, sessions, failed sign-ins and kept answers."""

from dataclasses import replace

import pytest

from mainsight.store.people_port import Failures, Reply, Session, SignInCode, User
from mainsight.store.state_port import ApiKey, AuditEntry, AuditQuery, StateStore

pytestmark = pytest.mark.anyio

LAN = User("lan", "Nguyễn Lan", {"*": "viewer", "quang-chau": "operator"}, "hash", 5, must_change=True)


async def test_people_are_kept_as_they_are_and_replaced_by_name(state_store: StateStore) -> None:
    await state_store.save_user(LAN)
    await state_store.save_user(replace(LAN, name="an", roles={}))
    await state_store.save_user(replace(LAN, disabled=True))
    assert await state_store.user("lan") == replace(LAN, disabled=True)
    assert await state_store.user("no-one") is None
    assert [user.name for user in await state_store.users()] == ["an", "lan"]


async def test_the_first_user_is_added_once(state_store: StateStore) -> None:
    assert await state_store.add_first_user(LAN)
    assert not await state_store.add_first_user(replace(LAN, name="mallory"))
    assert await state_store.users() == [LAN]


async def test_sessions_end_one_by_one_all_together_and_by_age(state_store: StateStore) -> None:
    await state_store.save_user(LAN)
    sessions = [Session(f"t-{n}", "lan", 1, 2, 100 * (n + 1), "127.0.0.1") for n in range(4)]
    for session in sessions:
        await state_store.save_session(session)
    await state_store.save_session(replace(sessions[1], used_ms=50))
    assert await state_store.session("t-1") == replace(sessions[1], used_ms=50)
    await state_store.forget_sessions(100)
    assert await state_store.session("t-0") is None
    await state_store.end_session("t-1")
    assert await state_store.session("t-1") is None
    await state_store.end_sessions("lan", but="t-3")
    assert await state_store.session("t-2") is None
    assert await state_store.session("t-3") == sessions[3]
    await state_store.end_sessions("lan")
    assert await state_store.session("t-3") is None


async def test_failures_add_up_until_they_are_old_or_cleared(state_store: StateStore) -> None:
    await state_store.note_failure(("lan", "lan|::1"), 10, 0)
    await state_store.note_failure(("lan",), 20, 0)
    assert set(await state_store.failures(("lan", "lan|::1", "x"))) == {Failures("lan", 2, 20), Failures("lan|::1", 1, 10)}
    await state_store.note_failure(("lan|::1",), 30, 15)
    assert await state_store.failures(("lan|::1",)) == [Failures("lan|::1", 1, 30)]
    await state_store.clear_failures(("lan", "lan|::1"))
    assert await state_store.failures(("lan", "lan|::1")) == []


async def test_a_reply_is_claimed_once_kept_and_forgotten_when_old(state_store: StateStore) -> None:
    asked = Reply("key:1", "k", "f", 10)
    assert await state_store.claim_reply(asked, 0) is None
    assert await state_store.claim_reply(replace(asked, fingerprint="g"), 0) == asked
    done = replace(asked, status=200, headers={"content-type": "application/json"}, body=b"\x00{}")
    await state_store.save_reply(done)
    assert await state_store.claim_reply(asked, 0) == done
    assert await state_store.claim_reply(replace(asked, holder="key:2"), 0) is None
    await state_store.drop_reply("key:2", "k")
    assert await state_store.claim_reply(replace(asked, holder="key:2"), 0) is None
    assert await state_store.claim_reply(replace(asked, at_ms=50), 20) is None


async def test_a_key_keeps_its_zones(state_store: StateStore) -> None:
    key = ApiKey("k-1", "grafana", "viewer", "hash", 5, zones=("quang-chau", "van-trung"))
    await state_store.save_key(key)
    assert await state_store.keys() == [key]


async def test_the_trail_is_asked_by_who_what_when_and_page(state_store: StateStore) -> None:
    made = [
        AuditEntry(10, "lan", "shelve", "alarm/a/x", origin="127.0.0.1 session"),
        AuditEntry(20, "an", "adopt", "device/d", outcome="refused"),
        AuditEntry(30, "lan", "adopt", "device/e", "before", "after"),
    ]
    for entry in made:
        await state_store.audit(entry)
    found = await state_store.audit_trail()
    assert [replace(entry, seq=0) for entry in found] == made[::-1]
    assert found[0].seq > found[1].seq > found[2].seq > 0

    async def times(query: AuditQuery) -> list[int]:
        return [entry.at_ms for entry in await state_store.audit_trail(query)]

    assert await times(AuditQuery(person="lan")) == [30, 10]
    assert await times(AuditQuery(action="adopt", subject="device/d")) == [20]
    assert await times(AuditQuery(subject="device/")) == [30, 20]
    assert await times(AuditQuery(subject="device%")) == []
    assert await times(AuditQuery(start_ms=20, end_ms=30)) == [20]
    assert await times(AuditQuery(before_seq=found[0].seq, limit=1)) == [20]


async def test_a_code_signs_in_once_and_not_after_its_time(state_store: StateStore) -> None:
    await state_store.save_code(SignInCode("c-1", "lan", 100))
    await state_store.save_code(SignInCode("c-2", "lan", 100))
    assert await state_store.take_code("c-1", 99) == "lan"
    assert await state_store.take_code("c-1", 99) is None
    assert await state_store.take_code("c-2", 100) is None
    assert await state_store.take_code("none", 5) is None
