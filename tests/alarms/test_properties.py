"""What holds whatever happens: no transition is lost, nothing is told twice or under suppression, a restart changes nothing."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from mainsight.alarms.service import ActionError
from mainsight.alarms.settings import AlarmSettings
from mainsight.core.readings import Reading
from mainsight.store.alarm_port import Transition
from mainsight.store.rule_port import PlannedOutage

from .conftest import NOON, PRESSURE, TARGET, Bench, build_network, reading, rules

TRIPPED = {
    "id": "tripped", "kind": "limit", "watches": {"kind": "feeder", "assets": ["f1"]}, "measure": "breaker_closed", "side": "low",
    "threshold": 0.5, "deadband": 0, "inhibits": ["limit", "rate"], "priority": "critical", "realarm_min": 1,
}  # fmt: skip
LEVEL = {
    "id": "falls", "kind": "rate", "watches": {"kind": "reservoir"}, "measure": "level", "direction": "fall", "threshold": 20.0,
    "over_min": 1, "deadband": 1, "latch": True,
}  # fmt: skip
BOTH = {
    "id": "both", "kind": "composite", "watches": {"kind": "dma"}, "of": ["falls", "pressure-low"], "where": "above",
    "condition": "all", "priority": "high",
}  # fmt: skip
RULES = rules(PRESSURE | {"on_delay_s": 10, "off_delay_s": 10}, TRIPPED, LEVEL, BOTH)
ALARMS = [("pressure-low", "d1"), ("tripped", "f1"), ("falls", "r1"), ("both", "d1")]
ACTS = ["acknowledge", "shelve", "unshelve", "reset", "out", "return"]


@dataclass(frozen=True)
class Step:
    """Ten seconds: what is read, what somebody does, whether an outage is planned or withdrawn."""

    pressure: float
    breaker: float
    level: float
    act: tuple[str, int, str] | None
    outage: bool | None


STEPS = st.lists(
    st.builds(
        Step,
        st.sampled_from([3.0, 2.1, 1.0]),
        st.sampled_from([1.0, 1.0, 0.0]),
        st.sampled_from([4.0, 3.9, 3.0]),
        st.none() | st.tuples(st.sampled_from(ACTS), st.integers(0, len(ALARMS) - 1), st.sampled_from(["Lan", "Minh"])),
        st.none() | st.none() | st.booleans(),
    ),
    max_size=14,
)


async def act(made: Bench, what: tuple[str, int, str]) -> None:
    """Do what a person does, or see it refused."""
    (rule, asset), person, service = ALARMS[what[1]], what[2], made.service
    common: dict[str, Any] = {"person": person}
    try:
        match what[0]:
            case "acknowledge":
                await service.acknowledge(rule, asset, **common, comment="seen")
            case "shelve":
                await service.shelve(rule, asset, **common, reason="works", hours=0.01)
            case "unshelve":
                await service.unshelve(rule, asset, **common)
            case "reset":
                await service.reset(rule, asset, **common)
            case "out":
                await service.take_out_of_service(rule, asset, **common, reason="sensor")
            case _:
                await service.return_to_service(rule, asset, **common)
    except ActionError:
        return


async def live(steps: Sequence[Step], restarts: frozenset[int] = frozenset(), *, twice: bool = False, late: bool = False) -> Bench:
    """Go through steps; restart after some, commit every batch twice, or let readings of the step before come with the next."""
    made = Bench(build_network(0), RULES, AlarmSettings(targets=(TARGET,)))
    await made.service.start()
    waiting: list[Reading] = []
    for number, step in enumerate(steps):
        made.now_ms = NOON + (number + 1) * 10_000
        if step.outage is True:
            outage = PlannedOutage(f"o{number}", "t1", made.now_ms, made.now_ms + 25_000, "x", "x", "Lan", made.now_ms)
            await made.state.plan_outage(outage)
        elif step.outage is False:
            for known in await made.state.planned_outages():
                await made.state.withdraw_outage(known.id, made.now_ms, "Minh")
        batch = [
            reading("s-d1", "pressure", made.now_ms, step.pressure),
            reading("m-f1", "breaker_closed", made.now_ms, step.breaker),
            reading("s-r1", "level", made.now_ms, step.level),
        ]
        if late:
            waiting, batch = batch[:1], [*batch[1:], *waiting]
        await made.service.tick()
        for _ in range(1 + twice):
            await made.take(*batch)
        await made.service.tick()
        if step.act is not None:
            await act(made, step.act)
        await made.service.tick()
        await made.service.deliver_due()
        if number in restarts:
            await made.restart()
            await made.service.deliver_due()
    if waiting:
        await made.take(*waiting)
    await made.service.tick()
    await made.service.deliver_due()
    return made


def facts(transitions: Sequence[Transition]) -> list[tuple[Any, ...]]:
    return sorted((t.event_ms, t.rule, t.asset, t.before, t.after, t.announced, t.person) for t in transitions)


async def stands(made: Bench) -> list[tuple[Any, ...]]:
    return [(v.rule, v.asset, v.state, v.condition, sorted(v.suppressions)) for v in made.service.views()]


@settings(max_examples=60)
@given(STEPS)
def test_no_transition_is_lost_and_none_is_announced_under_suppression(steps: list[Step]) -> None:
    async def check() -> None:
        made = await live(steps)
        found = (await made.state.transitions(limit=10_000))[::-1]
        for rule, asset in ALARMS:
            own = sorted((t for t in found if (t.rule, t.asset) == (rule, asset)), key=lambda t: t.known_ms)
            ends = ["NORM", *[t.after for t in own]]
            assert [t.before for t in own] == ends[:-1], "each begins where the last one ended"
            assert made.shown(rule, asset) == ends[-1]
        assert all(t.after == "UNACK" for t in found if t.announced)
        told = [t for t in found if t.announced]
        assert len(made.notifier.sent) == len(told), "each is told once"

    asyncio.run(check())


@settings(max_examples=40)
@given(STEPS, st.frozensets(st.integers(0, 13), max_size=5))
def test_a_restart_at_any_point_tells_nothing_twice_and_forgets_nothing(steps: list[Step], restarts: frozenset[int]) -> None:
    async def check() -> None:
        through, restarted = await live(steps), await live(steps, restarts)
        assert facts(await restarted.state.transitions(limit=10_000)) == facts(await through.state.transitions(limit=10_000))
        assert await stands(restarted) == await stands(through)
        assert sorted(restarted.notifier.sent) == sorted(through.notifier.sent)

    asyncio.run(check())


@settings(max_examples=30)
@given(STEPS)
def test_duplicates_change_nothing(steps: list[Step]) -> None:
    async def check() -> None:
        once, twice = await live(steps), await live(steps, twice=True)
        assert facts(await twice.state.transitions(limit=10_000)) == facts(await once.state.transitions(limit=10_000))

    asyncio.run(check())


@settings(max_examples=30)
@given(STEPS)
def test_late_readings_end_in_the_same_conditions(steps: list[Step]) -> None:
    async def check() -> None:
        in_time, late = await live(steps), await live(steps, late=True)
        for rule, asset in ALARMS[:3]:
            one, other = in_time.service.view(rule, asset), late.service.view(rule, asset)
            assert (one.condition, one.since_ms) == (other.condition, other.since_ms)

    asyncio.run(check())
