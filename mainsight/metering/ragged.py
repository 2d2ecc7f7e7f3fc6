"""Series of different lengths end to end, so that numpy goes over all of them at once instead of over one after the other."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mainsight.core.intervals import IntArray
from mainsight.metering.values import Mask


@dataclass(frozen=True, slots=True, eq=False)
class Ragged:
    """Where m rows lie in arrays that hold them end to end: row r from `first[r]` to `first[r + 1]`, shape (m + 1,)."""

    first: IntArray

    @classmethod
    def of(cls, lengths: Iterable[int]) -> "Ragged":
        """Rows of these lengths."""
        return cls(np.cumsum([0, *lengths], dtype=np.int64))

    @property
    def lengths(self) -> IntArray:
        """Of the rows, (m,)."""
        return np.diff(self.first)

    @property
    def row(self) -> IntArray:
        """The row that each place lies in, as long as all rows together."""
        return np.repeat(np.arange(len(self.first) - 1), self.lengths)

    def part(self, row: int) -> slice:
        """Places of one row."""
        return slice(int(self.first[row]), int(self.first[row + 1]))

    def kept(self, places: Mask) -> "Ragged":
        """Rows of which only some places are left."""
        return Ragged(np.concatenate([[0], np.cumsum(places)])[self.first])

    def chosen(self, rows: Mask) -> tuple["Ragged", Mask]:
        """Some of the rows, and their places among all."""
        return Ragged.of(self.lengths[rows].tolist()), np.repeat(rows, self.lengths)

    def between(self) -> Mask:
        """Of what lies between two neighbouring places, what does not lead from one row to the next: intervals between borders.

        Shape (all - 1,), for rows that are not empty.
        """
        inside = np.ones(int(self.first[-1]) - 1, np.bool_)
        inside[self.first[1:-1] - 1] = False
        return inside


def end_to_end(parts: Sequence[NDArray[np.int64]], others: Sequence[NDArray[np.int64]], apart: int) -> IntArray:
    """What to add to the times of each row, of which there are two kinds, so that rows follow each other at a distance, shape (m,).

    Times of row r then lie in [r * width + apart, (r + 1) * width - apart) for some width: what is looked for about one row's is
    never another's.
    """
    ends = [int(end) for one in (*parts, *others) if len(one) for end in (one[0], one[-1])]
    low, high = min(ends), max(ends)
    return np.arange(len(parts), dtype=np.int64) * (high - low + 2 * apart + 1) - low + apart
