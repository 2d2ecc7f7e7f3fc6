"""Port of what people decide of alarms: edits of rules, notices of planned outages. `mainsight.store.state_port` adds it."""

from dataclasses import dataclass
from typing import Any, Protocol


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
