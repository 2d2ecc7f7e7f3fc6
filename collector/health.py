"""How devices are: when they last spoke, how often they do, how their clocks are, what went wrong.

Kept for registered devices, by the name a device gives itself. What arrives within a second of what came before counts as one
transmission: many devices send a topic for each value.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Iterable
from contextlib import suppress
from statistics import median
from typing import Final

from collector.numbers import Reason
from mainsight.store.device_port import DeviceHealth, HealthState
from mainsight.store.port import StoreUnavailableError

_log = logging.getLogger(__name__)

_BURST_MS: Final = 1_000
_STEP: Final = 1.05
_RECENT: Final = 0.25
_FIRST: Final = 8
_KEEP_S: Final = 10.0
_MOST: Final = 100_000
_CATCHING_UP_MS: Final = 10_000
"""Lags that fall by more than this over the last messages are of a device that sends what it had kept."""
_LATE_MS: Final = 60_000
_NOT_THE_DEVICES: Final = frozenset({"needs_mapping", "no_unit", "needs_birth", "history"})
"""Reasons that a rule or a birth mends, or that are no fault: the device has done nothing wrong."""


class _Device:
    """What is known of one device; see `DeviceHealth`."""

    __slots__ = (
        "burst_ms",
        "early",
        "errors",
        "first_ms",
        "gone_ms",
        "heard_ms",
        "lags",
        "last_error_ms",
        "last_ms",
        "messages",
        "profile",
        "recent",
        "topic",
        "usual",
    )

    def __init__(self, arrival_ms: int, drift_messages: int) -> None:
        self.first_ms = self.burst_ms = self.last_ms = self.heard_ms = arrival_ms
        self.lags: deque[int] = deque(maxlen=drift_messages)
        self.messages = 0
        self.early: list[float] = []
        self.usual = self.recent = 0.0
        self.topic = self.profile = ""
        self.errors: dict[str, int] = {}
        self.last_error_ms: int | None = None
        self.gone_ms: int | None = None

    def begin_burst(self, arrival_ms: int) -> None:
        """Count the time since the last transmission began.

        The usual interval begins as the median of the first few and follows it by steps of a twentieth, so that outages and
        back-fill do not move it; the recent one follows the mean of the last few.
        """
        gap = float(arrival_ms - self.burst_ms)
        self.burst_ms = arrival_ms
        if len(self.early) < _FIRST:
            self.early.append(gap)
            self.usual = self.recent = median(self.early)
            return
        self.usual = self.usual * _STEP if gap > self.usual else self.usual / _STEP
        self.recent += (gap - self.recent) * _RECENT

    def shown(self, name: str) -> DeviceHealth:
        """What is kept of it."""
        enough = len(self.early) == _FIRST
        return DeviceHealth(
            name,
            self.topic,
            self.profile,
            self.first_ms,
            max(self.last_ms, self.heard_ms),
            self.messages,
            round(self.usual / 1_000, 1) if enough else None,
            round(self.recent / 1_000, 1) if enough else None,
            self.drift_ms(),
            dict(self.errors),
            self.last_error_ms,
            self.gone_ms,
        )

    def drift_ms(self) -> int | None:
        """Least arrival lag of late; None while too few messages came, or while late ones come faster than they were measured.

        A clock that is wrong keeps its distance; what is sent after an outage comes nearer with every message, and tells nothing of
        the clock before it has caught up.
        """
        if len(self.lags) < (self.lags.maxlen or 0):
            return None
        least = min(self.lags)
        return None if least > _LATE_MS and self.lags[0] - self.lags[-1] > _CATCHING_UP_MS else least


class Health:
    """Remembers how devices are, and which have changed since that was last written down.

    Args:
        drift_messages: over how many messages the least arrival lag is taken: never one message's, for back-fill is not drift.

    """

    def __init__(self, drift_messages: int) -> None:
        self._drift_messages = drift_messages
        self._devices: dict[str, _Device] = {}
        self._circuits: dict[str, list[str]] = {}
        self._by_topic: dict[str, str] = {}
        self._changed: set[str] = set()
        self._hurry = asyncio.Event()

    def restore(self, kept: Iterable[DeviceHealth]) -> None:
        """Go on from what was kept. Lags begin anew."""
        for before in kept:
            device = self._add(before.device, before.last_seen_ms)
            device.first_ms = before.first_seen_ms
            device.messages = before.messages
            device.topic, device.profile = before.topic, before.profile
            device.errors, device.last_error_ms = dict(before.errors), before.last_error_ms
            device.gone_ms = before.gone_ms
            if before.interval_s is not None and before.recent_s is not None:
                device.early = [before.interval_s * 1_000] * _FIRST
                device.usual, device.recent = before.interval_s * 1_000, before.recent_s * 1_000
            self._by_topic[before.topic] = before.device

    def note(self, name: str, topic: str, profile: str, arrival_ms: int, newest_ms: int | None) -> None:
        """Note a message of a device; `newest_ms` is the newest time in it, by the device's clock."""
        device = self._devices.get(name)
        if device is None:
            if len(self._devices) >= _MOST:
                return
            device = self._add(name, arrival_ms)
        elif arrival_ms - device.last_ms > _BURST_MS:
            device.begin_burst(arrival_ms)
        device.last_ms = arrival_ms
        if device.gone_ms is not None:
            device.gone_ms = None
            self._hurry.set()
        device.messages += 1
        if newest_ms is not None:
            device.lags.append(arrival_ms - newest_ms)
        if device.topic != topic:
            device.topic = topic
            if len(self._by_topic) >= _MOST:
                self._by_topic.clear()
            self._by_topic[topic] = name
        device.profile = profile
        self._changed.add(name)

    def hear(self, name: str, arrival_ms: int) -> None:
        """Note a message of a known device that gave no reading (a heartbeat, a join): it is alive, which is all that it tells."""
        device = self._devices.get(name)
        if device is not None:
            device.heard_ms = arrival_ms
            self._changed.add(name)

    def _add(self, name: str, arrival_ms: int) -> _Device:
        device = self._devices[name] = _Device(arrival_ms, self._drift_messages)
        whole = name.rpartition("/")[0]
        if whole:
            self._circuits.setdefault(whole, []).append(name)
        return device

    def end(self, names: Iterable[str], arrival_ms: int) -> list[str]:
        """Note that devices, and their circuits (`plug/switch:0`), are told to be gone, until they speak again; those that are known.

        Told again, as retained last wills are at every start, the first time holds.
        """
        known = [part for told in names for part in (told, *self._circuits.get(told, ())) if part in self._devices]
        for name in known:
            device = self._devices[name]
            if device.gone_ms is None:
                device.gone_ms = arrival_ms
                self._changed.add(name)
                self._hurry.set()
        return known

    def blame(self, name: str | None, topic: str, reasons: Iterable[Reason], arrival_ms: int) -> None:
        """Count what gave no reading: for a device, or where a message names none, for the one that speaks on its topic."""
        name = name if name in self._devices else self._by_topic.get(topic, "")
        device = self._devices.get(name)
        if device is None:
            return
        for reason in reasons:
            if reason not in _NOT_THE_DEVICES:
                device.errors[reason] = device.errors.get(reason, 0) + 1
                device.last_error_ms = arrival_ms
                self._changed.add(name)

    async def keep(self, state: HealthState) -> None:
        """Write down now and then what has changed, at once who is gone or back, and once more when cancelled."""
        try:
            while True:
                with suppress(TimeoutError):
                    async with asyncio.timeout(_KEEP_S):
                        await self._hurry.wait()
                self._hurry.clear()
                await self.write(state)
        finally:
            await self.write(state)

    async def write(self, state: HealthState) -> None:
        """Write down what has changed since the last time; a store that is away gets it later."""
        changed, self._changed = self._changed, set()
        try:
            await state.save_health([self._devices[name].shown(name) for name in changed])
        except StoreUnavailableError as error:
            self._changed |= changed
            _log.warning("how devices are is not written down yet: %s", error)
