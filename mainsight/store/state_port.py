"""Ports of the relational state: alarms, deliveries, quarantine, device names, requests, keys, audit.

Each protocol is small, so that a consumer asks for what it uses; `mainsight.store.sql` and `mainsight.store.memory`
implement them all and are held to one contract suite. All calls are coroutines. Instants are UTC milliseconds.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from mainsight.store.device_port import HealthState
from mainsight.store.duty_port import DutyState
from mainsight.store.metering_port import MeteringState
from mainsight.store.people_port import PeopleState, ReplyState
from mainsight.store.session_port import SessionState


@dataclass(frozen=True, slots=True)
class AlarmRecord:
    """Stored state of one rule on one asset: an alarm point.

    Attributes:
        rule, asset: identity.
        condition: normal, active or unknown.
        acknowledged: whether the present incident was acknowledged.
        suppressions: kind (shelved, by_design, out_of_service) -> {reason, person, until_ms (None: until lifted)}.
        incident: id of the present (or last) incident; a new one starts when a normal point becomes active.
        priority: low, medium, high or critical, as of now.
        since_ms: event time of the present condition.
        watermark_ms: event time up to which samples have been evaluated.
        pending_since_ms: event time since which the opposite condition holds, while a delay runs.
        data: what the evaluator keeps besides (last value, limit, probability, lead time, expected peak ...); JSON.

    """

    rule: str
    asset: str
    condition: str = "normal"
    acknowledged: bool = True
    suppressions: dict[str, dict[str, Any]] = field(default_factory=dict)
    incident: str = ""
    priority: str = "medium"
    since_ms: int = 0
    watermark_ms: int = 0
    pending_since_ms: int | None = None
    data: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Transition:
    """One change of an alarm's shown state; append-only.

    Attributes:
        id: unique, given by the writer (idempotent when written again).
        event_ms: when it happened, by the readings' own time.
        known_ms: when the system came to know.
        before, after: shown states (NORM, UNACK, ACKED, RTNUN, SHLVD, DSUPR, OOSRV).
        announced: whether it is to be delivered to people.
        person, comment: for what people did.
        text_vi, text_en: the sentence shown and sent.

    """

    id: str
    rule: str
    asset: str
    incident: str
    event_ms: int
    known_ms: int
    before: str
    after: str
    priority: str
    announced: bool
    value: float | None = None
    limit: float | None = None
    person: str = ""
    comment: str = ""
    text_vi: str = ""
    text_en: str = ""


@dataclass(frozen=True, slots=True)
class Delivery:
    """One announcement to one target, until it has a receipt or is given up.

    Attributes:
        status: pending, delivered or given_up.
        attempts: tries so far.
        due_ms: when to try next.
        receipt: what the target answered, or the last error.

    """

    transition: str
    target: str
    status: str = "pending"
    attempts: int = 0
    due_ms: int = 0
    receipt: str = ""


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


@dataclass(frozen=True, slots=True)
class Request:
    """What one process asks of another that alone may do it.

    Attributes:
        role: who is to do it (alarms, collect).
        action, arguments: what is asked; JSON.
        asked_ms: when.
        id: given by the store; 0 before.

    """

    role: str
    action: str
    arguments: dict[str, Any]
    asked_ms: int
    id: int = 0


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of a request: done, or refused with the reason in `detail["refused"]`."""

    request: int
    answered_ms: int
    done: bool
    detail: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RuleEdit:
    """What people have decided of an alarm rule, over the file's one: each version is kept.

    Attributes:
        rule: its id.
        version: 1 for the first edit, one more each time.
        definition: the whole rule as a file has it; None means as in the file.
        enabled: whether it is judged.
        base: hash of the file's definition that the edit was made over; empty where the file had none.
        person, at_ms: who, and when.

    """

    rule: str
    version: int
    definition: dict[str, Any] | None
    enabled: bool
    base: str
    person: str
    at_ms: int


@dataclass(frozen=True, slots=True)
class PlannedOutage:
    """Notice that an asset will be out, with what hangs below it: alarms there are expected, and not announced.

    Attributes:
        id: given by the writer.
        asset: id of an asset or meter.
        start_ms, end_ms: from when until when.
        person, created_ms: who gave notice, and when.
        withdrawn_by, withdrawn_ms: who took it back, and when; None while it stands.

    """

    id: str
    asset: str
    start_ms: int
    end_ms: int
    reason_vi: str
    reason_en: str
    person: str
    created_ms: int
    withdrawn_ms: int | None = None
    withdrawn_by: str = ""

    def covers(self, at_ms: int) -> bool:
        """Whether it stands and an instant lies in it."""
        return self.withdrawn_ms is None and self.start_ms <= at_ms < self.end_ms


class AlarmState(Protocol):
    """Durable alarm points, transitions and deliveries."""

    async def alarm_records(self) -> list[AlarmRecord]:
        """All alarm points."""
        ...

    async def save_alarms(
        self,
        records: Sequence[AlarmRecord],
        transitions: Sequence[Transition],
        deliveries: Sequence[Delivery],
        answer: Answer | None = None,
    ) -> None:
        """Store points, their new transitions, the deliveries these ask for and the answer to who asked for it, in one transaction.

        Transitions and deliveries that are there already are left as they are, so that a repeat after a crash changes nothing.
        """
        ...

    async def transitions(
        self, *, rule: str | None = None, asset: str | None = None, start_ms: int = 0, end_ms: int | None = None, limit: int = 1000
    ) -> list[Transition]:
        """Transitions by event time, latest first."""
        ...

    async def pending_deliveries(self, now_ms: int, limit: int = 100) -> list[tuple[Delivery, Transition]]:
        """Deliveries that are due, oldest first, with what they announce."""
        ...

    async def update_delivery(self, delivery: Delivery) -> None:
        """Store the outcome of a try."""
        ...

    async def deliveries(self, transition: str) -> list[Delivery]:
        """All deliveries of a transition."""
        ...


class RuleState(Protocol):
    """What people decided of alarm rules, version by version."""

    async def rule_edits(self) -> list[RuleEdit]:
        """The latest edit of each rule, in order of rule."""
        ...

    async def rule_history(self, rule: str) -> list[RuleEdit]:
        """All edits of a rule, latest first."""
        ...

    async def save_rule(self, edit: RuleEdit) -> bool:
        """Append an edit; False, and nothing done, where its version is taken: somebody else was faster."""
        ...


class OutageState(Protocol):
    """Notices of planned outages; none is ever deleted."""

    async def planned_outages(self, start_ms: int = 0, end_ms: int | None = None) -> list[PlannedOutage]:
        """Notices that touch [start, end), withdrawn ones included, in order of their start, then id."""
        ...

    async def plan_outage(self, outage: PlannedOutage) -> bool:
        """Keep a notice; False, and nothing done, where its id is taken."""
        ...

    async def withdraw_outage(self, outage_id: str, at_ms: int, person: str) -> PlannedOutage | None:
        """Take a notice back; one that was taken back already stays as it is. None where there is none of that id."""
        ...


class QuarantineState(Protocol):
    """Messages that wait, bounded: the oldest go when there are more than the bound, and are counted."""

    async def quarantine(self, messages: Sequence[Quarantined]) -> None:
        """Keep messages, durably."""
        ...

    async def quarantined(
        self, *, reason: str | None = None, device: str | None = None, before_id: int | None = None, limit: int = 100
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
        """Kept messages by reason, device and detail, those with most messages first."""
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


class RequestState(Protocol):
    """What processes ask of each other: kept until it is answered, by whichever process lives to do it."""

    async def ask(self, request: Request) -> int:
        """Keep a request, durably; its id."""
        ...

    async def open_requests(self, role: str) -> list[Request]:
        """Requests to a role that have no answer, in the order in which they were asked."""
        ...

    async def answer(self, answer: Answer) -> None:
        """Answer a request; one that has an answer keeps it."""
        ...

    async def answer_to(self, request: int) -> Answer | None:
        """The answer to a request; None while there is none."""
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
    RequestState,
    AccessState,
    MeteringState,
    PeopleState,
    ReplyState,
    DutyState,
    SessionState,
    Protocol,
):
    """All of the relational state, and its end."""

    async def close(self) -> None:
        """Let go of files and connections."""
        ...
