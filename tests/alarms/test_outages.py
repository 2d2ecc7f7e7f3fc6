"""Planned outages: expected alarms are quiet between start and end, whoever gave notice, and told afterwards if they stand."""

from pathlib import Path

import pytest

from mainsight.alarms.outages import OutageCopy, OutageError, check_outage, load_outages, seed_outages
from mainsight.core.zonetime import DAY_S, MINUTE_MS, SECOND_MS
from mainsight.registry.problems import ProblemsError
from mainsight.store.memory import MemoryState
from mainsight.store.rule_port import PlannedOutage

from .conftest import NOON, PRESSURE, Bench, build_network, reading, rules

pytestmark = pytest.mark.anyio
BEGIN, END = NOON + 10 * MINUTE_MS, NOON + 40 * MINUTE_MS


def notice(asset: str = "f1", start_ms: int = BEGIN, end_ms: int = END, name: str = "o-1") -> PlannedOutage:
    return PlannedOutage(name, asset, start_ms, end_ms, "Bảo trì", "Maintenance", "Lan", NOON)


async def at(made: Bench, minutes: int, pressure: float) -> None:
    """Let the clock stand at so many minutes, with one reading."""
    made.now_ms = NOON + minutes * MINUTE_MS
    await made.take(reading("s-d1", "pressure", made.now_ms, pressure))
    await made.service.tick()
    await made.service.deliver_due()


async def test_expected_alarms_are_quiet_and_told_at_the_end_when_they_still_stand() -> None:
    made = Bench(build_network(0), rules(PRESSURE))
    await made.state.plan_outage(notice())
    await made.service.start()
    for minutes, pressure in ((9, 3.0), (10, 3.0), (11, 0.5), (39, 0.5)):
        await at(made, minutes, pressure)
    view = made.service.view("pressure-low", "d1")
    assert (view.state, view.condition, made.notifier.sent) == ("DSUPR", "active", [])
    held = view.suppressions["by_design"]
    assert (held["person"], held["until_ms"], held["by"]) == ("Lan", END, ["planned-outage", "f1"])
    assert "Maintenance" in held["reason"]
    await at(made, 41, 0.5)
    assert [(event, after) for event, _, after, told in await made.history("pressure-low", "d1") if told] == [(END, "UNACK")]
    assert made.notifier.sent[0][1].endswith("The cause has cleared")


async def test_what_is_over_before_the_end_is_at_rest() -> None:
    made = Bench(build_network(0), rules(PRESSURE))
    await made.state.plan_outage(notice())
    await made.service.start()
    for minutes, pressure in ((11, 0.5), (30, 3.0), (41, 3.0)):
        await at(made, minutes, pressure)
    assert (made.shown("pressure-low", "d1"), made.notifier.sent) == ("NORM", [])


async def test_a_withdrawn_notice_is_none() -> None:
    made = Bench(build_network(0), rules(PRESSURE))
    await made.state.plan_outage(notice())
    await made.service.start()
    await at(made, 11, 0.5)
    assert made.shown("pressure-low", "d1") == "DSUPR"
    await made.state.withdraw_outage("o-1", made.now_ms, "Minh")
    await at(made, 12, 0.5)
    assert made.shown("pressure-low", "d1") == "UNACK"


async def test_a_restart_within_an_outage_tells_nothing_and_its_end_is_not_missed() -> None:
    made = Bench(build_network(0), rules(PRESSURE))
    await made.state.plan_outage(notice())
    await made.service.start()
    await at(made, 11, 0.5)
    made.now_ms = NOON + 20 * MINUTE_MS
    await made.restart()
    await made.service.deliver_due()
    assert (made.shown("pressure-low", "d1"), made.notifier.sent) == ("DSUPR", [])
    made.now_ms = END + 5 * MINUTE_MS
    await made.restart()
    assert made.shown("pressure-low", "d1") == "UNACK"


async def test_a_notice_elsewhere_or_later_keeps_nothing_quiet() -> None:
    made = Bench(build_network(0), rules(PRESSURE))
    await made.state.plan_outage(notice("f2"))
    await made.state.plan_outage(notice("f1", END, END + MINUTE_MS, "o-2"))
    await made.service.start()
    await at(made, 11, 0.5)
    assert made.shown("pressure-low", "d1") == "UNACK"


@pytest.mark.parametrize(
    ("outage", "says"),
    [
        (notice("nowhere"), "there is no asset 'nowhere'"),
        (notice(end_ms=BEGIN), "ends before it starts"),
        (notice(start_ms=NOON - 2, end_ms=NOON), "is over already"),
    ],
)
def test_what_cannot_be_planned_says_so(outage: PlannedOutage, says: str) -> None:
    with pytest.raises(OutageError, match=says):
        check_outage(outage, build_network(0))


SEED = """planned_outages:
  - id: outage-1
    asset: {asset}
    start: 2026-03-10T12:10:00+07:00
    end: {end}
    reason: {{vi: "Bảo trì", en: "Maintenance"}}
"""


async def test_notices_of_a_file_are_kept_once(tmp_path: Path) -> None:
    path, state, network = tmp_path / "planned_outages.yaml", MemoryState(), build_network(0)
    assert load_outages(path, network) == []
    path.write_text(SEED.format(asset="f1", end="2026-03-10T12:40:00+07:00"))
    (found,) = load_outages(path, network)
    assert (found.asset, found.start_ms, found.end_ms, found.reason_en) == ("f1", BEGIN, END, "Maintenance")
    await seed_outages(state, [found])
    await state.withdraw_outage("outage-1", NOON, "Minh")
    await seed_outages(state, [found])
    assert [one.withdrawn_by for one in await state.planned_outages()] == ["Minh"]


@pytest.mark.parametrize(
    ("asset", "end", "says"),
    [
        ("f9", "2026-03-10T12:40:00+07:00", ":2: planned_outages.0: there is no asset 'f9'"),
        ("f1", "2026-03-10T12:40:00", ":5: planned_outages.0.end: 2026-03-10T12:40:00 has no time zone; add +07:00"),
        ("f1", "2026-03-10T12:00:00+07:00", ":2: planned_outages.0: it ends before it starts"),
    ],
)
def test_a_file_that_cannot_be_used_names_the_line(tmp_path: Path, asset: str, end: str, says: str) -> None:
    path = tmp_path / "planned_outages.yaml"
    path.write_text(SEED.format(asset=asset, end=end))
    with pytest.raises(ProblemsError) as raised:
        load_outages(path, build_network(0))
    assert says in str(raised.value)


async def test_copies_what_is_new_or_withdrawn_once() -> None:
    state, taken, now = MemoryState(), [], [NOON]

    async def take(outages: object) -> None:
        taken.append([(one.id, one.withdrawn_ms) for one in outages])  # type: ignore[attr-defined]

    copy = OutageCopy(state, take, lambda: now[0])
    await state.plan_outage(notice())
    await copy.tick()
    await copy.tick()
    await state.withdraw_outage("o-1", NOON + SECOND_MS, "Minh")
    await copy.tick()
    assert taken == [[("o-1", None)], [("o-1", NOON + SECOND_MS)]]
    now[0] += 90 * DAY_S * SECOND_MS
    await copy.tick()
    assert len(taken) == 2
