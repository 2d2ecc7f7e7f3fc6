"""Looking back at alarms: transitions of a stretch of time, and how good the alarms of it were."""

from collections.abc import Callable

from mainsight.alarms.metrics import AlarmMetrics, measure
from mainsight.core.zonetime import DAY_S, MINUTE_MS, SECOND_MS
from mainsight.store.alarm_port import AlarmState, Transition

MONTH_MS = 30 * DAY_S * SECOND_MS
_PAGE = 5_000
_MOST = 200_000
_FRESH_MS = MINUTE_MS


class Retrospect:
    """Reads the past of alarms; the metrics of the last 30 days are worked out once a minute at most."""

    def __init__(self, state: AlarmState, clock: Callable[[], int]) -> None:
        """Read from `state`; `clock` gives UTC milliseconds."""
        self._state = state
        self._clock = clock
        self._month: tuple[int, AlarmMetrics] | None = None

    async def transitions(self, start_ms: int, end_ms: int) -> list[Transition]:
        """Transitions of [start, end) by event time, latest first; the latest 200,000 where there are more.

        Raises:
            StoreError: they could not be read.

        """
        found: dict[str, Transition] = {}
        until_ms = end_ms
        while len(found) < _MOST:
            page = await self._state.transitions(start_ms=start_ms, end_ms=until_ms, limit=_PAGE)
            fresh = {one.id: one for one in page if one.id not in found}
            found |= fresh
            if len(page) < _PAGE or not fresh:
                break
            until_ms = page[-1].event_ms + 1
        return list(found.values())

    async def metrics(self, start_ms: int, end_ms: int) -> AlarmMetrics:
        """Metrics of [start, end).

        Raises:
            StoreError: the transitions could not be read.

        """
        return measure(await self.transitions(start_ms, end_ms), start_ms, end_ms)

    async def month(self) -> AlarmMetrics:
        """Metrics of the 30 days up to now.

        Raises:
            StoreError: the transitions could not be read.

        """
        now_ms = self._clock()
        if self._month is None or now_ms - self._month[0] >= _FRESH_MS:
            self._month = now_ms, await self.metrics(now_ms - MONTH_MS, now_ms + 1)
        return self._month[1]
