"""InfluxDB line protocol: `measurement,tag=x field=1.5,other=2i 1700000000000000000`, many lines a message.

The device is the tag `device`, `meter`, `meter_id` or `device_id`, the first of these that is there. A field is read by
itself only where its key carries its unit (`power_kw`), or where it is the one `value` of a measurement that is a quantity with a
tag `unit` (`power,meter=7,unit=kW value=5`); all others wait for a rule. Time is ns by definition, and other
sizes are told apart by their range. Signature: a text, not JSON, whose first line reads as measurement, tags, fields.
Source: docs.influxdata.com, line protocol reference.
"""

import re
from functools import lru_cache
from typing import Any, ClassVar, Final

from collector.envelope import Decoded, Envelope
from collector.keys import evident_key
from collector.normalise import Column, column
from mainsight.core.quantities import is_quantity
from mainsight.core.units import UnknownUnitError

_DEVICE_TAGS: Final = ("device", "meter", "meter_id", "device_id")
_ONE_VALUE: Final = {"value"}
_KEY: Final = r"(?:[^\s,=\\]|\\.)+"
_STRING: Final = r'"(?:[^"\\]|\\.)*"'
_VALUE: Final = rf"(?:{_STRING}|[^\s,\"]+)"
_SIGNATURE: Final = re.compile(rf"(?:[^\s,=#\"{{\[\\]|\\.)(?:[^\s,\\]|\\.)*(?:,{_KEY}={_KEY})*[ ]+{_KEY}={_VALUE}")
_HEAD: Final = re.compile(rf"((?:[^\s,\\]|\\.)+)((?:,{_KEY}={_KEY})*)[ ]+")
_TAG: Final = re.compile(rf",({_KEY})=({_KEY})")
_FIELD: Final = re.compile(rf"({_KEY})=({_VALUE})")
_TIME: Final = re.compile(r"[ ]+(-?\d{1,19})[ ]*", re.ASCII)
_ESCAPED: Final = re.compile(r"\\([,= ])")
_FLOAT: Final = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d{1,3})?", re.ASCII)
_INTEGER: Final = re.compile(r"([+-]?\d{1,20})[iu]", re.ASCII)
_BOOLEANS: Final = dict.fromkeys(("t", "T", "true", "True", "TRUE"), True) | dict.fromkeys(("f", "F", "false", "False", "FALSE"), False)
_INT64: Final = 2**63
_PLAIN: Final = r"""[^\s,="\\]+"""
_DECIMAL: Final = r"[+-]?\d{1,40}(?:\.\d{0,40})?"
_PLAIN_LINE: Final = re.compile(
    rf"({_PLAIN}(?:,{_PLAIN}={_PLAIN})*) ({_PLAIN}={_DECIMAL}(?:,{_PLAIN}={_DECIMAL})*)(?: (-?\d{{1,19}}))?", re.ASCII
)


class LineError(ValueError):
    """A line that is not line protocol; the message names the field where it is one."""


class Profile:
    """Reads line protocol."""

    name: ClassVar[str] = "line_protocol"

    def recognise(self, message: Envelope) -> bool:
        """See the module's signature."""
        if b"=" not in message.payload or message.json is not None:
            return False
        text = message.text
        return text is not None and _SIGNATURE.match(_first_line(text)) is not None

    def decode(self, message: Envelope) -> Decoded:
        """Read all lines; one that is malformed costs no other line."""
        decoded = Decoded()
        for number, line in enumerate(_lines(message.text or ""), 1):
            try:
                tags, fields, time = parse_line(line)
            except LineError as error:
                decoded.reject(f"line {number}: {error}" if str(error) else f"line {number}", "not_decodable")
                continue
            device = next((tags[tag] for tag in _DEVICE_TAGS if tag in tags), "")
            times = (None if time is None else message.time_ms(time),)
            told = _told_by_tags(line, tags) if fields.keys() == _ONE_VALUE and not message.names.column("value") else None
            if told is not None:
                decoded.put(device, times, fields["value"], told, "value")
            else:
                decoded.put_record(device, times, fields, message.names.plan(tuple(fields), evident_key))
        return decoded


def _told_by_tags(line: str, tags: dict[str, str]) -> Column | None:
    """Column of a lone value, by its measurement and the tag that says its unit."""
    head = _HEAD.match(line) if "unit" in tags else None
    quantity = _unescaped(head[1]) if head is not None else ""
    if not is_quantity(quantity):
        return None
    try:
        return column(quantity, tags["unit"])
    except UnknownUnitError:
        return None


def _first_line(text: str) -> str:
    return next(_lines(text), "")


def _lines(text: str) -> Any:
    """Lines that are neither empty nor comments; line breaks inside strings do not end one."""
    lines = text.split("\n") if '"' not in text else _LINE.findall(text)
    return (line for raw in lines if (line := raw.strip(" \r\t")) and not line.startswith("#"))


_LINE: Final = re.compile(r'(?:"(?:[^"\\]|\\.)*+(?:"|\Z)|[^"\n])+', re.DOTALL)  # an open string runs to the end


def parse_line(line: str) -> tuple[dict[str, str], dict[str, Any], int | None]:
    """Take one line apart: tags, fields, time as sent (None when there is none).

    Fields are float, int, bool or str, as the line's own marks say.

    Raises:
        LineError: malformed, a field given twice, or a number outside its type.

    """
    plain = _plain_line(line)
    if plain is not None:
        return plain
    head = _HEAD.match(line)
    if head is None:
        raise LineError
    tags = {_unescaped(key): _unescaped(value) for key, value in _TAG.findall(head[2])}
    fields: dict[str, Any] = {}
    position = head.end()
    while True:
        found = _FIELD.match(line, position)
        if found is None:
            raise LineError(line[position : position + 40].partition("=")[0])
        key = _unescaped(found[1])
        if key in fields:
            raise LineError(key)
        fields[key] = _value(key, found[2])
        position = found.end()
        if line[position : position + 1] != ",":
            break
        position += 1
    return tags, fields, _time(line, position)


def _plain_line(line: str) -> tuple[dict[str, str], dict[str, Any], int | None] | None:
    """Take apart a line without strings, escapes and types, which is most lines; None for any other."""
    found = _PLAIN_LINE.fullmatch(line)
    if found is None:
        return None
    head, pairs, time = found.groups()
    fields = {}
    parts = pairs.split(",")
    for part in parts:
        key, _, value = part.partition("=")
        fields[key] = float(value)
    if len(fields) != len(parts) or (time is not None and not -_INT64 <= int(time) < _INT64):
        return None
    return _plain_tags(head) if len(head) <= _LONGEST_KEPT else _tags_of(head), fields, None if time is None else int(time)


def _tags_of(head: str) -> dict[str, str]:
    return dict(tag.split("=") for tag in head.split(",")[1:])


_plain_tags: Final = lru_cache(maxsize=4096)(_tags_of)
_LONGEST_KEPT: Final = 512


def _time(line: str, position: int) -> int | None:
    if not line[position:].strip(" "):
        return None
    found = _TIME.fullmatch(line, position)
    if found is None or not -_INT64 <= int(found[1]) < _INT64:
        raise LineError("time")
    return int(found[1])


def _unescaped(text: str) -> str:
    return _ESCAPED.sub(r"\1", text) if "\\" in text else text


def _value(key: str, text: str) -> float | int | bool | str:
    if _FLOAT.fullmatch(text):
        return float(text)
    integer = _INTEGER.fullmatch(text)
    if integer:
        low, high = (-_INT64, _INT64) if text[-1] == "i" else (0, 2 * _INT64)
        if low <= int(integer[1]) < high:
            return int(integer[1])
        raise LineError(key)
    if text in _BOOLEANS:
        return _BOOLEANS[text]
    if text[0] == '"':
        return text[1:-1].replace('\\"', '"').replace("\\\\", "\\")
    raise LineError(key)
