"""A criterion over a whole history at once: which samples turn the condition, found on arrays.

It says the same as `mainsight.alarms.signal.advance` taken sample by sample, at a cost that goes with the number of turns.
"""

import numpy as np

from mainsight.alarms.signal import Criterion
from mainsight.core.intervals import FloatArray, IntArray


def turning(criterion: Criterion, at_ms: IntArray, value: FloatArray) -> list[int]:
    """Indices of the samples that begin a change of the condition or settle it, ascending; the first condition is normal.

    Args:
        criterion: limit, deadband and delays.
        at_ms: times, UTC milliseconds, ascending, shape (n,).
        value: samples, same shape; NaN holds the condition, and ends a running off-delay.

    """
    excess = (value - criterion.limit) * (1.0 if criterion.high else -1.0)
    missing = np.isnan(value)
    on, off = excess > 0, excess < -criterion.deadband
    ways = (
        _Way(at_ms, on, ~on & ~missing, criterion.on_delay_ms),
        _Way(at_ms, off, ~off, criterion.off_delay_ms),
    )
    found: list[int] = []
    active, position = False, 0
    while (change := ways[active].next(position)) is not None:
        begin, settled = change
        found += [begin] if begin == settled else [begin, settled]
        active, position = not active, settled + 1
    return found


class _Way:
    """One direction: samples that want the change, and samples that break a run of them."""

    def __init__(self, at_ms: IntArray, wants: np.ndarray, breaks: np.ndarray, delay_ms: int) -> None:
        self._at_ms = at_ms
        self._wants = np.flatnonzero(wants)
        self._breaks = np.flatnonzero(breaks)
        self._delay_ms = delay_ms

    def next(self, position: int) -> tuple[int, int] | None:
        """Begin and end of the first run from a position on that lasts for the delay; None when there is none."""
        while (begin := _from(self._wants, position)) is not None:
            due = begin if not self._delay_ms else int(np.searchsorted(self._at_ms, self._at_ms[begin] + self._delay_ms))
            settled, broken = _from(self._wants, due), _from(self._breaks, begin)
            if settled is not None and (broken is None or settled < broken):
                return begin, settled
            if broken is None:
                return None
            position = broken
        return None


def _from(indices: IntArray, position: int) -> int | None:
    """The first of ascending indices that is not before a position."""
    place = int(np.searchsorted(indices, position))
    return int(indices[place]) if place < len(indices) else None
