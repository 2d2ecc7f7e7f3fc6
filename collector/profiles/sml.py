"""SML files of German meters, as read from their optical port.

Any topic. Signature: the escape `1b1b1b1b 01010101` (as bytes or as hex, with or without spaces), then `1b1b1b1b 1a` and a
checksum that fits (X-25, of some meters Kermit); what a reader caught before and after it is left out. Of GetList responses the
entries {OBIS, status, time, unit, scaler, value} are read; what is read carries its unit, codes of anything else wait for a
rule. Power is the net sum (16.7.0) where the meter gives it, else import (1.7.0). The device is the server id, hex. Their time
counts seconds since the meter's start: no time.
Source: BSI TR-03109-1 annex IV and the SML 1.04 specification (types, transport); OBIS and units as in DLMS.
"""

import re
from typing import Any, ClassVar, Final, Self

from collector.envelope import Decoded, Envelope
from collector.gate import JSON_START
from collector.obis import UNITS, crc16_kermit, crc16_x25, obis_column

_START: Final = b"\x1b\x1b\x1b\x1b\x01\x01\x01\x01"
_ESCAPE: Final = b"\x1b\x1b\x1b\x1b"
_START_HEX: Final = _START.hex().encode()
_HEX: Final = re.compile(rb"\s*[0-9A-Fa-f]+\s*")
_SPACED: Final = re.compile(rb"\s*(?:1[bB]\s){4}(?:01\s){4}[0-9A-Fa-f\s]+")
_END: Final = _ESCAPE + b"\x1a"
_END_SIZE: Final = 8
_MOST_ENDS: Final = 4
"""Ends that are tried: one may be an escaped part of the content."""
_MOST_FILL: Final = 7
_NET: Final = {16: 1, 36: 21, 56: 41, 76: 61}
"""Value group C of a net power -> that of the import which it stands for."""
_INSTANT: Final = 7
_GET_LIST_RESPONSE: Final = 0x0701
_MAX_DEPTH: Final = 12
_END_OF_MESSAGE: Final = 0
_OCTETS, _BOOLEAN, _INTEGER, _UNSIGNED, _LIST = 0, 4, 5, 6, 7


class SmlError(ValueError):
    """Not SML."""


class Profile:
    """Reads SML files."""

    name: ClassVar[str] = "sml"

    def recognise(self, message: Envelope) -> bool:
        """See the module's signature."""
        payload = message.payload
        if payload[:1] in JSON_START:
            return False
        if _START in payload or (_START_HEX in payload.lower() and _HEX.fullmatch(payload) is not None):
            return True
        return _SPACED.fullmatch(payload) is not None

    def decode(self, message: Envelope) -> Decoded:
        """Read one file."""
        decoded = Decoded()
        try:
            messages = _messages(_binary(message.payload))
        except SmlError:
            decoded.quarantined = "not_decodable"
            return decoded
        for part in messages:
            body = part[3] if type(part) is list and len(part) == 6 else None
            if type(body) is list and len(body) == 2 and body[0] == _GET_LIST_RESPONSE:
                _read_list(message, body[1], decoded)
        return decoded


def _read_list(message: Envelope, response: Any, decoded: Decoded) -> None:
    if type(response) is not list or len(response) != 7 or type(response[1]) is not bytes or type(response[4]) is not list:
        return
    device = response[1]
    decoded.note_sender(device.hex())
    entries = [entry for entry in response[4] if _is_electricity(entry)]
    stood_for = {_NET[entry[0][2]] for entry in entries if entry[0][3] == _INSTANT and entry[0][2] in _NET}
    for entry in entries:
        if entry[0][3] != _INSTANT or entry[0][2] not in stood_for:
            _read_entry(message, device, entry, decoded)


def _is_electricity(entry: Any) -> bool:
    return type(entry) is list and len(entry) == 7 and type(entry[0]) is bytes and len(entry[0]) == 6 and entry[0][0] == 1


class _Short(int):
    """A negative number in one to three bytes, which some meters mean as positive.

    Attributes:
        meant: the number without a sign.

    """

    meant: int

    def __new__(cls, value: int, size: int) -> Self:
        short = super().__new__(cls, value)
        short.meant = value + (1 << 8 * size)
        return short


_SHORT: Final = 3
_DZG: Final = b"\x0a\x01DZG"
_DZG_UNSIGNED: Final = (range(42_000_000, 49_000_000), range(55_000_000, 59_000_000))
"""Serial numbers of DZG's DVS74 that write the net power's short positive numbers with the sign of negative ones."""


def _as_meant(device: bytes, entry: list[Any]) -> Any:
    """Value of an entry as its meter means it."""
    value = entry[5]
    if type(value) is not _Short:
        return value
    serial = int.from_bytes(device[len(_DZG) :], "big") if device.startswith(_DZG) else 0
    lacks_sign = entry[0][2:4] == _NET_POWER and any(serial in wrong for wrong in _DZG_UNSIGNED)
    return value.meant if lacks_sign else int(value)


_NET_POWER: Final = bytes((16, 7))


def _read_entry(message: Envelope, device: bytes, entry: list[Any], decoded: Decoded) -> None:
    code, unit, scaler, value = entry[0], entry[3], entry[4], _as_meant(device, entry)
    exponent = 0 if scaler is None else scaler
    if type(value) is not int or type(unit) is not int or type(exponent) not in {int, _Short} or not -12 <= exponent <= 12:
        return
    name = ".".join(map(str, code))
    found = message.names.column(name) or (obis_column(code[2], code[3], code[4], UNITS[unit]) if unit in UNITS else None)
    if found is not None:
        decoded.put(device.hex(), (None,), value * 10.0 ** int(exponent), found, name)
    elif not message.names.ignores(name):
        decoded.reject(name, "needs_mapping")


def _binary(payload: bytes) -> bytes:
    if _START in payload:
        return payload
    try:
        return bytes.fromhex(payload.decode("ascii"))
    except ValueError as error:
        raise SmlError from error


def _cut(data: bytes) -> bytes:
    """The first file of what a reader sent, from its start to its checksum."""
    start = data.find(_START)
    end = start
    for _ in range(_MOST_ENDS):
        end = data.find(_END, end + 1)
        frame = data[start : end + _END_SIZE]
        if start < 0 or end < 0 or len(frame) < len(_START) + _END_SIZE:
            raise SmlError
        if frame[-3] <= _MOST_FILL and _checksum_fits(frame):
            return frame
    raise SmlError


def _messages(received: bytes) -> list[Any]:
    data = _cut(received)
    tail = data[-_END_SIZE:]
    body = data[len(_START) : -_END_SIZE - tail[5]].replace(_ESCAPE + _ESCAPE, _ESCAPE)
    messages = []
    position = 0
    while position < len(body):
        part, position = _item(body, position, 0)
        messages.append(part)
    return messages


def _checksum_fits(data: bytes) -> bool:
    return crc16_x25(data[:-2]) == int.from_bytes(data[-2:], "little") or crc16_kermit(data[:-2]) == int.from_bytes(data[-2:], "big")


def _item(data: bytes, position: int, depth: int) -> tuple[Any, int]:
    if depth > _MAX_DEPTH or position >= len(data):
        raise SmlError
    kind, size, start = _head(data, position)
    if kind == _LIST:
        items = []
        position = start
        for _ in range(size):
            item, position = _item(data, position, depth + 1)
            items.append(item)
        return items, position
    if size == _END_OF_MESSAGE:
        return None, start
    end = position + size
    if end < start or end > len(data):
        raise SmlError
    return _scalar(kind, data[start:end]), end


def _head(data: bytes, position: int) -> tuple[int, int, int]:
    """Type, size and where the content starts; a size counts its own bytes, except a list's."""
    kind, size = data[position] >> 4 & 7, data[position] & 15
    while data[position] & 0x80:
        position += 1
        if position >= len(data) or size > len(data):
            raise SmlError
        size = size << 4 | data[position] & 15
    return kind, size, position + 1


def _scalar(kind: int, content: bytes) -> Any:
    if kind == _OCTETS:
        return content or None
    if kind == _BOOLEAN:
        return bool(content.strip(b"\0"))
    if kind in {_INTEGER, _UNSIGNED} and 0 < len(content) <= 8:
        value = int.from_bytes(content, "big", signed=kind == _INTEGER)
        return _Short(value, len(content)) if value < 0 and len(content) <= _SHORT else value
    raise SmlError
