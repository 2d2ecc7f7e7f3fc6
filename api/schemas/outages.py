"""Notices of planned outages."""

from pydantic import Field

from api.schemas.base import Schema, Text


class PlannedOutage(Schema):
    """A notice: alarms on the asset and below it are expected between start and end, and not announced.

    `state` is planned, under_way, over or withdrawn, as of now; `suppressed` counts the alarms it keeps quiet now.
    """

    id: str
    asset: str
    asset_name: Text
    start_ms: int
    end_ms: int
    reason: Text
    person: str
    created_ms: int
    withdrawn_ms: int | None
    withdrawn_by: str
    state: str
    suppressed: int


class PlannedOutages(Schema):
    """A list of notices, in order of their start."""

    items: list[PlannedOutage]
    now_ms: int


class PlanOutage(Schema):
    """What is planned; the key's name is the person."""

    asset: str = Field(min_length=1, max_length=100)
    start_ms: int = Field(ge=0, le=2**53)
    end_ms: int = Field(ge=0, le=2**53)
    reason: Text
