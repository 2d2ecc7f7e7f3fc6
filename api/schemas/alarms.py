"""Alarms, their history and what people may do to them."""

from pydantic import Field

from api.schemas.base import Schema, Text


class AlarmName(Schema):
    """Which alarm."""

    rule: str
    asset: str


class Suppression(Schema):
    """Why an alarm is not announced.

    `by` names the alarm that took it along; its rule is `planned-outage` for a notice, and it is null for what a person did.
    """

    reason: str
    person: str
    until_ms: int | None
    by: AlarmName | None = None


class AlarmSeries(Schema):
    """The series an alarm watches, for its trend."""

    meter: str | None
    asset: str
    quantity: str


class Relief(Schema):
    """A neighbour that can take load over: how much, in the alarm's unit, and how soon."""

    source: str
    name: Text
    capacity: float
    minutes: int


class Alarm(Schema):
    """An alarm as it stands.

    Of a prediction: probability, lead time, expected peak, `excess` (by how much P90 passes the capacity) and `reliefs`.
    """

    rule: str
    asset: str
    asset_name: Text
    kind: str
    zone: str | None
    state: str
    condition: str
    priority: str
    since_ms: int
    event_ms: int
    value: float | None
    limit: float | None
    unit: str | None
    text: Text
    cause: Text
    consequence: Text
    response: Text
    respond_within_min: int
    runbook: str
    suppressions: dict[str, Suppression]
    comment_required: bool
    probability: float | None
    lead_ms: int | None
    expected_peak: float | None
    peak_ms: int | None
    excess: float | None
    reliefs: list[Relief]
    series: AlarmSeries | None


class Alarms(Schema):
    """A page of alarms; `total` tells how many there are, `next` is the `cursor` of the page after."""

    items: list[Alarm]
    now_ms: int
    total: int
    next: str | None


class TransitionView(Schema):
    """One change of state."""

    event_ms: int
    known_ms: int
    before: str
    after: str
    announced: bool
    person: str
    comment: str
    value: float | None
    text: Text


class DeliveryView(Schema):
    """One announcement to one target."""

    transition: str
    target: str
    status: str
    attempts: int
    receipt: str


class AlarmDetail(Alarm):
    """An alarm with its history."""

    history: list[TransitionView]
    deliveries: list[DeliveryView]


class Acknowledge(Schema):
    """Why it is acknowledged; compulsory from high priority up."""

    comment: str = Field("", max_length=1000)


class Shelve(Schema):
    """Why and for how long."""

    reason: str = Field(min_length=1, max_length=1000)
    hours: float = Field(8, gt=0, le=24)


class Comment(Schema):
    """Why."""

    comment: str = Field("", max_length=1000)


class OutOfService(Schema):
    """Why it is taken out of service."""

    reason: str = Field(min_length=1, max_length=1000)
