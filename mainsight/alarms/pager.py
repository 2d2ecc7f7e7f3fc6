"""What is told besides announcements: escalation and repeats of what nobody acknowledges, hand-overs, the weekly test page.

Everything is worked out from what is stored, and each message has an id made of what it is about: after a restart, or with
the clock set back, none is sent twice.
"""

import asyncio
import hashlib
import logging
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Protocol

from mainsight.alarms.duty import Due, DutySettings, Rota, last_test_ms, on_duty, steps_due
from mainsight.alarms.heartbeat import Heartbeat
from mainsight.alarms.points import Key
from mainsight.alarms.recipients import Recipients
from mainsight.alarms.rules import Priority
from mainsight.alarms.state import UNACKNOWLEDGED, Shown, shown
from mainsight.core.network import Text
from mainsight.core.zonetime import MINUTE_MS
from mainsight.store.alarm_port import AlarmRecord, AlarmState, Delivery, Transition
from mainsight.store.duty_port import DutyState
from mainsight.store.port import StoreError

HANDOVER, TEST_PAGE = "hand-over", "test-page"
"""Names under which hand-overs and test pages are kept, in place of a rule."""
_EVERY_S = 5.0
_LATEST_MS = 60 * MINUTE_MS
"""A hand-over or test page that is this old is not sent any more."""
_LISTED = 20
_STEP = re.compile(r"level (\d+)(?:, repeat (\d+))?")
_log = logging.getLogger(__name__)


class PagerState(AlarmState, DutyState, Protocol):
    """What the pager reads and writes."""


@dataclass(frozen=True, slots=True)
class Board:
    """What the pager knows of alarms; asked for at each look."""

    records: Callable[[], Iterable[AlarmRecord]]
    sentence: Callable[[Key, int], Text]
    names: Callable[[Key], tuple[Text, Text]]
    """Name of the rule and of the place."""


def is_step(transition: Transition) -> bool:
    """Whether a transition is a step of escalation rather than a change of state."""
    return not transition.announced and not transition.person and transition.before == transition.after == Shown.UNACK


class Pager:
    """Looks every few seconds at what is stored."""

    def __init__(
        self,
        state: PagerState,
        recipients: Recipients,
        duty: DutySettings,
        board: Board,
        province: str,
        heartbeat: Heartbeat,
        clock: Callable[[], int],
    ) -> None:
        """Take the parts; nothing is sent before `run` or `tick`."""
        self._state = state
        self._recipients = recipients
        self._duty = duty
        self._board = board
        self._province = province
        self._heartbeat = heartbeat
        self._clock = clock
        self._done: dict[tuple[str, int], set[Due]] = {}
        self._told: set[str] = set()

    async def run(self) -> None:
        """Look for ever; a store that is away is asked again, and meanwhile the heartbeat stops."""
        while True:
            try:
                await self.tick()
            except StoreError as error:
                _log.warning("escalation waits for the state store: %s", error)
            else:
                await self._heartbeat.beat()
            await asyncio.sleep(_EVERY_S)

    async def tick(self) -> None:
        """Look once.

        Raises:
            StoreError: the state could not be read or written; what is due is found again by the next look.

        """
        now_ms = self._clock()
        self._recipients.overrides = await self._state.duty_overrides(now_ms)
        records = list(self._board.records())
        await self._escalate(records, now_ms)
        for rota in self._duty.rotas:
            await self._hand_over(rota, records, now_ms)
        if self._duty.test_page is not None:
            await self._test(last_test_ms(self._duty.test_page, now_ms), now_ms)

    async def _escalate(self, records: Iterable[AlarmRecord], now_ms: int) -> None:
        waiting: dict[tuple[str, int], AlarmRecord] = {}
        for record in records:
            if shown(record) is Shown.UNACK and (paged_ms := record.data.get("paged_ms")) is not None:
                waiting[record.incident, paged_ms] = record
        self._done = {page: done for page, done in self._done.items() if page in waiting}
        for (incident, paged_ms), record in waiting.items():
            done = self._done.get((incident, paged_ms))
            if done is None:
                done = self._done[incident, paged_ms] = await self._stored_steps(record, paged_ms)
            for due in steps_due(self._duty, Priority(record.priority), now_ms - paged_ms, done):
                await self._step(record, paged_ms, due, now_ms)
                done.add(due)

    async def _stored_steps(self, record: AlarmRecord, paged_ms: int) -> set[Due]:
        found = await self._state.transitions(rule=record.rule, asset=record.asset, start_ms=paged_ms)
        steps = (match for t in found if t.incident == record.incident and is_step(t) and (match := _STEP.fullmatch(t.comment)))
        return {Due(int(match[1]) - 1, int(match[2] or 0)) for match in steps}

    async def _step(self, record: AlarmRecord, paged_ms: int, due: Due, now_ms: int) -> None:
        sentence = self._board.sentence(Key(record.rule, record.asset), now_ms)
        minutes = (now_ms - paged_ms) // MINUTE_MS
        step = Transition(
            id=_id(record.incident, paged_ms, *due),
            rule=record.rule,
            asset=record.asset,
            incident=record.incident,
            event_ms=now_ms,
            known_ms=now_ms,
            before=Shown.UNACK,
            after=Shown.UNACK,
            priority=record.priority,
            announced=False,
            comment=f"level {due.level + 1}" + (f", repeat {due.repeat}" if due.repeat else ""),
            text_vi=f"Chưa ai xác nhận sau {minutes} phút · {sentence.vi}",
            text_en=f"Not acknowledged for {minutes} min · {sentence.en}",
        )
        await self._state.save_alarms([], [step], self._recipients.of_level(step, due.level))

    async def _hand_over(self, rota: Rota, records: Iterable[AlarmRecord], now_ms: int) -> None:
        shift = on_duty(rota, now_ms, self._recipients.overrides)
        name = _id(HANDOVER, rota.id, shift.target, shift.start_ms)
        if now_ms - shift.start_ms > _LATEST_MS or name in self._told:
            return
        standing = sorted(
            (r for r in records if shown(r) in UNACKNOWLEDGED | {Shown.ACKED}), key=lambda r: (-Priority(r.priority).rank, r.since_ms)
        )
        if standing:
            head = Text(f"Giao ca {rota.id}, báo động còn: {len(standing)}", f"Hand-over of {rota.id}, alarms standing: {len(standing)}")
            lines = [self._line(record) for record in standing[:_LISTED]]
            text = Text("\n".join([head.vi, *(line.vi for line in lines)]), "\n".join([head.en, *(line.en for line in lines)]))
            note = _note(name, HANDOVER, self._province, standing[0].priority, text, now_ms)
            await self._state.save_alarms([], [note], self._recipients.to(note, [shift.target]))
        self._told.add(name)

    def _line(self, record: AlarmRecord) -> Text:
        rule, place = self._board.names(Key(record.rule, record.asset))
        state = Text("đã xác nhận", "acknowledged") if record.acknowledged else Text("chưa xác nhận", "not acknowledged")
        return Text(f"- {rule.vi}: {place.vi}, {state.vi}", f"- {rule.en}: {place.en}, {state.en}")

    async def _test(self, due_ms: int, now_ms: int) -> None:
        name = _id(TEST_PAGE, due_ms)
        if now_ms - due_ms <= _LATEST_MS and name not in self._told:
            await self._state.save_alarms([], *test_page(name, self._province, self._recipients, now_ms))
            self._told.add(name)


def test_page(name: str, province: str, recipients: Recipients, now_ms: int) -> tuple[list[Transition], list[Delivery]]:
    """A test page and its deliveries to the first level."""
    text = Text(
        "THỬ: trang thử của mainsight\nNếu bạn đọc được, chuỗi báo động thông suốt. Không cần làm gì thêm ngoài xác nhận.",
        "TEST: mainsight's test page\nIf you read this, the chain of alarms works. Nothing needs doing but to confirm it.",
    )
    page = _note(name, TEST_PAGE, province, Priority.CRITICAL.value, text, now_ms)
    return [page], recipients.of_level(page, 0)


def _note(name: str, rule: str, province: str, priority: str, text: Text, now_ms: int) -> Transition:
    """A message that is no change of any alarm's state; it counts in no metric."""
    return Transition(
        id=name, rule=rule, asset=province, incident=name, event_ms=now_ms, known_ms=now_ms, before=Shown.NORM, after=Shown.NORM,
        priority=priority, announced=False, text_vi=text.vi, text_en=text.en,
    )  # fmt: skip


def _id(*parts: object) -> str:
    return hashlib.blake2b("\x1f".join(map(str, parts)).encode(), digest_size=12).hexdigest()
