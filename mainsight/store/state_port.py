"""Ports of the relational state: alarms, deliveries, quarantine, device names, requests, keys, audit.

Each protocol is small, so that a consumer asks for what it uses; `mainsight.store.sql` and `mainsight.store.memory`
implement them all and are held to one contract suite. All calls are coroutines. Instants are UTC milliseconds.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from mainsight.store.alarm_port import AlarmState
from mainsight.store.device_port import HealthState, MappingState
from mainsight.store.duty_port import DutyState
from mainsight.store.forecast_port import ForecastState
from mainsight.store.metering_port import MeteringState
from mainsight.store.people_port import PeopleState, ReplyState
from mainsight.store.request_port import RequestState
from mainsight.store.rule_port import OutageState, RuleState
from mainsight.store.session_port import SessionState


@dataclass(frozen=True, slots=True)
class Quarantined:
    """A message kept whole because something in it could not be stored.

    Attributes:
        id: given by the store; 0 before.
        reason: from the closed list of docs/reference/decode.md (not_decodable, needs_mapping, unknown_device ...).
        device: as the device names itself, where known.
        detail: which field and why, for people.

    """

    topic: str
    payload: bytes
    reason: str
    arrival_ms: int
    device: str = ""
    detail: str = ""
    id: int = 0


@dataclass(frozen=True, slots=True)
class QuarantineGroup:
    """Kept messages that wait for one cause.

    Attributes:
        reason, device, detail: what they have in common.
        topic: of the newest.
        messages: how many there are.
        first_ms, last_ms: arrival of the oldest and the newest.

    """

    reason: str
    device: str
    detail: str
    topic: str
    messages: int
    first_ms: int
    last_ms: int


@dataclass(frozen=True, slots=True)
class UnknownDevice:
    """A device that sends but is not registered."""

    device: str
    topic: str
    first_seen_ms: int
    last_seen_ms: int
    messages: int
    profile: str = ""
    quantities: tuple[str, ...] = ()


def combined(before: UnknownDevice, seen: UnknownDevice) -> UnknownDevice:
    """What is known of a device after it was seen again: counts add up, the first time is kept, the rest is the newest."""
    return replace(
        seen,
        first_seen_ms=min(before.first_seen_ms, seen.first_seen_ms),
        last_seen_ms=max(before.last_seen_ms, seen.last_seen_ms),
        messages=before.messages + seen.messages,
        profile=seen.profile or before.profile,
        quantities=tuple(dict.fromkeys(before.quantities + seen.quantities)),
    )


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key by which a program or person uses the API. Only its hash is kept; `zones` limits it to some, none to none."""

    id: str
    name: str
    role: str
    key_hash: str
    created_ms: int
    expires_ms: int | None = None
    revoked: bool = False
    zones: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """Who changed what, when and from where: append-only.

    Attributes:
        before, after: what was changed, as it was and as it is; text or JSON.
        origin: where from: an address and by what (session, key and its id), or the command line.
        outcome: done, refused, unanswered (noted; whoever does it has not answered yet) or failed.
        seq: place in the trail, given by the store; 0 before.

    """

    at_ms: int
    person: str
    action: str
    subject: str
    before: str = ""
    after: str = ""
    origin: str = ""
    outcome: str = "done"
    seq: int = 0


@dataclass(frozen=True, slots=True)
class AuditQuery:
    """Which entries of the trail are wanted; None is all. `subject` is a prefix, times are [start, end)."""

    person: str | None = None
    action: str | None = None
    subject: str | None = None
    start_ms: int = 0
    end_ms: int | None = None
    before_seq: int | None = None
    limit: int = 200


class QuarantineState(Protocol):
    """Messages that wait, bounded: the oldest go when there are more than the bound, and are counted."""

    async def quarantine(self, messages: Sequence[Quarantined]) -> None:
        """Keep messages, durably."""
        ...

    async def quarantined(
        self,
        *,
        reason: str | None = None,
        device: str | None = None,
        topic: str | None = None,
        before_id: int | None = None,
        limit: int = 100,
    ) -> list[Quarantined]:
        """Kept messages, latest first."""
        ...

    async def release(self, ids: Sequence[int]) -> None:
        """Forget messages that were replayed or dismissed."""
        ...

    async def quarantine_counts(self) -> dict[str, int]:
        """Number of kept messages by reason."""
        ...

    async def quarantine_groups(self, limit: int = 200) -> list[QuarantineGroup]:
        """Kept messages by reason, device (where it is not known, by topic) and detail, those with most messages first."""
        ...

    async def quarantine_dropped(self) -> int:
        """Number of messages that went because there were more than the bound, since the state was made."""
        ...


class DeviceState(Protocol):
    """Names by which devices call themselves."""

    async def aliases(self) -> dict[str, str]:
        """Adopted names: device as sent -> meter id, besides those in the registry."""
        ...

    async def adopt(self, device: str, meter: str) -> None:
        """Give a device's name to a meter; it is no longer unknown."""
        ...

    async def note_unknown(self, devices: Sequence[UnknownDevice]) -> None:
        """Add to what is known of unregistered devices (counts add up, first seen is kept)."""
        ...

    async def unknown_devices(self) -> list[UnknownDevice]:
        """Unregistered devices, latest seen first."""
        ...


class AccessState(Protocol):
    """API keys and the audit trail."""

    async def keys(self) -> list[ApiKey]:
        """All keys, revoked ones included."""
        ...

    async def save_key(self, key: ApiKey) -> None:
        """Add or replace a key by its id."""
        ...

    async def audit(self, entry: AuditEntry) -> None:
        """Append to the trail."""
        ...

    async def audit_trail(self, query: AuditQuery | None = None) -> list[AuditEntry]:
        """Entries, latest first; None asks for the latest 200."""
        ...


class StateStore(
    AlarmState,
    RuleState,
    OutageState,
    QuarantineState,
    DeviceState,
    HealthState,
    MappingState,
    RequestState,
    AccessState,
    MeteringState,
    PeopleState,
    ReplyState,
    DutyState,
    ForecastState,
    SessionState,
    Protocol,
):
    """All of the relational state, and its end."""

    async def close(self) -> None:
        """Let go of files and connections."""
        ...
