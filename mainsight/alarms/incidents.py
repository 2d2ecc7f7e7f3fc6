"""One cause, one incident: alarms that take each other along, or that a composite adds up, gathered with their time line."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from mainsight.alarms.points import Key
from mainsight.alarms.rules import Priority
from mainsight.alarms.state import Shown
from mainsight.core.zonetime import MINUTE_MS
from mainsight.store.alarm_port import Transition

JOINS_MS = 10 * MINUTE_MS
"""How far from a related alarm's spell another may begin to be of the same incident: what a cause brings about takes time."""
_ACTIVE = frozenset({Shown.UNACK, Shown.ACKED})


@dataclass(frozen=True, slots=True)
class Incident:
    """What happened together.

    Attributes:
        root: the alarm that takes the others along, else the first.
        start_ms, end_ms: event times of the first and last change; `end_ms` is None while any of its alarms stands.
        alarms: all of them, the root first, then in order of their beginning.
        priority: the highest.
        announced: number of announcements.
        timeline: all changes in order of their event time.

    """

    root: Key
    start_ms: int
    end_ms: int | None
    alarms: tuple[Key, ...]
    priority: Priority
    announced: int
    timeline: tuple[Transition, ...]


@dataclass(slots=True)
class _Spell:
    """An alarm from its beginning until it is at rest."""

    key: Key
    changes: list[Transition]
    end_ms: int | None = None

    @property
    def start_ms(self) -> int:
        return self.changes[0].event_ms


def incidents(
    transitions: Sequence[Transition], related: Callable[[Key], Sequence[Key]], is_above: Callable[[Key, Key], bool]
) -> list[Incident]:
    """Gather transitions into incidents, latest first.

    Args:
        transitions: of a stretch of time, latest first, as the state store gives them: those of one instant have an order too.
        related: alarms that an alarm takes along, is taken along by, or adds up.
        is_above: whether the first alarm takes the second along.

    """
    oldest_first = list(transitions)
    oldest_first.reverse()
    spells = sorted(_spells(sorted(oldest_first, key=_when)), key=lambda spell: spell.start_ms)
    groups = _joined(spells, related)
    return sorted((_incident(group, is_above) for group in groups), key=lambda one: -one.start_ms)


def _when(transition: Transition) -> tuple[int, int]:
    return transition.event_ms, transition.known_ms


def _spells(transitions: Iterable[Transition]) -> list[_Spell]:
    """Spells of each alarm: from leaving rest to coming back, suppressed or not. Suppression of what is at rest is none."""
    open_spells: dict[Key, _Spell] = {}
    done: list[_Spell] = []
    for one in transitions:
        key = Key(one.rule, one.asset)
        spell = open_spells.get(key)
        if spell is None:
            if one.after == Shown.NORM or not (one.after in _ACTIVE or one.before in _ACTIVE or one.value is not None):
                continue
            spell = open_spells[key] = _Spell(key, [])
        spell.changes.append(one)
        if one.after == Shown.NORM:
            spell.end_ms = one.event_ms
            done.append(open_spells.pop(key))
    return [*done, *open_spells.values()]


def _joined(spells: Sequence[_Spell], related: Callable[[Key], Sequence[Key]]) -> list[list[_Spell]]:
    """Spells that belong together, each group in order of beginning."""
    group_of = list(range(len(spells)))
    by_key: dict[Key, list[int]] = {}
    for n, spell in enumerate(spells):
        for other in {*related(spell.key), spell.key}:
            for before in by_key.get(other, ()):
                if _meet(spells[before], spell):
                    old, new = group_of[n], group_of[before]
                    group_of = [new if group == old else group for group in group_of]
        by_key.setdefault(spell.key, []).append(n)
    groups: dict[int, list[_Spell]] = {}
    for n, group in enumerate(group_of):
        groups.setdefault(group, []).append(spells[n])
    return list(groups.values())


def _meet(before: _Spell, spell: _Spell) -> bool:
    return before.end_ms is None or spell.start_ms <= before.end_ms + JOINS_MS


def _incident(spells: Sequence[_Spell], is_above: Callable[[Key, Key], bool]) -> Incident:
    keys = list(dict.fromkeys(spell.key for spell in spells))
    root = next((key for key in keys if not any(is_above(other, key) for other in keys)), keys[0])
    timeline = sorted((one for spell in spells for one in spell.changes), key=_when)
    ends = [spell.end_ms for spell in spells]
    return Incident(
        root=root,
        start_ms=spells[0].start_ms,
        end_ms=None if None in ends else timeline[-1].event_ms,
        alarms=(root, *(key for key in keys if key != root)),
        priority=max((Priority(one.priority) for one in timeline), key=lambda p: p.rank),
        announced=sum(one.announced for one in timeline),
        timeline=tuple(timeline),
    )
