"""Whether silence can be judged: whoever has only just begun to listen, or is being sent the past, cannot tell who is silent."""

from collections.abc import Iterable, Mapping

from mainsight.alarms.evaluate import allowed_ms
from mainsight.alarms.rules import SilenceRule
from mainsight.core.network import Meter
from mainsight.core.readings import Reading
from mainsight.core.zonetime import SECOND_MS

GRACE_MS = 30 * SECOND_MS
"""Least time of listening before a meter is judged; longer for meters that report less often."""


class Listening:
    """Since when the present has been heard.

    While most of the meters that are heard deliver the past (a back-fill, a broker's queue after an outage), the feed is
    catching up, and listening begins anew each second.
    """

    def __init__(self, started_ms: int, meters: Mapping[str, Meter]) -> None:
        """Begin to listen."""
        self.started_ms = started_ms
        self._since_ms = started_ms
        self._meters = meters
        self._late: set[str] = set()
        self._fresh: set[str] = set()

    def heard(self, readings: Iterable[Reading], now_ms: int) -> None:
        """Note who delivered the present and who the past."""
        for reading in readings:
            meter = self._meters.get(reading.meter)
            if meter is not None:
                late = now_ms - reading.time_ms > max(3 * meter.reports_s, 300) * SECOND_MS
                (self._late if late else self._fresh).add(reading.meter)

    def tick(self, now_ms: int) -> None:
        """Settle what was heard since the last tick."""
        if len(self._late - self._fresh) > len(self._fresh):
            self._since_ms = now_ms
        self._late.clear()
        self._fresh.clear()

    def can_judge(self, rule: SilenceRule, meter: Meter, now_ms: int) -> bool:
        """Whether the meter would have been heard by now if it were sending."""
        grace = max(GRACE_MS, min(allowed_ms(rule, meter), rule.intervals * meter.reports_s * SECOND_MS))
        return now_ms - self._since_ms > grace
