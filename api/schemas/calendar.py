"""Days that are not worked."""

from api.schemas.base import Schema, Text


class FreeDay(Schema):
    """A holiday or closure: local days, `end_ms` excluded; a closure of one's own has an empty name."""

    day: str
    start_ms: int
    end_ms: int
    name: Text


class FreeDays(Schema):
    """Holidays and closures in order of time."""

    items: list[FreeDay]
