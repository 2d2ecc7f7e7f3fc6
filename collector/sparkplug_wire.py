"""Sparkplug payloads: the protobuf of version B, as far as metering needs it, and the word of host applications.

Source: Eclipse Sparkplug specification 3.0, chapters 4 (STATE) and 6 (field numbers of Payload, Metric, PropertySet and
Template; NCMD); 2.2 for the older form of STATE.
"""

import struct
from collections.abc import Callable, Iterator
from typing import Any, Final, NamedTuple

import orjson

GOOD: Final = 192
"""Quality of a value that can be used."""
_MAX_METRICS: Final = 10_000
_MAX_DEPTH: Final = 8
_LONGEST_NAME: Final = 512
"""Names of templates and members are put together: a long one before many members would cost their product."""
_NO_PROPERTIES: Final = ("", GOOD)
_UNIT_KEYS: Final = (
    *("engUnit", "EngUnit", "engUnits", "unit", "units", "Unit", "Units"),
    *("engineeringUnits", "EngineeringUnits", "Engineering Units", "uom", "UOM"),
)


class WireError(ValueError):
    """The bytes are not the protobuf they should be."""


class _TooManyError(WireError):
    """More metrics than one message may hold, members of templates among them."""


class Metric(NamedTuple):
    """One metric.

    Attributes:
        name: "" where only an alias is sent.
        alias, timestamp: None where not sent; the time in milliseconds.
        datatype: 0 where not sent.
        historical: a value of the past.
        value: a number or boolean; None for null and for what is neither.
        unit: engineering unit of its properties, "" without one.
        quality: `GOOD` without one.
        members: metrics of a template instance.

    """

    name: str
    alias: int | None
    timestamp: int | None
    datatype: int
    historical: bool
    value: float | int | bool | None
    unit: str
    quality: int
    members: tuple["Metric", ...]


class Payload(NamedTuple):
    """One message; `malformed` counts metrics that could not be read."""

    timestamp: int | None
    seq: int | None
    metrics: list[Metric]
    malformed: int


def read_payload(data: bytes) -> Payload:
    """Read a payload; a metric that is malformed costs no other.

    Raises:
        WireError: not a payload, or of too many metrics.

    """
    timestamp: int | None = None
    seq: int | None = None
    metrics: list[Metric] = []
    malformed = 0
    budget = iter(range(_MAX_METRICS))
    for number, value in _fields(data):
        if number == 1 and type(value) is int:
            timestamp = value
        elif number == 3 and type(value) is int:
            seq = value
        elif number == 2 and type(value) is bytes:
            try:
                metrics.append(_metric(value, 0, budget))
            except _TooManyError:
                raise
            except WireError:
                malformed += 1
    return Payload(timestamp, seq, metrics, malformed)


def is_online(state: bytes) -> bool:
    """Whether a host application's STATE says that it is there, in the form of 3.0 or 2.2."""
    try:
        told = orjson.loads(state)
    except orjson.JSONDecodeError:
        return state == b"ONLINE"
    return isinstance(told, dict) and told.get("online") is True


def state(at_ms: int, *, online: bool) -> bytes:
    """STATE of 3.0."""
    return orjson.dumps({"online": online, "timestamp": at_ms})


def state_2_2(*, online: bool) -> bytes:
    """STATE as 2.2 and earlier have it."""
    return b"ONLINE" if online else b"OFFLINE"


def rebirth_request(at_ms: int) -> bytes:
    """Payload of an NCMD that has a node tell its births again; an NCMD has no sequence number."""
    name, time = b"Node Control/Rebirth", _as_varint(at_ms)
    metric = b"\x0a" + _as_varint(len(name)) + name + b"\x18" + time + b"\x20\x0b" + b"\x70\x01"  # name, time, boolean, true
    return b"\x08" + time + b"\x12" + _as_varint(len(metric)) + metric


def _as_varint(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*out, value])


def _metric(data: bytes, depth: int, budget: Iterator[int]) -> Metric:
    if next(budget, None) is None:
        raise _TooManyError
    fields = dict(_fields(data))  # none of those read here is repeated
    read = fields.get
    alias, timestamp, datatype, properties, template = read(2), read(3), read(4), read(9), read(18)
    unit, quality = _properties(properties) if type(properties) is bytes else _NO_PROPERTIES
    return Metric(
        _name(fields[1]) if 1 in fields else "",
        alias if type(alias) is int else None,
        timestamp if type(timestamp) is int else None,
        datatype if type(datatype) is int else 0,
        bool(read(5)),
        None if read(7) else _value(fields),
        unit,
        quality,
        _members(template, depth + 1, budget) if type(template) is bytes else (),
    )


def _value(fields: dict[int, int | bytes]) -> float | None:
    for number, raw in fields.items():
        if number in _VALUES:
            return _VALUES[number](raw)
    return None


def _members(template: bytes, depth: int, budget: Iterator[int]) -> tuple[Metric, ...]:
    """Metrics of a template instance; none of a definition, which holds defaults."""
    if depth > _MAX_DEPTH:
        raise WireError
    members: list[Metric] = []
    for number, raw in _fields(template):
        if number == 2 and type(raw) is bytes:
            members.append(_metric(raw, depth, budget))
        elif number == 5 and raw:
            return ()
    return tuple(members)


def _properties(data: Any) -> tuple[str, int]:
    keys: list[str] = []
    values: list[bytes] = []
    for number, raw in _fields(data):
        if number == 1:
            keys.append(_text(raw))
        elif number == 2 and type(raw) is bytes:
            values.append(raw)
    found = dict(zip(keys, values, strict=False))
    units = (found[key] for key in _UNIT_KEYS if key in found)
    unit = next((_text(raw) for number, raw in _fields(next(units, b"")) if number == 8), "")
    quality = next((raw for number, raw in _fields(found.get("Quality", b"")) if number in {3, 4} and type(raw) is int), GOOD)
    return unit, quality


def _name(raw: Any) -> str:
    name = _text(raw)
    if len(name) > _LONGEST_NAME:
        raise WireError
    return name


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


_VALUES: Final[dict[int, Callable[[Any], float]]] = {
    10: _integer,
    11: _integer,
    12: _fixed("<f", 4),
    13: _fixed("<d", 8),
    14: lambda raw: bool(_integer(raw)),
}


def _fields(data: bytes) -> list[tuple[int, int | bytes]]:
    """Fields of one protobuf message: number, and an int (varint) or bytes (all other wire types).

    Nearly all tags and sizes are of one byte: these are read here, without a call.
    """
    found: list[tuple[int, int | bytes]] = []
    position, end = 0, len(data)
    while position < end:
        tag = data[position]
        position += 1
        if tag >= 0x80:
            tag, position = _varint(data, position - 1)
        size = _WIRES.get(tag & 7)
        if tag < 8 or size is None:
            raise WireError
        if not size:
            size = data[position] if position < end else 0x80
            position += 1
            if size >= 0x80:
                size, position = _varint(data, position - 1)
            if not tag & 7:
                found.append((tag >> 3, size))
                continue
        if position + size > end:
            raise WireError
        found.append((tag >> 3, data[position : position + size]))
        position += size
    return found


_WIRES: Final = {0: 0, 1: 8, 2: 0, 5: 4}
"""Wire type -> size of its fixed forms; 0 where a varint comes first, which is the value or the size."""


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
