"""Composite rules: how many of their members' conditions hold, as samples at the instants at which that changes."""

from collections.abc import Iterable, Mapping, Sequence

from mainsight.alarms.points import Key, Point
from mainsight.alarms.rules import CompositeRule
from mainsight.alarms.signal import Sample

Turn = tuple[int, bool]
"""When a condition changed, by its own time, and to what."""
_KEPT = 64
"""Turns of a member that are remembered; more than fit into any lateness window that is not chatter."""


class Composites:
    """Follows the members of all composite points. No clock."""

    def __init__(self, points: Mapping[Key, Point]) -> None:
        """Index members."""
        self._points = {key: point for key, point in points.items() if isinstance(point.rule, CompositeRule)}
        self._of: dict[Key, list[Key]] = {}
        for key, point in self._points.items():
            for member in point.members:
                self._of.setdefault(member, []).append(key)
        self._turns: dict[Key, list[Turn]] = {}

    def has(self, member: Key) -> bool:
        """Whether a point is a member of any composite."""
        return member in self._of

    def points(self) -> Iterable[Point]:
        """All composite points."""
        return self._points.values()

    def begin(self, active: Iterable[tuple[Key, int]]) -> None:
        """Take up members that are active, with the time since when."""
        self._turns = {key: [(since_ms, True)] for key, since_ms in active if key in self._of}

    def turned(self, turns: Mapping[Key, Sequence[Turn]]) -> dict[Key, list[Sample]]:
        """Samples of the composites whose members turned: new turns, and such as take the place of later ones."""
        instants: dict[Key, set[int]] = {}
        for member, found in turns.items():
            if found and member in self._of:
                changed = self._replace(member, found)
                for key in self._of[member]:
                    instants.setdefault(key, set()).update(changed)
        return {key: self._samples(key, min(changed), changed) for key, changed in instants.items()}

    def count(self, key: Key, at_ms: int) -> float:
        """How much of a composite holds at an instant: alarms, or rules with an alarm where all are needed."""
        point = self._points[key]
        active = [member for member in point.members if self._active(member, at_ms)]
        assert isinstance(point.rule, CompositeRule), "collected as such"
        return float(len({member.rule for member in active}) if point.rule.condition == "all" else len(active))

    def _replace(self, member: Key, found: Sequence[Turn]) -> set[int]:
        """Keep new turns in place of those they correct; the instants at which something is different."""
        kept = self._turns.get(member, [])
        first = found[0][0]
        before = [turn for turn in kept if turn[0] < first]
        if before and before[-1][1] is found[0][1]:
            del before[-1]  # it was not then, but now
        after = [*before, *found][-_KEPT:]
        self._turns[member] = after
        return {at for at, _ in set(kept) ^ set(after)} | {first}

    def _samples(self, key: Key, first: int, changed: set[int]) -> list[Sample]:
        later = {at for member in self._points[key].members for at, _ in self._turns.get(member, ()) if at >= first}
        return [Sample(at, self.count(key, at)) for at in sorted(later | changed)]

    def _active(self, member: Key, at_ms: int) -> bool:
        return next((active for at, active in reversed(self._turns.get(member, ())) if at <= at_ms), False)
