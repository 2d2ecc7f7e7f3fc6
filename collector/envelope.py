"""What a profile is given and what it gives back."""

from collections.abc import Callable, Mapping, Sequence
from math import isclose
from typing import Any, ClassVar, Final, NamedTuple, Protocol
from zoneinfo import ZoneInfo

import orjson

from collector.doubles import Sent, finest, sent
from collector.gate import JSON_START
from collector.keys import is_lettered
from collector.normalise import Column
from collector.numbers import Reason, RefusedError
from collector.repeated import has_repeated, without_repeated
from collector.times import EARLIEST_MS, LATEST_MS, time_ms

MAX_REJECTED: Final = 200
"""Rejected fields told one by one; further ones of the same message are only counted."""
_MAX_PLANS: Final = 4_096
_LONGEST_KEYS: Final = 4_096
"""Characters of all keys of a record whose plan is kept: nobody fills the memory with plans."""
_LONGEST_NAME: Final = 200
NO_OBJECT: Final[dict[str, Any]] = {}
"""The empty object of messages that are none; nobody writes to it."""


class Block:
    """Values of one device: one column a quantity, one row a time, in canonical units.

    Attributes:
        device: as the device names itself; "" where it does not.
        times: UTC milliseconds, or None where the device gave no time.
        quantities: names of the vocabulary, one a column.
        columns: values, as many as there are times; None where nothing was measured.

    """

    __slots__ = ("columns", "device", "quantities", "times")

    def __init__(self, device: str, times: Sequence[int | None], quantities: list[str], columns: list[Sequence[float | None]]) -> None:
        self.device = device
        self.times = times
        self.quantities = quantities
        self.columns = columns


class Rejected(NamedTuple):
    """A field that gave no reading."""

    field: str
    reason: Reason


class Plan(NamedTuple):
    """What the fields of records with the same keys become.

    Attributes:
        fields: name and column of each field that has one.
        unnamed: other fields.
        doubled: whether two fields are of one quantity.

    """

    fields: tuple[tuple[str, Column], ...]
    unnamed: tuple[str, ...]
    doubled: bool


Evident = Callable[[str], Column | None]
"""What a format's keys say by themselves: key -> column, or None."""


class FieldNames:
    """What the rules say of a format's fields on a topic, and the plans made from that."""

    _last: ClassVar["tuple[FieldNames, tuple[str, ...], Plan] | None"] = None
    """The last plan that was too long to be kept, of all instances: recognition and reading ask for it one after the other."""

    def __init__(self, columns: Mapping[str, Column], ignored: frozenset[str] = frozenset()) -> None:
        self._columns = columns
        self._ignored = ignored
        self._plans: dict[tuple[str, ...], Plan] = {}

    def column(self, name: str) -> Column | None:
        """Column that a rule gives to a field."""
        return self._columns.get(name)

    def ignores(self, name: str) -> bool:
        """Whether a rule says that a field is of no interest."""
        return name in self._ignored

    def plan(self, keys: tuple[str, ...], evident: Evident, not_fields: frozenset[str] = frozenset()) -> Plan:
        """Plan for records with these keys; rules come before what keys say by themselves.

        Plans are kept by keys alone: an instance belongs to one format, which always gives the same other arguments.
        """
        plan = self._plans.get(keys)
        if plan is None:
            last = FieldNames._last
            if last is not None and last[0] is self and last[1] == keys:
                return last[2]
            every = frozenset(keys)
            fields = tuple((key, found) for key in keys if key not in not_fields and (found := self._named(key, every, evident)))
            named = {name for name, _ in fields} | self._ignored | not_fields
            unnamed = tuple(key for key in keys if key not in named)
            plan = Plan(fields, unnamed, doubled=len({column.quantity for _, column in fields}) < len(fields))
            if sum(map(len, keys)) <= _LONGEST_KEYS:
                if len(self._plans) >= _MAX_PLANS:
                    self._plans.clear()
                self._plans[keys] = plan
            else:
                FieldNames._last = (self, keys, plan)
        return plan

    def _named(self, key: str, keys: frozenset[str], evident: Evident) -> Column | None:
        ruled = self._columns.get(key)
        found = ruled if ruled is not None or key in self._ignored else evident(key)
        return None if ruled is None and found is not None and is_lettered(key, keys) else found


NO_NAMES: Final = FieldNames({})
"""No rules; formats that make plans are given names of their own."""


class Envelope:
    """One message on its way through a profile. Reading it changes nothing in it.

    Attributes:
        topic: topic name.
        payload: bytes, one trailing NUL stripped.
        json: JSON object or array of the payload; None when it is neither.
        object: JSON object of the payload; empty when it is none.
        repeated: keys that an object of it holds twice, which is then left out.
        zone, fold: zone of naive local times and which pass of the repeated hour is meant; None where not known.
        names: fields named by the mapping rules for this topic and format.

    """

    __slots__ = ("fold", "json", "names", "object", "payload", "repeated", "topic", "zone")

    def __init__(self, topic: str, payload: bytes, *, zone: ZoneInfo | None = None, fold: int = 0) -> None:
        self.topic = topic
        self.payload = payload
        self.zone = zone
        self.fold = fold
        self.names = NO_NAMES
        self.repeated: tuple[str, ...] = ()
        self.json: Any = None
        self.object: dict[str, Any] = NO_OBJECT
        if payload[:1] in JSON_START:
            try:
                parsed = orjson.loads(payload)
            except orjson.JSONDecodeError:
                return
            if type(parsed) is not dict and type(parsed) is not list:
                return
            if has_repeated(payload, parsed):
                parsed, self.repeated = without_repeated(payload, parsed)
            self.json = parsed
            if type(parsed) is dict:
                self.object = parsed

    @property
    def levels(self) -> list[str]:
        """Levels of the topic."""
        return self.topic.split("/")

    @property
    def text(self) -> str | None:
        """Payload as text without surrounding white space; None when it is not UTF-8."""
        try:
            return self.payload.decode().strip(" \t\r\n")
        except UnicodeDecodeError:
            return None

    def time_ms(self, raw: Any) -> int | None:
        """UTC milliseconds of a time as the device wrote it; None when it is none."""
        if type(raw) is int and EARLIEST_MS <= raw < LATEST_MS:
            return raw
        return time_ms(raw, self.zone, self.fold)


_Dispute = tuple[str, tuple[int | None, ...], str]
"""Device, times and quantity of values that contradict one another."""


class Decoded:
    """Readings of one message, and what was refused.

    Attributes:
        blocks: readings.
        rejected: fields that gave none, at most `MAX_REJECTED` of them.
        rejected_count: how many there were.
        quarantined: why the message as a whole waits or is useless; None when it does not and is not.
        profile: name of the format.
        device: who sent it, noted where no block says so: "" for several, None where it is not known.
        gone: devices that are told to be gone, by themselves or by the broker for them.

    """

    __slots__ = ("_disputed", "blocks", "device", "gone", "profile", "quarantined", "rejected", "rejected_count")

    def __init__(self, quarantined: Reason | None = None, profile: str = "") -> None:
        self.blocks: list[Block] = []
        self.rejected: list[Rejected] = []
        self.rejected_count = 0
        self.quarantined = quarantined
        self.profile = profile
        self.gone: Sequence[str] = ()
        self.device: str | None = None
        self._disputed: set[_Dispute] | None = None  # few messages have any

    def note_sender(self, device: str) -> None:
        """Note who sent a message, which may give no reading."""
        self.device = device if self.device is None or self.device == device else ""

    def put(self, device: str, times: Sequence[int | None], raw: Any, column: Column, name: str) -> None:
        """Add one value; what the column refuses is rejected under the field's name, None is left out."""
        if raw is None:
            return
        try:
            value = column.read(raw)
        except RefusedError as refused:
            self.reject(name, refused.reason)
        else:
            self._add(device, times, (value,), column, name)

    def put_all(self, device: str, times: Sequence[int | None], raws: Sequence[Any], column: Column, name: str) -> None:
        """Add a column of values, one a time."""
        values, reason = column.read_all(raws)
        if reason is not None:
            self.reject(name, reason)
        self._add(device, times, values, column, name)

    def put_record(self, device: str, times: Sequence[int | None], record: Mapping[str, Any], plan: Plan) -> None:
        """Add the fields of one record as planned; numbers without a name are rejected as needs_mapping.

        So are fields that speak of one quantity and do not tell the same; a rule may say which of them to ignore.
        """
        if plan.doubled:
            record, plan = self._settled(record, plan)
        quantities: list[str] = []
        columns: list[Sequence[float | None]] = []
        for name, column in plan.fields:
            raw = record[name]
            if type(raw) is float and column.plain:  # what Column.read does, without the call: this is the hot path
                value = raw * column.scale + column.offset
                if column.low <= value <= column.high:
                    quantities.append(column.quantity)
                    columns.append((value,))
                    continue
            self._read(raw, column, name, quantities, columns)
        if quantities:
            self.blocks.append(Block(device, times, quantities, columns))
        else:
            self.note_sender(device)
        for name in plan.unnamed:
            if type(record[name]) is float or type(record[name]) is int:
                self.reject(name, "needs_mapping")

    def reject(self, name: str, reason: Reason) -> None:
        """Note a field that gave no reading. A name with control characters is escaped: people see it in terminals and logs."""
        self.rejected_count += 1
        if len(self.rejected) < MAX_REJECTED:
            shown = name[:_LONGEST_NAME]
            self.rejected.append(Rejected(shown if shown.isprintable() else ascii(shown)[1:-1], reason))

    def _settled(self, record: Mapping[str, Any], plan: Plan) -> tuple[Mapping[str, Any], Plan]:
        """Leave one field for each quantity: the finest where all that have a value agree, none where they do not."""
        by_quantity: dict[str, list[Sent]] = {}
        for name, column in plan.fields:
            if record[name] is None:
                continue
            try:
                by_quantity.setdefault(column.quantity, []).append(sent(name, column, record[name], column.read(record[name])))
            except RefusedError as refused:
                self.reject(name, refused.reason)
        kept = []
        for values in by_quantity.values():
            best = finest(values)
            if best is not None:
                kept.append((best.name, best.column))
            for value in values if best is None else ():
                self.reject(value.name, "needs_mapping")
        return record, Plan(tuple(kept), plan.unnamed, doubled=False)

    def _read(self, raw: Any, column: Column, name: str, quantities: list[str], columns: list[Sequence[float | None]]) -> None:
        if raw is None:
            return
        try:
            columns.append((column.read(raw),))
        except RefusedError as refused:
            self.reject(name, refused.reason)
        else:
            quantities.append(column.quantity)

    def _settle(self, block: Block, values: Sequence[float | None], column: Column, name: str) -> None:
        """Keep the first of two columns of one quantity where they tell the same, to a thousandth; none of all where they do not."""
        place = block.quantities.index(column.quantity)
        if block.columns[place] == values:
            return
        pairs = zip(block.columns[place], values, strict=True)
        if not all(one is None or other is None or isclose(one, other, rel_tol=1e-3, abs_tol=1e-9) for one, other in pairs):
            del block.quantities[place], block.columns[place]
            self._disputed = self._disputed or set()
            self._disputed.add((block.device, tuple(block.times), column.quantity))
            self.reject(column.quantity, "needs_mapping")
            self.reject(name, "needs_mapping")
            if not block.quantities:
                self.note_sender(block.device)
                self.blocks.pop()

    def _add(self, device: str, times: Sequence[int | None], values: Sequence[float | None], column: Column, name: str) -> None:
        if column.shift_ms:
            times = [None if time is None else time + column.shift_ms for time in times]
        if self._disputed and (device, tuple(times), column.quantity) in self._disputed:
            self.reject(name, "needs_mapping")
            return
        last = self.blocks[-1] if self.blocks else None
        if last is None or last.device != device or (last.times is not times and last.times != times):
            last = Block(device, times, [], [])
            self.blocks.append(last)
        elif column.quantity in last.quantities:
            self._settle(last, values, column, name)
            return
        last.quantities.append(column.quantity)
        last.columns.append(values)


class Profile(Protocol):
    """One format. A module of `collector.profiles` offers a class `Profile` of this shape, made without arguments.

    Keeping state between messages (names behind aliases, say) is a profile's own affair; it must stay bounded.
    """

    name: ClassVar[str]

    def recognise(self, message: Envelope) -> bool:
        """Whether topic shape and keys say that a message is of this format; never by the payload's values alone."""
        ...

    def decode(self, message: Envelope) -> Decoded:
        """Read a message that is of this format. It raises nothing, whatever the message holds.

        A quantity or unit that is not in topic and payload is never guessed: such a field is rejected as needs_mapping
        or no_unit unless `message.names` knows it.
        """
        ...
