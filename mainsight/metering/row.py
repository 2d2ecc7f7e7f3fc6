"""A series of a chunk, with what is to be computed of it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from mainsight.core.intervals import IntArray
from mainsight.core.readings import Series
from mainsight.metering.parameters import Checks
from mainsight.metering.series import Treatment
from mainsight.metering.values import SLOT_MS, Mask
from mainsight.metering.windows import Window
from mainsight.store.port import Dirty, Raw

Span = tuple[int, int]
NO_READINGS = Raw(np.empty(0, np.int64), np.empty(0), np.empty(0, np.int64), np.empty(0, np.int64))


@dataclass(frozen=True, slots=True, eq=False)
class Row:
    """A series of the chunk.

    Attributes:
        dirty: changed stretches; none for a series that is only compared again.
        due: what is computed from readings, as far as intervals are over.
        judged: [start, end) in which marks may change.

    """

    series: Series
    treatment: Treatment
    checks: Checks
    dirty: tuple[Dirty, ...]
    due: tuple[Window, ...]
    judged: Span


def due_of(rows: Sequence[Row], time_ms: IntArray) -> Mask:
    """Quarter hours of each row that are computed from readings, (m, n)."""
    return within([[found.write for found in row.due] for row in rows], time_ms)


def judged_of(rows: Sequence[Row], time_ms: IntArray) -> Mask:
    """Quarter hours of each row in which marks may change, (m, n)."""
    return within([[row.judged] for row in rows], time_ms)


def within(spans: Sequence[Iterable[Span]], time_ms: IntArray) -> Mask:
    """Quarter hours that start in one of each row's spans, (m, n).

    Args:
        spans: of each of m rows, [start, end).
        time_ms: starts of n quarter hours that follow each other.

    """
    inside = np.zeros((len(spans), len(time_ms)), np.bool_)
    for number, found in enumerate(spans):
        for span in found:
            first, end = places(span, time_ms)
            inside[number, first:end] = True
    return inside


def places(span: Span, time_ms: IntArray) -> Span:
    """Places [first, end) of the quarter hours that start in a span."""
    first, end = (-((int(time_ms[0]) - at) // SLOT_MS) for at in span)
    return max(first, 0), min(max(end, 0), len(time_ms))
