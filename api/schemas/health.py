"""Whether the system itself is well, for the people who run it."""

from typing import Literal

from api.schemas.base import Schema, Text

Condition = Literal["ok", "warn", "bad"]


class Finding(Schema):
    """Something that is not as it should be."""

    part: str
    state: Condition
    text: Text


class Queue(Schema):
    """Something that waits for something; `size` is where it is full, null where it has no bound of its own."""

    name: str
    depth: int
    size: int | None


class Disk(Schema):
    """Room where the system keeps its files."""

    folder: str
    free_bytes: int
    total_bytes: int


class Health(Schema):
    """Queues, lag, latency, last forecast and delivery, room; `state` is that of the worst finding."""

    now_ms: int
    state: Condition
    findings: list[Finding]
    queues: list[Queue]
    lag_s: float | None
    store_read_ms: float | None
    """Time of one small read of the time-series store; null when it did not answer."""
    state_read_ms: float | None
    """The same of the relational state."""
    last_forecast_ms: int | None
    last_delivery_ms: int | None
    disks: list[Disk]
