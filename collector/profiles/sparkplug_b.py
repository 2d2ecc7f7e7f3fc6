"""Sparkplug B: protobuf from edge nodes, names announced once and aliases after that.

Topics `spBv1.0/<group>/<verb>/<node>[/<device>]`; the device is `<group>/<node>[/<device>]`. BIRTH messages name metrics, DATA
messages may give an alias only: without the birth it waits (`needs_birth`), and so it does after a gap in the node's sequence,
which may hide another birth. DEATH, CMD and STATE hold no readings; the death of a node's present session (`bdSeq`) or of a
device forgets its aliases and tells that it is gone. A metric is read by itself where its unit is evident: an `engUnit`
property, its own or of its birth, or a unit at the end of its name (`TC_C`, `Power (kW)`), with a quantity in the name (`L1` to
`L3` is a phase); or plainly `... Voltage`, in V. Names of set-points, limits and alarms, and what is in folders of these, are
none, nor are two names of a birth that would be the same quantity. All others wait for a rule under their name, members of a
template instance as `<name>/<member>`. Quality other than 192 (good) is refused as stale, a historical value without a time of
its own as history.
Source: Eclipse Sparkplug specification 3.0, chapters 4 and 6 (topics, data types, quality codes).
"""

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Any, ClassVar, Final, NamedTuple

from collector.envelope import Decoded, Envelope
from collector.keys import named_column
from collector.normalise import Column
from collector.sparkplug_nodes import Known, Nodes
from collector.sparkplug_wire import GOOD, Metric, Payload, WireError, is_online, read_payload
from collector.told import Told

_NAMESPACE: Final = "spBv1.0"
_BIRTHS: Final = frozenset({"NBIRTH", "DBIRTH"})
_DATA_VERBS: Final = _BIRTHS | {"NDATA", "DDATA"}
_DEATHS: Final = frozenset({"NDEATH", "DDEATH"})
_SILENT_VERBS: Final = _DEATHS | {"NCMD", "DCMD"}
_NODE_LEVELS: Final = 4
_DEVICE_LEVELS: Final = 5
_BD_SEQ: Final = "bdSeq"
_NOT_READINGS: Final = ("Node Control/", "Device Control/", "Properties/", "_types_/")
_LONGEST_NAME: Final = 512
_LONGEST_LOOKED_UP: Final = 200
_NUMBERS: Final = re.compile(r"(?<![A-Za-z\d])\d+", re.ASCII)
"""Numbers that no letter is before: they tell nothing of a quantity."""
_NUMBER: Final = "2"
_IN_BRACKETS: Final = re.compile(r"(.*\S)\s*[(\[]([^()\[\]]{1,12})[)\]]")
"""A name with its unit, `Active Power (kW)`."""
_SIGNED_BITS: Final = {1: 8, 2: 16, 3: 32, 4: 64}
_NUMERIC_TYPES: Final = frozenset(range(1, 12))


_Evident = dict[tuple[str, str], Column | None]
"""Name and unit -> column."""


class _Source(NamedTuple):
    """Who sent a message.

    Attributes:
        node, device: as they are named here.
        sent_at: time of the message, milliseconds.
        shared: quantities that two names of the device's birth would be.
        evident: what names are by themselves, as far as it was found out.

    """

    node: str
    device: str
    sent_at: int | None
    shared: frozenset[str]
    evident: _Evident

    def column(self, name: str, unit: str) -> Column | None:
        """What a name with a unit is by itself."""
        return self.evident[name, unit] if (name, unit) in self.evident else _evident(name, unit)


class Profile:
    """Reads Sparkplug B; remembers what births said, bounded."""

    name: ClassVar[str] = "sparkplug_b"

    def __init__(self) -> None:
        self.nodes = Nodes()
        """What is known of edge nodes; a host asks those in doubt to be born again (`collector.sparkplug_host`)."""
        self._shared: Told[frozenset[str]] = Told()
        """Quantities that two names of a device's birth would be."""

    def recognise(self, message: Envelope) -> bool:
        """See the module's signature."""
        levels = message.levels
        if levels[0] == "STATE":
            return len(levels) == 2
        if levels[0] != _NAMESPACE:
            return False
        if levels[1:2] == ["STATE"]:
            return len(levels) == 3
        if len(levels) not in {_NODE_LEVELS, _DEVICE_LEVELS} or not all(levels):
            return False
        verb = levels[2]
        return verb in _DATA_VERBS | _SILENT_VERBS and (verb[0] == "D") == (len(levels) == _DEVICE_LEVELS)

    def decode(self, message: Envelope) -> Decoded:
        """Read one message."""
        decoded = Decoded()
        levels = message.levels
        if levels[-2] == "STATE":
            self.nodes.states.put(message.topic, is_online(message.payload))
            return decoded
        if levels[2] not in _DATA_VERBS | _DEATHS:
            return decoded
        try:
            payload = read_payload(message.payload)
        except WireError:
            decoded.quarantined = "not_decodable"
            return decoded
        node, device, verb = f"{levels[1]}/{levels[3]}", "/".join((levels[1], *levels[3:])), levels[2]
        decoded.note_sender(device)
        if verb in _DEATHS:
            decoded.gone = self._end(node, device, verb, payload)
            return decoded
        teaches = self._follow(node, device, verb, payload)
        for _ in range(payload.malformed):
            decoded.reject("metric", "not_decodable")
        evident = self._note_shared(device, payload) if teaches else {}
        shared = self._shared.get(device) or frozenset()
        source = _Source(node, device, payload.timestamp, shared, evident)
        for metric in payload.metrics:
            known = self._known(node, device, metric, teaches=teaches)
            if known is None:
                self.nodes.doubt(node)
                decoded.reject(f"alias {metric.alias}", "needs_birth")
            else:
                self._read(message, source, metric, known, decoded)
        return decoded

    def _note_shared(self, device: str, payload: Payload) -> _Evident:
        """Note quantities that several names of a birth would be; what its names are, not to be found out again."""
        first: dict[str, str] = {}
        shared: set[str] = set()
        evident: _Evident = {}
        for metric in payload.metrics:
            for member, name in _flat(metric, metric.name):
                if member.datatype not in _NUMERIC_TYPES:
                    continue
                found = evident[name, member.unit] = _evident(name, member.unit)
                if found is not None and first.setdefault(found.quantity, name) != name:
                    shared.add(found.quantity)
        if shared:
            self._shared.put(device, frozenset(shared))
        else:
            self._shared.forget(device)
        return evident

    def _end(self, node: str, device: str, verb: str, payload: Payload) -> list[str]:
        """End the session of a node or a device; who is gone."""
        if verb == "NDEATH":
            return self.nodes.died(node, _bd_seq(payload))
        self.nodes.heard(node, payload.seq, payload.timestamp)
        self.nodes.device_gone(node, device)
        return [device]

    def _follow(self, node: str, device: str, verb: str, payload: Payload) -> bool:
        """Follow a node's session; whether the message is a birth that says what aliases stand for from now on."""
        is_birth = verb in _BIRTHS
        bd_seq = _bd_seq(payload) if is_birth else None
        if is_birth and self.nodes.is_past(node, bd_seq, payload.timestamp):
            return False
        if verb == "NBIRTH":
            self.nodes.born(node, bd_seq, payload.seq, payload.timestamp)
            return True
        self.nodes.heard(node, payload.seq, payload.timestamp)
        if verb == "DBIRTH":
            self.nodes.device_born(node, device)
        elif verb == "DDATA":
            self.nodes.heard_device(node, device)
        return is_birth

    def _known(self, node: str, device: str, metric: Metric, *, teaches: bool) -> Known | None:
        """What a metric is; a name that comes without its unit has that of its birth."""
        if not metric.name:
            return None if metric.alias is None else self.nodes.known(node, metric.alias)
        known = Known(metric.name, metric.datatype, metric.unit)
        if not teaches:
            return known if metric.unit else self.nodes.known(node, (device, metric.name)) or known
        if metric.alias is not None and len(metric.name) + len(metric.unit) <= _LONGEST_NAME:
            self.nodes.learn(node, device, metric.alias, known)
        for member, name in _flat(metric, metric.name):
            if member.unit and len(name) + len(member.unit) <= _LONGEST_NAME:
                self.nodes.learn(node, device, (device, name), Known(name, member.datatype, member.unit))
        return known

    def _read(self, message: Envelope, source: "_Source", metric: Metric, known: Known, decoded: Decoded) -> None:
        for member, name in _flat(metric, known.name):
            datatype = member.datatype or known.datatype
            ruled = message.names.column(name)
            if member.value is None or name == _BD_SEQ or name.startswith(_NOT_READINGS):
                continue
            if ruled is None and (type(member.value) is bool or datatype not in _NUMERIC_TYPES):
                continue
            found = ruled or source.column(name, self._unit(source, member, known, name))
            if found is None or (ruled is None and found.quantity in source.shared):
                if not message.names.ignores(name):
                    decoded.reject(name, "needs_mapping")
            elif member.quality != GOOD:
                decoded.reject(name, "stale")
            elif member.historical and member.timestamp is None:
                decoded.reject(name, "history")
            else:
                times = (message.time_ms(member.timestamp if member.timestamp is not None else source.sent_at),)
                decoded.put(source.device, times, _signed(member.value, datatype), found, name)

    def _unit(self, source: "_Source", member: Metric, known: Known, name: str) -> str:
        """Unit of a metric or of a template's member, where it is not sent again that of its birth."""
        if member.unit or name == known.name:
            return member.unit or known.unit
        told = self.nodes.known(source.node, (source.device, name))
        return "" if told is None else told.unit


def _bd_seq(payload: Payload) -> int | None:
    return next((metric.value for metric in payload.metrics if metric.name == _BD_SEQ and type(metric.value) is int), None)


def _flat(metric: Metric, name: str) -> Iterable[tuple[Metric, str]]:
    """Give a metric with its name, or the members of a template instance with theirs."""
    return _members(metric, name) if metric.members else ((metric, name),)


def _members(metric: Metric, name: str) -> Iterator[tuple[Metric, str]]:
    for member in metric.members:
        if member.name:
            yield from _flat(member, f"{name}/{member.name}")


def _evident(name: str, unit: str) -> Column | None:
    """What a name is by itself; names that differ in numbers alone, as those of a plant do, are looked up once."""
    if len(name) > _LONGEST_LOOKED_UP or len(unit) > _LONGEST_LOOKED_UP:
        return None
    return _looked_up(_NUMBERS.sub(_NUMBER, name), unit)


@lru_cache(maxsize=8192)
def _looked_up(name: str, unit: str) -> Column | None:
    written = None if unit else _IN_BRACKETS.fullmatch(name)
    if written is not None:
        name, unit = written.groups()
    folders, _, words = name.rpartition("/")
    if unit:
        return named_column(words, unit, folders)
    found = named_column(words, None, folders) or named_column(words, "", folders)
    return named_column(words, "V", folders) if found is None and words.lower().endswith("voltage") else found


def _signed(value: Any, datatype: int) -> Any:
    """Undo the unsigned wire form of a signed integer."""
    bits = _SIGNED_BITS.get(datatype)
    if bits is None or type(value) is not int:
        return value
    for size in (bits, 32, 64):  # some encoders send 8 and 16 bits as they are, others extended to 32
        if 2 ** (size - 1) <= value < 2**size:
            return value - 2**size
        if value < 2 ** (size - 1):
            return value
    return value
