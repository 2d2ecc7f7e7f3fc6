"""Our own JSON: keys that carry their unit, one device a message.

`{"device": "f-101", "time": 1760000000, "power_kw": 812.5, "breaker_closed": 1}`; many times as
`{"device": "f-101", "columns": ["time", "power_kw"], "rows": [[1760000000, 812.5], ...]}` or as
`{"device": "f-101", "records": [{"time": 1760000000, "power_kw": 812.5}, ...]}`.
Time: s, ms, us or ns since 1970, or RFC 3339. Signature: any topic; keys `device` and one of `time`, `columns` with
`rows`, `records`.
"""

from typing import Any, ClassVar, Final

from collector.envelope import Decoded, Envelope
from collector.keys import unit_key

_NOT_FIELDS: Final = frozenset({"device", "time"})


class Profile:
    """Reads our own JSON."""

    name: ClassVar[str] = "plain_json"

    def recognise(self, message: Envelope) -> bool:
        """See the module's signature."""
        body = message.object
        if type(body.get("device")) is not str:
            return False
        if "columns" in body:
            return type(body["columns"]) is list and type(body.get("rows")) is list
        if "records" in body:
            return type(body["records"]) is list
        return "time" in body and bool(message.names.plan(tuple(body), unit_key, _NOT_FIELDS).fields)

    def decode(self, message: Envelope) -> Decoded:
        """Read one record, rows or records."""
        body = message.object
        decoded = Decoded()
        device = body["device"]
        if "columns" in body:
            _read_rows(message, device, body, decoded)
        elif "records" in body:
            for record in body["records"]:
                if type(record) is dict:
                    _read_record(message, device, record, decoded)
                else:
                    decoded.reject("records", "not_decodable")
        else:
            _read_record(message, device, body, decoded)
        return decoded


def _read_record(message: Envelope, device: str, record: dict[str, Any], decoded: Decoded) -> None:
    times = (message.time_ms(record.get("time")),)
    decoded.put_record(device, times, record, message.names.plan(tuple(record), unit_key, _NOT_FIELDS))


def _read_rows(message: Envelope, device: str, body: dict[str, Any], decoded: Decoded) -> None:
    names = body["columns"]
    rows = [row for row in body["rows"] if type(row) is list and len(row) == len(names)]
    if len(rows) != len(body["rows"]):
        decoded.reject("rows", "not_decodable")
    if not rows:
        return
    by_column = list(zip(*rows, strict=True))
    times: list[int | None] = [None] * len(rows)
    if "time" in names:
        times = [message.time_ms(raw) for raw in by_column[names.index("time")]]
    for name, raws in zip(names, by_column, strict=True):
        if type(name) is not str or name == "time":
            continue
        column = message.names.column(name) or unit_key(name)
        if column is not None:
            decoded.put_all(device, times, raws, column, name)
        elif not message.names.ignores(name) and any(raw is not None for raw in raws):
            decoded.reject(name, "needs_mapping")
