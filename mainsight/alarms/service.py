"""The alarm service: listens to committed readings and forecasts, keeps alarms durable, lets people act on them.

Records, transitions and deliveries are stored in one transaction before anything is sent or shown as done.
"""

import asyncio
import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from typing import Protocol

from mainsight.alarms import actions
from mainsight.alarms.catchup import history
from mainsight.alarms.decisions import Decisions, DecisionState
from mainsight.alarms.delivery import Courier
from mainsight.alarms.desk import Changes
from mainsight.alarms.digest import RULE, compose, gather, is_due, is_late
from mainsight.alarms.engine import Engine, UnknownAlarmError
from mainsight.alarms.heartbeat import Heartbeat
from mainsight.alarms.incidents import Incident, incidents
from mainsight.alarms.notify.port import Notifier
from mainsight.alarms.outcome import Outcome
from mainsight.alarms.pager import Board, Pager
from mainsight.alarms.points import Key
from mainsight.alarms.recipients import Recipients
from mainsight.alarms.rules import Rule
from mainsight.alarms.settings import AlarmSettings
from mainsight.alarms.state import ActionError, Shown, Step, held_active, shown
from mainsight.alarms.views import AlarmCounts, AlarmNumbers, AlarmSeries, AlarmView, counts, pressing, view
from mainsight.core.network import Network, Text
from mainsight.core.presence import Presence
from mainsight.core.readings import Reading
from mainsight.core.zonetime import HOUR_MS, MINUTE_MS, SECOND_MS
from mainsight.store.alarm_port import AlarmRecord, AlarmState, Delivery, Transition
from mainsight.store.duty_port import DutyState
from mainsight.store.live import Broadcast, Listener
from mainsight.store.port import StoreError, TimeSeriesStore
from mainsight.store.request_port import Answer

__all__ = ["ActionError", "AlarmCounts", "AlarmNumbers", "AlarmSeries", "AlarmService", "AlarmView", "Changes", "UnknownAlarmError"]

_log = logging.getLogger(__name__)
_TICK_S = 1.0
_FORECAST_POLL_S = 15.0
_MARK_EVERY_MS = MINUTE_MS
_DECISIONS_EVERY_MS = 2 * SECOND_MS


class ServiceState(AlarmState, DecisionState, DutyState, Protocol):
    """Where alarms are kept, what people plan, and who is on duty."""


class AlarmService:
    """Alarms of one network. Used from one event loop; `run` works until cancelled, views may be asked for at any time."""

    def __init__(
        self,
        *,
        network: Network,
        rules: Iterable[Rule],
        store: TimeSeriesStore,
        state: ServiceState,
        broadcast: Broadcast,
        notifier: Notifier,
        settings: AlarmSettings,
        clock: Callable[[], int],
        presence: Presence | None = None,
    ) -> None:
        """Build all points. Meters that are gone by `presence` are silent at once.

        Raises:
            RuleMismatchError: a rule names what the network does not have.

        """
        written = tuple(rules)
        self._decisions = Decisions(network, written, state, clock)
        self._engine = Engine(network, written, settings, clock(), presence=presence)
        self._courier = Courier(state, notifier, settings, self._engine.points, self._waits, clock)
        self._recipients = Recipients(settings)
        board = Board(self._records, self._engine.sentence, self._names)
        self._pager = Pager(state, self._recipients, settings.duty, board, network.id, Heartbeat(settings.heartbeat, clock), clock)
        self._network = network
        self._store = store
        self._state = state
        self._broadcast = broadcast
        self._settings = settings
        self._clock = clock
        self.started = asyncio.Event()
        """Set once what is stored has been taken up."""
        self._lock = asyncio.Lock()
        self._unsaved = Outcome()
        self._book = AlarmRecord(RULE, network.id)
        self._issues: dict[tuple[str, str], tuple[int, str, str] | None] = {}
        self._subscribers: dict[int, Changes] = {}
        self._raised = self._announced = self._late = 0
        self._decisions_due_ms = 0
        self._rescaled: set[str] = set()

    async def run(self) -> None:
        """Restore, catch up, then listen, watch the clock and deliver, until cancelled."""
        with self._broadcast.listen() as listener:
            await self.start()
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._listen(listener), name="alarms-listen")
                tasks.create_task(self._watch_clock(), name="alarms-clock")
                tasks.create_task(self._watch_forecasts(), name="alarms-forecasts")
                tasks.create_task(self._courier.run(), name="alarms-deliver")
                tasks.create_task(self._pager.run(), name="alarms-page")

    async def start(self) -> None:
        """Take up what is stored and catch up with the readings since."""
        await self._decisions.read()
        self._engine.use(self._decisions.in_force, self._clock())
        self._engine.enter(self._decisions.entered)
        records = await self._state.alarm_records()
        self._courier.link_secret = await self._state.link_secret()
        self._book = next((r for r in records if (r.rule, r.asset) == (RULE, self._network.id)), self._book)
        self._engine.note_last((await self._store.last()).values())
        await self._apply(lambda: self._engine.restore(records, self._clock(), self._decisions.outages, self._decisions.off))
        await self.catch_up()
        self.started.set()

    async def catch_up(self) -> None:
        """Judge the readings in the store since the last that was judged, as far back as the settings allow."""
        now_ms = self._clock()
        slack_ms = self._settings.lateness_s * SECOND_MS  # readings come late, and devices' clocks run ahead
        start_ms = max(self._book.data.get("seen_ms", 0) - slack_ms, now_ms - self._settings.catch_up_h * HOUR_MS)
        await self._warm(start_ms)
        async for batch, as_of_ms in history(self._store, self._engine.sampler.series, start_ms, now_ms + slack_ms):
            await self._apply(partial(self._engine.observe, batch, now_ms, as_of_ms))

    async def _warm(self, until_ms: int) -> None:
        """Read what is needed of the past before the first rates, temperatures and shares are right."""
        begin_ms, series = self._engine.sampler.past(until_ms)
        async for batch, _ in history(self._store, series, begin_ms, until_ms):
            self._engine.sampler.warm(batch)

    async def judge(self, batch: Sequence[Reading]) -> None:
        """Judge committed readings; `run` does it with all that are broadcast."""
        await self._apply(partial(self._engine.observe, batch, self._clock()))

    async def tick(self) -> None:
        """Judge what time alone changes, send the digest when it is due, and keep the mark of what has been judged."""
        if self._unsaved:
            await self._apply(Outcome)
            return
        now_ms = self._clock()
        await self._apply(partial(self._engine.tick, now_ms))
        await self._read_decisions(now_ms)
        async with self._lock:
            if is_due(self._book.data.get("late"), now_ms, self._settings):
                await self._send_digest(now_ms)
            elif now_ms - self._book.data.get("seen_ms", 0) >= _MARK_EVERY_MS and not self._unsaved:
                await self._store_book({"seen_ms": now_ms})

    async def check_forecasts(self) -> None:
        """Judge forecasts that have been issued or made to agree since the last look."""
        for target, quantity in sorted(self._engine.forecast_targets()):
            forecast = await self._store.forecast(target, quantity)
            said = None if forecast is None else (forecast.issue_ms, forecast.inputs, forecast.remarks)
            if forecast is not None and said != self._issues.get((target, quantity)):
                await self._apply(partial(self._engine.forecast, forecast, self._clock()))
                self._issues[target, quantity] = said

    async def deliver_due(self) -> int:
        """Try the deliveries that are due; `run` does it by itself."""
        return await self._courier.deliver_due()

    async def acknowledge(self, rule: str, asset: str, *, person: str, comment: str = "") -> AlarmView:
        """Take note of an alarm by name; a comment is compulsory from the settings' priority up.

        Raises:
            UnknownAlarmError: there is no such alarm.
            ActionError: nothing to acknowledge, or no comment.
            StoreError: it could not be stored, and is not done.

        """
        return await self.act(rule, asset, actions.acknowledging(self._settings, person, comment, self._clock()))

    async def reset(self, rule: str, asset: str, *, person: str, comment: str = "") -> AlarmView:
        """Let go of a latched alarm whose condition is over. Raises as `acknowledge` does."""
        return await self.act(rule, asset, actions.resetting(person, comment, self._clock()))

    async def shelve(self, rule: str, asset: str, *, person: str, reason: str, hours: float | None = None) -> AlarmView:
        """Keep an alarm quiet for some hours, the settings' default where None; critical ones need a second person's same call.

        Raises:
            UnknownAlarmError: there is no such alarm.
            SecondPersonNeededError: it is critical; noted, and done when another person asks for it too.
            ActionError: no reason, or too long.
            StoreError: it could not be stored, and is not done.

        """
        try:
            return await self.act(rule, asset, actions.shelving(self._settings, person, reason, hours, self._clock()))
        except actions.SecondPersonNeededError as error:
            await self.act(rule, asset, actions.asking_second_person(person, self._clock()))
            raise error from None

    async def unshelve(self, rule: str, asset: str, *, person: str, comment: str = "") -> AlarmView:
        """Take an alarm off the shelf before its time. Raises as `acknowledge` does."""
        return await self.act(rule, asset, actions.unshelving(person, comment, self._clock()))

    async def take_out_of_service(self, rule: str, asset: str, *, person: str, reason: str) -> AlarmView:
        """Stop an alarm's announcements until it is returned to service. Raises as `acknowledge` does."""
        return await self.act(rule, asset, actions.taking_out(person, reason, self._clock()))

    async def return_to_service(self, rule: str, asset: str, *, person: str, comment: str = "") -> AlarmView:
        """End that. Raises as `acknowledge` does."""
        return await self.act(rule, asset, actions.returning(person, comment, self._clock()))

    async def act(self, rule: str, asset: str, action: Callable[[AlarmRecord], Step], answer: Answer | None = None) -> AlarmView:
        """Do what a person does to an alarm, and store it together with the answer to who asked for it.

        Raises:
            UnknownAlarmError: there is no such alarm.
            ActionError: the action cannot be done.
            StoreError: it could not be stored, and is not done.

        """
        key = Key(rule, asset)
        async with self._lock:
            await self._flush()
            outcome = self._engine.act(key, action)
            await self._store_outcome(outcome, answer)
            self._engine.keep(outcome)
        self._tell(outcome.records)
        return self.view(rule, asset)

    async def page_due(self) -> None:
        """Look once for escalations, hand-overs and the test page; `run` does it by itself."""
        await self._pager.tick()

    def view(self, rule: str, asset: str) -> AlarmView:
        """Show one alarm.

        Raises:
            UnknownAlarmError: there is no such alarm.

        """
        return view(self._engine, Key(rule, asset), self._settings, self._clock())

    def views(self) -> list[AlarmView]:
        """All alarms, most pressing first."""
        now_ms = self._clock()
        return pressing(view(self._engine, key, self._settings, now_ms) for key in self._engine.points)

    def incidents(self, transitions: Sequence[Transition]) -> list[Incident]:
        """Gather transitions into incidents, by who takes whom along; latest first."""
        return incidents(transitions, self._engine.related, self._engine.is_above)

    def counts(self) -> AlarmCounts:
        """How many alarms stand, by what is asked of people."""
        return counts(self._records())

    def numbers(self) -> AlarmNumbers:
        """Counts since the start."""
        sent = self._courier.numbers
        return AlarmNumbers(self._raised, self._announced, self._late, sent.delivered, sent.retried, sent.given_up, sent.last_ms)

    @contextmanager
    def subscribe(self) -> Iterator[Changes]:
        """Gather changed alarms while the context lasts."""
        changes = Changes()
        self._subscribers[id(changes)] = changes
        try:
            yield changes
        finally:
            del self._subscribers[id(changes)]

    async def _listen(self, listener: Listener) -> None:
        gap = False
        async for batch in listener.batches():
            gap = listener.take_gap() > 0 or gap
            if gap:
                gap = not await self._close_gap()
            await self.judge(batch)
            while self._unsaved:
                # The listener's queue drops the oldest meanwhile; they are read from the store afterwards.
                await asyncio.sleep(_TICK_S)
                await self._apply(Outcome)

    async def _close_gap(self) -> bool:
        """Read from the store what the listener lost; False when it has to be tried again with the next batch."""
        try:
            await self.catch_up()
        except StoreError as error:
            _log.warning("lost readings could not be read yet: %s", error)
            return False
        return True

    async def _watch_clock(self) -> None:
        while True:
            await self.tick()
            await asyncio.sleep(_TICK_S)

    async def _watch_forecasts(self) -> None:
        while True:
            try:
                await self.check_forecasts()
            except StoreError as error:
                _log.warning("forecasts could not be read: %s", error)
            await asyncio.sleep(_FORECAST_POLL_S)

    async def _read_decisions(self, now_ms: int) -> None:
        """Look now and then for what people decided in any process: rules, notices of planned outages, factors of meters."""
        if now_ms < self._decisions_due_ms:
            return
        self._decisions_due_ms = now_ms + _DECISIONS_EVERY_MS
        try:
            if await self._decisions.read():
                await self._apply(partial(self._engine.use, self._decisions.in_force, now_ms))
                await self._warm(now_ms)
            self._rescaled |= self._engine.enter(self._decisions.entered)
            if self._rescaled:
                await self._judge_rescaled(now_ms)
        except StoreError as error:
            _log.warning("what people decided could not be read: %s", error)
            return
        await self._apply(partial(self._engine.plan, self._decisions.outages, now_ms))

    async def _judge_rescaled(self, now_ms: int) -> None:
        """Judge the newest readings of meters whose factors changed once more; what was announced before stays as it was."""
        await self._warm(now_ms)
        last = await self._store.last([series for series in self._engine.sampler.series if series.meter in self._rescaled])
        await self._apply(partial(self._engine.observe, list(last.values()), now_ms, now_ms))
        self._issues.clear()  # what stands on forecasts and began anew has to be given them again
        self._rescaled.clear()

    async def _apply(self, change: Callable[[], Outcome]) -> None:
        """Move the engine on and store what came of it; what cannot be stored now is kept and stored with the next."""
        async with self._lock:
            outcome = change()
            self._unsaved.records |= outcome.records
            self._unsaved.transitions += outcome.transitions
            try:
                await self._flush()
            except StoreError as error:
                _log.warning("alarms wait for the state store: %s", error)

    async def _flush(self) -> None:
        if not self._unsaved:
            return
        outcome = self._unsaved
        await self._store_outcome(outcome)
        self._unsaved = Outcome()
        self._tell(outcome.records)

    async def _store_outcome(self, outcome: Outcome, answer: Answer | None = None) -> None:
        late = [t for t in outcome.transitions if is_late(t, self._settings)]
        book = self._book
        if late:
            book = replace(book, data=book.data | {"late": gather(book.data.get("late"), late)})
        deliveries = self._recipients.announced(outcome.transitions)
        await self._state.save_alarms([*outcome.records.values(), *([book] if late else [])], outcome.transitions, deliveries, answer)
        self._book = book
        self._count(outcome.transitions, late)
        if deliveries:
            self._courier.wake()

    def _count(self, transitions: Sequence[Transition], late: Sequence[Transition]) -> None:
        self._raised += sum(t.after == Shown.UNACK and t.before != Shown.UNACK for t in transitions)
        self._announced += sum(t.announced for t in transitions)
        self._late += len(late)

    def _waits(self, transition: Transition) -> bool:
        """Whether the alarm of a transition is still unacknowledged, in the same incident."""
        record = self._engine.record(Key(transition.rule, transition.asset))
        return record.incident == transition.incident and shown(record) is Shown.UNACK

    def _records(self) -> Iterator[AlarmRecord]:
        return (self._engine.record(key) for key in self._engine.points)

    def _names(self, key: Key) -> tuple[Text, Text]:
        point = self._engine.points[key]
        return point.rule.name.text(), point.name

    def _tell(self, keys: Iterable[Key]) -> None:
        for changes in self._subscribers.values():
            changes.add(keys)

    async def _send_digest(self, now_ms: int) -> None:
        active = (key for key in self._engine.points if held_active(self._engine.record(key)))
        digest = compose(self._book.data["late"], self._engine.points, active, self._network.id, now_ms)
        await self._store_book({"late": None}, [digest], self._recipients.announced([digest]))
        self._courier.wake()

    async def _store_book(
        self, data: dict[str, object], transitions: Sequence[Transition] = (), deliveries: Sequence[Delivery] = ()
    ) -> None:
        """Store what the service keeps for itself; a store that is away is asked again with the next tick."""
        book = replace(self._book, data=self._book.data | data)
        try:
            await self._state.save_alarms([book], transitions, deliveries)
        except StoreError as error:
            _log.warning("alarms wait for the state store: %s", error)
        else:
            self._book = book
