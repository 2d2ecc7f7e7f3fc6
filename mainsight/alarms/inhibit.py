"""One cause, one page: what is active above an alarm, or was planned there, takes it into suppression by design with its cause named."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mainsight.alarms.points import Key, Point
from mainsight.alarms.rules import CompositeRule
from mainsight.alarms.texts import clock
from mainsight.core.network import Text
from mainsight.store.rule_port import PlannedOutage

PLANNED_OUTAGE = "planned-outage"
"""Stands for the rule where a notice, not another alarm, is the cause."""


@dataclass(frozen=True, slots=True)
class Cause:
    """Why alarms are suppressed by design.

    Attributes:
        by: the alarm above; of a notice, `PLANNED_OUTAGE` and the notice's asset.
        reason: for people, both languages on one line.
        person: who gave notice; empty for an alarm.
        until_ms: end of the notice; None for an alarm.

    """

    by: Key
    reason: str
    person: str = ""
    until_ms: int | None = None

    def detail(self) -> dict[str, Any]:
        """What the suppression keeps of it."""
        return {"reason": self.reason, "person": self.person, "until_ms": self.until_ms, "by": list(self.by)}


class Inhibition:
    """Which points each point with an `inhibits` rule takes along, worked out once; and which notices stand."""

    def __init__(self, points: Mapping[Key, Point], names: Callable[[str], Text]) -> None:
        """Index parents by what hangs below them; `names` gives the name of any asset of the network.

        `points` are in order: of two rules on one asset that inhibit each other, the earlier one is the parent.
        """
        self._points = points
        self._names = names
        self.outages: tuple[PlannedOutage, ...] = ()
        by_asset: dict[str, list[Point]] = {}
        self._parents: dict[Key, tuple[Key, ...]] = {}
        self._children: dict[Key, list[Key]] = {}
        self._below: dict[str, list[Key]] = {}
        for point in points.values():
            places = [*reversed(point.above), point.asset]
            # What a composite adds up cannot take it along as well: neither would be told.
            found = [
                p.key
                for asset in places
                for p in by_asset.get(asset, ())
                if point.rule.kind in p.rule.inhibits and p.key not in point.members
            ]
            self._relate(point.key, found)
            if point.rule.inhibits:
                by_asset.setdefault(point.asset, []).append(point)
            for asset in places:
                self._below.setdefault(asset, []).append(point.key)
        for point in points.values():
            if isinstance(point.rule, CompositeRule) and point.rule.takes_along:
                for member in point.members:
                    self._relate(member, [point.key], first=True)

    def _relate(self, child: Key, parents: Sequence[Key], *, first: bool = False) -> None:
        """Add parents of a point, the topmost first; a composite goes before them all."""
        before = self._parents.get(child, ())
        self._parents[child] = (*parents, *before) if first else (*before, *parents)
        for parent in parents:
            self._children.setdefault(parent, []).append(child)

    def children(self, parent: Key) -> list[Key]:
        """Points that hang below an inhibiting one."""
        return self._children.get(parent, [])

    def parents(self, child: Key) -> tuple[Key, ...]:
        """Points whose activity takes this one along, the topmost first."""
        return self._parents.get(child, ())

    def plan(self, outages: Iterable[PlannedOutage]) -> set[Key]:
        """Take the notices that are known now in place of those before; gives the points of all that are different."""
        before, self.outages = set(self.outages), tuple(outages)
        return {key for outage in before ^ set(self.outages) for key in self._below.get(outage.asset, ())}

    def passed(self, start_ms: int, end_ms: int) -> list[tuple[int, Key]]:
        """Starts and ends of notices within (start, end], each with the points it concerns, in order of time."""
        edges = [
            (at, key)
            for outage in self.outages
            for at in (outage.start_ms, outage.end_ms)
            if start_ms < at <= end_ms
            for key in self._below.get(outage.asset, ())
        ]
        return sorted(edges)

    def cause_of(self, key: Key, at_ms: int, is_active: Callable[[Key], bool]) -> Cause | None:
        """Why a point is suppressed by design at an instant: a notice that covers it, else the topmost active parent."""
        point = self._points[key]
        for outage in self.outages:
            if outage.covers(at_ms) and (outage.asset == point.asset or outage.asset in point.above):
                return self._noticed(outage, point)
        parent = next((parent for parent in self._parents.get(key, ()) if is_active(parent)), None)
        if parent is None:
            return None
        of = self._points[parent]
        return Cause(parent, f"{of.rule.name.en} / {of.rule.name.vi}: {of.name.vi} ({parent.rule}/{parent.asset})")

    def _noticed(self, outage: PlannedOutage, point: Point) -> Cause:
        name, until = self._names(outage.asset), clock(outage.end_ms, point.timezone, outage.start_ms)
        reason = f"Planned outage / Cắt theo kế hoạch: {name.vi}, {outage.reason_vi} / {outage.reason_en}, đến/until {until.en}"
        return Cause(Key(PLANNED_OUTAGE, outage.asset), reason, outage.person, outage.end_ms)
