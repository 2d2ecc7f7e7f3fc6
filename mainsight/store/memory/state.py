"""Relational state in memory: simple, right, and gone when the process ends."""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import replace
from itertools import groupby, islice

from mainsight.store.alarm_port import MOST_URGENT, AlarmRecord, Delivery, Transition
from mainsight.store.device_port import DeviceHealth, SavedMappings
from mainsight.store.memory.duty import MemoryDuty
from mainsight.store.memory.forecasts import MemoryForecasts
from mainsight.store.memory.metering import MemoryMetering
from mainsight.store.memory.people import MemoryPeople
from mainsight.store.memory.sessions import MemorySessions
from mainsight.store.request_port import Answer, Request
from mainsight.store.rule_port import PlannedOutage, RuleEdit
from mainsight.store.settings import QuarantineSettings
from mainsight.store.state_port import ApiKey, AuditEntry, AuditQuery, Quarantined, QuarantineGroup, UnknownDevice, combined


class MemoryState(MemoryPeople, MemoryMetering, MemoryDuty, MemoryForecasts, MemorySessions):
    """`StateStore` in dictionaries."""

    def __init__(self, quarantine: QuarantineSettings | None = None) -> None:
        """Start empty."""
        MemoryPeople.__init__(self)
        MemoryMetering.__init__(self)
        MemoryDuty.__init__(self)
        MemoryForecasts.__init__(self)
        MemorySessions.__init__(self)
        self._bounds = quarantine or QuarantineSettings()
        self._alarms: dict[tuple[str, str], AlarmRecord] = {}
        self._transitions: dict[str, Transition] = {}
        self._deliveries: dict[tuple[str, str], Delivery] = {}
        self._rules: dict[str, list[RuleEdit]] = {}
        self._outages: dict[str, PlannedOutage] = {}
        self._quarantine: dict[int, Quarantined] = {}
        self._next_id = 1
        self._dropped = 0
        self._aliases: dict[str, str] = {}
        self._unknown: dict[str, UnknownDevice] = {}
        self._health: dict[str, DeviceHealth] = {}
        self._mappings: list[SavedMappings] = []
        self._requests: dict[int, Request] = {}
        self._answers: dict[int, Answer] = {}
        self._keys: dict[str, ApiKey] = {}
        self._audit: list[AuditEntry] = []

    async def alarm_records(self) -> list[AlarmRecord]:
        """See `AlarmState.alarm_records`."""
        return list(self._alarms.values())

    async def save_alarms(
        self,
        records: Sequence[AlarmRecord],
        transitions: Sequence[Transition],
        deliveries: Sequence[Delivery],
        answer: Answer | None = None,
    ) -> None:
        """See `AlarmState.save_alarms`."""
        self._alarms.update({(record.rule, record.asset): record for record in records})
        for transition in transitions:
            self._transitions.setdefault(transition.id, transition)
        for delivery in deliveries:
            self._deliveries.setdefault((delivery.transition, delivery.target), delivery)
        if answer is not None:
            await self.answer(answer)

    async def transitions(
        self, *, rule: str | None = None, asset: str | None = None, start_ms: int = 0, end_ms: int | None = None, limit: int = 1000
    ) -> list[Transition]:
        """See `AlarmState.transitions`."""
        found = [
            t
            for t in reversed(self._transitions.values())
            if rule in {None, t.rule} and asset in {None, t.asset} and start_ms <= t.event_ms and (end_ms is None or t.event_ms < end_ms)
        ]
        return sorted(found, key=lambda t: -t.event_ms)[:limit]

    async def pending_deliveries(self, now_ms: int, limit: int = 100, without: Collection[str] = ()) -> list[tuple[Delivery, Transition]]:
        """See `AlarmState.pending_deliveries`."""
        due = [
            (d, self._transitions[d.transition])
            for d in self._deliveries.values()
            if d.status == "pending" and d.due_ms <= now_ms and d.target not in without
        ]
        due.sort(key=lambda pair: (pair[0].target, pair[1].priority != MOST_URGENT, pair[0].due_ms))
        return [pair for _, own in groupby(due, key=lambda pair: pair[0].target) for pair in islice(own, limit)]

    async def update_deliveries(self, deliveries: Sequence[Delivery]) -> None:
        """See `AlarmState.update_deliveries`."""
        for delivery in deliveries:
            key = (delivery.transition, delivery.target)
            if key in self._deliveries:
                self._deliveries[key] = delivery

    async def deliveries(self, transition: str) -> list[Delivery]:
        """See `AlarmState.deliveries`."""
        return [d for d in self._deliveries.values() if d.transition == transition]

    async def rule_edits(self) -> list[RuleEdit]:
        """See `RuleState.rule_edits`."""
        return [self._rules[rule][-1] for rule in sorted(self._rules)]

    async def rule_history(self, rule: str) -> list[RuleEdit]:
        """See `RuleState.rule_history`."""
        return self._rules.get(rule, [])[::-1]

    async def save_rule(self, edit: RuleEdit) -> bool:
        """See `RuleState.save_rule`."""
        kept = self._rules.setdefault(edit.rule, [])
        if any(one.version == edit.version for one in kept):
            return False
        kept.append(edit)
        return True

    async def planned_outages(self, start_ms: int = 0, end_ms: int | None = None) -> list[PlannedOutage]:
        """See `OutageState.planned_outages`."""
        found = [o for o in self._outages.values() if o.end_ms > start_ms and (end_ms is None or o.start_ms < end_ms)]
        return sorted(found, key=lambda o: (o.start_ms, o.id))

    async def plan_outage(self, outage: PlannedOutage) -> bool:
        """See `OutageState.plan_outage`."""
        return self._outages.setdefault(outage.id, outage) is outage

    async def withdraw_outage(self, outage_id: str, at_ms: int, person: str) -> PlannedOutage | None:
        """See `OutageState.withdraw_outage`."""
        outage = self._outages.get(outage_id)
        if outage is not None and outage.withdrawn_ms is None:
            outage = self._outages[outage_id] = replace(outage, withdrawn_ms=at_ms, withdrawn_by=person)
        return outage

    async def quarantine(self, messages: Sequence[Quarantined]) -> None:
        """See `QuarantineState.quarantine`."""
        for message in messages:
            self._quarantine[self._next_id] = replace(message, id=self._next_id)
            self._next_id += 1
        held = sum(len(m.topic) + len(m.payload) for m in self._quarantine.values())
        while self._quarantine and (len(self._quarantine) > self._bounds.max_messages or held > self._bounds.max_bytes):
            oldest = self._quarantine.pop(next(iter(self._quarantine)))
            held -= len(oldest.topic) + len(oldest.payload)
            self._dropped += 1

    async def quarantined(
        self,
        *,
        reason: str | None = None,
        device: str | None = None,
        topic: str | None = None,
        before_id: int | None = None,
        limit: int = 100,
    ) -> list[Quarantined]:
        """See `QuarantineState.quarantined`."""
        found = (
            m
            for m in reversed(self._quarantine.values())
            if reason in {None, m.reason}
            and device in {None, m.device}
            and topic in {None, m.topic}
            and (before_id is None or m.id < before_id)
        )
        return [m for m, _ in zip(found, range(limit), strict=False)]

    async def release(self, ids: Sequence[int]) -> None:
        """See `QuarantineState.release`."""
        for one in ids:
            self._quarantine.pop(one, None)

    async def quarantine_counts(self) -> dict[str, int]:
        """See `QuarantineState.quarantine_counts`."""
        return dict(Counter(m.reason for m in self._quarantine.values()))

    async def quarantine_groups(self, limit: int = 200) -> list[QuarantineGroup]:
        """See `QuarantineState.quarantine_groups`."""
        groups: dict[tuple[str, str, str, str], list[Quarantined]] = {}
        for m in self._quarantine.values():
            groups.setdefault((m.reason, m.device, m.detail, "" if m.device else m.topic), []).append(m)
        found = [
            QuarantineGroup(*cause[:3], held[-1].topic, len(held), min(m.arrival_ms for m in held), max(m.arrival_ms for m in held))
            for cause, held in groups.items()
        ]
        return sorted(found, key=lambda g: (-g.messages, g.reason, g.device, g.detail, g.topic))[:limit]

    async def quarantine_dropped(self) -> int:
        """See `QuarantineState.quarantine_dropped`."""
        return self._dropped

    async def aliases(self) -> dict[str, str]:
        """See `DeviceState.aliases`."""
        return dict(self._aliases)

    async def adopt(self, device: str, meter: str) -> None:
        """See `DeviceState.adopt`."""
        self._aliases[device] = meter
        self._unknown.pop(device, None)

    async def note_unknown(self, devices: Sequence[UnknownDevice]) -> None:
        """See `DeviceState.note_unknown`."""
        for seen in devices:
            before = self._unknown.get(seen.device)
            self._unknown[seen.device] = seen if before is None else combined(before, seen)

    async def unknown_devices(self) -> list[UnknownDevice]:
        """See `DeviceState.unknown_devices`."""
        return sorted(self._unknown.values(), key=lambda d: (-d.last_seen_ms, d.device))

    async def save_health(self, devices: Sequence[DeviceHealth]) -> None:
        """See `HealthState.save_health`."""
        self._health |= {device.device: device for device in devices}

    async def health(self, after: str = "", limit: int = 100_000) -> list[DeviceHealth]:
        """See `HealthState.health`."""
        return [self._health[name] for name in sorted(name for name in self._health if name > after)[:limit]]

    async def saved_mappings(self, limit: int = 1) -> list[SavedMappings]:
        """See `MappingState.saved_mappings`."""
        return self._mappings[: -limit - 1 : -1]

    async def save_mappings(self, saved: SavedMappings) -> bool:
        """See `MappingState.save_mappings`."""
        if any(one.version == saved.version for one in self._mappings):
            return False
        self._mappings.append(saved)
        return True

    async def ask(self, request: Request) -> int:
        """See `RequestState.ask`."""
        one = len(self._requests) + 1
        self._requests[one] = replace(request, id=one)
        return one

    async def open_requests(self, role: str) -> list[Request]:
        """See `RequestState.open_requests`."""
        return [request for one, request in self._requests.items() if request.role == role and one not in self._answers]

    async def answer(self, answer: Answer) -> None:
        """See `RequestState.answer`."""
        if answer.request in self._requests:
            self._answers.setdefault(answer.request, answer)

    async def answer_to(self, request: int) -> Answer | None:
        """See `RequestState.answer_to`."""
        return self._answers.get(request)

    async def keys(self) -> list[ApiKey]:
        """See `AccessState.keys`."""
        return list(self._keys.values())

    async def save_key(self, key: ApiKey) -> None:
        """See `AccessState.save_key`."""
        self._keys[key.id] = key

    async def audit(self, entry: AuditEntry) -> None:
        """See `AccessState.audit`."""
        self._audit.append(replace(entry, seq=len(self._audit) + 1))

    async def audit_trail(self, query: AuditQuery | None = None) -> list[AuditEntry]:
        """See `AccessState.audit_trail`."""
        asked = query or AuditQuery()
        found = [
            entry
            for entry in reversed(self._audit)
            if asked.person in {None, entry.person}
            and asked.action in {None, entry.action}
            and entry.subject.startswith(asked.subject or "")
            and asked.start_ms <= entry.at_ms
            and (asked.end_ms is None or entry.at_ms < asked.end_ms)
            and (asked.before_seq is None or entry.seq < asked.before_seq)
        ]
        return found[: asked.limit]

    async def close(self) -> None:
        """See `StateStore.close`."""
