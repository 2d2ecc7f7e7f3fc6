"""Port of alarm points, their transitions and deliveries. `mainsight.store.state_port` adds it. Instants are UTC milliseconds."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from mainsight.store.request_port import Answer


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


MOST_URGENT = "critical"
"""The priority whose deliveries go before all others."""


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

    async def pending_deliveries(self, now_ms: int, limit: int = 100, without: Collection[str] = ()) -> list[tuple[Delivery, Transition]]:
        """Deliveries that are due, with what they announce: target by target, the critical first, then the oldest.

        Args:
            now_ms: UTC milliseconds.
            limit: at most so many for each target, so that none is kept from its own by another's.
            without: targets to leave out.

        """
        ...

    async def update_deliveries(self, deliveries: Sequence[Delivery]) -> None:
        """Store the outcome of a try, of one or of several that went as one message, in one transaction."""
        ...

    async def deliveries(self, transition: str) -> list[Delivery]:
        """All deliveries of a transition."""
        ...
