"""Composites and incidents: a power dip that stops a pump that drops a pressure zone is one cause."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mainsight.alarms.composite import Composites
from mainsight.alarms.past import Past
from mainsight.alarms.points import Key, build_points
from mainsight.alarms.replay import replay
from mainsight.alarms.rules import RuleFile
from mainsight.alarms.settings import AlarmSettings

from .conftest import NOON, PRESSURE, TEXT, Bench, build_network, meter, reading, rules

pytestmark = pytest.mark.anyio
DIP = {
    "id": "dip",
    "kind": "limit",
    "watches": {"kind": "feeder"},
    "measure": "breaker_closed",
    "side": "low",
    "threshold": 0.5,
    "deadband": 0,
    "priority": "high",
}
PUMP = {
    "id": "pump-stopped",
    "kind": "limit",
    "watches": {"kind": "pump_station"},
    "measure": "pump_running",
    "side": "low",
    "threshold": 0.5,
    "deadband": 0,
}
LOST = {
    "id": "supply-lost",
    "kind": "composite",
    "watches": {"kind": "dma"},
    "of": ["dip", "pump-stopped", "pressure-low"],
    "where": "above",
    "condition": "all",
    "priority": "critical",
}


def bench(*raw: dict[str, Any]) -> Bench:
    network = build_network(0)
    pump = meter("s-p1", "p1", ("pump_running",))
    network.meters["s-p1"] = pump
    return Bench(network, rules(*raw))


async def happen(made: Bench, second: int, **values: float) -> None:
    """Readings of one instant: breaker, pump, pressure."""
    made.now_ms = NOON + second * 1000
    names = {"breaker": ("m-f1", "breaker_closed"), "pump": ("s-p1", "pump_running"), "pressure": ("s-d1", "pressure")}
    await made.take(*(reading(*names[name], made.now_ms, value) for name, value in values.items()))
    await made.service.tick()
    await made.service.deliver_due()


async def test_the_last_of_the_members_is_told_as_the_composite() -> None:
    made = bench(DIP, PUMP, PRESSURE, LOST)
    await happen(made, 0, breaker=1, pump=1, pressure=3)
    await happen(made, 5, breaker=0)
    await happen(made, 10, pump=0)
    await happen(made, 15, pressure=1)
    told = [(t.rule, (t.event_ms - NOON) // 1000) for t in await made.state.transitions() if t.announced]
    assert sorted(told, key=lambda pair: pair[1]) == [("dip", 5), ("pump-stopped", 10), ("supply-lost", 15)], "not the pressure as well"
    assert {made.shown(rule, asset) for rule, asset in (("dip", "f1"), ("pump-stopped", "p1"), ("pressure-low", "d1"))} == {"DSUPR"}
    assert made.service.view("pressure-low", "d1").suppressions["by_design"]["by"] == ["supply-lost", "d1"]
    await happen(made, 20, breaker=1, pump=1)
    assert made.shown("supply-lost", "d1") == "RTNUN"
    assert (made.shown("dip", "f1"), made.shown("pressure-low", "d1")) == ("NORM", "UNACK"), "what still stands is told"


async def test_it_survives_a_restart_and_tells_nothing_twice() -> None:
    made = bench(DIP, PUMP, PRESSURE, LOST)
    for second, values in enumerate(({"breaker": 1, "pump": 1, "pressure": 3}, {"breaker": 0}, {"pump": 0}, {"pressure": 1})):
        await happen(made, 5 * second, **values)
        before = len(made.notifier.sent)
        await made.restart()
        await made.service.deliver_due()
        assert len(made.notifier.sent) == before
    assert made.shown("supply-lost", "d1") == "UNACK"
    await happen(made, 30, pump=1)
    assert made.shown("supply-lost", "d1") == "RTNUN"


async def test_delays_of_a_composite_end_by_the_clock() -> None:
    made = bench(DIP, PUMP, LOST | {"of": ["dip", "pump-stopped"], "on_delay_s": 20, "takes_along": False})
    await happen(made, 0, breaker=0, pump=0)
    await happen(made, 19, breaker=0)
    assert made.shown("supply-lost", "d1") == "NORM"
    await happen(made, 23, breaker=0)
    assert [(event - NOON, after) for event, _, after, _ in await made.history("supply-lost", "d1")] == [(20_000, "UNACK")]
    assert made.shown("dip", "f1") == "UNACK", "members are told too where it takes none along"


def test_counts_alarms_below() -> None:
    network = build_network(3)
    high = {"kind": "limit", "measure": "power", "side": "high", "threshold": 10, "deadband": 1}
    both = rules(
        high | {"id": "load", "watches": {"kind": "meter", "assets": ["c0", "c1", "c2"]}},
        LOST | {"id": "many", "watches": {"kind": "feeder"}, "of": ["load"], "where": "below", "condition": "count", "at_least": 2},
    )
    readings = [reading(f"c{n}", "power", NOON + n * 1000, 20.0) for n in range(3)]
    found = replay(network, both, AlarmSettings(), Past.of(readings)).transitions
    assert [(t.event_ms - NOON, t.after) for t in found if t.rule == "many"] == [(1000, "UNACK")]


def test_members_that_are_not_there_or_composite_are_refused() -> None:
    common = {
        "name": TEXT, "priority": "low", "cause": TEXT, "consequence": TEXT, "response": TEXT, "respond_within_min": 5, "runbook": "x.md",
    }  # fmt: skip
    with pytest.raises(ValueError, match="is of dip, which is not there"):
        RuleFile.model_validate({"rules": [common | LOST]})
    inner = common | LOST | {"id": "inner", "of": ["dip"], "condition": "any"}
    with pytest.raises(ValueError, match="is of inner, which is composite itself"):
        RuleFile.model_validate({"rules": [common | DIP, inner, common | LOST | {"of": ["inner"]}]})


@given(st.lists(st.tuples(st.sampled_from(["dip", "pump-stopped"]), st.integers(0, 9), st.booleans()), max_size=20), st.randoms())
def test_counts_are_those_of_the_turns_in_order_of_time(turns: list[tuple[str, int, bool]], random: Any) -> None:
    """A member's turns come with the latest stretch told anew; the count at any instant is that of what was told last."""
    points = build_points(bench(DIP, PUMP).network, rules(DIP, PUMP, LOST | {"of": ["dip", "pump-stopped"]}))
    members = {"dip": Key("dip", "f1"), "pump-stopped": Key("pump-stopped", "p1")}
    composites, truth = Composites(points), {name: {} for name in members}
    for name, at, active in turns:
        before = [on for when, on in sorted(truth[name].items()) if when < at]
        if (before[-1] if before else False) is active:
            continue
        truth[name] = {when: on for when, on in truth[name].items() if when < at} | {at: active}
        composites.turned({members[name]: [(at, active)]})
    for at in range(10):
        holds = [[on for when, on in sorted(of.items()) if when <= at][-1:] == [True] for of in truth.values()]
        assert composites.count(Key("supply-lost", "d1"), at) == sum(holds)


async def test_one_incident_with_its_time_line() -> None:
    made = bench(DIP | {"inhibits": ["limit"]}, PUMP | {"inhibits": ["limit"]}, PRESSURE)
    await happen(made, 0, breaker=1, pump=1, pressure=3)
    await happen(made, 5, breaker=0)
    await happen(made, 10, pump=0)
    await happen(made, 40, breaker=1, pressure=1)
    await happen(made, 300, pump=1, pressure=3)
    for rule, asset in (("dip", "f1"), ("pump-stopped", "p1")):
        await made.service.acknowledge(rule, asset, person="Lan", comment="seen")
    await happen(made, 310, pressure=1)
    await happen(made, 7200, pressure=3)
    await made.service.acknowledge("pressure-low", "d1", person="Lan", comment="seen")
    await happen(made, 15_000, pressure=1)
    found = made.service.incidents(await made.state.transitions())
    assert [(one.root, one.alarms[1:], one.end_ms is None) for one in found] == [
        (Key("pressure-low", "d1"), (), True),
        (Key("dip", "f1"), (Key("pump-stopped", "p1"), Key("pressure-low", "d1")), False),
    ]
    line = [(t.rule, (t.event_ms - NOON) // 1000, t.after) for t in found[1].timeline]
    assert line[:2] == [("dip", 5, "UNACK"), ("pump-stopped", 10, "DSUPR")]
    assert [(rule, second) for rule, second, after in line if after == "UNACK"] == [("dip", 5), ("pump-stopped", 40), ("pressure-low", 310)]
    assert line[-1] == ("pressure-low", 7200, "NORM")
    assert (found[1].start_ms, found[1].priority) == (NOON + 5000, "high")
