"""Mapping rules: what fields mean where topic and payload do not say it.

A rule speaks of the messages on some topics. With `profile` it names fields of a format that a profile takes apart
(a ThingsBoard key, a Neuron tag); without, it takes a JSON message apart itself by JMESPath.
"""

import re
from collections.abc import Mapping
from difflib import get_close_matches
from functools import cached_property
from typing import Annotated, Any, Final, Literal, Self
from zoneinfo import ZoneInfo

import jmespath
import orjson
from jmespath.exceptions import JMESPathError, JMESPathTypeError
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from collector.envelope import Decoded, Envelope
from collector.normalise import Column, possible_range
from collector.numbers import RefusedError, number
from collector.profiles import profile_names
from collector.routes import FilterText, ZoneName
from collector.topics import TopicFilter
from mainsight.core.quantities import Kind, Quantity, quantity
from mainsight.core.units import conversion

_DELTAS: Final = {"power": "kWh", "reactive_power": "kvarh", "flow": "m3", "heat_power": "kWh"}
"""Mean over an interval -> unit of what was used in it."""
_SECONDS_PER_HOUR: Final = 3_600.0
_MAX_RECORDS: Final = 20_000
_LONGEST_PATH: Final = 300
_NAME: Final = re.compile(r"\{([a-z][a-z0-9_]*)\}")
"""A level of the topic within the text for a device."""


def _compiles(path: str) -> str:
    if len(path) > _LONGEST_PATH:
        raise ValueError(f"a path of {len(path)} characters is too long; write at most {_LONGEST_PATH}")
    try:
        jmespath.compile(path).search({})
    except RecursionError:
        raise ValueError(f"{path[:20]!r}... is nested too deeply; write fewer parts inside each other") from None
    except JMESPathTypeError:
        return path  # a function that wants another argument than nothing
    except JMESPathError as error:
        raise ValueError(
            f"{path!r} is not a JMESPath expression ({_shortly(error)}); a key with other signs than letters and digits is written in"
            f" quotes, '\"a-b\"'"
        ) from error
    return path


def _shortly(error: JMESPathError) -> str:
    """What is wrong, in one line; the parser draws it in several."""
    return str(error).splitlines()[0].rstrip(":").partition(", for expression")[0]


Path = Annotated[str, AfterValidator(_compiles)]


class FieldRule(BaseModel):
    """What one field is.

    Attributes:
        quantity: name of the vocabulary.
        unit: unit of the number as sent, after `scale`; may be left out for quantities without one.
        scale: factor on the number as sent (0.01 where hundredths are sent).
        sign: -1 where the device counts the other way round.
        kind: `delta` for what was used in the last `interval_s` seconds, which becomes the mean of that interval;
            otherwise the quantity's own kind, which may be written to have it checked.
        sentinels: numbers as sent that mean "no value".
        range: least and greatest value believed, canonical unit.

    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    quantity: str
    unit: str = ""
    scale: float = Field(default=1.0, allow_inf_nan=False)
    sign: Literal[-1, 1] = 1
    kind: Literal["gauge", "register", "status", "delta"] | None = None
    interval_s: int | None = Field(default=None, gt=0, le=86_400)
    sentinels: tuple[float, ...] = ()
    range: tuple[float, float] | None = None

    @model_validator(mode="after")
    def _fits_the_vocabulary(self) -> Self:
        what = quantity(self.quantity)
        if self.kind == "delta":
            if what.base not in _DELTAS:
                raise ValueError(f"a delta of {self.quantity} has no mean; deltas become {', '.join(_DELTAS)}")
            if self.interval_s is None:
                raise ValueError("a delta needs interval_s, the seconds it was used in")
            conversion(self.unit, _DELTAS[what.base])
            return self
        if self.interval_s is not None:
            raise ValueError("interval_s belongs to kind: delta")
        if self.kind is not None and self.kind != what.kind:
            raise ValueError(f"{self.quantity} is a {what.kind}, not a {self.kind}")
        conversion(self.unit, what.unit)
        return self

    @cached_property
    def column(self) -> Column:
        """Conversion to the canonical unit."""
        what = quantity(self.quantity)
        low, high = self._range(what)
        factor = self.scale * self.sign
        if self.kind == "delta":
            interval_s = self.interval_s or 1
            factor *= conversion(self.unit, _DELTAS[what.base]).scale * _SECONDS_PER_HOUR / interval_s
            return Column(self.quantity, factor, 0.0, low, high, frozenset(self.sentinels), shift_ms=-interval_s * 1_000)
        unit = conversion(self.unit, what.unit)
        return Column(
            self.quantity, factor * unit.scale, unit.offset, low, high, frozenset(self.sentinels), status=what.kind is Kind.STATUS
        )

    def _range(self, what: Quantity) -> tuple[float, float]:
        low, high = possible_range(what.base, what.kind)
        return (low, high) if self.range is None else (max(low, self.range[0]), min(high, self.range[1]))


class Rule(BaseModel):
    """One mapping rule.

    Attributes:
        topic: filter; `{name}` keeps a level for `device`.
        profile: format whose fields are named; None takes the JSON apart by path.
        fields: name of a field (or its JMESPath within a record) -> what it is.
        ignore: fields of the format that are known to be of no interest.
        records: JMESPath of a list of records; None means that the message is the record.
        device: text with names kept from the topic, `{name}`; in a path rule only.
        device_path: JMESPath of the device's name within a record, instead of `device`.
        time_path: JMESPath of the time within a record.
        zone: zone of times without an offset; None takes the route's.

    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    topic: FilterText
    profile: str | None = None
    fields: dict[str, FieldRule] = Field(min_length=1)
    ignore: frozenset[str] = frozenset()
    records: Path | None = None
    device: str | None = None
    device_path: Path | None = None
    time_path: Path | None = None
    zone: ZoneName | None = None

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.profile is not None:
            self._check_profile_rule()
        else:
            self._check_path_rule()
        return self

    def _check_profile_rule(self) -> None:
        if self.profile not in profile_names():
            near = get_close_matches(str(self.profile), profile_names(), n=1)
            raise ValueError(
                f"there is no profile {self.profile!r}; "
                + (f"did you mean {near[0]}?" if near else f"known are {', '.join(profile_names())}")
            )
        path_only = [name for name in ("records", "device", "device_path", "time_path", "zone") if getattr(self, name) is not None]
        if path_only:
            raise ValueError(f"{', '.join(path_only)}: the profile knows this already; remove it, or remove `profile` to read by path")

    def _check_path_rule(self) -> None:
        if (self.device is None) == (self.device_path is None):
            raise ValueError("a rule without a profile needs either device or device_path")
        if self.ignore:
            raise ValueError("ignore belongs to a rule with a profile; a path rule leaves out what it does not name")
        for path in self.fields:
            _compiles(path)
        if self.device is not None:
            known = TopicFilter(self.topic).names
            if set(_NAME.findall(self.device)) - set(known) or set("{}") & set(_NAME.sub("", self.device)):
                raise ValueError(f"device {self.device!r} uses a name that the topic does not keep; it keeps {', '.join(known) or 'none'}")


class Mappings(BaseModel):
    """All rules; of two for one field of a topic, the first wins."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    rules: tuple[Rule, ...] = ()

    def columns(self, topic: str, profile: str) -> tuple[Mapping[str, Column], frozenset[str]]:
        """Fields that the rules name, and those they ignore, for a format on a topic."""
        columns: dict[str, Column] = {}
        ignored: set[str] = set()
        for rule in self.rules:
            if rule.profile == profile and TopicFilter(rule.topic).match(topic) is not None:
                ignored |= rule.ignore - columns.keys()
                columns |= {name: field.column for name, field in rule.fields.items() if name not in columns}
        return columns, frozenset(ignored)

    def reader(self, topic: str) -> "PathReader | None":
        """Reader of the first path rule that matches a topic."""
        for rule in self.rules:
            if rule.profile is None and (kept := TopicFilter(rule.topic).match(topic)) is not None:
                return PathReader(rule, kept)
        return None


class PathReader:
    """Applies a path rule to the messages of one topic."""

    def __init__(self, rule: Rule, kept: Mapping[str, str]) -> None:
        self._zone = None if rule.zone is None else ZoneInfo(rule.zone)
        self._device = None if rule.device is None else _NAME.sub(lambda name: kept[name[1]], rule.device)
        self._device_path = None if rule.device_path is None else jmespath.compile(rule.device_path)
        self._time_path = None if rule.time_path is None else jmespath.compile(rule.time_path)
        self._records = None if rule.records is None else jmespath.compile(rule.records)
        self._fields = [(name, jmespath.compile(name), field.column) for name, field in rule.fields.items()]

    def decode(self, message: Envelope) -> Decoded:
        """Read a message; a bare number is a record of its own (path `@`)."""
        decoded = Decoded(profile="mapping")
        if self._zone is not None:
            message.zone = self._zone
        document = _document(message)
        if document is None:
            decoded.quarantined = "not_decodable"
            return decoded
        for record in self._records_of(document):
            self._read(message, record, decoded)
        if not decoded.blocks and not decoded.rejected:
            decoded.quarantined = "needs_mapping"  # the rule speaks of the topic but finds nothing: it may be the rule that is wrong
        return decoded

    def _records_of(self, document: Any) -> list[Any]:
        if self._records is None:
            return [document]
        found = _search(self._records, document)
        return found[:_MAX_RECORDS] if isinstance(found, list) else []

    def _read(self, message: Envelope, record: Any, decoded: Decoded) -> None:
        device = self._device if self._device_path is None else _search(self._device_path, record)
        if type(device) is int:
            device = str(device)
        if type(device) is not str:
            return
        times = (None if self._time_path is None else message.time_ms(_search(self._time_path, record)),)
        for name, path, column in self._fields:
            decoded.put(device, times, _search(path, record), column, name)


def _document(message: Envelope) -> Any:
    if message.json is not None:
        return message.json
    try:
        return orjson.loads(message.payload)
    except orjson.JSONDecodeError:
        pass
    try:
        return number(message.text)
    except RefusedError:
        return None


def _search(path: Any, document: Any) -> Any:
    """Value at a path; None when there is none or a function of the path does not fit it."""
    try:
        return path.search(document)
    except (JMESPathError, RecursionError):
        return None
