"""Messages that wait and devices that are not known."""

from typing import Literal

from api.schemas.base import Schema

Condition = Literal["gone", "silent", "slow", "clock", "errors"]
"""What may be wrong with a device."""


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
    """A page of kept messages, latest first; `next` is the cursor of the following one.

    `counts` tells how many there are by reason, `dropped` how many went because there were more than the bound.
    """

    items: list[QuarantinedMessage]
    counts: dict[str, int]
    dropped: int
    next: int | None


class QuarantineGroup(Schema):
    """Kept messages that wait for one cause; `topic` is that of the newest."""

    reason: str
    device: str
    detail: str
    topic: str
    messages: int
    first_ms: int
    last_ms: int


class QuarantineGroups(Schema):
    """Kept messages by cause, those with most messages first."""

    items: list[QuarantineGroup]


class Device(Schema):
    """How a registered device is, under the name it gives itself.

    `meters` are those that it serves, `conditions` what is wrong. `interval_s` is its usual time between transmissions,
    `recent_s` that of late. `drift_ms` is its least arrival lag of late, negative when its clock is ahead. `errors` counts
    fields and values that gave no reading, by reason. `gone_ms` is when it told that it is gone, where it has not spoken since.
    """

    device: str
    meters: list[str]
    topic: str
    profile: str
    first_seen_ms: int
    last_seen_ms: int
    messages: int
    interval_s: float | None
    recent_s: float | None
    drift_ms: int | None
    errors: dict[str, int]
    last_error_ms: int | None
    gone_ms: int | None
    conditions: list[Condition]


class Devices(Schema):
    """A page of devices by name; `next` is the cursor of the following one.

    `total` tells how many there are, `counts` how many of them are in each condition.
    """

    items: list[Device]
    total: int
    counts: dict[Condition, int]
    next: str | None


class UnknownDevice(Schema):
    """A device that sends but is not registered.

    `interval_s` is the mean time between its messages; `last` the newest of them that waits in quarantine.
    """

    device: str
    topic: str
    first_seen_ms: int
    last_seen_ms: int
    messages: int
    profile: str
    quantities: tuple[str, ...]
    interval_s: float | None
    last: QuarantinedMessage | None


class UnknownDevices(Schema):
    """A page of devices that send but are not registered, latest heard first.

    `total` tells how many there are, `next` is the `cursor` of the page after.
    """

    items: list[UnknownDevice]
    total: int
    next: str | None


class Adopt(Schema):
    """Which device is which meter."""

    device: str
    meter: str


class Adopted(Schema):
    """Readings stored from what had waited."""

    replayed: int
