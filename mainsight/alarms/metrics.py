"""How good the alarms themselves are, from their transitions: rates, floods, bad actors, chatter, stale ones.

Targets are those of public digests of ISA-18.2 and EEMUA 191; docs of `AlarmMetrics` name them.
"""

from collections import Counter, deque
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from mainsight.alarms.rules import Priority
from mainsight.alarms.state import Shown
from mainsight.core.zonetime import DAY_S, HOUR_MS, MINUTE_MS, SECOND_MS
from mainsight.store.alarm_port import Transition

WINDOW_MS = 10 * MINUTE_MS
_FLOOD_BEGINS, _FLOOD_ENDS = 10, 5
_CHATTER_CYCLES = 3
_TOP = 10
_DAY_MS = DAY_S * SECOND_MS
_ACTIVE = frozenset({Shown.UNACK, Shown.ACKED})
_PUT_AWAY = frozenset({Shown.SHLVD, Shown.OOSRV})
_OVER = frozenset({Shown.NORM, Shown.RTNUN, Shown.LATCHED_ACKED, Shown.LATCHED_UNACK})


@dataclass(frozen=True, slots=True)
class Chatter:
    """An alarm with three or more cycles in a minute, and the on-delay that would have stopped it, seconds."""

    rule: str
    asset: str
    worst_minute: int
    on_delay_s: int


@dataclass(frozen=True, slots=True)
class Stale:
    """An alarm that was active for over 24 h at a stretch: hours of the longest, and whether it still stands."""

    rule: str
    asset: str
    hours: float
    standing: bool


@dataclass(frozen=True, slots=True)
class AlarmMetrics:
    """Quality of alarms over a stretch of time.

    Attributes:
        announced: number of announcements.
        per_hour: mean; about 6 is acceptable, 12 the most.
        most_in_10_min: in a window that slides.
        busy_windows: share of 10-minute windows, one after another, with more than 10; below 0.01.
        flood: share of time in flood, which begins above 10 in 10 minutes and ends below 5; below 0.01.
        top_ten: share of the ten most frequent; 0.01 to 0.05 in a large system.
        chattering: none.
        stale: alarms that were active for over 24 h.
        stale_alarms: which, the longest first.
        most_stale: most of them on any day (24 h from the start on); fewer than 5.
        outside_rules: alarms put away (shelved, out of service) without anybody's name or reason; none.
        by_priority: shares of low, medium, high, critical; about 0.80, 0.15, 0.05, below 0.01.

    """

    announced: int
    per_hour: float
    most_in_10_min: int
    busy_windows: float
    flood: float
    top_ten: float
    chattering: tuple[Chatter, ...]
    stale: int
    stale_alarms: tuple[Stale, ...]
    most_stale: int
    outside_rules: int
    by_priority: dict[str, float]


def measure(transitions: Sequence[Transition], start_ms: int, end_ms: int) -> AlarmMetrics:
    """Work the metrics out over [start, end).

    Args:
        transitions: in any order, of any number of alarms.
        start_ms: UTC milliseconds.
        end_ms: UTC milliseconds; one that is not after the start gives zeros.

    """
    inside = sorted((t for t in transitions if start_ms <= t.event_ms < end_ms), key=lambda t: t.event_ms)
    told = [t for t in inside if t.announced]
    times = [t.event_ms for t in told]
    frequent = Counter((t.rule, t.asset) for t in told).most_common(_TOP)
    priorities = Counter(t.priority for t in told)
    windows = max(1, -(-(end_ms - start_ms) // WINDOW_MS))
    stale = _stale(inside, start_ms, end_ms)
    full = Counter((at - start_ms) // WINDOW_MS for at in times)
    return AlarmMetrics(
        announced=len(told),
        per_hour=len(told) * HOUR_MS / (end_ms - start_ms) if end_ms > start_ms else 0.0,
        most_in_10_min=max((count for _, count in _sliding(times)), default=0),
        busy_windows=sum(count > _FLOOD_BEGINS for count in full.values()) / windows,
        flood=_flood_ms(times, end_ms) / (end_ms - start_ms) if end_ms > start_ms else 0.0,
        top_ten=sum(count for _, count in frequent) / len(told) if told else 0.0,
        chattering=_chattering(inside),
        stale=len(stale),
        stale_alarms=tuple(sorted((one for one, _ in stale), key=lambda one: -one.hours)),
        most_stale=_most_in_a_day([spell for _, spells in stale for spell in spells], start_ms),
        outside_rules=sum(map(_is_outside_rules, inside)),
        by_priority={p.value: priorities[p.value] / len(told) if told else 0.0 for p in Priority},
    )


def _is_outside_rules(one: Transition) -> bool:
    """Whether an alarm was put away otherwise than by a person who gives a reason."""
    begins = one.after in _PUT_AWAY and one.before not in _PUT_AWAY | {Shown.DSUPR}
    return begins and not (one.person.strip() and one.comment.strip())


def _sliding(times: Sequence[int]) -> list[tuple[int, int]]:
    """Instants at which the number in the last 10 minutes changes, with that number."""
    steps = sorted([(at, 1) for at in times] + [(at + WINDOW_MS, -1) for at in times])
    count, found = 0, []
    for at, group in groupby(steps, key=lambda step: step[0]):
        count += sum(change for _, change in group)
        found.append((at, count))
    return found


def _flood_ms(times: Sequence[int], end_ms: int) -> int:
    began, total = None, 0
    for at, count in _sliding(times):
        if began is None and count > _FLOOD_BEGINS:
            began = at
        elif began is not None and count < _FLOOD_ENDS:
            total, began = total + min(at, end_ms) - began, None
    return total if began is None else total + end_ms - began


def _by_alarm(transitions: Sequence[Transition]) -> dict[tuple[str, str], list[Transition]]:
    found: dict[tuple[str, str], list[Transition]] = {}
    for transition in transitions:
        found.setdefault((transition.rule, transition.asset), []).append(transition)
    return found


def _chattering(transitions: Sequence[Transition]) -> tuple[Chatter, ...]:
    """Alarms whose condition began three or more times within a minute."""
    found = []
    for (rule, asset), own in sorted(_by_alarm(transitions).items()):
        spells = _spells(own)
        window: deque[tuple[int, int]] = deque()
        worst, longest_ms = 0, 0
        for spell in spells:
            window.append(spell)
            while spell[0] - window[0][0] >= MINUTE_MS:
                window.popleft()
            if len(window) >= _CHATTER_CYCLES:
                worst = max(worst, len(window))
                longest_ms = max(longest_ms, *(end - begin for begin, end in window))
        if worst:
            found.append(Chatter(rule, asset, worst, longest_ms // SECOND_MS + 1))
    return tuple(found)


def _spells(own: Sequence[Transition], start_ms: int | None = None, end_ms: int | None = None) -> list[tuple[int, int]]:
    """Begin and end of each time an alarm was active.

    One that had begun before counts from `start_ms`, one that goes on to `end_ms`; they are left out where these are None.
    """
    spells = []
    began = start_ms if own and own[0].before in _ACTIVE else None
    for transition in own:
        active = transition.after in _ACTIVE
        if active and began is None:
            began = transition.event_ms
        elif not active and began is not None and transition.after in _OVER:
            spells.append((began, transition.event_ms))
            began = None
    if began is not None and end_ms is not None:
        spells.append((began, end_ms))
    return spells


def _stale(transitions: Sequence[Transition], start_ms: int, end_ms: int) -> list[tuple[Stale, list[tuple[int, int]]]]:
    """Alarms that were active for over a day at a stretch, with the stretches."""
    found = []
    for (rule, asset), own in _by_alarm(transitions).items():
        long = [(begin, end) for begin, end in _spells(own, start_ms, end_ms) if end - begin > _DAY_MS]
        if long:
            hours = max(end - begin for begin, end in long) / HOUR_MS
            found.append((Stale(rule, asset, round(hours, 1), standing=long[-1][1] == end_ms), long))
    return found


def _most_in_a_day(spells: Sequence[tuple[int, int]], start_ms: int) -> int:
    """Most spells that were stale (a day old by then) on one day."""
    days = Counter(day for begin, end in spells for day in range((begin + _DAY_MS - start_ms) // _DAY_MS, (end - start_ms) // _DAY_MS + 1))
    return max(days.values(), default=0)
