"""Many alarms at once: one message instead of hundreds, the critical before it, and no target waits for another."""

import asyncio
from dataclasses import dataclass, field

import pytest
from pydantic import SecretStr

from mainsight.alarms.notify.port import RetryLaterError
from mainsight.alarms.settings import AlarmSettings, RetrySettings, TargetSettings

from .conftest import NOON, PRESSURE, SILENCE, Bench, build_network, reading, rules

pytestmark = pytest.mark.anyio
SILENT = 200
"""Meters that fall silent; the network has seven beside its customers'."""


@dataclass
class Switchboard:
    """Keeps what each target is given; one can be held, or refuse."""

    sent: list[tuple[str, str, str]] = field(default_factory=list)
    refuses: bool = False
    held: str = ""
    release: asyncio.Event = field(default_factory=asyncio.Event)
    told: asyncio.Event = field(default_factory=asyncio.Event)

    async def send(self, target: str, subject: str, body: str) -> str:
        if self.refuses:
            raise RetryLaterError("busy")
        if target == self.held:
            await self.release.wait()
        self.sent.append((target, subject, body))
        self.told.set()
        return "taken"


def bench(board: Switchboard, *names: str, silent: int = SILENT) -> Bench:
    targets = tuple(TargetSettings(name=name, url=SecretStr("json://127.0.0.1"), language="en") for name in names)
    settings = AlarmSettings(targets=targets, retry=RetrySettings(first_delay_s=1), console_url="http://console.local/")
    made_of = rules(SILENCE | {"at_least_s": 0}, PRESSURE | {"priority": "critical"})
    return Bench(build_network(silent - 7), made_of, settings=settings, notifier=board)  # type: ignore[arg-type]  # any notifier does


async def fall_silent(made: Bench) -> int:
    """All meters fall silent and the pressure is low; the number of alarms below critical."""
    await made.take(*(reading(name, "power", NOON, 50.0) for name in made.network.meters if name.startswith("c")))
    for _ in range(60):
        made.now_ms += 1000
        await made.service.tick()
    await made.take(reading("s-d1", "pressure", made.now_ms, 1.5))
    return len([t for t in await made.state.transitions(rule="silence-meter") if t.announced])


async def told(board: Switchboard) -> None:
    async with asyncio.timeout(10):
        await board.told.wait()
    board.told.clear()


async def test_hundreds_go_as_one_message_behind_the_critical_one() -> None:
    board = Switchboard()
    made = bench(board, "on-call")
    raised = await fall_silent(made)
    assert raised == SILENT
    for _ in range(3):
        await made.service.deliver_due()
    critical, *crowds = [(subject, body) for _, subject, body in board.sent]
    assert critical[0].startswith("[CRITICAL] D1: pressure 1.5 bar below 2 bar")
    assert [subject.split(",")[0] for subject, _ in crowds[:2]] == ["[LOW] 99 alarms at once", "[LOW] 100 alarms at once"]
    assert "no readings for" in crowds[2][0], "one alone again"
    assert "and 79 more" in crowds[0][1]
    assert crowds[0][1].endswith("See and acknowledge: http://console.local/alarms")
    for one in await made.state.transitions(rule="silence-meter"):
        (delivery,) = await made.state.deliveries(one.id)
        assert delivery.status == "delivered"
    assert made.service.numbers().delivered == raised + 1


async def test_a_refused_crowd_is_tried_again_whole() -> None:
    board = Switchboard(refuses=True)
    made = bench(board, "on-call")
    await fall_silent(made)
    for _ in range(4):
        await made.service.deliver_due()
    board.refuses = False
    made.now_ms += 1000
    while await made.service.deliver_due():
        pass
    assert made.service.numbers().delivered == SILENT + 1
    assert len(board.sent) < 6


async def test_a_few_go_one_by_one() -> None:
    board = Switchboard()
    made = bench(board, "on-call", silent=9)
    assert await fall_silent(made) == 9
    await made.service.deliver_due()
    assert len(board.sent) == 10


async def test_a_target_that_takes_its_time_holds_up_no_other() -> None:
    board = Switchboard(held="slow")
    made = bench(board, "fast", "slow", silent=7)
    running = asyncio.create_task(made.service.run())
    await made.service.started.wait()
    assert await fall_silent(made) == 7
    while len(board.sent) < 8:
        await told(board)
    assert {name for name, _, _ in board.sent} == {"fast"}
    board.release.set()
    while len(board.sent) < 16:
        await told(board)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert [name for name, _, _ in board.sent] == ["fast"] * 8 + ["slow"] * 8
