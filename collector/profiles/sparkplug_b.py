"""Sparkplug B: protobuf from edge nodes, names announced once and aliases after that.

Topics `spBv1.0/<group>/<verb>/<node>[/<device>]`; the device is `<group>/<node>[/<device>]`. BIRTH messages name
metrics, DATA messages may give an alias only: without the birth it waits (`needs_birth`). DEATH, CMD and STATE hold no
readings; a node's death and rebirth forget its aliases. A metric is read by itself where its unit is evident: an
`engUnit` property or a unit at the end of its name, with a quantity in the name; or plainly `... Voltage`, in V. All
others wait for a rule under their name. Quality other than 192 (good) is refused as stale.
Source: Eclipse Sparkplug specification 3.0, chapters 4 and 6 (topics, field numbers of Payload, Metric and
PropertySet, data types, quality codes).
"""

import struct
from collections.abc import Iterator
from typing import Any, ClassVar, Final, NamedTuple

from collector.envelope import Decoded, Envelope
from collector.keys import named_column
from collector.normalise import Column

_NAMESPACE: Final = "spBv1.0"
_DATA_VERBS: Final = frozenset({"NBIRTH", "DBIRTH", "NDATA", "DDATA"})
_SILENT_VERBS: Final = frozenset({"NDEATH", "DDEATH", "NCMD", "DCMD"})
_NODE_LEVELS: Final = 4
_DEVICE_LEVELS: Final = 5
_NOT_READINGS: Final = ("Node Control/", "Device Control/", "Properties/", "_types_/")
_GOOD: Final = 192
_MAX_METRICS: Final = 20_000
_MAX_ALIASES: Final = 100_000
_LONGEST_NAME: Final = 512
_SIGNED_BITS: Final = {1: 8, 2: 16, 3: 32, 4: 64}
_NUMERIC_TYPES: Final = frozenset(range(1, 12))


class WireError(ValueError):
    """The bytes are not the protobuf they should be."""


class _Metric(NamedTuple):
    name: str
    alias: int | None
    timestamp: int | None
    datatype: int
    value: float | int | bool | None
    unit: str
    quality: int


class _Known(NamedTuple):
    """What a birth said of a metric."""

    name: str
    datatype: int
    unit: str


class Profile:
    """Reads Sparkplug B; remembers the aliases of nodes, bounded."""

    name: ClassVar[str] = "sparkplug_b"

    def __init__(self) -> None:
        self._nodes: dict[tuple[str, str], dict[int, _Known]] = {}
        self._count = 0

    def recognise(self, message: Envelope) -> bool:
        """See the module's signature."""
        levels = message.levels
        if levels[0] == "STATE":
            return len(levels) == 2
        if levels[0] != _NAMESPACE:
            return False
        if levels[1] == "STATE":
            return len(levels) == 3
        if len(levels) not in {_NODE_LEVELS, _DEVICE_LEVELS} or not all(levels):
            return False
        verb = levels[2]
        return verb in _DATA_VERBS | _SILENT_VERBS and (verb[0] == "D") == (len(levels) == _DEVICE_LEVELS)

    def decode(self, message: Envelope) -> Decoded:
        """Read one message."""
        decoded = Decoded()
        levels = message.levels
        if len(levels) < _NODE_LEVELS:
            return decoded
        node = (levels[1], levels[3])
        if levels[2] in {"NBIRTH", "NDEATH"}:
            self._forget(node)
        if levels[2] not in _DATA_VERBS:
            return decoded
        try:
            sent_at, metrics = _payload(message.payload)
        except WireError:
            decoded.quarantined = "not_decodable"
            return decoded
        device = "/".join((levels[1], *levels[3:]))
        for metric in metrics:
            known = self._known(node, metric, birth=levels[2].endswith("BIRTH"))
            if known is None:
                decoded.reject(f"alias {metric.alias}", "needs_birth")
            else:
                _read(message, device, metric, known, sent_at, decoded)
        return decoded

    def _known(self, node: tuple[str, str], metric: _Metric, *, birth: bool) -> _Known | None:
        if metric.name:
            known = _Known(metric.name, metric.datatype, metric.unit)
            if birth and metric.alias is not None and len(metric.name) + len(metric.unit) <= _LONGEST_NAME:
                self._remember(node, metric.alias, known)
            return known
        return None if metric.alias is None else self._nodes.get(node, {}).get(metric.alias)

    def _remember(self, node: tuple[str, str], alias: int, known: _Known) -> None:
        while self._count >= _MAX_ALIASES:
            self._forget(next(iter(self._nodes)))
        aliases = self._nodes.setdefault(node, {})
        self._count += alias not in aliases
        aliases[alias] = known

    def _forget(self, node: tuple[str, str]) -> None:
        self._count -= len(self._nodes.pop(node, {}))


def _read(message: Envelope, device: str, metric: _Metric, known: _Known, sent_at: int | None, decoded: Decoded) -> None:
    name = known.name
    if metric.value is None or name == "bdSeq" or name.startswith(_NOT_READINGS):
        return
    datatype = metric.datatype or known.datatype
    ruled = message.names.column(name)
    if ruled is None and (type(metric.value) is bool or datatype not in _NUMERIC_TYPES):
        return
    found = ruled or _evident(name, known.unit)
    if found is None:
        if not message.names.ignores(name):
            decoded.reject(name, "needs_mapping")
    elif metric.quality != _GOOD:
        decoded.reject(name, "stale")
    else:
        times = (message.time_ms(metric.timestamp if metric.timestamp is not None else sent_at),)
        decoded.put(device, times, _signed(metric.value, datatype), found, name)


def _evident(name: str, unit: str) -> Column | None:
    words = name.rpartition("/")[2]
    found = named_column(words, unit or None)
    return named_column(words, "V") if found is None and not unit and words.lower().endswith("voltage") else found


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


def _payload(data: bytes) -> tuple[int | None, list[_Metric]]:
    timestamp: int | None = None
    metrics: list[_Metric] = []
    for number, value in _fields(data):
        if number == 1 and type(value) is int:
            timestamp = value
        elif number == 2 and type(value) is bytes:
            if len(metrics) >= _MAX_METRICS:
                raise WireError
            metrics.append(_metric(value))
    return timestamp, metrics


def _metric(data: bytes) -> _Metric:
    name, alias, timestamp, datatype, null, unit, quality = "", None, None, 0, False, "", _GOOD
    value: float | int | bool | None = None
    for number, raw in _fields(data):
        if number == 1:
            name = _text(raw)
        elif number == 2 and type(raw) is int:
            alias = raw
        elif number == 3 and type(raw) is int:
            timestamp = raw
        elif number == 4 and type(raw) is int:
            datatype = raw
        elif number == 7:
            null = bool(raw)
        elif number == 9 and type(raw) is bytes:
            unit, quality = _properties(raw)
        elif number in _VALUES:
            value = _VALUES[number](raw)
    return _Metric(name, alias, timestamp, datatype, None if null else value, unit, quality)


def _properties(data: bytes) -> tuple[str, int]:
    keys: list[str] = []
    values: list[bytes] = []
    for number, raw in _fields(data):
        if number == 1:
            keys.append(_text(raw))
        elif number == 2 and type(raw) is bytes:
            values.append(raw)
    found = dict(zip(keys, values, strict=False))
    unit = next((_text(raw) for number, raw in _fields(found.get("engUnit", b"")) if number == 8), "")
    quality = next((raw for number, raw in _fields(found.get("Quality", b"")) if number in {3, 4} and type(raw) is int), _GOOD)
    return unit, quality


def _text(raw: Any) -> str:
    if type(raw) is not bytes:
        raise WireError
    try:
        return raw.decode()
    except UnicodeDecodeError as error:
        raise WireError from error


def _fixed(form: str, size: int) -> Any:
    def read(raw: Any) -> float:
        if type(raw) is not bytes or len(raw) != size:
            raise WireError
        return float(struct.unpack(form, raw)[0])

    return read


def _integer(raw: Any) -> int:
    if type(raw) is not int:
        raise WireError
    return raw


_VALUES: Final[dict[int, Any]] = {
    10: _integer,
    11: _integer,
    12: _fixed("<f", 4),
    13: _fixed("<d", 8),
    14: lambda raw: bool(_integer(raw)),
}


def _fields(data: bytes) -> Iterator[tuple[int, int | bytes]]:
    """Fields of one protobuf message: number, and an int (varint) or bytes (all other wire types)."""
    position = 0
    while position < len(data):
        tag, position = _varint(data, position)
        number, wire = tag >> 3, tag & 7
        if number == 0 or wire not in _WIRES:
            raise WireError
        if wire == 0:
            value, position = _varint(data, position)
            yield number, value
            continue
        size, position = (_WIRES[wire], position) if wire != 2 else _varint(data, position)
        if position + size > len(data):
            raise WireError
        yield number, data[position : position + size]
        position += size


_WIRES: Final = {0: 0, 1: 8, 2: 0, 5: 4}
"""Wire type -> size of its fixed forms."""


def _varint(data: bytes, position: int) -> tuple[int, int]:
    value = 0
    for shift in range(0, 70, 7):
        if position >= len(data):
            break
        byte = data[position]
        position += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value & 0xFFFFFFFFFFFFFFFF, position
    raise WireError
