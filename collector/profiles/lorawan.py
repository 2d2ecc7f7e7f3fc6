"""LoRaWAN uplinks with decoded objects: ChirpStack 3 and 4, The Things Stack and V2, LORIOT, Helium, ThingPark, Milesight gateways.

ChirpStack 4: `application/<id>/device/<eui>/event/<event>` with `deviceInfo`; the decoded object is `object`, the device
`deviceInfo.devEui`. The Things Stack: keys `end_device_ids` and `uplink_message`; `decoded_payload`, `device_id`; its V2: `app_id`,
`dev_id` and `metadata`; `payload_fields`, `dev_id`. LORIOT: keys `cmd`, `EUI`, `ts`; `decoded`. Milesight and ChirpStack 3: keys `devEUI`
and `object` or `objectJSON`, `applicationID` or `fPort`. Helium: `dev_eui`, `app_eui`, `hotspots`; `decoded.payload`. ThingPark:
`DevEUI_uplink`; `payload`. Any other event (join, status, ack, downlink) holds no readings; raw bytes wait for a codec at the
network server, and what was simulated in its console is refused.
A field is read by itself only where its key carries its unit or is a plain temperature (`temperature`, `temp`, and Cayenne's
`temperatureSensor` and `temperature_1`), and where it is an object {"value", "unit"} of a name that is a quantity. All others wait for a
rule, nested ones as `a.b`; what a codec puts into `data`, beside warnings and the like, counts as put at the top. Power beside heat (return
or supply temperatures) may be heat's and waits, and so does a voltage with nothing electric beside it: it may be the battery's.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, ClassVar, Final

from collector.envelope import Decoded, Envelope
from collector.keys import canonical_key, evident_key, named_column
from collector.lorawan_uplinks import uplink
from collector.normalise import Column, column
from mainsight.core.quantities import is_quantity
from mainsight.core.units import UnknownUnitError

_DEPTH: Final = 4
_TEMPERATURE: Final = column("temperature", "degC")
_TEMPERATURES: Final = frozenset(
    {"temperature", "temp", "tempc_sht"}
    | {f"temperature_{channel}" for channel in range(100)}
    | {f"temperaturesensor.{channel}" for channel in range(100)}
)
"""Keys, small, of temperatures that everybody sends in degC: plain ones, Cayenne's by channel, Dragino's."""
_AROUND_DATA: Final = frozenset({"data", "errors", "warnings", "success", "error", "err", "message", "status"})
_UNIT_KEYS: Final = ("unit", "units", "unitId")
_UNIT_SPELLINGS: Final = {"Cel": "degC"}
_THERMAL: Final = ("heat", "cool", "return", "supply", "forward", "inlet", "outlet", "flow_temp", "flowtemp")
_MAY_MISLEAD: Final = frozenset({"power", "energy_import", "voltage"})
_VOLTAGE: Final = frozenset({"voltage"})
_NOTHING: Final[frozenset[str]] = frozenset()
_ELECTRIC: Final = ("power", "current", "energy", "frequency")


def _evident(key: str) -> Column | None:
    return _TEMPERATURE if key.lower() in _TEMPERATURES else evident_key(key.rpartition(".")[2])


class Profile:
    """Reads uplinks of LoRaWAN network servers."""

    name: ClassVar[str] = "lorawan"

    def recognise(self, message: Envelope) -> bool:
        """See the module's signature."""
        return uplink(message) is not None

    def decode(self, message: Envelope) -> Decoded:
        """Read one uplink."""
        decoded = Decoded()
        sent = uplink(message)
        if sent is None or type(sent.device) is not str:
            return decoded
        decoded.note_sender(sent.device)
        if not sent.fields and sent.has_bytes:
            decoded.reject("data", "needs_mapping")
        elif sent.simulated:
            decoded.reject("simulated", "stale")
        elif type(sent.fields) is dict:
            _read(message, sent.device, (message.time_ms(sent.time),), _unwrapped(sent.fields), decoded)
        return decoded


def _read(message: Envelope, device: str, times: tuple[int | None], fields: dict[str, Any], decoded: Decoded) -> None:
    every = dict(_flat(fields, "", _DEPTH))
    units = {key: value for key, value in every.items() if _is_described(value)}
    values = {key: value for key, value in every.items() if key not in units}
    for key, value in values.items():
        if type(value) is list and value and not message.names.ignores(key):
            decoded.reject(key, "needs_mapping")
    plan = message.names.plan(tuple(values), _evident)
    doubts = _doubts(every)
    doubtful = [name for name, found in plan.fields if found.quantity in doubts and message.names.column(name) is None]
    for name in doubtful:
        decoded.reject(name, "needs_mapping")
    if doubtful:
        values = {key: value for key, value in values.items() if key not in doubtful}
        plan = message.names.plan(tuple(values), _evident)
    decoded.put_record(device, times, values, plan)
    for key, described in units.items():
        _read_described(message, device, times, key, described, doubts, decoded)


def _read_described(
    message: Envelope, device: str, times: tuple[int | None], key: str, described: dict[str, Any], doubts: frozenset[str], decoded: Decoded
) -> None:
    """Read an object of value and unit; its rule is that of its value, `<key>.value`."""
    field, raw = f"{key}.value", described["value"]
    ruled = message.names.column(field)
    found = ruled or _named(key.rpartition(".")[2], described)
    if found is not None and (ruled is not None or found.quantity not in doubts):
        decoded.put(device, times, raw, found, field)
    elif (type(raw) is float or type(raw) is int) and not message.names.ignores(field):
        decoded.reject(field, "needs_mapping")


def _named(name: str, described: Mapping[str, Any]) -> Column | None:
    unit = _unit(described)
    if unit is None:
        return None
    quantity = canonical_key(name)
    if not is_quantity(quantity):
        return named_column(name, unit)
    try:
        return column(quantity, unit)
    except UnknownUnitError:
        return None


def _is_described(value: Any) -> bool:
    return type(value) is dict and type(value.get("value")) in {int, float, str} and _unit(value) is not None


def _unit(described: Mapping[str, Any]) -> str | None:
    unit = next((described[key] for key in _UNIT_KEYS if type(described.get(key)) is str), None)
    return None if unit is None else _UNIT_SPELLINGS.get(unit, unit)


def _doubts(keys: Iterable[str]) -> frozenset[str]:
    """Quantities of which the names of all that is sent leave open what they are of."""
    names = "\n".join(keys).lower()
    if any(word in names for word in _THERMAL):
        return _MAY_MISLEAD
    return _NOTHING if any(word in names for word in _ELECTRIC) else _VOLTAGE


def _unwrapped(fields: dict[str, Any]) -> dict[str, Any]:
    inner = fields.get("data")
    return inner if isinstance(inner, dict) and inner and fields.keys() <= _AROUND_DATA else fields


def _flat(fields: dict[str, Any], prefix: str, depth: int) -> Iterator[tuple[str, Any]]:
    """Fields with the names of those they are in; objects of value and unit as they are."""
    for key, value in fields.items():
        if type(value) is dict and depth and not _is_described(value):
            yield from _flat(value, f"{prefix}{key}.", depth - 1)
        else:
            yield prefix + key, value
