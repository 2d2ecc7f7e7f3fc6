"""Alarms that another process judges: shown from what it stores and from live readings, acted on by asking it."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Protocol

from mainsight.alarms.asked import ROLE
from mainsight.alarms.decisions import Decisions, DecisionState
from mainsight.alarms.desk import Changes
from mainsight.alarms.engine import Engine
from mainsight.alarms.incidents import Incident, incidents
from mainsight.alarms.points import Key
from mainsight.alarms.rules import Rule
from mainsight.alarms.settings import AlarmSettings
from mainsight.alarms.state import ActionError
from mainsight.alarms.views import AlarmCounts, AlarmView, counts, pressing, view
from mainsight.core.network import Network
from mainsight.core.presence import Presence
from mainsight.core.readings import Reading
from mainsight.store.alarm_port import AlarmState, Transition
from mainsight.store.asking import answer_of
from mainsight.store.request_port import Request, RequestState

WAIT_S = 5.0
"""How long a person waits for the other process."""


class SharedState(AlarmState, RequestState, DecisionState, Protocol):
    """Where both processes meet."""


class RemoteAlarms:
    """An `AlarmDesk` on another process's alarms. It judges nothing: condition, times and priority are those that are stored."""

    def __init__(
        self,
        network: Network,
        rules: Iterable[Rule],
        state: SharedState,
        settings: AlarmSettings,
        clock: Callable[[], int],
        *,
        presence: Presence | None = None,
        wait_s: float = WAIT_S,
    ) -> None:
        """Build the points. `rules` and `settings` are those of the other process.

        Raises:
            RuleMismatchError: a rule names what the network does not have.

        """
        written = tuple(rules)
        self._decisions = Decisions(network, written, state, clock)
        self._engine = Engine(network, written, settings, clock(), presence=presence)
        self._state = state
        self._settings = settings
        self._clock = clock
        self._wait_s = wait_s
        self._subscribers: dict[int, Changes] = {}

    async def refresh(self) -> None:
        """Show what is stored now, and tell subscribers of what is different.

        Raises:
            StoreError: it could not be read.

        """
        if await self._decisions.read():
            self._engine.use(self._decisions.in_force, self._clock())
        self._engine.enter(self._decisions.entered)
        changed = self._engine.mirror(await self._state.alarm_records())
        for changes in self._subscribers.values():
            changes.add(changed)

    def note(self, readings: Sequence[Reading]) -> None:
        """Show the values of committed readings."""
        self._engine.note(readings, self._clock())

    def view(self, rule: str, asset: str) -> AlarmView:
        """See `AlarmService.view`."""
        return view(self._engine, Key(rule, asset), self._settings, self._clock())

    def views(self) -> list[AlarmView]:
        """See `AlarmService.views`."""
        now_ms = self._clock()
        return pressing(view(self._engine, key, self._settings, now_ms) for key in self._engine.points)

    def incidents(self, transitions: Sequence[Transition]) -> list[Incident]:
        """See `AlarmService.incidents`."""
        return incidents(transitions, self._engine.related, self._engine.is_above)

    def counts(self) -> AlarmCounts:
        """See `AlarmService.counts`."""
        return counts(self._engine.record(key) for key in self._engine.points)

    @contextmanager
    def subscribe(self) -> Iterator[Changes]:
        """See `AlarmService.subscribe`."""
        changes = Changes()
        self._subscribers[id(changes)] = changes
        try:
            yield changes
        finally:
            del self._subscribers[id(changes)]

    async def acknowledge(self, rule: str, asset: str, *, person: str, comment: str = "") -> AlarmView:
        """Ask for it, of the incident that is shown here.

        Raises:
            UnknownAlarmError: there is no such alarm.
            ActionError: it was refused, with the other process's reason.
            NotAnsweredError: it is noted and not done yet.
            StoreError: it could not be noted.

        """
        incident = self._engine.record(Key(rule, asset)).incident
        return await self._ask("acknowledge", rule, asset, person=person, comment=comment, incident=incident)

    async def shelve(self, rule: str, asset: str, *, person: str, reason: str, hours: float | None = None) -> AlarmView:
        """Ask for it; hours count from when it is done. Raises as `acknowledge` does."""
        return await self._ask("shelve", rule, asset, person=person, reason=reason, hours=hours)

    async def unshelve(self, rule: str, asset: str, *, person: str, comment: str = "") -> AlarmView:
        """Ask for it. Raises as `acknowledge` does."""
        return await self._ask("unshelve", rule, asset, person=person, comment=comment)

    async def reset(self, rule: str, asset: str, *, person: str, comment: str = "") -> AlarmView:
        """Ask for it, of the incident that is shown here. Raises as `acknowledge` does."""
        incident = self._engine.record(Key(rule, asset)).incident
        return await self._ask("reset", rule, asset, person=person, comment=comment, incident=incident)

    async def take_out_of_service(self, rule: str, asset: str, *, person: str, reason: str) -> AlarmView:
        """Ask for it. Raises as `acknowledge` does."""
        return await self._ask("take_out_of_service", rule, asset, person=person, reason=reason)

    async def return_to_service(self, rule: str, asset: str, *, person: str, comment: str = "") -> AlarmView:
        """Ask for it. Raises as `acknowledge` does."""
        return await self._ask("return_to_service", rule, asset, person=person, comment=comment)

    async def _ask(self, action: str, rule: str, asset: str, **arguments: Any) -> AlarmView:
        self._engine.record(Key(rule, asset))
        request = Request(ROLE, action, {"rule": rule, "asset": asset, **arguments}, self._clock())
        answer = await answer_of(self._state, request, self._wait_s)
        await self.refresh()
        if not answer.done:
            raise ActionError(answer.detail["refused"])
        return self.view(rule, asset)
