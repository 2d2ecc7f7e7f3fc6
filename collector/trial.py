"""Trying mapping rules on messages that came: what would be stored, what would change, what would still wait and why."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from collector.mapping import Mappings
from collector.pipeline import Pipeline, Processed
from collector.session.port import Message
from collector.topics import TopicFilter

_EXAMPLES = 50


class Line(NamedTuple):
    """One reading as it would be: `before` is None where there is none now, `after` where there would be none."""

    topic: str
    meter: str
    quantity: str
    time_ms: int
    before: float | None
    after: float | None


class Waiting(NamedTuple):
    """What would still give no reading, for one cause."""

    topic: str
    reason: str
    device: str
    detail: str
    messages: int


@dataclass(slots=True)
class Outcome:
    """What a trial showed; of each kind the first fifty lines, and how many there are.

    Attributes:
        recent, quarantined: messages looked at, of each source.
        same: readings that would stay as they are.
        added, changed, gone: readings that would come, have another value, or no longer come.
        waiting: what would still wait or be refused, by cause, most messages first.
        counts: number of readings or causes of each kind.

    """

    recent: int = 0
    quarantined: int = 0
    same: int = 0
    added: list[Line] = field(default_factory=list)
    changed: list[Line] = field(default_factory=list)
    gone: list[Line] = field(default_factory=list)
    waiting: list[Waiting] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(("added", "changed", "gone", "waiting"), 0))


def concerned(mappings: Mappings, topic: str) -> bool:
    """Whether any of the rules speaks of a topic."""
    return any(TopicFilter(rule.topic).match(topic) is not None for rule in mappings.rules)


def merged(tried: Mappings, present: Mappings, *, instead: bool) -> Mappings:
    """Rules as they would be: the tried ones instead of the present ones, or before them (of two for one field the first wins)."""
    return tried if instead else Mappings(rules=(*tried.rules, *present.rules))


def trial(before: Pipeline, after: Pipeline, recent: Sequence[Message], quarantined: Sequence[Message]) -> Outcome:
    """Decode messages by present rules and by others, and compare. Nothing is stored.

    Args:
        before: pipeline of its own for it (`Pipeline.scratch`), with present rules.
        after: the same with the others.
        recent: messages that came, oldest first.
        quarantined: messages that wait, oldest first.

    """
    outcome = Outcome(len(recent), len(quarantined))
    waiting: Counter[tuple[str, str, str, str]] = Counter()
    for message in (*quarantined, *recent):
        was, would = before.process(message), after.process(message)
        _compare(message.topic, was, would, outcome)
        waiting.update(_causes(message.topic, would))
    outcome.counts["waiting"] = len(waiting)
    outcome.waiting = [Waiting(*cause, count) for cause, count in waiting.most_common(_EXAMPLES)]
    return outcome


def _compare(topic: str, was: Processed, would: Processed, outcome: Outcome) -> None:
    old = {(r.meter, r.quantity, r.time_ms): r.value for r in was.readings}
    new = {(r.meter, r.quantity, r.time_ms): r.value for r in would.readings}
    for key, value in new.items():
        if key not in old:
            _tell(outcome, "added", Line(topic, *key, None, value))
        elif old[key] == value:
            outcome.same += 1
        else:
            _tell(outcome, "changed", Line(topic, *key, old[key], value))
    for key in old.keys() - new.keys():
        _tell(outcome, "gone", Line(topic, *key, old[key], None))


def _tell(outcome: Outcome, kind: str, line: Line) -> None:
    outcome.counts[kind] += 1
    lines: list[Line] = getattr(outcome, kind)
    if len(lines) < _EXAMPLES:
        lines.append(line)


def _causes(topic: str, would: Processed) -> Iterable[tuple[str, str, str, str]]:
    """Causes for which a message would wait, and fields that would be refused."""
    fields = {refused.field for refused in would.refused}
    for kept in would.quarantined:
        if not (would.refused and kept.device == "" and set(kept.detail.split(", ")) <= fields):
            yield topic, kept.reason, kept.device, kept.detail
    for refused in would.refused:
        yield topic, refused.reason, "", refused.field
