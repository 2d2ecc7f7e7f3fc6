"""P1 telegrams (DSMR 2 to 5, ESMR, and those of Belgium, Luxembourg, Austria, Sweden): a meter's text, as it is.

Any topic. Signature: starts with `/` (line breaks before it apart), has a line that starts with `!` and lines of OBIS
codes. With a checksum behind `!` the telegram must fit it (some write it without leading zeros, some lose the CR of line
ends). Values carry their unit. The device is the equipment number (0-0:96.1.1, or 96.1.0, 96.1.255; Luxembourg 42.0.0) as
sent; meters behind it (0-n) have their own, their own time, and a type: 3 is gas, 4 and 12 heat, 6, 7, 21 and 22 water.
Time ends in W (UTC+1) or S (UTC+2), else it is naive. Reactive and apparent power, averages, peaks, limits and meters of
other types wait for a rule.
Source: Netbeheer Nederland, P1 companion standard 5.0.2, chapter 6; EN 13757-3, device types.
"""

import re
from typing import ClassVar, Final

from collector.envelope import Decoded, Envelope
from collector.normalise import column
from collector.obis import crc16_arc, obis_column
from mainsight.core.units import UnknownUnitError

_END: Final = re.compile(rb"(?:^|[\r\n])!([0-9A-Fa-f]{1,4})?[ \t]*(?:[\r\n]|\Z)")
_LINE: Final = re.compile(r"(\d{1,3})-(\d{1,3}):(\d{1,3})\.(\d{1,3})\.(\d{1,3})(?:\*\d{1,3})?((?:\([^()\r\n]*\))+)", re.ASCII)
_SIGNATURE: Final = re.compile(rb"[\r\n]\d{1,3}-\d{1,3}:\d{1,3}\.\d{1,3}\.\d{1,3}(?:\*\d{1,3})?\(")
_PARTS: Final = re.compile(r"\(([^()]*)\)")
_VALUE: Final = re.compile(r"([+-]?\d{1,20}(?:\.\d{1,10})?)\*(\w{1,6})", re.ASCII)
_FACTOR: Final = re.compile(r"([+-]?\d{1,3}\.\d{1,10})()", re.ASCII)
_FACTORS: Final = frozenset({13, 33, 53, 73})
"""Value groups C of power factors, which have no unit."""
_TIME: Final = re.compile(r"(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)([WS]?)", re.ASCII)
_OLD: Final = re.compile(r"0-(\d):24\.3\.0\((\d{12})\)(?:\([^()\r\n]*\)){3,5}\((\w{1,4})\)\s*\((\d{1,10}\.\d{1,5})\)", re.ASCII)
"""How telegrams before DSMR 4 give a meter behind: time, status and the like, unit, and its value on a line of its own."""
_OFFSETS: Final = {"W": "+01:00", "S": "+02:00", "": ""}
_SERIALS: Final = (1, 255, 0)
_BEHIND: Final = {3: "gas_volume", 4: "heat_energy", 6: "volume", 7: "volume", 12: "heat_energy", 21: "volume", 22: "volume"}
_LEFT_OUT: Final = frozenset({3, 4, 9})
"""Value groups C that are not read here: reactive and apparent power."""
_NET: Final = {16: 1, 36: 21, 56: 41, 76: 61}
"""Value group C of a net power -> that of the import, which is read where the telegram has both."""
_TWICE: Final = ""
"""Stands for a value that a telegram gives twice, and not the same."""
_Code = tuple[int, int, int, int, int]


class Profile:
    """Reads P1 telegrams."""

    name: ClassVar[str] = "dsmr_p1"

    def recognise(self, message: Envelope) -> bool:
        """See the module's signature."""
        payload = message.payload.lstrip(b"\r\n")
        return payload[:1] == b"/" and _SIGNATURE.search(payload) is not None and _END.search(payload) is not None

    def decode(self, message: Envelope) -> Decoded:
        """Read one telegram; one whose checksum does not fit gives nothing."""
        decoded = Decoded()
        payload = message.payload.lstrip(b"\r\n")
        end = _END.search(payload)
        if end is None:
            decoded.quarantined = "not_decodable"
            return decoded
        body = payload[: payload.index(b"!", end.start()) + 1]
        if end[1] is not None and not _fits(body, int(end[1], 16)):
            decoded.quarantined = "not_decodable"
            return decoded
        text = body.decode("latin-1")
        lines: dict[_Code, list[str]] = {}
        for found in _LINE.finditer(text):
            code = (int(found[1]), int(found[2]), int(found[3]), int(found[4]), int(found[5]))
            parts = _PARTS.findall(found[6])
            if lines.setdefault(code, parts) != parts and code[0] == 1:
                lines[code] = [_TWICE]
        _read_meter(message, lines, decoded)
        _read_behind(message, lines, decoded)
        for channel, at, unit, value in _OLD.findall(text):
            _put_behind(message, lines, int(channel), at, (value, unit), f"0-{channel}:24.3.0", decoded)
        return decoded


def _fits(body: bytes, checksum: int) -> bool:
    """Whether a checksum fits a telegram, as it came or with the line ends that its meter wrote."""
    if crc16_arc(body) == checksum:
        return True
    return b"\r" not in body and crc16_arc(body.replace(b"\n", b"\r\n")) == checksum


def _read_meter(message: Envelope, lines: dict[_Code, list[str]], decoded: Decoded) -> None:
    device = _serial(lines, 0)
    decoded.note_sender(device)
    times = (_time(message, lines.get((0, 0, 1, 0, 0), [""])[0]),)
    for (medium, channel, group, kind, tariff), parts in lines.items():
        found = (_FACTOR if group in _FACTORS else _VALUE).fullmatch(parts[0])
        name = f"1-0:{group}.{kind}.{tariff}"
        if medium == 1 and channel == 0 and parts == [_TWICE]:
            decoded.reject(name, "needs_mapping")
        if medium != 1 or channel != 0 or found is None:
            continue
        left_out = group in _LEFT_OUT or (1, 0, _NET.get(group), kind, tariff) in lines
        of_code = message.names.column(name) or (None if left_out else obis_column(group, kind, tariff, found[2]))
        if of_code is not None:
            decoded.put(device, times, found[1], of_code, name)
        elif not message.names.ignores(name):
            decoded.reject(name, "needs_mapping")


def _read_behind(message: Envelope, lines: dict[_Code, list[str]], decoded: Decoded) -> None:
    """Read the meters behind this one: their latest hourly (or five-minute) value."""
    for (medium, channel, group, kind, tariff), parts in lines.items():
        if medium != 0 or not channel or group != 24 or kind != 2 or len(parts) != 2:
            continue
        found = _VALUE.fullmatch(parts[1])
        if found is not None:
            _put_behind(message, lines, channel, parts[0], (found[1], found[2]), f"0-{channel}:24.2.{tariff}", decoded)


def _put_behind(
    message: Envelope, lines: dict[_Code, list[str]], channel: int, at: str, sent: tuple[str, str], name: str, decoded: Decoded
) -> None:
    """Add the value, sent with its unit, of a meter behind this one."""
    value, unit = sent
    found = message.names.column(name)
    what = _BEHIND.get(_kind(lines, channel) or -1)
    if found is None and what is not None:
        try:
            found = column(what, unit)
        except UnknownUnitError:
            found = None
    if found is not None:
        decoded.put(_serial(lines, channel), (_time(message, at),), value, found, name)
    elif not message.names.ignores(name):
        decoded.reject(name, "needs_mapping")


def _kind(lines: dict[_Code, list[str]], channel: int) -> int | None:
    parts = lines.get((0, channel, 24, 1, 0), [""])
    return int(parts[0]) if parts[0].isascii() and parts[0].isdigit() else None


def _serial(lines: dict[_Code, list[str]], channel: int) -> str:
    codes = [(0, channel, 96, 1, tariff) for tariff in _SERIALS] + [(0, channel, 42, 0, 0)]
    return next((lines[code][0] for code in codes if code in lines and lines[code][0]), "")


def _time(message: Envelope, text: str) -> int | None:
    found = _TIME.fullmatch(text)
    if found is None:
        return None
    year, month, day, hour, minute, second, season = found.groups()
    return message.time_ms(f"20{year}-{month}-{day}T{hour}:{minute}:{second}{_OFFSETS[season]}")
