"""Alarms of another process: shown as it stores them, acted on by asking it; done once, never lost, never the wrong incident."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from mainsight.alarms.asked import Attendant
from mainsight.alarms.remote import RemoteAlarms
from mainsight.alarms.service import ActionError, AlarmView, UnknownAlarmError
from mainsight.core.readings import Reading
from mainsight.store.asking import NotAnsweredError
from mainsight.store.port import StoreUnavailableError
from mainsight.store.request_port import Answer

from .conftest import PRESSURE, Bench, build_network, reading, rules

pytestmark = pytest.mark.anyio
ALARM = ("pressure-low", "d1")
LOW, FINE = 1.5, 3.0


def bench(**more: Any) -> Bench:
    return Bench(build_network(0), rules(PRESSURE | {"priority": "high", "on_delay_s": 0, "off_delay_s": 0} | more))


def pressure(made: Bench, value: float) -> Reading:
    made.now_ms += 5_000
    return reading("s-d1", "pressure", made.now_ms, value)


def remote(made: Bench, wait_s: float = 5.0) -> RemoteAlarms:
    return RemoteAlarms(made.network, made.rules, made.state, made.settings, lambda: made.now_ms, wait_s=wait_s)


def attendant(made: Bench) -> Attendant:
    return Attendant(made.service, made.state, made.settings, lambda: made.now_ms)


@asynccontextmanager
async def attended(made: Bench) -> AsyncIterator[None]:
    task = asyncio.create_task(attendant(made).run())
    yield
    task.cancel()


async def test_shows_what_the_other_stores_and_the_newest_values() -> None:
    made = bench()
    far = remote(made)
    with far.subscribe() as changes:
        await made.take(pressure(made, LOW))
        await far.refresh()
        assert changes.take() == [ALARM]
        assert far.view(*ALARM) == made.service.view(*ALARM)
        assert far.counts() == made.service.counts()
        below = pressure(made, 1.2)
        far.note([below])
        assert (far.view(*ALARM).value, far.view(*ALARM).event_ms) == (1.2, below.time_ms)
        assert far.view(*ALARM).state == "UNACK"
        await far.refresh()
        assert far.view(*ALARM).value == 1.2, "what is stored with the record is older"
        assert changes.take() == [], "nothing that is stored has changed"


async def test_what_is_asked_is_done_by_the_other_and_shown_here() -> None:
    made = bench()
    await made.take(pressure(made, LOW))
    far = remote(made)
    await far.refresh()
    async with attended(made):
        view = await far.acknowledge(*ALARM, person="Lan", comment="crew is on its way")
        assert (view.state, made.shown(*ALARM)) == ("ACKED", "ACKED")
        view = await far.shelve(*ALARM, person="Lan", reason="works", hours=2)
        assert (view.state, view.suppressions["shelved"]["person"]) == ("SHLVD", "Lan")
        assert (await far.unshelve(*ALARM, person="Lan")).state == made.shown(*ALARM) == "UNACK"
    told = [(t.after, t.person, t.comment) for t in reversed(await made.state.transitions())]
    assert told[1] == ("ACKED", "Lan", "crew is on its way")


async def test_a_refusal_comes_back_with_its_reason() -> None:
    made = bench()
    await made.take(pressure(made, LOW))
    far = remote(made)
    await far.refresh()
    async with attended(made):
        with pytest.raises(ActionError, match="a comment is compulsory"):
            await far.acknowledge(*ALARM, person="Lan")
        with pytest.raises(ActionError, match="not between 0 and 24 h"):
            await far.shelve(*ALARM, person="Lan", reason="works", hours=99)
    with pytest.raises(UnknownAlarmError):
        await far.acknowledge("pressure-low", "d9", person="Lan")


async def test_two_people_shelve_a_critical_alarm_from_afar() -> None:
    made = bench(priority="critical")
    await made.take(pressure(made, LOW))
    far = remote(made)
    await far.refresh()
    async with attended(made):
        for _ in range(2):
            with pytest.raises(ActionError, match="shelved by two people"):
                await far.shelve(*ALARM, person="Lan", reason="works", hours=2)
        assert (await far.shelve(*ALARM, person="Minh", reason="works", hours=2)).state == "SHLVD"


async def test_what_was_asked_while_the_other_was_away_is_done_once_when_it_is_back() -> None:
    made = bench()
    await made.take(pressure(made, LOW))
    far = remote(made, wait_s=0.05)
    await far.refresh()
    with pytest.raises(NotAnsweredError, match=r"noted as number 1.*`mainsight alarms`"):
        await far.acknowledge(*ALARM, person="Lan", comment="seen")
    [asked] = await made.state.open_requests("alarms")
    await made.restart()
    await attendant(made).carry_out(asked)
    await attendant(made).carry_out(asked)  # as after a death between the two
    assert await made.state.answer_to(asked.id) == Answer(asked.id, made.now_ms, done=True)
    assert [t.after for t in await made.state.transitions()] == ["ACKED", "UNACK"]


async def test_an_incident_that_nobody_has_seen_is_not_acknowledged() -> None:
    made = bench()
    await made.take(pressure(made, LOW))
    far = remote(made)
    await far.refresh()
    first: AlarmView = far.view(*ALARM)
    await made.service.acknowledge(*ALARM, person="Minh", comment="seen")
    await made.take(pressure(made, FINE), pressure(made, FINE))
    await made.take(pressure(made, LOW))
    assert (first.state, made.shown(*ALARM)) == ("UNACK", "UNACK")
    async with attended(made):
        with pytest.raises(ActionError, match="another incident has begun since"):
            await far.acknowledge(*ALARM, person="Lan", comment="seen")
    assert made.shown(*ALARM) == "UNACK"


async def test_what_cannot_be_stored_stays_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    made = bench()
    await made.take(pressure(made, LOW))
    far = remote(made, wait_s=0.05)
    await far.refresh()
    with pytest.raises(NotAnsweredError):
        await far.acknowledge(*ALARM, person="Lan", comment="seen")
    [asked] = await made.state.open_requests("alarms")

    async def full(*_: object) -> None:
        raise StoreUnavailableError("disk full")

    with monkeypatch.context() as patch:
        patch.setattr(made.state, "save_alarms", full)
        with pytest.raises(StoreUnavailableError):
            await attendant(made).carry_out(asked)
    assert made.shown(*ALARM) == "UNACK"
    assert await made.state.open_requests("alarms") == [asked]
