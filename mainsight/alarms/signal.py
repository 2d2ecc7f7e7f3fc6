"""From samples to a condition: limits, deadband and delays, on the samples' own time.

A `Window` keeps the samples of the lateness window and the signal before them, so that a sample that comes late is put
where it belongs and all after it is judged again: order of arrival does not matter within the window.
"""

import math
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple, Self


class Sample(NamedTuple):
    """A value at an instant, UTC milliseconds; NaN where it is missing or bad."""

    at_ms: int
    value: float


class Criterion(NamedTuple):
    """When samples are out of order.

    Attributes:
        limit: passed when a value lies beyond it, strictly.
        deadband: it clears only beyond limit less deadband (high), limit plus deadband (low); at least 0.
        high: whether beyond means above.
        on_delay_ms, off_delay_ms: how long a run of samples must last before it counts.
        quiet_ms: samples further apart than this have a gap between them, which is as good as a missing value; 0 for never.

    """

    limit: float
    deadband: float = 0.0
    high: bool = True
    on_delay_ms: int = 0
    off_delay_ms: int = 0
    quiet_ms: int = 0


class Change(NamedTuple):
    """The condition became active or normal, at the time of the sample that settled it."""

    at_ms: int
    active: bool
    value: float


class Signal(NamedTuple):
    """What the samples up to `at_ms` say.

    Attributes:
        at_ms: time of the last sample.
        value: its value; NaN when it was missing or bad, which holds `active` as it is.
        active: whether the condition holds.
        since_ms: since when.
        pending_ms: since when the opposite has held, while its delay runs.

    """

    at_ms: int = 0
    value: float = math.nan
    active: bool = False
    since_ms: int = 0
    pending_ms: int | None = None


def advance(criterion: Criterion, signal: Signal, sample: Sample) -> Signal:
    """Take the next sample, which is not before the signal's time.

    A missing value, or a gap, holds the condition and ends a running off-delay, so that it never clears an alarm; a running
    on-delay goes on with the next value. Delays end at a sample, never between two.
    """
    at_ms, value = sample
    if math.isnan(value):
        return signal._replace(at_ms=at_ms, value=value, pending_ms=None if signal.active else signal.pending_ms)
    if not _wants_change(criterion, signal.active, value):
        return Signal(at_ms, value, signal.active, signal.since_ms)
    began = at_ms if signal.pending_ms is None or _ends_off_delay(criterion, signal, at_ms) else signal.pending_ms
    delay = criterion.off_delay_ms if signal.active else criterion.on_delay_ms
    if at_ms - began < delay:
        return Signal(at_ms, value, signal.active, signal.since_ms, began)
    return Signal(at_ms, value, not signal.active, at_ms)


def _ends_off_delay(criterion: Criterion, signal: Signal, at_ms: int) -> bool:
    """Whether the source was quiet for so long that what was about to clear has to begin anew."""
    return signal.active and 0 < criterion.quiet_ms < at_ms - signal.at_ms


def _wants_change(criterion: Criterion, active: bool, value: float) -> bool:
    sign = 1.0 if criterion.high else -1.0
    excess = sign * (value - criterion.limit)
    return excess < -criterion.deadband if active else excess > 0


class Window(NamedTuple):
    """A signal with the samples that may still be joined by late ones.

    Attributes:
        base: signal before the first of `samples`; samples at or before its time are too late.
        samples: in order of time, one an instant.
        head: signal after the last of them.

    """

    base: Signal = Signal()
    samples: tuple[Sample, ...] = ()
    head: Signal = Signal()

    def changes(self, criterion: Criterion) -> list[Change]:
        """All changes inside the window, in order of time."""
        return list(_walk(criterion, self.base, self.samples)[1])

    def to_json(self) -> dict[str, Any]:
        """Plain data, NaN as null."""
        return {
            "base": [None if isinstance(x, float) and math.isnan(x) else x for x in self.base],
            "samples": [[at, None if math.isnan(value) else value] for at, value in self.samples],
        }

    @classmethod
    def from_json(cls, criterion: Criterion, data: dict[str, Any]) -> Self:
        """Build again what `to_json` gave."""
        at_ms, value, active, since_ms, pending_ms = data["base"]
        base = Signal(at_ms, math.nan if value is None else value, active, since_ms, pending_ms)
        samples = tuple(Sample(at, math.nan if value is None else value) for at, value in data["samples"])
        return cls(base, samples, _walk(criterion, base, samples)[0])


class Absorbed(NamedTuple):
    """The window after new samples, and what they changed.

    Attributes:
        window: with the samples in their places.
        changes: what follows the last change that was the same before, in order of time: new ones and moved ones.

    """

    window: Window
    changes: Sequence[Change]


def absorb(criterion: Criterion, window: Window, samples: Iterable[Sample], lateness_ms: int) -> Absorbed:
    """Put samples, in any order, into the window.

    Duplicates change nothing; of two values for one instant the one absorbed last holds. Samples older than the window
    are left out.
    """
    fresh = sorted({s.at_ms: s for s in samples if s.at_ms > window.base.at_ms}.values())
    if not fresh:
        return Absorbed(window, ())
    if fresh[0].at_ms > window.head.at_ms:
        head, changes = _walk(criterion, window.head, fresh)
        merged = window.samples + tuple(fresh)
    else:
        before = window.changes(criterion)
        merged = _merge(window.samples, fresh)
        head, after = _walk(criterion, window.base, merged)
        changes = after[_common(before, after) :]
    return Absorbed(_trim(criterion, Window(window.base, merged, head), lateness_ms), changes)


def _walk(criterion: Criterion, signal: Signal, samples: Iterable[Sample]) -> tuple[Signal, list[Change]]:
    changes = []
    for sample in samples:
        after = advance(criterion, signal, sample)
        if after.active is not signal.active:
            changes.append(Change(after.at_ms, after.active, after.value))
        signal = after
    return signal, changes


def _merge(kept: tuple[Sample, ...], fresh: Sequence[Sample]) -> tuple[Sample, ...]:
    by_time = {sample.at_ms: sample for sample in kept} | {sample.at_ms: sample for sample in fresh}
    return tuple(by_time[at] for at in sorted(by_time))


def _common(before: Sequence[Change], after: Sequence[Change]) -> int:
    pairs = zip(before, after, strict=False)
    return next((n for n, (old, new) in enumerate(pairs) if old[:2] != new[:2]), min(len(before), len(after)))


def _trim(criterion: Criterion, window: Window, lateness_ms: int) -> Window:
    """Fold samples that no late one can come before into the base."""
    settled = bisect_left(window.samples, (window.head.at_ms - lateness_ms,))
    if settled == 0:
        return window
    base, _ = _walk(criterion, window.base, window.samples[:settled])
    return Window(base, window.samples[settled:], window.head)
