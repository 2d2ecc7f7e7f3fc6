"""Interval values under computation, and the grid of quarter hours they lie on."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mainsight.core.intervals import ByteArray, FloatArray, IntArray
from mainsight.core.quality import Quality
from mainsight.metering.rules import Rule

SLOT_MS = 900_000
"""Final values are by the quarter hour."""
Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Values:
    """Values of n successive intervals, arrays of shape (n,): NaN with quality MISSING where there is none."""

    value: FloatArray
    quality: ByteArray
    rule: ByteArray
    """Numbers of `Rule`."""

    @classmethod
    def of(cls, value: FloatArray) -> "Values":
        """Measured where there is a value, missing elsewhere."""
        quality = np.where(np.isnan(value), Quality.MISSING, Quality.MEASURED).astype(np.uint8)
        return cls(value, quality, np.zeros(len(value), np.uint8))

    def mark(self, where: Mask, quality: Quality, rule: Rule) -> None:
        """Lower the quality of some values and say why; missing ones stay missing. In place."""
        there = where & (self.quality != Quality.MISSING)
        self.quality[there] = np.minimum(self.quality[there], quality)
        self.rule[there] = np.maximum(self.rule[there], rule)


def edges(start_ms: int, end_ms: int) -> IntArray:
    """Borders of the quarter hours that cover [start, end), shape (n + 1,), UTC milliseconds."""
    return np.arange(start_ms // SLOT_MS * SLOT_MS, -(-end_ms // SLOT_MS) * SLOT_MS + 1, SLOT_MS, dtype=np.int64)


def overlap_ms(from_ms: IntArray, to_ms: IntArray, borders: IntArray) -> FloatArray:
    """How much of each interval is covered by segments that are in order and apart.

    Args:
        from_ms: starts of segments, ascending, shape (m,).
        to_ms: their ends, each no later than the next start, shape (m,).
        borders: shape (n + 1,).

    Returns:
        Milliseconds, shape (n,).

    """
    if not len(from_ms):
        return np.zeros(len(borders) - 1)
    length = (to_ms - from_ms).astype(np.float64)
    covered = np.cumsum(length)
    knots = np.column_stack([from_ms, to_ms]).ravel()
    total = np.column_stack([covered - length, covered]).ravel()
    return np.diff(np.interp(borders, knots, total))
