"""A CT/VT ratio that a person enters while alarms are judged: limits, loads and rates go by it within seconds, and undone again."""

import pytest

from mainsight.alarms.past import Past
from mainsight.alarms.remote import RemoteAlarms
from mainsight.alarms.replay import replay
from mainsight.core.readings import Reading
from mainsight.core.zonetime import HOUR_MS, MINUTE_MS
from mainsight.store.metering_port import MeterChange, Undone

from .conftest import NOON, Bench, build_network, reading, rules

pytestmark = pytest.mark.anyio
METER = "m-t1"
MIDNIGHT = NOON - 12 * HOUR_MS
LOAD = {
    "id": "load",
    "kind": "limit",
    "watches": {"kind": "transformer"},
    "measure": "utilisation",
    "side": "high",
    "threshold": 90,
    "deadband": 5,
}
OWN = {
    "id": "own",
    "kind": "limit",
    "watches": {"kind": "transformer"},
    "measure": "power",
    "side": "high",
    "threshold": 50_000,
    "deadband": 1000,
}
RISE = {
    "id": "rise",
    "kind": "rate",
    "watches": {"kind": "transformer"},
    "measure": "power",
    "direction": "rise",
    "threshold": 90_000,
    "over_min": 10,
    "deadband": 1000,
}


def said(at_ms: int, power: float) -> tuple[Reading, Reading]:
    return reading(METER, "power", at_ms, power), reading(METER, "reactive_power", at_ms, 0.0)


async def enter(made: Bench, factor: float) -> int:
    return await made.state.save_change(MeterChange(METER, MIDNIGHT, factor, "An", "new transformers", made.now_ms))


async def judged(made: Bench) -> None:
    made.now_ms += 2_000
    await made.service.tick()


async def test_limits_and_loads_are_judged_again_when_a_factor_is_entered_and_when_it_is_undone() -> None:
    made = Bench(build_network(0), rules(LOAD, OWN))
    await made.service.start()
    await made.take(*said(NOON, 30_000))
    assert [made.shown(rule, "t1") for rule in ("load", "own")] == ["NORM", "NORM"]
    change = await enter(made, 2.0)
    await judged(made)
    assert [made.shown(rule, "t1") for rule in ("load", "own")] == ["UNACK", "UNACK"]
    assert made.service.view("own", "t1").value == 60_000
    assert made.service.view("load", "t1").value == pytest.approx(100 * 60 / 63)
    await made.state.undo_change(change, Undone(made.now_ms, "An", "mistaken"))
    await judged(made)
    assert [made.shown(rule, "t1") for rule in ("load", "own")] == ["RTNUN", "RTNUN"]
    assert made.service.view("own", "t1").value == 30_000


async def test_a_factor_holds_after_a_restart_and_in_a_process_that_only_shows() -> None:
    made = Bench(build_network(0), rules(OWN))
    await enter(made, 2.0)
    await made.restart()
    await made.take(*said(NOON, 30_000))
    assert made.shown("own", "t1") == "UNACK"
    shown = RemoteAlarms(made.network, made.rules, made.state, made.settings, lambda: made.now_ms)
    await shown.refresh()
    shown.note(said(NOON + 5_000, 20_000))
    assert shown.view("own", "t1").value == 40_000


async def test_a_trial_on_the_past_goes_by_factors_from_their_day_on() -> None:
    made = Bench(build_network(0), rules(OWN))
    past = Past.of([one for at in (MIDNIGHT - HOUR_MS, MIDNIGHT + HOUR_MS) for one in said(at, 30_000)])
    told = replay(made.network, made.rules, made.settings, past, {METER: [(MIDNIGHT, 2.0)]}).transitions
    assert [(t.event_ms, t.after) for t in told] == [(MIDNIGHT + HOUR_MS, "UNACK")]
    assert not replay(made.network, made.rules, made.settings, past).transitions


async def test_a_new_factor_is_no_rise_of_the_load() -> None:
    made = Bench(build_network(0), rules(RISE))
    await made.service.start()
    for minute in range(30):
        made.now_ms = NOON + minute * MINUTE_MS
        await made.take(*said(made.now_ms, 30_000))
    await enter(made, 2.0)
    await judged(made)
    for minute in range(30, 45):
        made.now_ms = NOON + minute * MINUTE_MS
        await made.take(*said(made.now_ms, 30_000 if minute < 44 else 40_000))
        if minute == 43:
            assert made.shown("rise", "t1") == "NORM"
    assert made.shown("rise", "t1") == "UNACK", "20 MW in ten minutes, by the factor; 10 MW would not be asked about"
