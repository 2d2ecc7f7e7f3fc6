"""Trying mapping rules on messages that came: what would be stored, what would change, what would still wait and why."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from collector.mapping import Mappings, Rule
from collector.pipeline import OF_DEVICES, Pipeline, Processed
from collector.session.port import Message
from collector.topics import TopicFilter

_EXAMPLES: Final = 50
_KINDS: Final = ("added", "changed", "gone", "unregistered", "waiting")


class Line(NamedTuple):
    """One reading as it would be: `before` is None where there is none now, `after` where there would be none."""

    topic: str
    meter: str
    quantity: str
    time_ms: int
    before: float | None
    after: float | None


class Unregistered(NamedTuple):
    """A reading of a device that is not registered, which would wait until it is adopted."""

    topic: str
    device: str
    quantity: str
    time_ms: int
    value: float


class Spoken(NamedTuple):
    """One of the rules tried: its topic, and how many of the messages looked at are on such topics."""

    topic: str
    messages: int


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
        recent, quarantined: messages looked at, of each source; one that is of both is counted in both and read once.
        rules: of the rules tried, in order, how many messages they speak of.
        same: readings that would stay as they are.
        added, changed, gone: readings that would come, have another value, or no longer come.
        unregistered: readings that would come, or have another value, once their device is adopted.
        waiting: what would still wait or be refused, by cause, most messages first.
        counts: number of readings or causes of each kind.

    """

    recent: int = 0
    quarantined: int = 0
    rules: list[Spoken] = field(default_factory=list)
    same: int = 0
    added: list[Line] = field(default_factory=list)
    changed: list[Line] = field(default_factory=list)
    gone: list[Line] = field(default_factory=list)
    unregistered: list[Unregistered] = field(default_factory=list)
    waiting: list[Waiting] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(_KINDS, 0))


def concerned(mappings: Mappings, topic: str) -> bool:
    """Whether any of the rules speaks of a topic."""
    return any(TopicFilter(rule.topic).match(topic) is not None for rule in mappings.rules)


def merged(tried: Mappings, present: Mappings, *, instead: bool) -> Mappings:
    """Rules as they would be: the tried ones instead of the present ones, or before them (of two for one field the first wins)."""
    return tried if instead else Mappings(rules=(*tried.rules, *present.rules))


def trial(
    before: Pipeline, after: Pipeline, recent: Sequence[Message], quarantined: Sequence[Message], rules: Sequence[Rule] = ()
) -> Outcome:
    """Decode messages by present rules and by others, and compare. Nothing is stored.

    Args:
        before: pipeline of its own for it (`Pipeline.scratch`), with present rules.
        after: the same with the others.
        recent: messages that came, oldest first.
        quarantined: messages that wait, oldest first.
        rules: those that are tried.

    """
    outcome = Outcome(len(recent), len(quarantined))
    waiting: Counter[tuple[str, str, str, str]] = Counter()
    kept = {_identity(message) for message in recent}
    messages = [message for message in quarantined if _identity(message) not in kept] + list(recent)
    for message in messages:
        was, would = before.process(message), after.process(message)
        _compare(message.topic, was, would, outcome)
        waiting.update(_causes(message.topic, would))
    topics = Counter(message.topic for message in messages)
    outcome.rules = [Spoken(rule.topic, _count(rule, topics)) for rule in rules]
    outcome.counts["waiting"] = len(waiting)
    outcome.waiting = [Waiting(*cause, count) for cause, count in waiting.most_common(_EXAMPLES)]
    return outcome


def _identity(message: Message) -> tuple[str, bytes, int]:
    return message.topic, message.payload, message.arrival_ms


def _count(rule: Rule, topics: Mapping[str, int]) -> int:
    spoken_of = TopicFilter(rule.topic)
    return sum(count for topic, count in topics.items() if spoken_of.match(topic) is not None)


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
    told = _of_strangers(was)
    for key, value in _of_strangers(would).items():
        if told.get(key) != value:
            _tell(outcome, "unregistered", Unregistered(topic, *key, value))


def _of_strangers(processed: Processed) -> dict[tuple[str, str, int], float]:
    return {
        (block.device, quantity, time): value
        for block in processed.strangers
        for quantity, values in zip(block.quantities, block.columns, strict=True)
        for time, value in zip(block.times, values, strict=True)
        if time is not None and value is not None
    }


def _tell(outcome: Outcome, kind: str, line: Line | Unregistered) -> None:
    outcome.counts[kind] += 1
    lines: list[Line | Unregistered] = getattr(outcome, kind)
    if len(lines) < _EXAMPLES:
        lines.append(line)


def _causes(topic: str, would: Processed) -> Iterable[tuple[str, str, str, str]]:
    """Causes for which a message would wait, and fields that would be refused."""
    fields = {refused.field for refused in would.refused}
    for kept in would.quarantined:
        if not (would.refused and kept.reason not in OF_DEVICES and set(kept.detail.split(", ")) <= fields):
            yield topic, kept.reason, kept.device, kept.detail
    for refused in would.refused:
        yield topic, refused.reason, "", refused.field
