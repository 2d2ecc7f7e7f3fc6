"""How fast a value changes, and how long it has not."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from math import isnan, nan
from typing import Literal, NamedTuple

from mainsight.alarms.derived.port import Fed, Trail
from mainsight.alarms.signal import Sample
from mainsight.core.readings import Series
from mainsight.core.zonetime import HOUR_MS


class Rate:
    """Change per hour over a stretch, against the newest reading that is at least so old; positive in the watched direction.

    There is no sample before the stretch is covered. Over a gap as long as the stretch itself the rate is not known: NaN.
    """

    ends_with_input = True

    def __init__(self, series: Series, direction: Literal["rise", "fall", "either"], over_ms: int, lateness_ms: int) -> None:
        """Watch a series."""
        self.inputs = (series,)
        self.looks_back_ms = 2 * over_ms
        self._direction = direction
        self._over_ms = over_ms
        self._lateness_ms = lateness_ms
        self._trail = Trail()

    def take(self, fed: Sequence[Fed]) -> list[Sample]:
        """See `Derivation.take`."""
        first = _put_all(self._trail, fed)
        if first is None:
            return []
        samples = [sample for n in range(first, len(self._trail)) if (sample := self._sample(n)) is not None]
        settled = bisect_left(self._trail.at, self._trail.at[-1] - self._lateness_ms - self._over_ms)
        self._trail.forget(max(0, settled - 1))
        return samples

    def _sample(self, n: int) -> Sample | None:
        at_ms, value = self._trail.at[n], self._trail.value[n]
        then = bisect_right(self._trail.at, at_ms - self._over_ms) - 1
        if then < 0:
            return None
        elapsed_ms = at_ms - self._trail.at[then]
        if elapsed_ms > 2 * self._over_ms:
            return Sample(at_ms, nan)
        rate = (value - self._trail.value[then]) * HOUR_MS / elapsed_ms
        return Sample(at_ms, {"rise": rate, "fall": -rate, "either": abs(rate)}[self._direction])


class _Anchor(NamedTuple):
    """Since when a value has been the same, and which."""

    at_ms: int
    value: float


class Stillness:
    """Hours for which a value has not moved by more than a tolerance; 0 while it is not above what is judged."""

    ends_with_input = True

    def __init__(self, series: Series, tolerance: float, above: float, over_ms: int, lateness_ms: int) -> None:
        """Watch a series."""
        self.inputs = (series,)
        self.looks_back_ms = over_ms
        self._tolerance = tolerance
        self._above = above
        self._lateness_ms = lateness_ms
        self._trail = Trail()
        self._anchors: list[_Anchor | None] = []
        self._base: _Anchor | None = None

    def take(self, fed: Sequence[Fed]) -> list[Sample]:
        """See `Derivation.take`."""
        first = _put_all(self._trail, fed)
        if first is None:
            return []
        del self._anchors[first:]
        samples = [self._extend(n) for n in range(first, len(self._trail))]
        settled = bisect_left(self._trail.at, self._trail.at[-1] - self._lateness_ms)
        if settled:
            self._base = self._anchors[settled - 1]
            self._trail.forget(settled)
            del self._anchors[:settled]
        return samples

    def _extend(self, n: int) -> Sample:
        at_ms, value = self._trail.at[n], self._trail.value[n]
        anchor = self._anchors[n - 1] if n else self._base
        if not isnan(value) and (anchor is None or abs(value - anchor.value) > self._tolerance or value <= self._above):
            anchor = _Anchor(at_ms, value)
        self._anchors.append(anchor)
        return Sample(at_ms, nan if isnan(value) or anchor is None else (at_ms - anchor.at_ms) / HOUR_MS)


def _put_all(trail: Trail, fed: Iterable[Fed]) -> int | None:
    """Put readings in their places; the index from which something has changed, None where nothing has."""
    first: int | None = None
    for one in fed:
        index = trail.put(one.at_ms, one.value)
        if index is not None:
            first = index if first is None else min(first, index)
    return first
