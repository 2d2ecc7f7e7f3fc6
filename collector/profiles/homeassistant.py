"""Home Assistant: discovery as a source of units, and ESPHome, which is nothing without it.

`homeassistant/<component>/[<node>/]<object>/config` (also `homeassistant/device/<id>/config` with its components) tells of a
sensor: state topic, value template, device class and unit. Its state topic, whatever its shape, is then read by class and unit;
the device is the first of its `identifiers`. ESPHome's `<node>/<component>/<object>/state` is known by its shape, and its
device is `<node>/<object>`. Without discovery a value waits for a rule. So it does where the name speaks of set-points, limits,
production or a phase, where a pressure may be the air's, where a template computes, where energy or volume is not a total, and
where two sensors of a device would be the same quantity. Messages of formats that never tell units (rtlamr, libmbus2mqtt,
SMA-EM, OpenTherm gateways, emonCMS, vzlogger) are read as announced. Texts such as `unknown` are no numbers. A topic announced for
availability tells when the device is gone. What Home Assistant itself passes on (`homeassistant/sensor/<name>/state`) waits as
well.
Source: home-assistant.io, MQTT integration (discovery, abbreviations) and sensor device classes; esphome.io, MQTT client.
"""

import re
from typing import Any, ClassVar, Final, NamedTuple

from collector.bare import read_bare
from collector.envelope import Decoded, Envelope
from collector.normalise import Column, column
from collector.told import Told
from mainsight.core.units import UnknownUnitError

_ROOT: Final = "homeassistant"
_COMPONENTS: Final = frozenset(
    {"sensor", "binary_sensor", "switch", "light", "text_sensor", "cover", "fan", "climate"}
    | {"number", "select", "button", "lock", "text", "valve", "event"}
)
_ESPHOME_LEVELS: Final = 4
_LONG_FORMS: Final = {
    "stat_t": "state_topic",
    "val_tpl": "value_template",
    "unit_of_meas": "unit_of_measurement",
    "dev_cla": "device_class",
    "stat_cla": "state_class",
    "dev": "device",
    "ids": "identifiers",
    "uniq_id": "unique_id",
    "avty": "availability",
    "avty_t": "availability_topic",
    "pl_not_avail": "payload_not_available",
    "t": "topic",
    "obj_id": "object_id",
    "cmps": "components",
    "p": "platform",
}
_CLASSES: Final = {
    "power": "power",
    "apparent_power": "apparent_power",
    "reactive_power": "reactive_power",
    "voltage": "voltage",
    "current": "current",
    "frequency": "frequency",
    "power_factor": "power_factor",
    "temperature": "temperature",
    "volume_flow_rate": "flow",
    "energy": "energy_import",
    "gas": "gas_volume",
    "water": "volume",
    "pressure": "pressure",
}
"""Device class -> quantity."""
_PRESSURES: Final = frozenset({"bar", "psi"})
"""Units of pressure in which nobody gives the air's."""
_TOTALS: Final = frozenset({"energy", "gas", "water"})
_REGISTERS: Final = ("total", "total_increasing")
_MISLEADING: Final = re.compile(
    r"(?:^|[\W_])(?:set|setpoint|target|limit|max|min|maximum|minimum|demand|average|avg|nominal|rated|forecast|today|daily|day|"
    r"yesterday|month|monthly|year|yearly|week|weekly|session|export|exported|return|returned|produced|production|delivered|"
    r"injected|feed|solar|pv|yield|generation|generated|battery|batt|cpu|esp32|chip|internal)(?:[\W_\d]|$)"
)
_PARTIAL: Final = re.compile(r"(?:^|[\W_])(?:phase|l[123]|[abcrst]|t[12]|tariff|ch\d+|channel|circuit|string)(?:[\W_\d]|$)")
"""What makes an electrical value one of several."""
_ELECTRICAL: Final = frozenset({"power", "apparent_power", "reactive_power", "voltage", "current", "frequency", "power_factor", "energy"})
_TEMPLATE: Final = re.compile(
    r"\{\{\s*value_json((?:\.[A-Za-z_]\w*|\[(?:'[^'\]]+'|\"[^\"\]]+\"|\d+)\])+)\s*"
    r"(?:\|\s*(?:float|int|round|is_defined)\s*(?:\([\d., ]*\))?\s*)*\}\}"
)
_WHOLE: Final = re.compile(r"\{\{\s*value\s*(?:\|\s*(?:float|int|round)\s*(?:\([\d., ]*\))?\s*)*\}\}")
_STEP: Final = re.compile(r"\.([A-Za-z_]\w*)|\['([^'\]]+)'\]|\[\"([^\"\]]+)\"\]|\[(\d+)\]")
_MOST_SENSORS: Final = 200
"""Of one topic, and of one announcement."""
_MOST_IN_ALL: Final = 100_000
_LONGEST_LABEL: Final = 200
_Path = tuple[str | int, ...]


class _Sensor(NamedTuple):
    """What discovery said of a sensor; no path: the payload is the value; no column: it waits."""

    device: str
    label: str
    path: _Path
    column: Column | None


class Profile:
    """Reads what discovery announced; remembers it by topic, bounded."""

    name: ClassVar[str] = "homeassistant"

    def __init__(self) -> None:
        self._sensors: Told[dict[str, _Sensor]] = Told()
        self._count = 0
        self._owners: Told[str] = Told()
        self._availability: Told[tuple[str, str]] = Told()

    def recognise(self, message: Envelope) -> bool:
        """See the module's signature."""
        topic, levels = message.topic, message.levels
        known = self.knows(topic) or self._availability.get(topic) is not None
        return levels[0] == _ROOT or known or _is_esphome(levels)

    def knows(self, topic: str) -> bool:
        """Whether discovery announced sensors on a topic."""
        return self._sensors.get(topic) is not None

    def decode(self, message: Envelope) -> Decoded:
        """Read the sensors of one topic, or note what is announced."""
        decoded = Decoded()
        levels = message.levels
        if levels[0] == _ROOT and levels[-1] == "config":
            self._learn(message.topic, _long(message.object))
            return decoded
        sensors = self._sensors.get(message.topic)
        if sensors is not None:
            for sensor in sensors.values():
                self._read(message, sensor, decoded)
        elif (known := self._availability.get(message.topic)) is not None:
            device, gone = known
            decoded.gone = (device,) if device and message.text == gone else ()
        elif levels[1:2] == ["sensor"] and _is_esphome(levels):
            read_bare(message, f"{levels[0]}/{levels[2]}", levels[2], decoded)
        return decoded

    def _read(self, message: Envelope, sensor: _Sensor, decoded: Decoded) -> None:
        decoded.note_sender(sensor.device)
        raw = _at(message.json, sensor.path) if sensor.path else message.text
        found = message.names.column(sensor.label) or (None if self._shared(sensor) else sensor.column)
        if found is not None:
            decoded.put(sensor.device, (None,), raw, found, sensor.label)
        elif raw is not None and not message.names.ignores(sensor.label):
            decoded.reject(sensor.label, "needs_mapping")

    def _shared(self, sensor: _Sensor) -> bool:
        return sensor.column is not None and self._owners.get(f"{sensor.device}\n{sensor.column.quantity}") != sensor.label

    def _learn(self, topic: str, config: dict[str, Any]) -> None:
        levels = topic.split("/")
        components = config.get("components")
        if type(components) is dict:
            for key, component in list(components.items())[:_MOST_SENSORS]:
                said = _long(component) if type(component) is dict else {}
                if said.get("platform") == "sensor":
                    self._announce(str(key), {"state_topic": config.get("state_topic"), "device": config.get("device")} | said)
        elif levels[1] == "sensor":
            self._announce("/".join(levels[2:-1]), config)

    def _announce(self, object_id: str, config: dict[str, Any]) -> None:
        state = _topic(config.get("state_topic"), config.get("~"))
        if state is None:
            return
        label = next((config[key] for key in ("unique_id", "object_id") if type(config.get(key)) is str), object_id)[:_LONGEST_LABEL]
        path = _path(config.get("value_template"))
        what = None if path is None else _column(config, object_id)
        esphome = _is_esphome(state.split("/"))
        device = "/".join(state.split("/")[0:3:2]) if esphome else _device(config)
        self._note_availability(config, state.split("/")[0] if esphome else device)
        self._remember(state, _Sensor(device, label, path or (), what))
        if what is not None:
            owner = f"{device}\n{what.quantity}"
            self._owners.put(owner, label if self._owners.get(owner) in {None, label} else "")

    def _remember(self, topic: str, sensor: _Sensor) -> None:
        """Keep a sensor by its topic; past the most that are kept in all, the memory starts anew."""
        known = self._sensors.get(topic) or {}
        if sensor.label not in known:
            if len(known) >= _MOST_SENSORS:
                return
            self._count += 1
            if self._count > _MOST_IN_ALL:
                self._sensors, self._count, known = Told(), 1, {}
        self._sensors.put(topic, known | {sensor.label: sensor})

    def _note_availability(self, config: dict[str, Any], device: str) -> None:
        """Note which topics tell that a device is gone; one that several devices share is their gateway's, and ends none of them."""
        listed = config.get("availability")
        gone = config.get("payload_not_available")
        topics = [{"topic": config.get("availability_topic"), "payload_not_available": gone}]
        topics += [_long(entry) for entry in listed[:_MOST_SENSORS] if type(entry) is dict] if type(listed) is list else []
        for entry in topics:
            topic = _topic(entry.get("topic"), config.get("~"))
            if topic is not None and self._sensors.get(topic) is None:
                owner = (self._availability.get(topic) or (device, ""))[0]
                said = str(entry.get("payload_not_available") or "offline")[:_LONGEST_LABEL]
                self._availability.put(topic, (device if owner == device else "", said))


def _topic(said: Any, base: Any) -> str | None:
    """A topic as announced, `~` written out."""
    if type(said) is not str or not said:
        return None
    if type(base) is str:
        return base + said[1:] if said.startswith("~") else said[:-1] + base if said.endswith("~") else said
    return said


def _is_esphome(levels: list[str]) -> bool:
    return len(levels) == _ESPHOME_LEVELS and levels[3] == "state" and levels[1] in _COMPONENTS and all(levels)


def _long(config: dict[str, Any]) -> dict[str, Any]:
    """Write abbreviated keys out."""
    return {_LONG_FORMS.get(key, key): value for key, value in config.items()}


def _device(config: dict[str, Any]) -> str:
    said = config.get("device")
    identifiers = _long(said).get("identifiers") if type(said) is dict else None
    first = identifiers[0] if type(identifiers) is list and identifiers else identifiers
    return str(first)[:200] if type(first) in {str, int} else ""


def _path(template: Any) -> _Path | None:
    """Steps to the value within the payload, empty for the payload itself; None where a template does more than take it."""
    if template is None or (type(template) is str and _WHOLE.fullmatch(template.strip())):
        return ()
    found = _TEMPLATE.fullmatch(template.strip()) if type(template) is str and len(template) <= 200 else None
    if found is None:
        return None
    return tuple(int(index) if index else name or single or double for name, single, double, index in _STEP.findall(found[1]))


def _column(config: dict[str, Any], object_id: str) -> Column | None:
    kind, unit = config.get("device_class"), config.get("unit_of_measurement", "")
    quantity = _CLASSES.get(kind) if type(kind) is str else None
    if quantity is None or type(unit) is not str or _misleads(config, object_id, electrical=kind in _ELECTRICAL):
        return None
    if (kind in _TOTALS and config.get("state_class") not in _REGISTERS) or (kind == "pressure" and unit not in _PRESSURES):
        return None
    try:
        return column(quantity, unit or "1")
    except UnknownUnitError:
        return None


def _misleads(config: dict[str, Any], object_id: str, *, electrical: bool) -> bool:
    """Whether a sensor's names, or its device's, say that its class does not tell all."""
    device = config.get("device")
    own = [str(config[key])[:_LONGEST_LABEL].lower() for key in ("name", "object_id", "unique_id") if config.get(key)]
    own.append(object_id.rpartition("/")[2].lower()[:_LONGEST_LABEL])
    around = [object_id.lower()[:_LONGEST_LABEL], str(device.get("name", ""))[:_LONGEST_LABEL].lower() if type(device) is dict else ""]
    return any(_MISLEADING.search(name) for name in own + around) or (electrical and any(_PARTIAL.search(name) for name in own))


def _at(document: Any, path: _Path) -> Any:
    for step in path:
        if type(document) is dict:
            document = document.get(step)
        elif type(document) is list and type(step) is int and step < len(document):
            document = document[step]
        else:
            return None
    return None if type(document) in {dict, list} else document
