"""DLMS data as meters push it: the encoding, and what the lists of the makers say."""

from collections.abc import Iterator, Sequence
from typing import Any, Final, NamedTuple

from collector.envelope import Decoded, Envelope
from collector.normalise import Column, column
from collector.obis import UNITS, obis_column

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
_CODE_SIZE: Final = 6
_CLOCK_SIZE: Final = 12
_SERIALS: Final = ((0, 0, 96, 1, 0), (1, 1, 0, 0, 5))
_CLOCKS: Final = ((0, 0, 1, 0, 0), (0, 1, 1, 0, 0))
_UNSPECIFIED: Final = -0x8000


class DlmsError(ValueError):
    """Not DLMS data of this form."""


class Entry(NamedTuple):
    """One value of a list: its name, the number as sent, and what it is."""

    name: str
    raw: float
    column: Column


class Pushed(NamedTuple):
    """What a list says.

    Attributes:
        serial: the meter's number, "" where the list has none.
        clock: its clock as 12 octets, b"" where it has none.
        entries: its values.
        others: numbers that are none of the quantities read, as sent, by name.

    """

    serial: str
    clock: bytes
    entries: list[Entry]
    others: Sequence[tuple[str, int]] = ()


def data_value(data: bytes, position: int = 0, depth: int = 0) -> tuple[Any, int]:
    """Read one value: an int, bytes (octets and texts), None, or a list; and where it ends.

    Raises:
        DlmsError: cut off, nested too deep, or of a type that no list has.

    """
    if depth > _MAX_DEPTH:
        raise DlmsError
    tag = cut(data, position, 1)[0]
    position += 1
    if tag == 0:
        return None, position
    if tag in {1, 2}:
        items = []
        count = cut(data, position, 1)[0]
        position += 1
        for _ in range(count):
            item, position = data_value(data, position, depth + 1)
            items.append(item)
        return items, position
    if tag in _OCTETS:
        size = cut(data, position, 1)[0]
        return cut(data, position + 1, size), position + 1 + size
    if tag not in _FIXED:
        raise DlmsError
    size, signed = _FIXED[tag]
    return int.from_bytes(cut(data, position, size), "big", signed=signed), position + size


def cut(data: bytes, position: int, size: int) -> bytes:
    """Bytes of a size at a position.

    Raises:
        DlmsError: there are fewer.

    """
    if position + size > len(data):
        raise DlmsError
    return data[position : position + size]


def clock_text(octets: bytes) -> str | None:
    """RFC 3339 text of a DLMS date-time, without offset where it has none; its deviation is minutes from local time to UTC."""
    if len(octets) != _CLOCK_SIZE:
        return None
    year, month, day = int.from_bytes(octets[:2], "big"), octets[2], octets[3]
    text = f"{year:04}-{month:02}-{day:02}T{octets[5]:02}:{octets[6]:02}:{octets[7]:02}"
    deviation = int.from_bytes(octets[9:11], "big", signed=True)
    if deviation == _UNSPECIFIED:
        return text
    sign, minutes = ("-" if deviation > 0 else "+"), abs(deviation)
    return f"{text}{sign}{minutes // 60:02}:{minutes % 60:02}"


def pushed(items: list[Any]) -> Pushed:
    """Read a list: Aidon's (code, value, scaler and unit), Kamstrup's and Kaifa's, or a lone power.

    The last three carry no units; they are read only under the name of the list that their makers published them with
    (`Kamstrup_V0001`, `KFM_001`), a lone power only as the one double-long-unsigned of list 1. Kamstrup's gives codes and
    values, Kaifa's too in Sweden and values by their places in Norway.
    """
    head, second = (*items[:2], None, None)[:2]
    if type(head) is bytes and head.startswith(b"Kamstrup_V"):
        return _pairs(items[1:], _KAMSTRUP)
    if type(head) is bytes and head.startswith(b"KFM_"):
        return _kaifa(items)
    if _is_code(head) and type(second) is bytes and second.startswith(b"KFM_"):
        return _pairs(items[2:], _KAIFA)
    if len(items) == 1 and type(head) is int:
        return Pushed("", b"", [Entry("list 1", head, column("power", "W"))])
    return _self_describing(items)


def put_list(message: Envelope, said: Pushed, device: str, clock: bytes, decoded: Decoded) -> None:
    """Add what a list says; a list without a number that is read or could be waits as a whole."""
    times = (message.time_ms(clock_text(clock)),)
    for name, raw, of_entry in said.entries:
        decoded.put(device, times, raw, of_entry, name)
    for name, raw in said.others:
        ruled = message.names.column(name)
        if ruled is not None:
            decoded.put(device, times, raw, ruled, name)
        elif not message.names.ignores(name):
            decoded.reject(name, "needs_mapping")
    if not decoded.blocks and not decoded.rejected:
        decoded.quarantined = "needs_mapping"


def _self_describing(items: list[Any]) -> Pushed:
    rows = {tuple(row[0][:5]): row for row in items if type(row) is list and len(row) > 1 and _is_code(row[0])}
    entries = list(_with_units(rows))
    return Pushed(_text_of(rows, _SERIALS), _octets_of(rows, _CLOCKS), entries, _others(rows, entries))


def _with_units(rows: dict[tuple[int, ...], list[Any]]) -> Iterator[Entry]:
    for code, row in rows.items():
        if code[0] != 1 or len(row) != 3 or type(row[1]) is not int or type(row[2]) is not list or len(row[2]) != 2:
            continue
        scaler, unit = row[2]
        if type(scaler) is not int or not -12 <= scaler <= 12 or UNITS.get(unit) is None:
            continue
        found = obis_column(code[2], code[3], code[4], UNITS[unit])
        if found is not None:
            yield Entry(_name(code), row[1] * 10.0**scaler, found)


def _others(rows: dict[tuple[int, ...], list[Any]], entries: list[Entry]) -> list[tuple[str, int]]:
    read = {entry.name for entry in entries}
    numbers = [(_name(code), row[1]) for code, row in rows.items() if code[0] == 1 and type(row[1]) is int]
    return [(name, raw) for name, raw in numbers if name not in read]


def _name(code: tuple[int, ...]) -> str:
    return ".".join(map(str, code))


class _Published(NamedTuple):
    """Units of a maker's list: factors of current and voltage, and of registers in Wh."""

    ampere: float
    volt: float
    watt_hour: float


_KAMSTRUP: Final = _Published(ampere=0.01, volt=1.0, watt_hour=10.0)
_KAIFA: Final = _Published(ampere=0.001, volt=0.1, watt_hour=1.0)
_POWERS: Final = frozenset({1, 2, 21, 22, 41, 42, 61, 62})
_REACTIVE: Final = frozenset({3, 4})
_CURRENTS: Final = frozenset({31, 51, 71})
_VOLTAGES: Final = frozenset({32, 52, 72})
_INSTANT: Final = 7
_CUMULATIVE: Final = 8


def _pairs(items: list[Any], units: _Published) -> Pushed:
    rows = {tuple(code[:5]): [code, raw] for code, raw in zip(items[::2], items[1::2], strict=False) if _is_code(code)}
    entries = []
    for code, (_, raw) in rows.items():
        known = _unit(code, units)
        found = None if known is None or type(raw) is not int else obis_column(code[2], code[3], code[4], known[1])
        if known is not None and found is not None:
            entries.append(Entry(_name(code), raw * known[0], found))
    return Pushed(_text_of(rows, _SERIALS), _octets_of(rows, _CLOCKS), entries, _others(rows, entries))


def _unit(code: tuple[int, ...], units: _Published) -> tuple[float, str] | None:
    """Factor and unit of a code in a maker's list; None for what is no reading."""
    medium, _, group, kind, _ = code
    if medium != 1 or kind not in {_INSTANT, _CUMULATIVE}:
        return None
    if kind == _CUMULATIVE:
        return units.watt_hour, "Wh"
    if group in _POWERS:
        return 1.0, "W"
    if group in _REACTIVE:
        return 1.0, "var"
    if group in _CURRENTS:
        return units.ampere, "A"
    return (units.volt, "V") if group in _VOLTAGES else None


_KAIFA_POWERS: Final = (("power", "W"), ("power_export", "W"), ("reactive_power_import", "var"), ("reactive_power_export", "var"))
_KAIFA_PHASES: Final = {9: ("",), 14: ("",), 13: ("_l1", "_l2", "_l3"), 18: ("_l1", "_l2", "_l3")}
"""Length of the list -> phases; 14 and 18 end with clock and registers."""
_KAIFA_HOURLY: Final = frozenset({14, 18})
_KAIFA_IDENTITIES: Final = 3
_KAIFA_REACTIVE: Final = ("reactive_energy_import", "reactive_energy_export")


def _kaifa(items: list[Any]) -> Pushed:
    phases = _KAIFA_PHASES.get(len(items))
    if phases is None:
        return Pushed("", b"", [])
    places = [
        *((1.0, name, unit) for name, unit in _KAIFA_POWERS),
        *((_KAIFA.ampere, f"current{phase}", "A") for phase in phases),
        *((_KAIFA.volt, f"voltage{phase}", "V") for phase in phases),
    ]
    values = items[_KAIFA_IDENTITIES : _KAIFA_IDENTITIES + len(places)]
    clock = b""
    if len(items) in _KAIFA_HOURLY:
        clock = items[-5] if type(items[-5]) is bytes else b""
        places += [(1.0, "energy_import", "Wh"), (1.0, "energy_export", "Wh")]
        values += items[-4:-2]
    entries = [
        Entry(name, raw * factor, column(name, unit)) for (factor, name, unit), raw in zip(places, values, strict=True) if type(raw) is int
    ]
    reactive = [(name, raw) for name, raw in zip(_KAIFA_REACTIVE, items[-2:], strict=True) if clock and type(raw) is int]
    return Pushed(_text(items[1]), clock, entries, reactive)


def _is_code(item: Any) -> bool:
    return type(item) is bytes and len(item) == _CODE_SIZE


def _text(octets: Any) -> str:
    return octets.decode("latin-1").strip() if type(octets) is bytes else ""


def _text_of(rows: dict[tuple[int, ...], list[Any]], codes: tuple[tuple[int, ...], ...]) -> str:
    return next((text for code in codes if code in rows and (text := _text(rows[code][1]))), "")


def _octets_of(rows: dict[tuple[int, ...], list[Any]], codes: tuple[tuple[int, ...], ...]) -> bytes:
    return next((rows[code][1] for code in codes if code in rows and type(rows[code][1]) is bytes), b"")
