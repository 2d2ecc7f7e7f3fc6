"""Rules that people change: laid over the file's, taken up by whoever judges, in whichever process."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from mainsight.alarms.remote import RemoteAlarms
from mainsight.alarms.rulebook import RuleBook, definition_of, hash_of
from mainsight.alarms.ruledesk import RuleConflictError, RuleDesk, UnknownRuleError
from mainsight.alarms.rulefile import RuleError
from mainsight.alarms.settings import AlarmSettings
from mainsight.store.memory import MemoryState, MemoryStore
from mainsight.store.rule_port import RuleEdit

from .conftest import NOON, PRESSURE, Bench, build_network, meter, reading, rules

pytestmark = pytest.mark.anyio
LOW = "pressure-low"
(WRITTEN,) = rules(PRESSURE)


def desk(made: Bench, tmp_path: Path) -> RuleDesk:
    (tmp_path / "feeder-load.md").write_text("# Feeder load")
    return RuleDesk(
        network=made.network,
        written=made.rules,
        runbooks=tmp_path,
        store=made.store,
        state=made.state,
        settings=made.settings,
        clock=lambda: made.now_ms,
    )


async def pass_a_while(made: Bench, pressure: float) -> None:
    made.now_ms += 5000
    await made.take(reading("s-d1", "pressure", made.now_ms, pressure))
    await made.service.tick()
    await made.service.deliver_due()


async def test_another_limit_is_judged_within_seconds_and_the_alarm_goes_on(tmp_path: Path) -> None:
    made = Bench(build_network(0), (WRITTEN,))
    await made.service.start()
    await pass_a_while(made, 1.5)
    assert made.shown(LOW, "d1") == "UNACK"
    saved = await desk(made, tmp_path).save(LOW, definition_of(WRITTEN) | {"threshold": 1.0}, version=0, person="Lan")
    assert (saved.source, saved.version) == ("edited", 1)
    await pass_a_while(made, 1.5)
    await pass_a_while(made, 1.5)
    view = made.service.view(LOW, "d1")
    assert (view.limit, view.state, len(made.notifier.sent)) == (1.0, "RTNUN", 1)


async def test_a_rule_that_is_switched_off_ends_its_alarms_and_on_again_begins_anew(tmp_path: Path) -> None:
    made = Bench(build_network(0), (WRITTEN,))
    await made.service.start()
    await pass_a_while(made, 1.5)
    await desk(made, tmp_path).switch(LOW, on=False, person="Lan")
    await pass_a_while(made, 1.5)
    assert made.service.views() == []
    assert [(before, after) for _, before, after, _ in await made.history(LOW, "d1")] == [("NORM", "UNACK"), ("UNACK", "NORM")]
    await made.restart()
    assert made.service.views() == [], "it stays off"
    await desk(made, tmp_path).switch(LOW, on=True, person="Lan")
    await pass_a_while(made, 3.0)
    await pass_a_while(made, 1.5)
    assert (made.shown(LOW, "d1"), len(made.notifier.sent)) == ("UNACK", 2)


async def test_a_rule_that_is_switched_off_while_nobody_judges_ends_its_alarms_too(tmp_path: Path) -> None:
    made = Bench(build_network(0), (WRITTEN,))
    await made.service.start()
    await pass_a_while(made, 1.5)
    await desk(made, tmp_path).switch(LOW, on=False, person="Lan")
    made.now_ms += 5000
    await made.restart()
    (record,) = [one for one in await made.state.alarm_records() if one.rule == LOW]
    assert (record.condition, record.acknowledged) == ("normal", True)
    assert [after for _, _, after, _ in await made.history(LOW, "d1")] == ["UNACK", "NORM"]


async def test_a_new_rule_is_judged_too_and_another_process_shows_it(tmp_path: Path) -> None:
    made = Bench(build_network(0), (WRITTEN,))
    remote = RemoteAlarms(made.network, made.rules, made.state, made.settings, lambda: made.now_ms)
    await made.service.start()
    added = definition_of(WRITTEN) | {"id": "pressure-high", "side": "high", "threshold": 6.0}
    await desk(made, tmp_path).save("pressure-high", added, version=0, person="Lan")
    await pass_a_while(made, 3.0)
    await pass_a_while(made, 7.0)
    await remote.refresh()
    assert made.shown("pressure-high", "d1") == remote.view("pressure-high", "d1").state == "UNACK"


async def test_a_higher_priority_asks_again(tmp_path: Path) -> None:
    made = Bench(build_network(0), (WRITTEN,))
    await made.service.start()
    await pass_a_while(made, 1.5)
    await made.service.acknowledge(LOW, "d1", person="Lan")
    await desk(made, tmp_path).save(LOW, definition_of(WRITTEN) | {"priority": "critical"}, version=0, person="Minh")
    await pass_a_while(made, 1.5)
    view = made.service.view(LOW, "d1")
    assert (view.state, view.priority, len(made.notifier.sent)) == ("UNACK", "critical", 2)


async def test_what_cannot_be_kept_says_why(tmp_path: Path) -> None:
    made = Bench(build_network(0), (WRITTEN,))
    rule_desk, raw = desk(made, tmp_path), definition_of(WRITTEN)
    for changed, says in (
        ({"runbook": "none.md"}, "none.md is not in"),
        ({"watches": {"kind": "dma", "zones": ["atlantis"]}}, "there is no zone atlantis"),
        ({"id": "other"}, "is other, not pressure-low; keep its id"),
        ({"deadband": -1}, "deadband"),
    ):
        with pytest.raises(RuleError, match=says):
            await rule_desk.save(LOW, raw | changed, version=0, person="Lan")
    composite = {
        k: v for k, v in raw.items() if k in {"name", "priority", "cause", "consequence", "response", "respond_within_min", "runbook"}
    }
    composite |= {"id": "all", "kind": "composite", "watches": {"kind": "dma"}, "of": ["nothing"], "condition": "any"}
    with pytest.raises(RuleError, match="is of nothing, which is not there"):
        await rule_desk.save("all", composite, version=0, person="Lan")
    await rule_desk.save("all", composite | {"of": [LOW]}, version=0, person="Lan")
    with pytest.raises(RuleConflictError, match="all adds it up"):
        await rule_desk.switch(LOW, on=False, person="Lan")
    with pytest.raises(RuleConflictError, match="at version 1 by now"):
        await rule_desk.save("all", composite | {"of": [LOW]}, version=0, person="Minh")
    with pytest.raises(UnknownRuleError):
        await rule_desk.revert("all", person="Lan")


def test_an_edit_over_a_file_that_has_changed_is_shown_and_one_that_fits_no_more_is_not_used() -> None:
    network, edit = build_network(0), RuleEdit(LOW, 3, definition_of(WRITTEN) | {"threshold": 1.0}, True, "", "Lan", 5)
    current = replace(edit, base=hash_of(WRITTEN))
    assert [entry.conflict for entry in RuleBook.of([WRITTEN], [current], network)] == [False]
    (entry,) = RuleBook.of(rules(PRESSURE | {"deadband": 0.5}), [current], network)
    assert (entry.conflict, entry.source) == (True, "edited")
    stray = replace(edit, definition=definition_of(WRITTEN) | {"watches": {"kind": "dma", "assets": ["gone"]}})
    (entry,) = RuleBook.of([WRITTEN], [stray], network)
    assert (entry.rule, entry.source, entry.version) == (WRITTEN, "file", 3)
    assert "there is no dma gone" in entry.problem


async def test_a_rule_is_tried_on_what_is_stored_with_the_members_it_adds_up(tmp_path: Path) -> None:
    made = Bench(build_network(0), (WRITTEN,), AlarmSettings(), store=MemoryStore(), state=MemoryState())
    await made.store.write([reading("s-d1", "pressure", NOON + n * 60_000, value) for n, value in enumerate([3.0, 1.5, 1.0, 3.0])])
    text = """rules:
  - {id: tried, kind: composite, watches: {kind: dma}, of: [pressure-low], condition: any, priority: low, runbook: feeder-load.md,
     name: {vi: x, en: x}, cause: {vi: x, en: x}, consequence: {vi: x, en: x}, response: {vi: x, en: x}, respond_within_min: 5}
"""
    trial = await desk(made, tmp_path).try_out(text.encode(), NOON, NOON + 600_000)
    assert trial.readings == 4
    assert [(t.rule, (t.event_ms - NOON) // 1000, t.after) for t in trial.replayed.transitions if t.rule == "tried"] == [
        ("tried", 60, "UNACK"),
        ("tried", 180, "RTNUN"),
    ]


GATEWAY: dict[str, Any] = {
    "id": "gateway", "kind": "silence", "watches": {"kind": "gateway"}, "share": 0.8, "inhibits": ["silence"], "priority": "medium",
}  # fmt: skip


async def test_a_silent_gateway_takes_its_meters_along() -> None:
    network = build_network(0)
    behind = {f"g{n}": meter(f"g{n}", "f1", ("power",), gateway="gw") for n in range(3)}
    silent = {"id": "silent", "kind": "silence", "watches": {"kind": "meter"}, "priority": "low"}
    made = Bench(replace(network, meters=behind | {"m-f1": network.meters["m-f1"]}), rules(GATEWAY, silent))
    await made.service.start()
    await made.pass_s(60, lambda at: [reading(name, "power", at, 1.0) for name in made.network.meters])
    await made.pass_s(330, lambda at: [reading("m-f1", "power", at, 1.0)])
    assert made.shown("gateway", "gw") == "UNACK"
    assert {made.shown("silent", name) for name in behind} == {"DSUPR"}
    assert made.service.view("silent", "g0").suppressions["by_design"]["by"] == ["gateway", "gw"]
    assert len(made.notifier.sent) == 1
    await made.pass_s(30, lambda at: [reading(name, "power", at, 1.0) for name in made.network.meters])
    assert {made.shown("silent", name) for name in behind} == {"NORM"}


async def test_what_is_out_of_service_takes_nothing_along() -> None:
    tripped = {
        "id": "tripped", "kind": "limit", "watches": {"kind": "feeder"}, "measure": "breaker_closed", "side": "low", "threshold": 0.5,
        "deadband": 0, "inhibits": ["limit"],
    }  # fmt: skip
    made = Bench(build_network(0), rules(PRESSURE, tripped))
    await made.take(reading("m-f1", "breaker_closed", made.now_ms, 0.0), reading("s-d1", "pressure", made.now_ms, 0.5))
    assert made.shown(LOW, "d1") == "DSUPR"
    await made.service.take_out_of_service("tripped", "f1", person="Lan", reason="the contact is broken")
    await made.service.tick()
    assert made.shown(LOW, "d1") == "UNACK", "nobody vouches for the parent's condition"
    await made.service.return_to_service("tripped", "f1", person="Lan")
    await made.service.tick()
    assert made.shown(LOW, "d1") == "DSUPR"
