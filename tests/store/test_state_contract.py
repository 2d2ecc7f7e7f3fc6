"""What every state store promises, whichever adapter keeps it."""

from dataclasses import replace

import pytest

from mainsight.store.alarm_port import AlarmRecord, Delivery, Transition
from mainsight.store.device_port import DeviceHealth, SavedMappings
from mainsight.store.request_port import Answer, Request
from mainsight.store.rule_port import PlannedOutage, RuleEdit
from mainsight.store.state_port import ApiKey, AuditEntry, Quarantined, QuarantineGroup, StateStore, UnknownDevice

pytestmark = pytest.mark.anyio


def transition(one: str, event_ms: int = 1_000, rule: str = "limit", asset: str = "tr-1") -> Transition:
    return Transition(
        one, rule, asset, "i-1", event_ms, event_ms + 5, "NORM", "UNACK", "high", True, 61.5, 60.0, "", "", "Quá tải", "Overload"
    )


async def test_alarm_points_come_back_as_they_were(state_store: StateStore) -> None:
    record = AlarmRecord(
        "limit",
        "tr-1",
        "active",
        False,
        {"shelved": {"reason": "works", "person": "An", "until_ms": None}},
        "i-1",
        "high",
        5,
        6,
        7,
        {"p": 0.23},
    )
    await state_store.save_alarms([record, AlarmRecord("silence", "tr-1")], [], [])
    assert {(r.rule, r.asset): r for r in await state_store.alarm_records()} == {
        ("limit", "tr-1"): record,
        ("silence", "tr-1"): AlarmRecord("silence", "tr-1"),
    }
    await state_store.save_alarms([replace(record, acknowledged=True, pending_since_ms=None)], [], [])
    points = {r.rule: r for r in await state_store.alarm_records()}
    assert points["limit"].acknowledged
    assert points["limit"].pending_since_ms is None
    assert len(points) == 2


async def test_saving_transitions_again_changes_nothing(state_store: StateStore) -> None:
    first = transition("t-1")
    await state_store.save_alarms([], [first], [Delivery("t-1", "sms")])
    await state_store.update_deliveries([Delivery("t-1", "sms", "delivered", 1, 0, "250 OK")])
    await state_store.save_alarms([], [replace(first, text_en="changed")], [Delivery("t-1", "sms"), Delivery("t-1", "mail")])
    assert await state_store.transitions() == [first]
    assert {d.target: d.status for d in await state_store.deliveries("t-1")} == {"sms": "delivered", "mail": "pending"}


async def test_transitions_are_told_latest_first_and_filtered(state_store: StateStore) -> None:
    made = [transition("a", 10), transition("b", 30), transition("c", 20, rule="silence"), transition("d", 20, asset="tr-2")]
    await state_store.save_alarms([], made, [])
    assert [t.id for t in await state_store.transitions()] == ["b", "d", "c", "a"]
    assert [t.id for t in await state_store.transitions(rule="silence")] == ["c"]
    assert [t.id for t in await state_store.transitions(asset="tr-1")] == ["b", "c", "a"]
    assert [t.id for t in await state_store.transitions(start_ms=20, end_ms=30)] == ["d", "c"]
    assert [t.id for t in await state_store.transitions(limit=1)] == ["b"]


async def test_deliveries_wait_until_they_are_due(state_store: StateStore) -> None:
    await state_store.save_alarms(
        [],
        [transition("a"), transition("b")],
        [Delivery("a", "sms", due_ms=50), Delivery("b", "sms", due_ms=20), Delivery("b", "mail", due_ms=90)],
    )
    due = await state_store.pending_deliveries(60)
    assert [(d.transition, t.id) for d, t in due] == [("b", "b"), ("a", "a")]
    refused, given_up = Delivery("b", "sms", "pending", 1, 80, "refused"), Delivery("a", "sms", "given_up", 3, 50, "no such number")
    await state_store.update_deliveries([refused, given_up])
    assert await state_store.pending_deliveries(60) == []
    assert [(d.target, d.attempts) for d, _ in await state_store.pending_deliveries(100)] == [("mail", 0), ("sms", 1)]
    assert [d.target for d, _ in await state_store.pending_deliveries(100, without={"mail"})] == ["sms"]


async def test_the_critical_are_delivered_first_and_each_target_has_its_share(state_store: StateStore) -> None:
    made = [transition(f"t-{n}", n) for n in range(3)] + [replace(transition("urgent", 9), priority="critical")]
    await state_store.save_alarms([], made, [Delivery(t.id, name, due_ms=t.event_ms) for t in made for name in ("mail", "sms")])
    due = await state_store.pending_deliveries(60, limit=2)
    assert [(d.target, d.transition) for d, _ in due] == [("mail", "urgent"), ("mail", "t-0"), ("sms", "urgent"), ("sms", "t-0")]


def message(n: int, size: int = 10, reason: str = "not_decodable", device: str = "") -> Quarantined:
    return Quarantined(f"t/{n}", bytes([n]) * size, reason, n, device, "field power")


async def test_quarantined_messages_come_back_latest_first(state_store: StateStore) -> None:
    await state_store.quarantine([message(1), message(2, device="pm-7", reason="unknown_device"), message(3)])
    found = await state_store.quarantined()
    assert [replace(m, id=0) for m in found] == [message(3), message(2, device="pm-7", reason="unknown_device"), message(1)]
    assert [m.topic for m in await state_store.quarantined(reason="unknown_device")] == ["t/2"]
    assert [m.topic for m in await state_store.quarantined(device="pm-7")] == ["t/2"]
    assert [m.topic for m in await state_store.quarantined(topic="t/1")] == ["t/1"]
    assert [m.topic for m in await state_store.quarantined(before_id=found[0].id, limit=1)] == ["t/2"]
    assert await state_store.quarantine_counts() == {"not_decodable": 2, "unknown_device": 1}


async def test_released_messages_are_gone_and_their_ids_not_given_again(state_store: StateStore) -> None:
    await state_store.quarantine([message(1), message(2)])
    newest = (await state_store.quarantined(limit=1))[0].id
    await state_store.release([newest, 999])
    await state_store.release([])
    await state_store.quarantine([message(3)])
    found = await state_store.quarantined()
    assert [m.topic for m in found] == ["t/3", "t/1"]
    assert found[0].id > newest
    assert await state_store.quarantine_dropped() == 0


async def test_long_topics_count_among_the_bytes_that_are_kept(state_store: StateStore) -> None:
    await state_store.quarantine([replace(message(n, size=0), topic=f"{n}" * 600) for n in (1, 2)])
    assert [m.arrival_ms for m in await state_store.quarantined()] == [2]


async def test_quarantined_messages_are_counted_by_cause(state_store: StateStore) -> None:
    twice = [message(1, device="pm-7", reason="unknown_device"), message(2, device="pm-7", reason="unknown_device")]
    await state_store.quarantine([*twice, message(3), message(4)])
    first, *others = await state_store.quarantine_groups()
    assert first == QuarantineGroup("unknown_device", "pm-7", twice[0].detail, "t/2", 2, twice[0].arrival_ms, twice[1].arrival_ms)
    assert [(group.reason, group.topic, group.messages) for group in others] == [("not_decodable", "t/3", 1), ("not_decodable", "t/4", 1)]
    assert await state_store.quarantine_groups(limit=1) == [first]


async def test_health_of_devices_is_replaced_and_read_in_pages_by_name(state_store: StateStore) -> None:
    of_b = DeviceHealth("b", "t/b", "tasmota", 1, 2, 3)
    await state_store.save_health([of_b, DeviceHealth("a", "t/a", "", 1, 1, 1)])
    told = replace(of_b, messages=4, interval_s=5.0, recent_s=4.5, drift_ms=-20, errors={"stale": 2}, last_error_ms=9, gone_ms=11)
    await state_store.save_health([told])
    await state_store.save_health([])
    assert [device.device for device in await state_store.health(limit=1)] == ["a"]
    assert await state_store.health(after="a") == [told]


async def test_quarantine_is_bounded_by_count_and_the_oldest_go(state_store: StateStore) -> None:
    for n in range(5):
        await state_store.quarantine([message(n)])
    await state_store.quarantine([message(n) for n in range(5, 12)])
    assert [m.topic for m in await state_store.quarantined()] == ["t/11", "t/10", "t/9", "t/8"]
    assert await state_store.quarantine_dropped() == 8


async def test_quarantine_is_bounded_by_bytes(state_store: StateStore) -> None:
    await state_store.quarantine([message(1, 500), message(2, 500), message(3, 500)])
    assert [m.topic for m in await state_store.quarantined()] == ["t/3", "t/2"]
    assert await state_store.quarantine_dropped() == 1


async def test_what_is_known_of_a_device_adds_up(state_store: StateStore) -> None:
    await state_store.note_unknown([UnknownDevice("pm-7", "a/pm-7", 10, 10, 1, "json", ("power",))])
    await state_store.note_unknown(
        [UnknownDevice("pm-7", "b/pm-7", 20, 20, 2, "", ("voltage", "power")), UnknownDevice("x", "a/x", 30, 30, 1)]
    )
    await state_store.note_unknown([])
    assert await state_store.unknown_devices() == [
        UnknownDevice("x", "a/x", 30, 30, 1),
        UnknownDevice("pm-7", "b/pm-7", 10, 20, 3, "json", ("power", "voltage")),
    ]


async def test_an_adopted_device_is_no_longer_unknown(state_store: StateStore) -> None:
    await state_store.note_unknown([UnknownDevice("pm-7", "a/pm-7", 10, 10, 1)])
    await state_store.adopt("pm-7", "m-1")
    await state_store.adopt("pm-7", "m-2")
    assert await state_store.aliases() == {"pm-7": "m-2"}
    assert await state_store.unknown_devices() == []


async def test_keys_are_replaced_by_id(state_store: StateStore) -> None:
    key = ApiKey("k-1", "console", "operator", "hash", 5)
    await state_store.save_key(key)
    await state_store.save_key(replace(key, revoked=True, expires_ms=9))
    assert await state_store.keys() == [replace(key, revoked=True, expires_ms=9)]


async def test_the_audit_trail_only_grows(state_store: StateStore) -> None:
    entries = [AuditEntry(n, "An", "shelve", f"tr-{n}", "UNACK", "SHLVD") for n in range(3)]
    for entry in entries:
        await state_store.audit(entry)
    assert [replace(entry, seq=0) for entry in await state_store.audit_trail()] == entries[::-1]


async def test_a_request_is_open_until_it_is_answered_and_keeps_its_first_answer(state_store: StateStore) -> None:
    asked = Request("alarms", "acknowledge", {"rule": "limit", "comment": "quá tải"}, 5)
    one, two = await state_store.ask(asked), await state_store.ask(replace(asked, action="shelve"))
    await state_store.ask(replace(asked, role="collect"))
    assert await state_store.open_requests("alarms") == [replace(asked, id=one), replace(asked, action="shelve", id=two)]
    assert await state_store.answer_to(one) is None
    refused = Answer(one, 9, done=False, detail={"refused": "no comment"})
    await state_store.answer(refused)
    await state_store.answer(Answer(one, 10, done=True))
    assert await state_store.answer_to(one) == refused
    assert [request.id for request in await state_store.open_requests("alarms")] == [two]
    await state_store.answer(Answer(99, 9, done=True))
    assert await state_store.answer_to(99) is None


async def test_an_alarm_is_stored_together_with_the_answer_to_who_asked(state_store: StateStore) -> None:
    one = await state_store.ask(Request("alarms", "acknowledge", {}, 5))
    await state_store.save_alarms([AlarmRecord("limit", "tr-1")], [], [], Answer(one, 6, done=True))
    assert await state_store.answer_to(one) == Answer(one, 6, done=True)


async def test_edits_of_a_rule_are_kept_version_by_version(state_store: StateStore) -> None:
    first = RuleEdit("feeder-load", 1, {"id": "feeder-load", "threshold": 80}, True, "abc", "Lan", 5)
    off = RuleEdit("feeder-load", 2, None, False, "abc", "Minh", 6)
    other = RuleEdit("another", 1, None, False, "", "Lan", 7)
    assert [await state_store.save_rule(one) for one in (first, off, other)] == [True, True, True]
    assert not await state_store.save_rule(replace(off, person="Hoa")), "somebody else was faster"
    assert await state_store.rule_edits() == [other, off]
    assert await state_store.rule_history("feeder-load") == [off, first]
    assert await state_store.rule_history("none") == []


async def test_planned_outages_are_found_by_time_and_withdrawn_once(state_store: StateStore) -> None:
    early = PlannedOutage("o-1", "f1", 1_000, 2_000, "Bảo trì", "Maintenance", "Lan", 10)
    late = PlannedOutage("o-2", "s1", 5_000, 9_000, "Thay máy", "New unit", "Minh", 11)
    assert await state_store.plan_outage(late)
    assert await state_store.plan_outage(early)
    assert not await state_store.plan_outage(replace(early, asset="f2"))
    assert await state_store.planned_outages() == [early, late]
    assert await state_store.planned_outages(2_000) == [late], "an end is not part of it"
    assert await state_store.planned_outages(0, 5_000) == [early]
    withdrawn = replace(late, withdrawn_ms=20, withdrawn_by="Hoa")
    assert await state_store.withdraw_outage("o-2", 20, "Hoa") == withdrawn
    assert await state_store.withdraw_outage("o-2", 30, "Lan") == withdrawn, "the first to take it back is kept"
    assert await state_store.withdraw_outage("o-9", 30, "Lan") is None
    assert [one.covers(5_000) for one in await state_store.planned_outages()] == [False, False]
    assert early.covers(1_000)
    assert not early.covers(2_000)


async def test_mapping_rules_are_kept_version_by_version(state_store: StateStore) -> None:
    assert await state_store.saved_mappings() == []
    versions = [SavedMappings(n, f"rules: []  # {n}", "Lan", 10 + n) for n in (1, 2, 3)]
    assert [await state_store.save_mappings(one) for one in versions] == [True, True, True]
    assert not await state_store.save_mappings(replace(versions[2], person="Hoa")), "somebody else was faster"
    assert await state_store.saved_mappings() == [versions[2]]
    assert await state_store.saved_mappings(2) == [versions[2], versions[1]]
    assert await state_store.saved_mappings(10) == versions[::-1]
