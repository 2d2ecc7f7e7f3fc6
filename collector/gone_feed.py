"""Which meters are gone, told to other processes: each zone's at once when that changes, and again now and then.

Each message holds all of a zone, so that one which is lost is made good by the next. Its form is told in
docs/reference/live-messages.md.
"""

import asyncio
from collections.abc import Callable, Iterable, Mapping
from itertools import count
from typing import Final

import msgspec

from collector.device_names import meters_of
from collector.live_feed import SEVERAL_ZONES, read
from collector.session.port import Session
from mainsight.core.network import Meter
from mainsight.core.presence import Presence
from mainsight.store.device_port import DeviceHealth

TOPIC: Final = "mainsight/v1/gone"
_LOOK_S: Final = 0.2
_LOOKS_UNTIL_ALL: Final = 50


class GoneMessage(msgspec.Struct):
    """Meters of one zone that are gone, and since when, UTC milliseconds."""

    sent_ms: int
    gone: dict[str, int]
    v: int = 1


_DECODER: Final = msgspec.json.Decoder(GoneMessage)


def decode(payload: bytes) -> GoneMessage:
    """Read a payload. Raises as `live_feed.read` does."""
    return read(_DECODER, payload)


class GoneFeed:
    """Publishes who is gone."""

    def __init__(self, session: Session, presence: Presence, zones: Mapping[str, str | None], clock: Callable[[], int]) -> None:
        """Take the parts; `zones` gives each meter's zone."""
        self._session = session
        self._presence = presence
        self._zones = zones
        self._clock = clock
        self._told: dict[str, dict[str, int]] = {zone or SEVERAL_ZONES: {} for zone in zones.values()}

    async def run(self) -> None:
        """Publish until cancelled."""
        for look in count():
            now = self._by_zone()
            for zone, gone in now.items():
                if gone != self._told[zone] or look % _LOOKS_UNTIL_ALL == 0:
                    payload = msgspec.json.encode(GoneMessage(self._clock(), gone))
                    await self._session.publish(f"{TOPIC}/{zone}", payload, qos=0)
            self._told = now
            await asyncio.sleep(_LOOK_S)

    def _by_zone(self) -> dict[str, dict[str, int]]:
        found: dict[str, dict[str, int]] = {zone: {} for zone in self._told}
        for meter, since_ms in self._presence.gone.items():
            found[self._zones[meter] or SEVERAL_ZONES][meter] = since_ms
        return found


class GoneEar:
    """Takes up what a `GoneFeed` tells."""

    def __init__(self, presence: Presence, zones: Mapping[str, str | None]) -> None:
        """Keep `presence` as it is told; `zones` gives each meter's zone."""
        self._presence = presence
        self._zones = zones

    def hear(self, topic: str, payload: bytes) -> None:
        """Take a message.

        Raises:
            LiveMessageError: it is not one.

        """
        zone, told = topic.rpartition("/")[2], decode(payload).gone
        for meter in [meter for meter in self._presence.gone if (self._zones[meter] or SEVERAL_ZONES) == zone and meter not in told]:
            self._presence.back(meter)
        for meter, since_ms in told.items():
            if meter in self._zones:
                self._presence.leave(meter, since_ms)


def presence_of(kept: Iterable[DeviceHealth], meters: Mapping[str, list[Meter]]) -> Presence:
    """Who is gone by what is kept of devices; `meters` by the name that a device gives itself."""
    presence = Presence()
    for device in kept:
        if device.gone_ms is not None:
            for meter in meters_of(meters, device.device):
                presence.leave(meter.id, device.gone_ms)
    return presence
