"""The live stream: everything serialised once a second, whoever listens; once for each set of zones that clients may read.

Each client has a short queue of ready-made events; when it is full the oldest goes, since the next event carries what
matters. A client that connects gets everything first, then what changes.
"""

import asyncio
import logging
from collections import deque
from collections.abc import AsyncGenerator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import orjson

from api.alarm_views import alarm
from api.routes.overview import alarm_counts
from api.series import load, utilities_of
from api.services import Services
from mainsight.core.topology import zone_of
from mainsight.store.metering_port import entered_factors
from mainsight.store.port import StoreError

_log = logging.getLogger(__name__)
_PING_S = 15.0
_FACTORS_S = 2.0
_QUEUE = 8
_STEADY_OVER = 15
"""Meters report every few seconds, together: the rate is told over this many sends."""


@dataclass(slots=True, eq=False)
class _Client:
    zones: frozenset[str] | None
    events: deque[bytes] = field(default_factory=lambda: deque(maxlen=_QUEUE))
    wake: asyncio.Event = field(default_factory=asyncio.Event)

    def offer(self, event: bytes) -> None:
        self.events.append(event)
        self.wake.set()


class LiveStream:
    """Turns committed readings and changed alarms into server-sent events."""

    def __init__(self, deps: Services) -> None:
        """Stand on the services; `run` does the work."""
        self._deps = deps
        self._clients: set[_Client] = set()
        self._utilities = {asset.id: found for asset in deps.network.assets() if (found := utilities_of(deps, asset.id))}
        self._zone = {asset: zone_of(deps.network, asset) for asset in (*self._utilities, *deps.network.reservoirs)}
        self._touched: set[str] = set()
        self._gone: set[str] = set()
        self._readings = 0
        self._received: deque[int] = deque(maxlen=_STEADY_OVER)
        self._count = 0

    @property
    def listeners(self) -> int:
        """How many clients listen."""
        return len(self._clients)

    async def run(self) -> None:
        """Follow the broadcast and send, until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._follow(), name="live-follow")
            tasks.create_task(self._send(), name="live-send")
            tasks.create_task(self._follow_factors(), name="live-factors")

    async def _follow(self) -> None:
        with self._deps.broadcast.listen() as listener:
            async for batch in listener.batches():
                for meter in {reading.meter for reading in batch}:
                    self._touched |= self._deps.picture.touched_by(meter)
                self._readings += len(batch)

    async def _follow_factors(self) -> None:
        """Scale the picture by what people entered for meters, in whichever process."""
        while True:
            try:
                await self.take_factors()
            except StoreError as error:
                _log.warning("factors of meters could not be read: %s", error)
            await asyncio.sleep(_FACTORS_S)

    async def take_factors(self) -> None:
        """Look once; `run` does it by itself.

        Raises:
            StoreError: they could not be read.

        """
        self._touched |= self._deps.picture.enter(entered_factors(await self._deps.state.meter_changes()))

    async def _send(self) -> None:
        loop = asyncio.get_running_loop()
        interval = self._deps.settings.stream_interval_s
        due = loop.time() + interval
        with self._deps.alarms.subscribe() as changes:
            while True:
                await asyncio.sleep(max(0.0, due - loop.time()))
                due += interval
                self._follow_gone()
                touched, self._touched = self._touched, set()
                readings, self._readings = self._readings, 0
                self._received.append(readings)
                changed = changes.take()
                for zones in {client.zones for client in self._clients}:
                    self._offer("live", zones, self._live(touched, zones))
                    if changed:
                        self._offer("alarms", zones, self._alarms(changed, zones))

    def _follow_gone(self) -> None:
        """What devices leave and come back to is stale or no longer."""
        gone = set(self._deps.picture.presence.gone)
        for meter in gone ^ self._gone:
            self._touched |= self._deps.picture.touched_by(meter)
        self._gone = gone

    def _offer(self, name: str, zones: frozenset[str] | None, data: dict[str, Any]) -> None:
        """Give an event to the clients that may read just these zones; it is serialised once."""
        self._count += 1
        event = _event(self._count, name, data)
        for client in self._clients:
            if client.zones == zones:
                client.offer(event)

    def _seen(self, asset: str, zones: frozenset[str] | None) -> bool:
        zone = self._zone[asset]
        return zones is None or zone is None or zone in zones

    def _live(self, touched: set[str] | None, zones: frozenset[str] | None) -> dict[str, Any]:
        deps = self._deps
        wanted = self._utilities if touched is None else touched & self._utilities.keys()
        tanks = deps.network.reservoirs if touched is None else touched & deps.network.reservoirs.keys()
        levels = {tank: found for tank in tanks if self._seen(tank, zones) and (found := deps.picture.value(tank, "level")) is not None}
        now = deps.clock()
        return {
            "now_ms": now,
            "loads": {
                asset: [load(deps, asset, utility).model_dump() for utility in self._utilities[asset]]
                for asset in wanted
                if self._seen(asset, zones)
            },
            "reservoirs": {tank: {"level": found.value, "at_ms": found.at_ms} for tank, found in levels.items()},
            "meters_silent": sum(deps.picture.is_silent(meter, now) for meter in deps.network.meters),
            "readings_per_s": self._rate(),
        }

    def _rate(self) -> float:
        """Readings a second."""
        sends = max(len(self._received), 1)
        return round(sum(self._received) / sends / self._deps.settings.stream_interval_s, 1)

    def _alarms(self, changed: list[tuple[str, str]], zones: frozenset[str] | None) -> dict[str, Any]:
        views = [self._deps.alarms.view(rule, asset) for rule, asset in changed]
        seen = [alarm(view).model_dump() for view in views if zones is None or view.zone is None or view.zone in zones]
        return {**alarm_counts(self._deps, zones).model_dump(), "changed": seen}

    @contextmanager
    def _client(self, zones: frozenset[str] | None) -> Iterator[_Client]:
        client = _Client(zones)
        client.offer(_event(self._count, "live", self._live(None, zones)))
        client.offer(_event(self._count, "alarms", self._alarms([], zones)))
        self._clients.add(client)
        try:
            yield client
        finally:
            self._clients.discard(client)

    async def events(self, zones: frozenset[str] | None = None) -> AsyncGenerator[bytes, None]:
        """Events for one client that may read some zones or all (None), everything first; comments keep an idle connection open."""
        with self._client(zones) as client:
            while True:
                while client.events:
                    yield client.events.popleft()
                client.wake.clear()
                try:
                    await asyncio.wait_for(client.wake.wait(), _PING_S)
                except TimeoutError:
                    yield b": ping\n\n"


def _event(count: int, name: str, data: dict[str, Any]) -> bytes:
    return b"id: %d\nevent: %s\ndata: %s\n\n" % (count, name.encode(), orjson.dumps(data))
