"""Who is on duty, who stands in, and whether the chain of messages works."""

from pydantic import Field

from api.schemas.alarms import DeliveryView
from api.schemas.base import Schema


class OnDuty(Schema):
    """A rota now. `override` says that somebody stands in."""

    rota: str
    timezone: str
    target: str
    person: str
    since_ms: int
    until_ms: int
    next_target: str
    override: bool


class StandIn(Schema):
    """Somebody stands in on a rota; `state` is planned, under_way, over or withdrawn, as of now."""

    id: str
    rota: str
    target: str
    start_ms: int
    end_ms: int
    reason: str
    person: str
    made_ms: int
    withdrawn_ms: int | None
    withdrawn_by: str
    state: str


class EscalationLevel(Schema):
    """A level: who is told, and after how many minutes by priority; the first at once."""

    to: list[str]
    after_min: dict[str, int]


class Test(Schema):
    """The latest test page and what became of it."""

    sent_ms: int
    deliveries: list[DeliveryView]


class Duty(Schema):
    """Who is told, and when."""

    rotas: list[OnDuty]
    levels: list[EscalationLevel]
    repeat_min: dict[str, int]
    targets: list[str]
    stand_ins: list[StandIn]
    test: Test | None
    now_ms: int


class MakeStandIn(Schema):
    """Who stands in on which rota, from when until when, and why."""

    rota: str = Field(min_length=1, max_length=63)
    target: str = Field(min_length=1, max_length=63)
    start_ms: int = Field(ge=0, le=2**53)
    end_ms: int = Field(ge=0, le=2**53)
    reason: str = Field(min_length=1, max_length=500)
