"""One cause, one page: a tripped feeder takes along the district whose pump it powers, and gives it back."""

import pytest

from mainsight.store.settings import StoreSettings
from mainsight.store.sql.state import SqlState

from .conftest import PRESSURE, Bench, build_network, reading, rules

pytestmark = pytest.mark.anyio
TRIPPED = {
    "id": "tripped",
    "kind": "limit",
    "watches": {"kind": "feeder"},
    "measure": "breaker_closed",
    "side": "low",
    "threshold": 0.5,
    "deadband": 0,
    "inhibits": ["limit"],
}


async def measure(made: Bench, breaker: float, pressure: float) -> None:
    made.now_ms += 5000
    await made.take(reading("s-d1", "pressure", made.now_ms, pressure), reading("m-f1", "breaker_closed", made.now_ms, breaker))
    await made.service.deliver_due()


async def test_a_tripped_feeder_and_the_pressure_that_falls_with_it_are_one_page() -> None:
    made = Bench(build_network(0), rules(PRESSURE, TRIPPED))
    await measure(made, 1.0, 3.0)
    await measure(made, 0.0, 0.5)
    assert [subject for _, subject, _ in made.notifier.sent] == ["[MEDIUM] F1: breaker open, at 12:00"]
    view = made.service.view("pressure-low", "d1")
    assert (view.state, view.condition) == ("DSUPR", "active")
    assert "F1 (tripped/f1)" in view.suppressions["by_design"]["reason"]


async def test_what_has_recovered_with_its_parent_is_at_rest_and_what_has_not_is_told() -> None:
    made = Bench(build_network(0), rules(PRESSURE, TRIPPED))
    await measure(made, 0.0, 0.5)
    await measure(made, 1.0, 3.0)
    assert (made.shown("tripped", "f1"), made.shown("pressure-low", "d1")) == ("RTNUN", "NORM")
    await measure(made, 0.0, 0.5)
    await measure(made, 1.0, 0.5)
    assert made.shown("pressure-low", "d1") == "UNACK"
    assert made.notifier.sent[-1][1].endswith("D1: pressure 0.5 bar below 2 bar, at 12:00 · The cause has cleared")


async def test_what_was_told_already_is_taken_along_too() -> None:
    made = Bench(build_network(0), rules(PRESSURE, TRIPPED))
    await measure(made, 1.0, 0.5)
    await measure(made, 0.0, 0.5)
    assert made.shown("pressure-low", "d1") == "DSUPR"


async def test_a_shelf_and_a_parent_are_lifted_each_by_itself() -> None:
    made = Bench(build_network(0), rules(PRESSURE, TRIPPED))
    await made.service.shelve("pressure-low", "d1", person="Lan", reason="works")
    await measure(made, 0.0, 0.5)
    await measure(made, 1.0, 0.5)
    assert made.shown("pressure-low", "d1") == "SHLVD"
    assert (await made.service.unshelve("pressure-low", "d1", person="Lan")).state == "UNACK"


async def test_what_a_rule_that_is_gone_had_suppressed_is_told() -> None:
    made = Bench(build_network(0), rules(PRESSURE, TRIPPED))
    await measure(made, 0.0, 0.5)
    made.rules = rules(PRESSURE)
    await made.restart()
    assert made.shown("pressure-low", "d1") == "UNACK"


async def test_all_of_it_survives_a_restart_on_the_shipped_state_store(tmp_path: object) -> None:
    where = StoreSettings(state=f"{tmp_path}/state.sqlite")
    state = await SqlState.open(where)
    made = Bench(build_network(0), rules(PRESSURE, TRIPPED), state=state)
    await measure(made, 0.0, 0.5)
    await made.service.acknowledge("tripped", "f1", person="Lan", comment="seen")
    before = made.service.views()
    await state.close()
    made.state = await SqlState.open(where)
    await made.restart()
    await made.service.deliver_due()
    assert made.service.views() == before
    assert len(made.notifier.sent) == 1
    await made.state.close()
