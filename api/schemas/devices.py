"""Messages that wait and devices that are not known."""

from api.schemas.base import Schema


class QuarantinedMessage(Schema):
    """A message kept whole; `payload` is text, or base64 where it is not."""

    id: int
    topic: str
    reason: str
    device: str
    detail: str
    arrival_ms: int
    payload: str
    base64: bool


class Quarantine(Schema):
    """A page of kept messages, latest first; `next` is the cursor of the following one."""

    items: list[QuarantinedMessage]
    counts: dict[str, int]
    next: int | None


class UnknownDevice(Schema):
    """A device that sends but is not registered."""

    device: str
    topic: str
    first_seen_ms: int
    last_seen_ms: int
    messages: int
    profile: str
    quantities: tuple[str, ...]


class UnknownDevices(Schema):
    """Devices that send but are not registered."""

    items: list[UnknownDevice]


class Adopt(Schema):
    """Which device is which meter."""

    device: str
    meter: str


class Adopted(Schema):
    """Readings stored from what had waited."""

    replayed: int
