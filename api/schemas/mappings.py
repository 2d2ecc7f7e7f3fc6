"""Mapping rules tried, and what waited read again."""

from typing import Annotated

from pydantic import ConfigDict, Field

from api.schemas.base import Schema


class Replayed(Schema):
    """What became of messages that waited: read again, readings stored, messages that wait on."""

    messages: int
    readings: int
    left: int


class Replay(Schema):
    """Which messages to read again; without a reason or device, all."""

    reason: str | None = None
    device: str | None = None


class Try(Schema):
    """Mapping rules to try.

    `rules` is the text of a file (YAML), `name` its name for messages about it. `instead` tries them in place of all rules in
    use, else they come before these. `last` bounds the messages looked at, of those that came last and of those that wait.
    """

    rules: Annotated[str, Field(max_length=1_000_000)]
    name: Annotated[str, Field(min_length=1, max_length=200)] = "rules"
    last: Annotated[int, Field(ge=1, le=10_000)] = 1_000
    instead: bool = False


class TrialLine(Schema):
    """One reading as it would be: `before` is null where there is none now, `after` where there would be none."""

    model_config = ConfigDict(frozen=True, from_attributes=True)

    topic: str
    meter: str
    quantity: str
    time_ms: int
    before: float | None
    after: float | None


class TrialWaiting(Schema):
    """What would still give no reading, for one cause: `detail` is the field, or the fields."""

    model_config = ConfigDict(frozen=True, from_attributes=True)

    topic: str
    reason: str
    device: str
    detail: str
    messages: int


class Trial(Schema):
    """What mapping rules would do; nothing was stored. Of each kind the first fifty, `counts` says how many there are.

    `recent` and `quarantined` messages were looked at. `same` readings would stay as they are, others be `added`, `changed` or
    `gone`; `waiting` tells what would still wait or be refused, by cause.
    """

    model_config = ConfigDict(frozen=True, from_attributes=True)

    recent: int
    quarantined: int
    same: int
    added: list[TrialLine]
    changed: list[TrialLine]
    gone: list[TrialLine]
    waiting: list[TrialWaiting]
    counts: dict[str, int]
