"""Sparkplug B as an edge node writes and reads it: the tests' own encoder, independent of the collector's decoder."""

import struct
from collections.abc import Iterator
from typing import Any

T0 = 1_767_225_600_000
FLOAT = 9


def varint(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*out, value])


def field(number: int, value: int | bytes | str) -> bytes:
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    data = value.encode() if isinstance(value, str) else value
    return varint(number << 3 | 2) + varint(len(data)) + data


def metric(name: str = "", value: float | None = 1.5, **said: Any) -> bytes:
    fields = [field(1, name)] if name else []
    for number, key in ((2, "alias"), (3, "timestamp"), (4, "datatype"), (5, "historical"), (18, "template"), (17, "dataset")):
        if key in said:
            fields.append(field(number, said[key]))
    if "bd_seq" in said:
        return field(2, field(1, "bdSeq") + field(4, 8) + field(11, said["bd_seq"]))
    if value is not None:
        fields += [] if "datatype" in said else [field(4, FLOAT)]
        fields.append(varint(12 << 3 | 5) + struct.pack("<f", value))
    return field(2, b"".join(fields))


def payload(*metrics: bytes, seq: int | None = None, at: int = T0) -> bytes:
    return field(1, at) + b"".join(metrics) + (b"" if seq is None else field(3, seq))


def fields(data: bytes) -> Iterator[tuple[int, int | bytes]]:
    """Fields of a message of varints and byte strings, which is all a command is made of."""
    at = 0

    def read() -> int:
        nonlocal at
        value = shift = 0
        while True:
            byte = data[at]
            at += 1
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return value

    while at < len(data):
        tag = read()
        value: int | bytes = read()
        if tag & 7 == 2:
            value, at = data[at : at + int(value)], at + int(value)
        yield tag >> 3, value
