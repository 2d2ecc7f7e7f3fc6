"""Who is silent: each silence rule's points against the newest reading of their meters."""

from collections.abc import Callable, Mapping, Sequence
from heapq import heappop, heappush

from mainsight.alarms.evaluate import allowed_ms
from mainsight.alarms.listening import Listening
from mainsight.alarms.points import Key, Point
from mainsight.alarms.rules import SilenceRule
from mainsight.alarms.state import held_active
from mainsight.core.network import Meter
from mainsight.core.readings import Reading
from mainsight.core.zonetime import SECOND_MS
from mainsight.store.alarm_port import AlarmRecord


class Silences:
    """Tells which points are to be judged now, and by which times. No clock."""

    def __init__(
        self,
        points: Mapping[Key, Point],
        meters: Mapping[str, Meter],
        last_ms: Mapping[str, int],
        started_ms: int,
        gone_ms: Mapping[str, int],
    ) -> None:
        """Take the points of silence rules.

        Both kept by others: `last_ms` is the newest reading of each meter, `gone_ms` names those that are gone.
        """
        found = [point for point in points.values() if isinstance(point.rule, SilenceRule)]
        self._last_ms = last_ms
        self.gone_ms = gone_ms
        self._listening = Listening(started_ms, meters)
        self._shared = [point for point in found if not _of_one(point)]
        self._points = [point for point in found if _of_one(point)]
        self._due = [(0, n) for n in range(len(self._points))]
        self._watched: set[int] = set()
        self._of_meter: dict[str, list[int]] = {}
        for n, point in enumerate(self._points):
            self._of_meter.setdefault(point.meters[0].id, []).append(n)

    @property
    def started_ms(self) -> int:
        """Since when it has listened."""
        return self._listening.started_ms

    def follow(self, before: "Silences") -> None:
        """Go on with what another has heard of the same meters."""
        self._listening = before._listening  # noqa: SLF001 - of its own kind

    def heard(self, readings: Sequence[Reading], now_ms: int) -> None:
        """Note who delivered the present and who the past."""
        self._listening.heard(readings, now_ms)

    def due(self, now_ms: int, is_active: Callable[[Key], bool]) -> list[Point]:
        """Points to be judged now: shares, what is silent, and meters that are overdue or gone. Others are left alone until they may be."""
        self._listening.tick(now_ms)
        gone = {n for meter in self.gone_ms for n in self._of_meter.get(meter, ())}
        for n in [n for n in self._watched - gone if not is_active(self._points[n].key)]:
            self._watched.discard(n)
            heappush(self._due, (self._next_ms(self._points[n]), n))
        while self._due and self._due[0][0] <= now_ms:
            self._watched.add(heappop(self._due)[1])
        self._watched |= gone
        return [*self._shared, *(self._points[n] for n in sorted(self._watched))]

    def is_gone(self, point: Point) -> bool:
        """Whether a point is on the silence of one meter, which is gone."""
        return _of_one(point) and point.meters[0].id in self.gone_ms

    def last_heard(self, point: Point, record: AlarmRecord, now_ms: int) -> dict[str, int]:
        """Newest reading of each meter, to judge its silence by.

        One that cannot be judged yet counts as heard, unless its alarm stands already; one that was never heard counts
        from the start of listening.
        """
        rule = point.rule
        assert isinstance(rule, SilenceRule), "collected as such"
        if held_active(record):
            return {meter.id: self._last_ms.get(meter.id, 0) for meter in point.meters}
        heard = {}
        for meter in point.meters:
            last = self.last(meter)
            quiet = now_ms - last > allowed_ms(rule, meter)
            heard[meter.id] = now_ms if quiet and not self._listening.can_judge(rule, meter, now_ms) else last
        return heard

    def last(self, meter: Meter) -> int:
        """Time of a meter's newest reading; the start of listening where it was never heard."""
        return self._last_ms.get(meter.id, self.started_ms)

    def _next_ms(self, point: Point) -> int:
        assert isinstance(point.rule, SilenceRule), "collected as such"
        meter = point.meters[0]
        return self.last(meter) + allowed_ms(point.rule, meter) + point.rule.on_delay_s * SECOND_MS + 1


def _of_one(point: Point) -> bool:
    return isinstance(point.rule, SilenceRule) and point.rule.share is None
