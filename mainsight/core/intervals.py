"""Values on a regular grid of intervals."""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
ByteArray = NDArray[np.uint8]


COMPLETE = 0.95
"""Share of its expected intervals from which a sum or mean is told without a mark."""


@dataclass(frozen=True, slots=True, eq=False)
class Intervals:
    """One series on a regular grid, all arrays of shape (n,).

    Attributes:
        start_ms: interval starts, UTC milliseconds, ascending.
        value: mean of a gauge, increment of a register, last of a status; NaN where missing.
        low: least value inside the interval (equal to value at the finest level).
        high: greatest value inside the interval.
        quality: the lowest `Quality` of what the value stands on.
        completeness: share of the expected finer intervals present, 0 to 1.
        step_s: length of an interval, seconds; days are the zone's own and may last 23 or 25 h.

    """

    start_ms: IntArray
    value: FloatArray
    low: FloatArray
    high: FloatArray
    quality: ByteArray
    completeness: FloatArray
    step_s: int

    def __len__(self) -> int:
        """Number of intervals."""
        return len(self.start_ms)

    @property
    def incomplete(self) -> NDArray[np.bool_]:
        """Where less than `COMPLETE` of what is expected stands behind a value, shape (n,); true where the value is NaN."""
        # a share of 0.95 may be a hair less in binary
        return np.asarray(self.completeness < COMPLETE - 1e-9)

    @classmethod
    def empty(cls, step_s: int) -> Self:
        """No intervals."""
        none = np.empty(0)
        return cls(np.empty(0, np.int64), none, none, none, np.empty(0, np.uint8), none, step_s)
