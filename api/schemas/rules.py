"""Alarm rules, and what they would have done."""

from typing import Any, Literal

from pydantic import Field

from api.schemas.base import Schema, Text


class RuleView(Schema):
    """A rule as it stands.

    `source` is file, edited (over the file's) or added. With `conflict`, the file has changed since the edit; with `problem`, the
    edit does not fit the registry any more and the file's wording is judged. `definition` is the rule as a file would have it.
    `alarms` counts its alarms, `open` those that are not at rest.
    """

    id: str
    kind: str
    name: Text
    watches: str
    priority: str
    runbook: str
    enabled: bool
    source: Literal["file", "edited", "added"]
    version: int
    conflict: bool
    problem: str
    person: str
    at_ms: int
    alarms: int
    open: int
    definition: dict[str, Any]


class Rules(Schema):
    """All rules, in the file's order."""

    items: list[RuleView]
    now_ms: int


class RuleVersion(Schema):
    """One edit; without a definition it went back to the file's wording, or only switched the rule."""

    version: int
    enabled: bool
    definition: dict[str, Any] | None
    person: str
    at_ms: int


class RuleDetail(RuleView):
    """A rule with its edits, latest first."""

    history: list[RuleVersion]


class RuleText(Schema):
    """Rules as a file has them: `rules:` with a list, YAML or JSON."""

    text: str = Field(min_length=1, max_length=200_000)


class RuleProblem(Schema):
    """One thing wrong in the text; line 0 where the whole text is meant."""

    line: int
    key: str
    what: str
    mend: str


class RulesChecked(Schema):
    """What a text holds: definitions, none where their form is wrong, and everything that is wrong."""

    definitions: list[dict[str, Any]]
    problems: list[RuleProblem]


class SaveRule(Schema):
    """A rule's new wording; `version` is that which was seen, 0 for a new rule."""

    definition: dict[str, Any]
    version: int = Field(ge=0, le=2**31)


class SwitchRule(Schema):
    """Whether it is judged."""

    on: bool


class TryRules(Schema):
    """Rules as text, and the stretch of the past to try them on: 31 days at most."""

    text: str = Field(min_length=1, max_length=200_000)
    start_ms: int = Field(ge=0, le=2**53)
    end_ms: int = Field(ge=0, le=2**53)


class TriedTransition(Schema):
    """A change of state that would have happened."""

    event_ms: int
    rule: str
    asset: str
    before: str
    after: str
    priority: str
    announced: bool
    value: float | None
    limit: float | None
    text: Text


class ChatterView(Schema):
    """An alarm that came three or more times in a minute, and the on-delay that would have stopped it."""

    rule: str
    asset: str
    worst_minute: int
    on_delay_s: int
    proposal: Text


class StaleView(Schema):
    """An alarm that was active for over 24 h."""

    rule: str
    asset: str
    hours: float
    standing: bool
    proposal: Text


class MetricView(Schema):
    """A measure of the alarms' quality against the target of public digests of ISA-18.2 and EEMUA 191.

    `acceptable` is the target, `ok` whether the value keeps it.
    """

    key: str
    name: Text
    value: float
    acceptable: float
    ok: bool


class AlarmMetricsView(Schema):
    """How good the alarms of a stretch of time were."""

    start_ms: int
    end_ms: int
    announced: int
    measures: list[MetricView]
    by_priority: dict[str, float]
    chattering: list[ChatterView]
    stale: list[StaleView]


class Trial(Schema):
    """What rules would have done: how many readings were looked at, transitions (the first 5,000), metrics."""

    start_ms: int
    end_ms: int
    readings: int
    count: int
    transitions: list[TriedTransition]
    metrics: AlarmMetricsView


class IncidentAlarm(Schema):
    """An alarm of an incident."""

    rule: str
    asset: str
    asset_name: Text


class TimelineEntry(Schema):
    """A change of state within an incident."""

    event_ms: int
    rule: str
    asset: str
    before: str
    after: str
    announced: bool
    person: str
    comment: str
    text: Text


class IncidentView(Schema):
    """Alarms of one cause: the root takes the others along, or is the first; `end_ms` is null while one stands."""

    root: IncidentAlarm
    start_ms: int
    end_ms: int | None
    priority: str
    announced: int
    alarms: list[IncidentAlarm]
    timeline: list[TimelineEntry]


class Incidents(Schema):
    """Incidents, latest first."""

    items: list[IncidentView]
    now_ms: int
