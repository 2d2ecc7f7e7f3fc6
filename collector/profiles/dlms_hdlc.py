"""DLMS push frames in HDLC, as Nordic meters send them on their HAN port: Aidon, Kamstrup, Kaifa.

Any topic. Signature: frames from `~` to `~` of format type 3 whose checksums fit, as bytes or as hex, with or without spaces;
several lists, and one in segments, are read from one payload. Aidon's lists carry OBIS codes, scalers and units; Kamstrup's
(`Kamstrup_V0001`) and Kaifa's (`KFM_001`) are read as their makers published them, and a list of one number is active power in
W. The device is the meter's number, without one the topic's first level. The time is the list's clock, else that of the
notification, where these tell their offset or the route has a zone.
Source: IEC 62056-46 (HDLC), 62056-5-3 and 62056-6-2 (data notification, types, units); NVE, OBIS lists of HAN meters;
the makers' HAN interface descriptions.
"""

import re
from typing import Any, ClassVar, Final

from collector.dlms import DlmsError, Pushed, cut, data_value, pushed, put_list
from collector.envelope import Decoded, Envelope
from collector.obis import crc16_x25

_FLAG: Final = b"~"
_HEX: Final = re.compile(rb"\s*(7[Ee]\s?[Aa][0-9A-Fa-f\s]{30,48000}7[Ee])\s*")
_BEGIN: Final = re.compile(rb"~(?=[\xa0-\xaf])")
_TYPE_3: Final = 0xA
_SEGMENTED: Final = 0x08
_SIZE: Final = 0x7FF
_LEAST_FRAME: Final = 8
_MOST_FRAMES: Final = 64
_LLC: Final = b"\xe6\xe7\x00\x0f"
_OCTET_STRING: Final = 9
_CLOCK_SIZES: Final = frozenset({0, 12})


class Profile:
    """Reads DLMS push frames."""

    name: ClassVar[str] = "dlms_hdlc"

    def recognise(self, message: Envelope) -> bool:
        """See the module's signature."""
        data = message.payload
        is_binary = len(data) > 16 and data[:1] == _FLAG and data[-1:] == _FLAG and data[1] >> 4 == _TYPE_3
        return is_binary or _HEX.fullmatch(data) is not None

    def decode(self, message: Envelope) -> Decoded:
        """Read all lists of a payload; one that is broken costs no other."""
        decoded = Decoded()
        sent = _lists(message.payload)
        read: list[tuple[str, bytes, Pushed]] = []
        for information in sent:
            try:
                sent_at, items = _notification(information)
            except DlmsError:
                continue
            said = pushed(items)
            read.append((said.serial or message.levels[0], said.clock or sent_at, said))
        for place, (device, clock, said) in enumerate(read):
            decoded.note_sender(device)
            put_list(message, _newest(device, clock, said, read[place + 1 :], decoded), device, clock, decoded)
        if not read:
            decoded.quarantined = "not_decodable"
        elif len(read) < len(sent):
            decoded.reject("frame", "not_decodable")
        return decoded


def _newest(device: str, clock: bytes, said: Pushed, later: list[tuple[str, bytes, Pushed]], decoded: Decoded) -> Pushed:
    """Leave out of a list without a time what a later one of its meter says anew."""
    again = {entry.column.quantity for other, at, told in later if other == device and at == clock for entry in told.entries}
    for entry in said.entries:
        if entry.column.quantity in again:
            decoded.reject(entry.name, "history")
    return said._replace(entries=[entry for entry in said.entries if entry.column.quantity not in again])


def _lists(payload: bytes) -> list[bytes]:
    """Information of all frames of a payload, that of a segmented list put together; b"" in the place of what is broken."""
    written = _HEX.fullmatch(payload)
    if written is not None:
        try:
            payload = bytes.fromhex(written[1].decode("ascii"))
        except ValueError:
            return []
    found: list[bytes] = []
    begun: bytes | None = None
    position = 0
    while position + 1 < len(payload) and len(found) < _MOST_FRAMES:
        if payload[position + 1 : position + 2] == _FLAG:  # the end of one frame and the beginning of another
            position += 1
            continue
        size = (payload[position + 1] << 8 | cut(payload, position + 2, 1)[0]) & _SIZE if position + 2 < len(payload) else 0
        frame = payload[position + 1 : position + 1 + size]
        if not _is_whole(frame, payload[position : position + 1], payload[position + 1 + size : position + 2 + size]):
            found.append(b"")
            position = _next_frame(payload, position + 1)
            begun = None
            continue
        information = (begun or b"") + _information(frame)
        begun = information if frame[0] & _SEGMENTED else None
        if begun is None:
            found.append(information)
        position += 1 + size
    return found if begun is None else [*found, b""]


def _is_whole(frame: bytes, before: bytes, after: bytes) -> bool:
    return (
        before == after == _FLAG
        and len(frame) > _LEAST_FRAME
        and frame[0] >> 4 == _TYPE_3
        and crc16_x25(frame[:-2]) == int.from_bytes(frame[-2:], "little")
    )


def _next_frame(payload: bytes, position: int) -> int:
    """Where the next frame may begin, the end of the payload where none does."""
    begin = _BEGIN.search(payload, position)
    return len(payload) if begin is None else begin.start()


def _information(frame: bytes) -> bytes:
    """What a frame carries, behind its length, two addresses of one to four bytes, control and their checksum."""
    position = 2
    for _ in range(2):
        while position < len(frame) - 2 and not frame[position] & 1:
            position += 1
        position += 1
    return frame[position + 3 : -2]


def _notification(information: bytes) -> tuple[bytes, list[Any]]:
    """Time of a notification (b"" when it has none) and the items of its list."""
    if not information.startswith(_LLC):
        raise DlmsError
    position = len(_LLC) + 4  # the invoke id
    size = cut(information, position, 1)[0]
    if size == _OCTET_STRING:  # Kaifa writes the type as well
        position += 1
        size = cut(information, position, 1)[0]
    if size not in _CLOCK_SIZES:
        raise DlmsError
    value, _ = data_value(information, position + 1 + size)
    if type(value) is not list:
        raise DlmsError
    return cut(information, position + 1, size), value
