"""Carries alarm transitions to those who only show them: InfluxDB's copy, Grafana's own annotations.

The relational state is looked at every few seconds, so it does not matter which process judged an alarm, or whether this
one was down meanwhile. Each receiver gets each transition until it has taken it, oldest first; one that fails is left alone
for a while and holds up no other.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from grafana_client import AsyncGrafanaApi

from dashboards.client import GrafanaError, translated
from dashboards.marks import TAG, mark_of_transition
from dashboards.settings import GrafanaSettings
from mainsight.core.network import Network
from mainsight.core.topology import zone_of
from mainsight.core.zonetime import DAY_S, HOUR_MS, SECOND_MS
from mainsight.store.alarm_port import Transition
from mainsight.store.port import StoreError

Clock = Callable[[], int]
Take = Callable[[Sequence[Transition]], Awaitable[None]]
"""A receiver; it raises GrafanaError or StoreError when it has not taken all, and bears getting the same again."""
_EVERY_S = 5
_SHORT_MS = 2 * HOUR_MS
_LONG_MS = 30 * DAY_S * SECOND_MS
_AT_ONCE = 500
_FIRST_PAUSE_MS, _LONGEST_PAUSE_MS = 5 * SECOND_MS, 300 * SECOND_MS
_MOST_FOUND = 100_000
logger = logging.getLogger(__name__)


class Transitions(Protocol):
    """What is asked of the relational state."""

    async def transitions(self, *, start_ms: int = 0, end_ms: int | None = None, limit: int = 1000) -> list[Transition]:
        """Transitions by event time, latest first."""
        ...


@dataclass(slots=True)
class _Receiver:
    name: str
    take: Take
    taken: dict[str, int] = field(default_factory=dict)
    """Id -> event time, UTC milliseconds."""
    pause_ms: int = 0
    resume_ms: int = 0


class AlarmFeed:
    """Carries transitions of the last 30 days to receivers."""

    def __init__(self, state: Transitions, receivers: Mapping[str, Take], clock: Clock) -> None:
        """Carry from `state` to `receivers`, by name; `clock` gives UTC milliseconds."""
        self._state = state
        self._receivers = [_Receiver(name, take) for name, take in receivers.items()]
        self._clock = clock
        self._looked_far_ms: int | None = None

    async def run(self) -> None:
        """Carry until cancelled; without receivers there is nothing to look for."""
        while self._receivers:
            await self.tick()
            await asyncio.sleep(_EVERY_S)
        await asyncio.Event().wait()

    async def tick(self) -> None:
        """Look once, and carry what is new.

        Mostly only the last two hours are looked at. What happened earlier but became known late is found within the hour.
        """
        now = self._clock()
        failed = any(receiver.pause_ms and now >= receiver.resume_ms for receiver in self._receivers)
        far = failed or self._looked_far_ms is None or now - self._looked_far_ms >= HOUR_MS
        try:
            found = await self._since(now - (_LONG_MS if far else _SHORT_MS))
        except StoreError as error:
            logger.warning("alarm transitions are not read: %s", error)
            return
        if far:
            self._looked_far_ms = now
        for receiver in self._receivers:
            if now >= receiver.resume_ms:
                await self._give(receiver, found, now)

    async def _since(self, start_ms: int) -> list[Transition]:
        """Transitions from an instant on, oldest first; read page by page, since the latest come first."""
        found: dict[str, Transition] = {}
        end_ms: int | None = None
        while True:
            page = await self._state.transitions(start_ms=start_ms, end_ms=end_ms, limit=_AT_ONCE)
            fresh = {one.id: one for one in page if one.id not in found}
            found |= fresh
            if len(page) < _AT_ONCE or not fresh:
                return sorted(found.values(), key=lambda one: one.event_ms)
            end_ms = page[-1].event_ms + 1

    async def _give(self, receiver: _Receiver, found: Sequence[Transition], now: int) -> None:
        waiting = [one for one in found if one.id not in receiver.taken]
        try:
            for at in range(0, len(waiting), _AT_ONCE):
                some = waiting[at : at + _AT_ONCE]
                await receiver.take(some)
                receiver.taken |= {one.id: one.event_ms for one in some}
        except (GrafanaError, StoreError) as error:
            receiver.pause_ms = min(max(2 * receiver.pause_ms, _FIRST_PAUSE_MS), _LONGEST_PAUSE_MS)
            receiver.resume_ms = now + receiver.pause_ms
            logger.warning("%s takes no alarms; tried again in %d s: %s", receiver.name, receiver.pause_ms // SECOND_MS, error)
            return
        receiver.pause_ms = 0
        receiver.taken = {name: at for name, at in receiver.taken.items() if at >= now - _LONG_MS}


class GrafanaMarks:
    """Transitions as annotations in Grafana: each once, over restarts and doubtful answers too.

    Grafana has no identity for annotations, so each carries its transition's id as a tag. What is there already is read once,
    and again after every failure, as an annotation may have been made though its answer was lost.
    """

    def __init__(self, grafana: AsyncGrafanaApi, settings: GrafanaSettings, network: Network) -> None:
        """Write through an asynchronous client; the network tells each alarm's zone."""
        self._grafana = grafana
        self._settings = settings
        self._network = network
        self._there: set[str] | None = None

    async def take(self, transitions: Sequence[Transition]) -> None:
        """Mark transitions that are not marked yet."""
        marks = [mark for one in transitions if (mark := mark_of_transition(one, self._zone(one.asset))) is not None]
        if not marks:
            return
        there = self._there
        self._there = None
        if there is None:
            there = await self._marked(min(mark.start_ms for mark in marks))
        with translated(self._settings, "marking an alarm"):
            for mark in marks:
                if mark.name not in there:
                    await self._grafana.annotations.add_annotation(**mark.arguments())
                    there.add(mark.name)
        self._there = there

    async def _marked(self, start_ms: int) -> set[str]:
        """Names of alarms' marks from an instant within the last 30 days on."""
        with translated(self._settings, "reading annotations"):
            found = await self._grafana.annotations.find_annotations(
                time_from=start_ms, time_to=start_ms + 2 * _LONG_MS, tags=[TAG, "alarm"], ann_type="annotation", limit=_MOST_FOUND
            )
        return {tag for one in found for tag in one["tags"] if tag.startswith("transition:")}

    def _zone(self, asset: str) -> str | None:
        try:
            return zone_of(self._network, asset)
        except KeyError:
            return None  # gateways, brokers and assets that the registry has no longer
