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
FoundArray = NDArray[np.uint32]


@dataclass(frozen=True, slots=True, eq=False)
class Values:
    """Values of n successive intervals of one series, shape (n,), or of m series, (m, n): NaN with quality MISSING where there is none."""

    value: FloatArray
    quality: ByteArray
    rule: ByteArray
    """Numbers of `Rule`: the one that is told."""
    found: FoundArray
    """Bits of all rules that spoke, `1 << rule`."""

    @classmethod
    def of(cls, value: FloatArray) -> "Values":
        """Measured where there is a value, missing elsewhere."""
        quality = np.where(np.isnan(value), Quality.MISSING, Quality.MEASURED).astype(np.uint8)
        return cls(value, quality, np.zeros(value.shape, np.uint8), np.zeros(value.shape, np.uint32))

    def row(self, number: int) -> "Values":
        """One series of several, sharing memory."""
        return Values(self.value[number], self.quality[number], self.rule[number], self.found[number])

    def where(self, chosen: Mask) -> "Values":
        """Some of them, one after the other."""
        return Values(self.value[chosen], self.quality[chosen], self.rule[chosen], self.found[chosen])

    def put(self, where: Mask | slice | tuple[IntArray, IntArray], others: "Values") -> None:
        """Take others' place; in place."""
        self.value[where], self.quality[where], self.rule[where], self.found[where] = (
            others.value,
            others.quality,
            others.rule,
            others.found,
        )

    def mark(self, where: Mask, quality: Quality, rule: Rule) -> None:
        """Lower the quality of some values and say why; missing ones stay missing. In place."""
        if not where.any():
            return
        there = where & (self.quality != Quality.MISSING)
        self.quality[there] = np.minimum(self.quality[there], quality)
        self.rule[there] = np.maximum(self.rule[there], rule)
        self.found[there] |= np.uint32(1 << rule)

    def fill(self, where: Mask, value: FloatArray | float, rule: Rule) -> None:
        """Estimate missing values by a rule; others, and those for which nothing finite is given, stay. In place."""
        given = np.broadcast_to(value, self.value.shape)
        there = where & (self.quality == Quality.MISSING) & np.isfinite(given)
        self.value[there] = given[there].round(6)
        self.quality[there] = Quality.ESTIMATED
        self.rule[there] = rule
        self.found[there] |= np.uint32(1 << rule)

    def told(self, rule: Rule) -> Mask:
        """Where a rule spoke."""
        spoke: Mask = (self.found & np.uint32(1 << rule)) != 0
        return spoke


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


def holding(instants: IntArray, borders: IntArray) -> Mask:
    """Intervals that hold some of the instants.

    Args:
        instants: ascending, shape (m,).
        borders: shape (n + 1,).

    Returns:
        Shape (n,).

    """
    held: Mask = np.searchsorted(instants, borders[1:]) > np.searchsorted(instants, borders[:-1])
    return held
