"""Puts a world on the wire: weeks of history quickly, then the present, tick by tick."""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from math import isnan
from typing import Protocol

import numpy as np

from mainsight.core.intervals import FloatArray, IntArray
from mainsight.core.network import Meter, Network
from mainsight.core.readings import Series
from mainsight.core.zonetime import day_start_ms
from mainsight.simulator.curves import DAY_MS
from mainsight.simulator.plan import timezone_of
from mainsight.simulator.wire import Device, Outgoing
from mainsight.simulator.world import World


class Publish(Protocol):
    """How a message leaves: the session port's method."""

    async def __call__(self, topic: str, payload: bytes, *, qos: int = 1, retain: bool = False) -> None:
        """Publish; at QoS 1 it returns when the broker has acknowledged."""
        ...


@dataclass(frozen=True, slots=True)
class Sent:
    """What has been published, and up to which instant."""

    messages: int
    readings: int
    upto_ms: int


Progress = Callable[[Sent], None]


class Fleet:
    """The devices of a network, and what they say of a world."""

    def __init__(self, network: Network) -> None:
        """Build every meter's device.

        Raises:
            WireError: a device's format cannot carry one of its quantities.

        """
        self._meters = [network.meters[meter_id] for meter_id in sorted(network.meters)]
        self._devices = {m.id: Device(m, network.id, timezone_of(network, m.asset)) for m in self._meters}
        self._since = {m.id: _installed_ms(network, m) for m in self._meters}
        self._by_interval: dict[int, list[Meter]] = defaultdict(list)
        for meter in self._meters:
            self._by_interval[meter.interval_s * 1000].append(meter)

    def at(self, world: World, time_ms: int) -> list[Outgoing]:
        """One message from every meter that speaks at an instant."""
        told = world.readout(np.array([time_ms], dtype=np.int64))
        messages = []
        for meter in self._meters:
            values = {name: value for name, column in _columns(world, told, meter) if not isnan(value := float(column[0]))}
            if values and time_ms >= self._since[meter.id]:
                stamp = int(world.stamps(meter.id, np.array([time_ms], dtype=np.int64))[0])
                messages.append(self._devices[meter.id].live(stamp, values))
        return messages

    def day(self, world: World, start_ms: int, end_ms: int) -> list[Outgoing]:
        """One message from every meter for [start, end), which lies on one UTC day, on the grid of its interval."""
        messages: list[Outgoing] = []
        for interval_ms, meters in self._by_interval.items():
            time_ms = np.arange(-(-start_ms // interval_ms) * interval_ms, end_ms, interval_ms, dtype=np.int64)
            if len(time_ms):
                told = world.readout(time_ms)
                messages.extend(filter(None, (self._kept(world, told, meter, time_ms) for meter in meters)))
        return messages

    def _kept(self, world: World, told: dict[str, FloatArray], meter: Meter, time_ms: IntArray) -> Outgoing | None:
        columns = dict(_columns(world, told, meter))
        speaks = time_ms >= self._since[meter.id]
        speaks &= ~np.all([np.isnan(column) for column in columns.values()], axis=0)
        if not speaks.any():
            return None
        stamps = world.stamps(meter.id, time_ms)
        if not speaks.all():
            stamps, columns = stamps[speaks], {name: column[speaks] for name, column in columns.items()}
        return self._devices[meter.id].buffered(stamps, columns)


def _columns(world: World, told: dict[str, FloatArray], meter: Meter) -> Iterator[tuple[str, FloatArray]]:
    for name in meter.quantities:
        yield name, told[name][world.instruments.row(Series(meter.id, name))]


def _installed_ms(network: Network, meter: Meter) -> int:
    return 0 if meter.installed is None else day_start_ms(meter.installed, timezone_of(network, meter.asset))


async def back_fill(
    world: World, start_ms: int, end_ms: int, publish: Publish, *, in_flight: int = 64, progress: Progress | None = None
) -> Sent:
    """Publish the history of [start, end): one buffered message per meter and UTC day.

    At most `in_flight` publishes wait for the broker at a time. `progress` is called after each day. Days are computed in a
    thread. Meters that are silent for a whole day send nothing.

    Raises:
        BeforeEpochError: the start lies before the world's epoch.
        ExceptionGroup: of what `publish` raised.

    """
    fleet = Fleet(world.network)
    sent = Sent(0, 0, start_ms)
    while sent.upto_ms < end_ms:
        until = min(end_ms, (sent.upto_ms // DAY_MS + 1) * DAY_MS)
        messages = await asyncio.to_thread(fleet.day, world, sent.upto_ms, until)
        await publish_all(messages, publish, in_flight)
        sent = Sent(sent.messages + len(messages), sent.readings + sum(m.readings for m in messages), until)
        if progress is not None:
            progress(sent)
    return sent


async def live(
    world: Callable[[], World],
    publish: Publish,
    *,
    interval_s: float,
    clock: Callable[[], int],
    sleep: Callable[[float], Awaitable[object]],
    in_flight: int = 64,
    progress: Progress | None = None,
) -> None:
    """Publish every meter at every multiple of the interval, until cancelled.

    `world` is asked at each tick, so that faults can be put in while it runs. Ticks that pass while an earlier one is still
    being published are left out, not made up for. `clock` gives UTC milliseconds.

    Raises:
        BeforeEpochError: the clock stands before the world's epoch.
        ExceptionGroup: of what `publish` raised.

    """
    fleet = Fleet(world().network)
    interval_ms = round(interval_s * 1000)
    sent = Sent(0, 0, 0)
    while True:
        tick = (clock() // interval_ms + 1) * interval_ms
        while (early_ms := tick - clock()) > 0:
            await sleep(early_ms / 1000)
        messages = await asyncio.to_thread(fleet.at, world(), tick)
        await publish_all(messages, publish, in_flight)
        sent = Sent(sent.messages + len(messages), sent.readings + sum(m.readings for m in messages), tick)
        if progress is not None:
            progress(sent)


async def publish_all(messages: Sequence[Outgoing], publish: Publish, in_flight: int) -> None:
    """Publish messages in order, so many at a time.

    Raises:
        ExceptionGroup: of what `publish` raised; the rest is not published.

    """
    waiting = iter(messages)

    async def worker() -> None:
        for message in waiting:
            await publish(message.topic, message.payload)

    async with asyncio.TaskGroup() as group:
        for number in range(min(in_flight, len(messages))):
            group.create_task(worker(), name=f"publish-{number}")
