"""DLMS push frames in HDLC, as Nordic meters send them on their HAN port: Aidon, Kamstrup, Kaifa.

Any topic. Signature: a frame from `~` to `~` of format type 3 whose checksum fits, as bytes or as hex. Aidon's lists carry
OBIS codes, scalers and units; Kamstrup's (`Kamstrup_V0001`) and Kaifa's (`KFM_001`) are read as their makers published them, and a
list of one number is active power in W. The device is the meter's number, without one the topic's first level. The time
is the list's clock, else that of the notification, where these tell their offset or the route has a zone.
Source: IEC 62056-46 (HDLC), 62056-5-3 and 62056-6-2 (data notification, types, units); NVE, OBIS lists of HAN meters;
the makers' HAN interface descriptions.
"""

import re
from typing import Any, ClassVar, Final

from collector.dlms import DlmsError, cut, data_value, pushed, put_list
from collector.envelope import Decoded, Envelope
from collector.obis import crc16_x25

_FLAG: Final = b"~"
_HEX: Final = re.compile(rb"\s*(7[Ee][Aa][0-9A-Fa-f]{30,4200}7[Ee])\s*")
_LLC: Final = b"\xe6\xe7\x00\x0f"
_OCTET_STRING: Final = 9
_CLOCK_SIZES: Final = frozenset({0, 12})


class Profile:
    """Reads DLMS push frames."""

    name: ClassVar[str] = "dlms_hdlc"

    def recognise(self, message: Envelope) -> bool:
        """See the module's signature."""
        data = message.payload
        is_binary = len(data) > 16 and data[:1] == _FLAG and data[-1:] == _FLAG and data[1] >> 4 == 0xA
        return is_binary or _HEX.fullmatch(data) is not None

    def decode(self, message: Envelope) -> Decoded:
        """Read one frame."""
        decoded = Decoded()
        try:
            sent_at, items = _notification(_frame(message.payload)[1:-1])
        except DlmsError:
            decoded.quarantined = "not_decodable"
            return decoded
        said = pushed(items)
        decoded.note_sender(said.serial or message.levels[0])
        put_list(message, said, said.serial or message.levels[0], said.clock or sent_at, decoded)
        return decoded


def _frame(payload: bytes) -> bytes:
    written = _HEX.fullmatch(payload)
    if written is None:
        return payload
    if len(written[1]) % 2:
        raise DlmsError
    return bytes.fromhex(written[1].decode("ascii"))


def _notification(frame: bytes) -> tuple[bytes, list[Any]]:
    """Time of a notification (b"" when it has none) and the items of its list."""
    length = (frame[0] << 8 | frame[1]) & 0x7FF
    if length != len(frame) or crc16_x25(frame[:-2]) != int.from_bytes(frame[-2:], "little"):
        raise DlmsError
    start = frame.find(_LLC, 4, 24)
    if start < 0:
        raise DlmsError
    position = start + len(_LLC) + 4  # the invoke id
    size = cut(frame, position, 1)[0]
    if size == _OCTET_STRING:  # Kaifa writes the type as well
        position += 1
        size = cut(frame, position, 1)[0]
    if size not in _CLOCK_SIZES:
        raise DlmsError
    value, _ = data_value(frame[:-2], position + 1 + size)
    if type(value) is not list:
        raise DlmsError
    return cut(frame, position + 1, size), value
