"""Whether a meter's values can be trusted: intervals that are missing or doubtful, meters that drift apart.

Everything is told at the boundary of an interval, over the whole intervals before it.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import accumulate
from math import fsum, nan
from typing import Literal

from mainsight.alarms.derived.port import Fed
from mainsight.alarms.signal import Sample
from mainsight.core.readings import Series

_OPEN = 3
"""Newest intervals whose readings are kept one by one, so that a duplicate counts once."""
_LEAST_SHARE = 0.5
"""Of the intervals that both sides need before they are compared."""


class Presence:
    """Percent of a meter's intervals that are missing, suspect or either.

    An interval without a reading is missing; one with a reading that is doubted is suspect. There is no sample before the
    whole stretch has passed since the first reading: nobody knows what was before.
    """

    ends_with_input = False

    def __init__(self, series: Series, check: Literal["missing", "suspect", "doubtful"], interval_ms: int, intervals: int) -> None:
        """Watch a series over so many intervals."""
        self.inputs = (series,)
        self.looks_back_ms = (intervals + 1) * interval_ms
        self._check = check
        self._interval_ms = interval_ms
        self._intervals = intervals
        self._seen: dict[int, bool] = {}
        self._first = self._head = 0
        self._closed = False

    def take(self, fed: Sequence[Fed]) -> list[Sample]:
        """See `Derivation.take`."""
        head, changed = self._head, []
        for one in fed:
            at = one.at_ms // self._interval_ms
            if not self._seen:
                self._first = self._head = head = at
            if not self._closed:
                self._first = min(self._first, at)
            if at >= self._first and (at not in self._seen or (one.doubted and not self._seen[at])):
                self._seen[at] = one.doubted
                changed.append(at)
        if not changed:
            return []
        self._head = max(head, *changed)
        samples = list(self._shares(max(min(*changed, head) + 1, self._first + self._intervals), self._head))
        if self._head - 2 * self._intervals > self._first:
            self._first, self._closed = self._head - 2 * self._intervals, True
            self._seen = {at: doubted for at, doubted in self._seen.items() if at >= self._first}
        return samples

    def _shares(self, begin: int, end: int) -> Iterator[Sample]:
        """Samples at the boundaries from `begin` to `end`, both included."""
        start = begin - self._intervals
        sums = list(accumulate((self._counts(at) for at in range(start, end)), initial=0))
        for boundary in range(begin, end + 1):
            last = boundary - start
            share = 100.0 * (sums[last] - sums[last - self._intervals]) / self._intervals
            yield Sample(boundary * self._interval_ms, share)

    def _counts(self, at: int) -> bool:
        doubted = self._seen.get(at)
        if doubted is None:
            return self._check != "suspect"
        return doubted and self._check != "missing"


class Drift:
    """Percent by which the sum of some meters differs from that of others, over whole intervals that all of them have."""

    ends_with_input = False

    def __init__(self, mains: Sequence[Series], parts: Sequence[Series], interval_ms: int, intervals: int) -> None:
        """Compare the sums of mean values."""
        self.inputs = (*mains, *parts)
        self.looks_back_ms = (intervals + 1) * interval_ms
        self._mains, self._parts = tuple(mains), tuple(parts)
        self._interval_ms = interval_ms
        self._intervals = intervals
        self._means = {series: _Means() for series in self.inputs}

    def take(self, fed: Sequence[Fed]) -> list[Sample]:
        """See `Derivation.take`."""
        before = self._told()
        changed = [at for one in fed if self._means[one.series].put(at := one.at_ms // self._interval_ms, one.at_ms, one.value)]
        told = self._told()
        if not changed or told is None:
            return []
        first = min(changed) + 1 if before is None else min(*changed, before) + 1
        begin = max(first, told - self._intervals)
        samples = [Sample(boundary * self._interval_ms, self._difference(boundary)) for boundary in range(begin, told + 1)]
        for means in self._means.values():
            means.forget(told - 2 * self._intervals)
        return samples

    def _told(self) -> int | None:
        """Newest boundary that all meters have passed, or that one has passed by a whole interval; None before all were heard."""
        heads = [means.head for means in self._means.values() if means.head is not None]
        return max(min(heads), max(heads) - 1) if len(heads) == len(self._means) else None

    def _difference(self, boundary: int) -> float:
        whole = [at for at in range(boundary - self._intervals, boundary) if all(at in means.by_interval for means in self._means.values())]
        main = self._sum(self._mains, whole)
        if len(whole) < _LEAST_SHARE * self._intervals or main == 0:
            return nan
        return 100.0 * abs(main - self._sum(self._parts, whole)) / abs(main)

    def _sum(self, of: Sequence[Series], at: Sequence[int]) -> float:
        return fsum(self._means[series].by_interval[one] for series in of for one in at)


class _Means:
    """Mean value of each interval of one series."""

    def __init__(self) -> None:
        self.by_interval: dict[int, float] = {}
        self.head: int | None = None
        self._readings: dict[int, dict[int, float]] = {}

    def put(self, interval: int, at_ms: int, value: float) -> bool:
        """Add a reading; whether it changed a mean. Intervals that were closed take no more."""
        closed = interval in self.by_interval and interval not in self._readings
        readings: Mapping[int, float] = {} if closed else self._readings.setdefault(interval, {})
        if closed or readings.get(at_ms) == value:
            return False
        self._readings[interval][at_ms] = value
        self.by_interval[interval] = fsum(readings.values()) / len(readings)
        self.head = interval if self.head is None else max(self.head, interval)
        for old in [one for one in self._readings if one <= self.head - _OPEN]:
            del self._readings[old]
        return True

    def forget(self, before: int) -> None:
        """Drop intervals before one."""
        for old in [one for one in self.by_interval if one < before]:
            del self.by_interval[old]
