"""A Sparkplug host application: says on its STATE topic whether it is there, and asks edge nodes to be born again.

A node that is configured to wait for its primary host keeps what it measures while STATE says "offline", and sends it
later. So STATE says "online" only while the collector's own connection stands, with its subscriptions, and what it brings
can be stored. The will of that connection says "offline" by itself when we vanish.
Source: Eclipse Sparkplug specification 3.0, sections 5.1 (host session), 5.11 (reordering) and 5.16 (host application).
"""

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Final

from collector.session.port import Session, SessionError, SessionSettings, Will
from collector.settings import SparkplugSettings
from collector.sparkplug_nodes import Doubt, Nodes
from collector.sparkplug_wire import rebirth_request, state, state_2_2
from collector.told import Told
from collector.topics import TopicFilter

_log = logging.getLogger(__name__)
_NAMESPACE: Final = "spBv1.0"
_TICK_S: Final = 0.2
_REFUSED_S: Final = 10.0
_GOODBYE_S: Final = 2.0
_PATIENCE_MS: Final = 10_000
"""How long the store may be away before nodes are told to keep what they measure."""
_LONGEST_MS: Final = 3_600_000
"""Between requests to a node that does not mend."""
_MOST_AT_ONCE: Final = 20
"""Requests a tick: thousands of nodes that are born at once would be a flood of their own."""
_MOST_REMEMBERED: Final = 20_000


def state_topic(host_id: str) -> str:
    """Topic of a host's STATE."""
    return f"{_NAMESPACE}/STATE/{host_id}"


def state_topic_2_2(host_id: str) -> str:
    """Topic of a host's STATE as 2.2 and earlier have it."""
    return f"STATE/{host_id}"


def as_host(asked: SessionSettings, host_id: str) -> SessionSettings:
    """The collector's session of a host: with its will, and hearing its own STATE."""
    topic = state_topic(host_id)
    own = () if any(_covers(pattern, topic) for pattern in asked.filters) else (topic,)
    return replace(asked, filters=(*asked.filters, *own), will=lambda at_ms: Will(topic, state(at_ms, online=False)))


def for_2_2(asked: SessionSettings, host_id: str) -> SessionSettings:
    """A second session, whose will is STATE's older form: a connection has one will only."""
    topic = state_topic_2_2(host_id)
    return replace(
        asked,
        client_id=f"{asked.client_id}-state",
        filters=(),
        session_expiry_s=0,
        will=lambda _: Will(topic, state_2_2(online=False)),
    )


def hears_nodes(filters: Sequence[str]) -> bool:
    """Whether every message of a node comes to whoever subscribes so: `$share` would give some to others."""
    return any(pattern == "#" or pattern.startswith((f"{_NAMESPACE}/", "+/")) for pattern in filters) and not any(
        pattern.startswith("$share/") and _may_hold_nodes(pattern.split("/", 2)[2]) for pattern in filters
    )


def _may_hold_nodes(pattern: str) -> bool:
    return pattern.split("/", maxsplit=1)[0] in {"#", "+", _NAMESPACE}


def _covers(pattern: str, topic: str) -> bool:
    return not pattern.startswith("$") and TopicFilter(pattern).match(topic) is not None


@dataclass(frozen=True, slots=True)
class _Asked:
    at_ms: int
    heard: int
    doubt: int
    times: int


class Rebirths:
    """Decides which nodes to ask. No I/O, no clock.

    A node of which no birth is known is asked at once, one that misses messages when they have not turned up in the time to
    reorder. Nobody is asked twice within the least interval, nor again while it is silent, and one whom births do not help
    less and less often, at last every hour.
    """

    def __init__(self, settings: SparkplugSettings) -> None:
        self._reorder_ms = int(settings.reorder_s * 1000)
        self._every_ms = int(settings.rebirth_every_s * 1000)
        self._since: dict[str, tuple[int, int]] = {}
        self._asked: OrderedDict[str, _Asked] = OrderedDict()

    def due(self, doubts: Mapping[str, Doubt], now_ms: int) -> list[str]:
        """Nodes to be asked now, which counts as having asked them."""
        was, self._since = self._since, {}
        due: list[str] = []
        for name, doubt in doubts.items():
            number, since_ms = was.get(name, (0, 0))
            self._since[name] = (doubt.number, since_ms if number == doubt.number else now_ms)
            if len(due) < _MOST_AT_ONCE and self._is_due(name, doubt, now_ms):
                due.append(name)
        for name in due:
            self._note(name, doubts[name], now_ms)
        return due

    def _is_due(self, name: str, doubt: Doubt, now_ms: int) -> bool:
        if not doubt.unborn and now_ms - self._since[name][1] < self._reorder_ms:
            return False
        asked = self._asked.get(name)
        if asked is None:
            return True
        is_silent = asked.doubt == doubt.number and asked.heard == doubt.heard
        return not is_silent and now_ms - asked.at_ms >= min(self._every_ms * 2 ** (asked.times - 1), _LONGEST_MS)

    def _note(self, name: str, doubt: Doubt, now_ms: int) -> None:
        asked = self._asked.get(name)
        helped = asked is None or now_ms - asked.at_ms > 2 * min(self._every_ms * 2**asked.times, _LONGEST_MS)
        times = 1 if helped or asked is None else asked.times + 1
        self._asked[name] = _Asked(now_ms, doubt.heard, doubt.number, times)
        self._asked.move_to_end(name)
        if len(self._asked) > _MOST_REMEMBERED:
            self._asked.popitem(last=False)


class StateTopic:
    """One STATE topic: what it was last told, and over which connection."""

    def __init__(self, session: Session, topic: str, payload: Callable[[int, bool], bytes]) -> None:
        self._session = session
        self._topic = topic
        self._payload = payload
        self._told: tuple[int, bool] | None = None

    async def tell(self, heard: Told[bool], *, online: bool) -> None:
        """Publish where that is not what the topic says: after a connect, after a change, and when an old will of ours came late.

        The instant is that of the connection, as in its will: of two words with one instant nodes take the later.
        """
        stats = self._session.stats
        told = (stats.connects, online)
        contradicted = online and heard.get(self._topic) is False
        if stats.connected and (told != self._told or contradicted):
            heard.forget(self._topic)
            await self._session.publish(self._topic, self._payload(stats.connected_ms, online), retain=True)
            self._told = told

    async def say_goodbye(self, now_ms: int) -> None:
        """Say "offline" before we disconnect, upon which the broker drops the will."""
        if self._session.stats.connected:
            await self._session.publish(self._topic, self._payload(now_ms, False), retain=True)


class Host:
    """Runs beside the collector, on its session."""

    def __init__(
        self,
        session: Session,
        session_2_2: Session | None,
        nodes: Nodes,
        settings: SparkplugSettings,
        stores: Callable[[], bool],
        clock: Callable[[], int],
    ) -> None:
        """Wire it.

        Args:
            session: the collector's, opened with `as_host`.
            session_2_2: opened with `for_2_2`, where STATE's older form is wanted.
            nodes: what decoding knows of nodes.
            settings: with a host id.
            stores: whether the store takes readings.
            clock: UTC milliseconds.

        """
        host_id = settings.host_id or ""
        self._session = session
        self._topics = [StateTopic(session, state_topic(host_id), lambda at_ms, online: state(at_ms, online=online))]
        if session_2_2 is not None:
            self._topics.append(StateTopic(session_2_2, state_topic_2_2(host_id), lambda _, online: state_2_2(online=online)))
        self._nodes = nodes
        self._rebirths = Rebirths(settings)
        self._stores = stores
        self._clock = clock
        self._stored_ms = clock()
        self._refusal = ""
        self.asked = 0
        """Requests for births so far."""

    async def run(self) -> None:
        """Run until cancelled; then say that we go."""
        try:
            while True:
                try:
                    await self._tick()
                    await asyncio.sleep(_TICK_S)
                except SessionError as error:
                    self._note(error)
                    await asyncio.sleep(_REFUSED_S)
        finally:
            now_ms = self._clock()
            with suppress(TimeoutError, SessionError):
                async with asyncio.timeout(_GOODBYE_S):
                    await asyncio.gather(*[topic.say_goodbye(now_ms) for topic in self._topics])

    async def _tick(self) -> None:
        now_ms = self._clock()
        if self._stores():
            self._stored_ms = now_ms
        online = self._session.stats.connected and now_ms - self._stored_ms < _PATIENCE_MS
        for topic in self._topics:
            await topic.tell(self._nodes.states, online=online)
        for name in self._rebirths.due(self._nodes.doubts, now_ms):
            group, _, node = name.partition("/")
            await self._session.publish(f"{_NAMESPACE}/{group}/NCMD/{node}", rebirth_request(self._clock()), qos=0)
            self.asked += 1

    def _note(self, error: SessionError) -> None:
        if str(error) != self._refusal:
            _log.warning("Sparkplug host: %s", error)
            self._refusal = str(error)
