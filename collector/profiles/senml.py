"""SenML packs, JSON and CBOR (RFC 8428, secondary units of RFC 8798).

JSON: any topic, a list of objects with `n` or `bn` and a value, or the older draft's object with `e`. CBOR: a topic with the
level `senml`, the same with integer labels. The device is the base name as sent, without one the name. A unit says which
quantity a record is where only one comes to mind (V, A, W, Cel, kWh, m3, m3/s ...), with its phase where the name ends in `l1`
or `phase1`; a voltage in a pack that tells of a battery may be that one's; names that speak of batteries, limits, export or
heat, or number their circuits, wait for a rule, as do a quantity that two names of a device share and sums (`s`). Times below
2^28 are relative to now: of these only the latest is read, without a time.
Source: RFC 8428 sections 4 (fields, resolved records) and 6 (CBOR labels), RFC 8798, IANA SenML units.
"""

import re
from collections.abc import Iterator
from typing import Any, ClassVar, Final, NamedTuple

from collector.cbor import CborError, read_cbor
from collector.envelope import Decoded, Envelope
from collector.normalise import Column, column
from collector.numbers import RefusedError, number

_VERSION: Final = 10
_ABSOLUTE: Final = 2**28
_MAX_RECORDS: Final = 10_000
_MAX_CBOR_BYTES: Final = 131_072
_VALUES: Final = frozenset({"v", "vs", "vb", "vd", "s", "bv", "bs"})
_BASES: Final = frozenset({"bt", "bu"})
_LABELS: Final = {
    -1: "bver",
    -2: "bn",
    -3: "bt",
    -4: "bu",
    -5: "bv",
    -6: "bs",
    0: "n",
    1: "u",
    2: "v",
    3: "vs",
    4: "vb",
    5: "s",
    6: "t",
    7: "ut",
}
_NAME: Final = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-:._/;")
"""Characters of names; drafts before RFC 8428 had `;` as well."""
_MISLEADING: Final = ("bat", "vcc", "vdd", "cpu", "chip", "max", "min", "set", "limit", "export", "return", "produc", "avg", "mean")
_NOT_ELECTRIC: Final = ("heat", "cool", "therm", "air", "vent", "solar", "pv", "gen", "out", "today", "day", "month", "year")
"""Words that mislead only where power, energy, voltage, current or a flow is meant."""
_THERMAL: Final = ("heat", "cool", "therm")
_ELECTRIC: Final = frozenset({"power", "voltage", "current", "apparent_power", "reactive_power", "energy_import", "frequency", "flow"})
_OF_A_PHASE: Final = re.compile(r"(?:.*[^a-z0-9])?(?:l|phase[_-]?)([123])", re.ASCII)
_CHARGES: Final = frozenset({"%EL", "EL"})
_BATTERY: Final = "batt"
_NUMBERED: Final = re.compile(
    r"(?:.*[^a-z0-9])?(?:[uviapqse]|volt(?:age)?|amp|current|power|energy|phase|ph|ch(?:annel)?|line|in(?:put)?)?[_-]?\d+", re.ASCII
)
"""Names of phases and circuits by number, which may mean either."""
_UNITS: Final[dict[str, Column]] = {
    "V": column("voltage", "V"),
    "mV": column("voltage", "mV"),
    "A": column("current", "A"),
    "mA": column("current", "mA"),
    "W": column("power", "W"),
    "kW": column("power", "kW"),
    "VA": column("apparent_power", "VA"),
    "kVA": column("apparent_power", "kVA"),
    "var": column("reactive_power", "var"),
    "kvar": column("reactive_power", "kvar"),
    "Wh": column("energy_import", "Wh"),
    "kWh": column("energy_import", "kWh"),
    "Cel": column("temperature", "degC"),
    "m3": column("volume", "m3"),
    "m3/s": column("flow", "m3/s"),
    "l/s": column("flow", "l/s"),
    "m3/h": column("flow", "m3/h"),
    "pH": column("ph", "1"),
    "NTU": column("turbidity", "NTU"),
    "W/m2": column("irradiance", "W/m2"),
}
_NAMED_UNITS: Final = {
    "Hz": ("freq", column("frequency", "Hz")),
    "K": ("temp", column("temperature", "K")),
    "m": ("level", column("level", "m")),
}
"""Units that need a word in the name as well."""


class _Record(NamedTuple):
    """A resolved record; `time_s` is None for now and below 2^28 for relative."""

    device: str
    name: str
    unit: str
    value: float
    time_s: float


class Profile:
    """Reads SenML."""

    name: ClassVar[str] = "senml"

    def recognise(self, message: Envelope) -> bool:
        """See the module's signature."""
        pack = message.json
        if pack is None:
            return "senml" in message.levels and message.payload[:1] != b"" and 0x80 <= message.payload[0] <= 0x9F
        if type(pack) is dict:
            pack = pack.get("e")
        if type(pack) is not list or not pack or type(pack[0]) is not dict:
            return False
        first, second = (*pack[:2], {})[:2]
        if type(first.get("bn")) is str and first.keys() == {"bn"} and isinstance(second, dict):
            return second.keys() & _VALUES != set()
        return (type(first.get("n")) is str or type(first.get("bn")) is str) and not first.keys().isdisjoint(_VALUES | _BASES)

    def decode(self, message: Envelope) -> Decoded:
        """Read one pack; a record that is malformed costs no other."""
        decoded = Decoded()
        records = _records(message, decoded)
        columns = _columns(message, records)
        names: dict[tuple[str, str], set[str]] = {}
        latest: dict[tuple[str, str], float] = {}
        for record, found in zip(records, columns, strict=True):
            if found is not None:
                names.setdefault((record.device, found.quantity), set()).add(record.name)
                series = record.device, record.name
                latest[series] = max(latest.get(series, record.time_s), record.time_s)
        for record, found in zip(records, columns, strict=True):
            label = record.name or record.unit
            decoded.note_sender(record.device)
            if found is None or len(names[record.device, found.quantity]) > 1:
                if not message.names.ignores(label):
                    decoded.reject(label, "needs_mapping" if record.unit else "no_unit")
            elif abs(record.time_s) < _ABSOLUTE and record.time_s < latest[record.device, record.name]:
                decoded.reject(label, "history")
            else:
                time = message.time_ms(record.time_s) if record.time_s >= _ABSOLUTE else None
                decoded.put(record.device, (time,), record.value, found, label)
        return decoded


def _records(message: Envelope, decoded: Decoded) -> list[_Record]:
    """Resolved records; none of a pack that is refused as a whole."""
    if message.json is None and len(message.payload) > _MAX_CBOR_BYTES:
        decoded.quarantined = "too_large"
        return []
    try:
        pack = _pack(message)
    except CborError:
        decoded.quarantined = "not_decodable"
        return []
    if len(pack) > _MAX_RECORDS:
        decoded.quarantined = "too_many_fields"
        return []
    records = list(_resolved(pack, decoded))
    return records if decoded.quarantined is None else []


def _columns(message: Envelope, records: list[_Record]) -> list[Column | None]:
    """Columns of records; those of one name and unit, as a long pack's are, are looked up once."""
    found: dict[tuple[str, str], Column | None] = {}
    on_battery = any(record.unit in _CHARGES or _BATTERY in record.name.lower() for record in records)
    for record in records:
        if (record.name, record.unit) not in found:
            of_record = _column(message, record)
            doubtful = on_battery and of_record is not None and of_record.quantity == "voltage"
            found[record.name, record.unit] = message.names.column(record.name) if doubtful else of_record
    return [found[record.name, record.unit] for record in records]


def _column(message: Envelope, record: _Record) -> Column | None:
    ruled = message.names.column(record.name)
    if ruled is not None:
        return ruled
    name = record.name.lower()
    if any(word in name for word in _MISLEADING):
        return None
    if record.unit in _NAMED_UNITS:
        word, found = _NAMED_UNITS[record.unit]
        return found if word in name else None
    if record.unit == "m3" and "gas" in f"{record.device.lower()} {name}":
        return column("gas_volume", "m3")
    by_unit = _UNITS.get(record.unit)
    return by_unit if by_unit is None or by_unit.quantity not in _ELECTRIC else _electric(record, name, by_unit)


def _electric(record: _Record, name: str, by_unit: Column) -> Column | None:
    """Column of a record whose unit is that of electricity or of a flow, its phase's where the name ends in one."""
    if any(word in name for word in _NOT_ELECTRIC) or any(word in record.device.lower() for word in _THERMAL):
        return None
    phase = _OF_A_PHASE.fullmatch(name)
    if phase is not None and by_unit.quantity not in {"flow", "frequency"}:
        return column(f"{by_unit.quantity}_l{phase[1]}", record.unit)
    numbered = bool(record.name) and record.name != record.device and _NUMBERED.fullmatch(name) is not None
    return None if numbered else by_unit


def _pack(message: Envelope) -> list[Any]:
    pack = message.json
    if type(pack) is dict:  # the draft: base values beside the entries
        base = {key: pack[key] for key in ("bn", "bt", "bu", "bver") if key in pack}
        return [base, *pack["e"]]
    if type(pack) is list:
        return [record for item in pack for record in _spread(item)]
    items = read_cbor(message.payload)
    if type(items) is not list:
        raise CborError
    return [{_LABELS.get(key, key): value for key, value in item.items()} if type(item) is dict else item for item in items]


def _spread(item: Any) -> list[Any]:
    """Records of an item: some put those of the draft's `e` into a list with their base values."""
    inner = item.get("e") if isinstance(item, dict) else None
    return [{key: value for key, value in item.items() if key != "e"}, *inner] if isinstance(inner, list) else [item]


def _resolved(pack: list[Any], decoded: Decoded) -> Iterator[_Record]:
    base: dict[str, Any] = {}
    for item in pack:
        if type(item) is not dict:
            decoded.reject("record", "not_decodable")
            continue
        base |= {key: item[key] for key in ("bn", "bt", "bu", "bv", "bver") if key in item}
        version = base.get("bver", _VERSION)
        if type(version) is not int or version > _VERSION:
            decoded.quarantined = "not_decodable"
            return
        if "v" not in item and "bv" not in item:  # text, boolean, data or a sum: no reading
            if "s" in item:
                decoded.reject(str(item.get("n", "record"))[:80], "needs_mapping")
            continue
        try:
            yield _record(item, base)
        except RefusedError as refused:
            decoded.reject(str(item.get("n", "record"))[:80], refused.reason)


def _record(item: dict[str, Any], base: dict[str, Any]) -> _Record:
    base_name, name = base.get("bn", ""), item.get("n", "")
    unit = item.get("u", base.get("bu", ""))
    if type(base_name) is not str or type(name) is not str or type(unit) is not str or not set(base_name + name) <= _NAME:
        raise RefusedError("not_decodable")
    value = number(item.get("v", 0)) + number(base.get("bv", 0))
    time_s = number(number(item.get("t", 0)) + number(base.get("bt", 0)))
    return _Record(base_name or name, name, unit, number(value), time_s)
