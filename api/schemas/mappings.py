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

    `rules` is the text of a file (YAML), `name` its name for messages about it. They come before the rules in use; with `saved` in
    place of those that were saved, as saving them would; with `instead` in place of all. `last` bounds the messages looked at, of
    those that came last and of those that wait.
    """

    rules: Annotated[str, Field(max_length=1_000_000)]
    name: Annotated[str, Field(min_length=1, max_length=200)] = "rules"
    last: Annotated[int, Field(ge=1, le=10_000)] = 1_000
    saved: bool = False
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


class TrialUnregistered(Schema):
    """One reading of a device that is not registered, which would wait until it is adopted."""

    model_config = ConfigDict(frozen=True, from_attributes=True)

    topic: str
    device: str
    quantity: str
    time_ms: int
    value: float


class TrialRule(Schema):
    """One of the rules tried: its topic, and how many of the messages looked at are on such topics."""

    model_config = ConfigDict(frozen=True, from_attributes=True)

    topic: str
    messages: int


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

    `recent` and `quarantined` messages were looked at, those that are of both once; `rules` tells how many of them each rule speaks
    of. `same` readings would stay as they are, others be `added`, `changed` or `gone`, or come once their device is adopted
    (`unregistered`); `waiting` tells what would still wait or be refused, by cause.
    """

    model_config = ConfigDict(frozen=True, from_attributes=True)

    recent: int
    quarantined: int
    rules: list[TrialRule]
    same: int
    added: list[TrialLine]
    changed: list[TrialLine]
    gone: list[TrialLine]
    unregistered: list[TrialUnregistered]
    waiting: list[TrialWaiting]
    counts: dict[str, int]


class SaveMappings(Schema):
    """Mapping rules (YAML) to be used from now on, in place of those saved before; `version` is the one they were made from, 0 for none."""

    rules: Annotated[str, Field(max_length=1_000_000)]
    version: Annotated[int, Field(ge=0, le=2**31)]


class SavedVersion(Schema):
    """Mapping rules that were saved."""

    model_config = ConfigDict(frozen=True, from_attributes=True)

    version: int
    rules: str
    person: str
    at_ms: int


class Mappings(Schema):
    """Mapping rules that people have saved, latest first: the first are in force, before those of the registry's files.

    `problem` says why they are not, where a later mainsight can use them no more.
    """

    items: list[SavedVersion]
    problem: str | None


class Taken(Schema):
    """The version that mapping rules were saved as, and what became of messages that waited."""

    version: int
    replayed: Replayed
