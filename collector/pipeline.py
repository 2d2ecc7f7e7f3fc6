"""From a message to readings of registered meters: decode, resolve the device, place in time, keep what waits."""

from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from itertools import repeat
from typing import Final, NamedTuple, cast

from collector import echoes
from collector.decode import Decoder
from collector.device_names import meters_by_device, meters_of
from collector.envelope import Block, Decoded, Rejected
from collector.gone_feed import presence_of
from collector.health import Health
from collector.mapping import Mappings
from collector.placing import in_window, place
from collector.recent import Recent
from collector.routes import Routes, Window
from collector.session.port import Message
from collector.settings import DecodeSettings
from collector.sparkplug_nodes import Nodes
from collector.thinning import Thinning
from mainsight.core.network import Network
from mainsight.core.presence import Presence
from mainsight.core.readings import Flag, Reading
from mainsight.store.device_port import DeviceHealth
from mainsight.store.state_port import Quarantined, UnknownDevice

_MINUTE_MS: Final = 60_000
_MAX_TARGETS: Final = 100_000
_DETAIL_FIELDS: Final = 8
_LONGEST_DEVICE: Final = 256
_ALWAYS: Final = (-(2**62), 2**62)
_WAITING: Final = frozenset({"needs_mapping", "no_unit", "needs_birth"})
_UNKNOWN: Final = "unknown_device"
OF_DEVICES: Final = frozenset({_UNKNOWN, "unknown_channel", "bad_time"})
"""Causes that lie in a device, on whatever topic it speaks."""
_reading: Final = partial(tuple.__new__, Reading)
"""Reading from a tuple: `Reading._make` without its Python frame, twice as fast."""


class Processed(NamedTuple):
    """What became of a message.

    Attributes:
        readings: to be stored.
        quarantined: to be kept; a message with several unregistered devices is there once for each, one of many with the same
            cause is left out (see `Pipeline.left_out`).
        unknown: unregistered devices that spoke.
        rejected: fields and values that gave no reading.
        refused: the first of these, by name.
        timeless: whether some reading has the arrival as its time.
        strangers: what unregistered devices told, as it would be once they are adopted.

    """

    readings: list[Reading]
    quarantined: list[Quarantined]
    unknown: list[UnknownDevice]
    rejected: int
    refused: Sequence[Rejected] = ()
    timeless: bool = False
    strangers: Sequence[Block] = ()


class Pipeline:
    """Turns messages into readings. No I/O; its state is the profiles' own, the health of devices, and what it remembers of topics.

    The same message gives the same readings again: what waits in quarantine is replayed by processing it anew (see `scratch`), with its
    first arrival time, once the device is adopted or the rule is there.

    Args:
        network: its meters say which device is which.
        aliases: adopted names, device as sent -> meter id; they win over the registry.
        routes, mappings, settings: see there.

    Attributes:
        health: how devices are.
        recent: the last messages that came.
        presence: which meters are gone by word of their devices.

    """

    def __init__(self, network: Network, aliases: Mapping[str, str], routes: Routes, mappings: Mappings, settings: DecodeSettings) -> None:
        self._network = network
        self._aliases = dict(aliases)
        self._settings = settings
        self._decoder = Decoder(settings, routes, mappings)
        self.health = Health(settings.drift_messages)
        self.recent = Recent(settings.recent_messages, settings.recent_bytes)
        self._listing = _Listing(settings.new_devices_per_minute)
        self._thinning = Thinning(settings.quarantine_minutes)
        self._meters = meters_by_device(network, aliases)
        self.presence = Presence()
        self._echoes = echoes.Echoes()
        self._targets: dict[tuple[str, tuple[str, ...]], tuple[str | None, ...]] = {}

    def adopt(self, device: str, meter_id: str) -> None:
        """Give a device's name to a registered meter, from the next message on; a meter that is gone is passed over."""
        self._aliases[device] = meter_id
        meter = self._network.meters.get(meter_id)
        if meter is not None:
            self._meters[device] = [meter]
            self._targets.clear()

    def restore(self, kept: Sequence[DeviceHealth]) -> None:
        """Go on from what was kept of devices."""
        self.health.restore(kept)
        self.presence = presence_of(kept, self._meters)

    def use(self, routes: Routes, mappings: Mappings) -> None:
        """Go on with other routes and rules, from the next message on."""
        self._decoder.use(routes, mappings)

    def scratch(self, mappings: Mappings | None = None) -> "Pipeline":
        """Make a pipeline for what came before, and for trying rules: it knows what this one knows, and changes nothing here."""
        settings = self._settings.model_copy(update={"quarantine_minutes": 0.0, "recent_messages": 0})
        other = Pipeline(self._network, self._aliases, self.routes, Mappings(), settings)
        other._decoder = self._decoder.copy(settings, self.mappings if mappings is None else mappings)
        return other

    @property
    def routes(self) -> Routes:
        """Routes in use."""
        return self._decoder.routes

    @property
    def mappings(self) -> Mappings:
        """Mapping rules in use."""
        return self._decoder.mappings

    @property
    def sparkplug(self) -> Nodes:
        """What has been heard of Sparkplug edge nodes."""
        return self._decoder.sparkplug

    @property
    def left_out(self) -> int:
        """Messages not kept in quarantine because another with the same cause just was."""
        return self._thinning.left_out

    def process(self, message: Message) -> Processed:
        """Process one message; it raises nothing, whatever the message holds.

        A time outside the route's window gives way to the arrival time, with a flag; where a message holds several such
        times, their values wait in quarantine instead (`bad_time`). What another topic of the device just told is left out (see
        `echoes`). A retained message gives readings only with times of its own inside the window, and is never kept in
        quarantine: the broker keeps it.
        """
        decoded = self._decoder.decode(message.topic, message.payload)
        self.recent.add(message)
        if not message.retained:
            self._note(message, decoded)
        if decoded.gone:
            for name in self.health.end(decoded.gone, message.arrival_ms):
                for meter in meters_of(self._meters, name):
                    self.presence.leave(meter.id, message.arrival_ms)
        processed = self._settle(message, decoded)
        if decoded.profile in echoes.FORMATS and processed.readings:
            return processed._replace(readings=self._echoes.without(message.topic, processed.readings))
        return processed

    def _note(self, message: Message, decoded: Decoded) -> None:
        """Note how registered devices are, and what gave no reading."""
        topic, arrival_ms, device = message.topic, message.arrival_ms, None
        for block in decoded.blocks:
            device, times = block.device, block.times
            meters = meters_of(self._meters, device)
            if meters:
                newest = times[0] if len(times) == 1 else max((time for time in times if time is not None), default=None)
                self.health.note(device, topic, decoded.profile, arrival_ms, newest)
                if self.presence.gone:
                    for meter in meters:
                        self.presence.back(meter.id)
        if device is None and decoded.device and not decoded.gone:
            device = decoded.device
            self.health.hear(device, arrival_ms)
        if decoded.rejected_count or decoded.quarantined is not None:
            reasons = [rejected.reason for rejected in decoded.rejected] or [decoded.quarantined or "not_decodable"]
            self.health.blame(device, topic, reasons, arrival_ms)

    def _settle(self, message: Message, decoded: Decoded) -> Processed:
        if len(decoded.blocks) == 1 and not decoded.rejected_count and not message.retained:
            readings = self._sample(message, decoded.blocks[0])
            if readings is not None:
                return Processed(readings, [], [], 0)
        work = _Work(message, decoded, self._thinning)
        sender = _sender(decoded)
        if decoded.quarantined is not None:
            work.keep(decoded.quarantined, sender, _fields(decoded))
        elif decoded.rejected and not _WAITING.isdisjoint(rejected.reason for rejected in decoded.rejected):
            work.keep("needs_mapping", sender, _fields(decoded))
        if decoded.blocks:
            self._place(work, decoded.blocks)
        elif sender and decoded.quarantined in _WAITING and not meters_of(self._meters, sender):
            work.unknown[sender] = {}
        for device, quantities in work.unregistered.items():
            work.keep("unknown_channel", device, ", ".join(list(quantities)[:_DETAIL_FIELDS]))
        unknown = self._unknown(work) if work.unknown else []
        return Processed(work.readings, work.quarantined, unknown, work.rejected, decoded.rejected, work.timeless, work.strangers)

    def _sample(self, message: Message, block: Block) -> list[Reading] | None:
        """Readings of one sample with a believable time of its own and a meter for all of it, which most messages are."""
        meters = self._resolve(block.device, tuple(block.quantities))
        if not meters or None in meters or len(block.times) != 1:
            return None
        time, arrival_ms = block.times[0], message.arrival_ms
        low, high = self._bounds(message)
        if time is None or not low <= time <= high:
            return None
        return [
            _reading((meter, quantity, time, values[0], arrival_ms, 0))
            for meter, quantity, values in zip(meters, block.quantities, block.columns)  # noqa: B905 - of one length by construction
            if values[0] is not None
        ]

    def _bounds(self, message: Message) -> tuple[int, int]:
        route = self._decoder.route(message.topic)
        window = None if route is None else route.window
        return window.bounds(message.arrival_ms) if isinstance(window, Window) else _ALWAYS

    def _place(self, work: "_Work", blocks: list[Block]) -> None:
        message = work.message
        low, high = self._bounds(message)
        flags = int(Flag.RETAINED) if message.retained else 0
        if len(blocks) == 1 and in_window(blocks[0].times, low, high):
            self._add(work, blocks[0], flags)
            return
        placed = place(blocks, low, high, message.arrival_ms, retained=message.retained)
        for block in placed.own:
            self._add(work, block, flags)
        work.timeless = bool(placed.arrival)
        for block in placed.arrival:
            self._add(work, block, flags | Flag.ARRIVAL_TIME)
        for block in placed.refused:
            work.rejected += len(block.times) * len(block.quantities)
        for device in {block.device for block in placed.refused}:
            work.keep("bad_time", device)

    def _add(self, work: "_Work", block: Block, flags: int) -> None:
        """Make readings of a block whose times are settled, or note which device or channel is not registered."""
        meters = self._resolve(block.device, tuple(block.quantities))
        if not meters:
            work.unknown.setdefault(block.device, {}).update(dict.fromkeys(block.quantities))
            work.strangers.append(block)
            return
        arrival_ms = work.message.arrival_ms
        times = cast("Sequence[int]", block.times)
        if None in meters:
            missing = dict.fromkeys(q for q, meter in zip(block.quantities, meters, strict=True) if meter is None)
            work.unregistered.setdefault(block.device, {}).update(missing)
        series = zip(meters, block.quantities, block.columns)  # noqa: B905 - of one length by construction; this is the hot path
        if len(times) == 1:
            time = times[0]
            work.readings += [
                _reading((meter, quantity, time, values[0], arrival_ms, flags))
                for meter, quantity, values in series
                if meter is not None and values[0] is not None
            ]
        else:
            for meter, quantity, values in series:
                if meter is not None:
                    work.readings += _column_readings(meter, quantity, times, values, arrival_ms, flags)

    def _resolve(self, device: str, quantities: tuple[str, ...]) -> tuple[str | None, ...]:
        """Ids of the meters that a device's quantities belong to, None where none does; empty for an unknown device."""
        key = (device, quantities)
        found = self._targets.get(key)
        if found is None:
            meters = meters_of(self._meters, device)
            found = tuple(next((m.id for m in meters if quantity in m.quantities), None) for quantity in quantities) if meters else ()
            if found:  # what strangers send is not remembered
                if len(self._targets) >= _MAX_TARGETS:
                    self._targets.clear()
                self._targets[key] = found
        return found

    def _unknown(self, work: "_Work") -> list[UnknownDevice]:
        """List a message's unregistered devices, and keep the message for each that gave readings as far as the caps go."""
        message = work.message
        copies = max(1, self._settings.quarantine_copies_bytes // max(1, len(message.payload)))
        listed = []
        for device, quantities in work.unknown.items():
            name = device if len(device) <= _LONGEST_DEVICE else ""
            if copies and quantities:
                work.keep(_UNKNOWN, name, ", ".join(list(quantities)[:_DETAIL_FIELDS]))
                copies -= 1
            if name and self._listing.admits(name, message.arrival_ms):
                seen = message.arrival_ms
                listed.append(UnknownDevice(name, message.topic, seen, seen, 1, work.profile, tuple(quantities)))
        return listed


def _sender(decoded: Decoded) -> str:
    """Device that sent all of a message, as far as it is known and its name is of a length to be listed."""
    devices = {block.device for block in decoded.blocks} if decoded.blocks else {decoded.device or ""}
    sender = devices.pop() if len(devices) == 1 else ""
    return sender if len(sender) <= _LONGEST_DEVICE and sender.isprintable() else ""


def _fields(decoded: Decoded) -> str:
    return ", ".join(rejected.field for rejected in decoded.rejected[:_DETAIL_FIELDS])


def _column_readings(
    meter: str, quantity: str, times: Sequence[int], values: Sequence[float | None], arrival_ms: int, flags: int
) -> Iterable[Reading]:
    if None in values:
        rows = zip(times, values, strict=True)
        return [_reading((meter, quantity, time, value, arrival_ms, flags)) for time, value in rows if value is not None]
    return map(_reading, zip(repeat(meter), repeat(quantity), times, values, repeat(arrival_ms), repeat(flags)))


class _Listing:
    """A rate limit: so many different unregistered devices a minute are listed."""

    def __init__(self, per_minute: int) -> None:
        self._per_minute = per_minute
        self._minute = 0
        self._devices: set[str] = set()

    def admits(self, device: str, now_ms: int) -> bool:
        minute = now_ms // _MINUTE_MS
        if minute != self._minute:
            self._minute = minute
            self._devices.clear()
        if len(self._devices) < self._per_minute:
            self._devices.add(device)
        return device in self._devices


class _Work:
    """What is gathered while one message is processed."""

    __slots__ = (
        "message",
        "profile",
        "quarantined",
        "readings",
        "rejected",
        "strangers",
        "thinning",
        "timeless",
        "unknown",
        "unregistered",
    )

    def __init__(self, message: Message, decoded: Decoded, thinning: Thinning) -> None:
        self.message = message
        self.thinning = thinning
        self.profile = decoded.profile
        self.timeless = False
        self.rejected = decoded.rejected_count
        self.readings: list[Reading] = []
        self.quarantined: list[Quarantined] = []
        self.strangers: list[Block] = []
        self.unknown: dict[str, dict[str, None]] = {}
        self.unregistered: dict[str, dict[str, None]] = {}

    def keep(self, reason: str, device: str = "", detail: str = "") -> None:
        """Have the message kept for a reason, unless another just was; the broker keeps a retained one by itself."""
        message = self.message
        cause = ((reason in OF_DEVICES and device) or message.topic, reason, detail)
        if not message.retained and (reason == _UNKNOWN or self.thinning.keeps(cause, message.arrival_ms)):
            self.quarantined.append(Quarantined(message.topic, message.payload, reason, message.arrival_ms, device, detail))
