"""DLMS push frames in HDLC, as Nordic meters send them on their HAN port (Aidon's lists).

Any topic. Signature: a frame from `~` to `~` of format type 3 whose checksum fits. The list is an array of structures
{OBIS code, value, {scaler, unit}}; all that is read carries its unit. The device is the meter's number (0-0:96.1.0),
without one the topic's first level. A time is read where the list has a clock (0-0:1.0.0).
Source: IEC 62056-46 (HDLC), 62056-5-3 and 62056-6-2 (data notification, types, units); Aidon's HAN interface.
"""

from typing import Any, ClassVar, Final

from collector.envelope import Decoded, Envelope
from collector.obis import UNITS, crc16_x25, obis_column

_FLAG: Final = b"~"
_LLC: Final = b"\xe6\xe7\x00\x0f"
_MAX_DEPTH: Final = 8
_FIXED: Final = {
    3: (1, False),
    5: (4, True),
    6: (4, False),
    15: (1, True),
    16: (2, True),
    17: (1, False),
    18: (2, False),
    20: (8, True),
    21: (8, False),
    22: (1, False),
}
"""Type tag -> size in bytes, signed."""
_OCTETS: Final = frozenset({9, 10, 12})
_SERIAL: Final = bytes((0, 0, 96, 1, 0, 255))
_CLOCK: Final = bytes((0, 0, 1, 0, 0, 255))
_UNSPECIFIED: Final = -0x8000


class FrameError(ValueError):
    """Not a frame of this form."""


class Profile:
    """Reads DLMS push frames."""

    name: ClassVar[str] = "dlms_hdlc"

    def recognise(self, message: Envelope) -> bool:
        """See the module's signature."""
        data = message.payload
        return len(data) > 16 and data[:1] == _FLAG and data[-1:] == _FLAG and data[1] >> 4 == 0xA

    def decode(self, message: Envelope) -> Decoded:
        """Read one frame."""
        decoded = Decoded()
        try:
            items = _items(message.payload[1:-1])
        except FrameError:
            decoded.quarantined = "not_decodable"
            return decoded
        values = {item[0]: item for item in items if type(item) is list and len(item) > 1 and type(item[0]) is bytes and len(item[0]) == 6}
        serial = values.get(_SERIAL, [b"", b""])[1]
        device = serial.decode("latin-1").strip() if type(serial) is bytes and serial else message.levels[0]
        clock = values.get(_CLOCK, [b"", b""])[1]
        times = (_clock(message, clock) if type(clock) is bytes else None,)
        for code, item in values.items():
            _read(device, times, code, item, decoded)
        if not decoded.blocks and not decoded.rejected:
            decoded.quarantined = "needs_mapping"  # a maker's list without codes or units
        return decoded


def _read(device: str, times: tuple[int | None], code: bytes, item: list[Any], decoded: Decoded) -> None:
    if code[0] != 1 or len(item) != 3 or type(item[1]) is not int or type(item[2]) is not list or len(item[2]) != 2:
        return
    scaler, unit = item[2]
    if type(scaler) is not int or not -12 <= scaler <= 12 or UNITS.get(unit) is None:
        return
    found = obis_column(code[2], code[3], code[4], UNITS[unit])
    if found is not None:
        decoded.put(device, times, item[1] * 10.0**scaler, found, ".".join(map(str, code)))


def _items(frame: bytes) -> list[Any]:
    """Items of the notification's list."""
    length = (frame[0] << 8 | frame[1]) & 0x7FF
    if length != len(frame) or crc16_x25(frame[:-2]) != int.from_bytes(frame[-2:], "little"):
        raise FrameError
    start = frame.find(_LLC, 4, 24)
    if start < 0:
        raise FrameError
    position = start + len(_LLC) + 4  # the invoke id
    clock_size = _cut(frame, position, 1)[0]
    value, _ = _value(frame[:-2], position + 1 + clock_size, 0)
    if type(value) is not list:
        raise FrameError
    return value


def _value(data: bytes, position: int, depth: int) -> tuple[Any, int]:
    if depth > _MAX_DEPTH:
        raise FrameError
    tag = _cut(data, position, 1)[0]
    position += 1
    if tag == 0:
        return None, position
    if tag in {1, 2}:
        return _sequence(data, position, depth)
    if tag in _OCTETS:
        size = _cut(data, position, 1)[0]
        return _cut(data, position + 1, size), position + 1 + size
    if tag not in _FIXED:
        raise FrameError
    size, signed = _FIXED[tag]
    return int.from_bytes(_cut(data, position, size), "big", signed=signed), position + size


def _sequence(data: bytes, position: int, depth: int) -> tuple[list[Any], int]:
    items = []
    count = _cut(data, position, 1)[0]
    position += 1
    for _ in range(count):
        item, position = _value(data, position, depth + 1)
        items.append(item)
    return items, position


def _cut(data: bytes, position: int, size: int) -> bytes:
    if position + size > len(data):
        raise FrameError
    return data[position : position + size]


def _clock(message: Envelope, octets: bytes) -> int | None:
    """UTC milliseconds of a DLMS date-time; its deviation is minutes from local time to UTC."""
    if len(octets) != 12:
        return None
    year, month, day = int.from_bytes(octets[:2], "big"), octets[2], octets[3]
    text = f"{year:04}-{month:02}-{day:02}T{octets[5]:02}:{octets[6]:02}:{octets[7]:02}"
    deviation = int.from_bytes(octets[9:11], "big", signed=True)
    if deviation == _UNSPECIFIED:
        return message.time_ms(text)
    sign, minutes = ("-" if deviation > 0 else "+"), abs(deviation)
    return message.time_ms(f"{text}{sign}{minutes // 60:02}:{minutes % 60:02}")
