"""How far a change reaches: which intervals it may move, and which readings are needed to compute these."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mainsight.core.intervals import IntArray
from mainsight.core.quantities import Kind
from mainsight.core.zonetime import HOUR_MS
from mainsight.metering.gauges import LONGEST_GAP_MS
from mainsight.metering.registers import NEIGHBOURS
from mainsight.metering.series import Treatment
from mainsight.metering.values import SLOT_MS


@dataclass(frozen=True, slots=True)
class Window:
    """Stretches of time, half-open, UTC milliseconds, on quarter hours.

    Attributes:
        write: intervals that the change may move: computed and written.
        context: intervals computed, more than written, so that gaps at the ends of `write` are seen whole.
        read: readings needed.

    """

    write: tuple[int, int]
    context: tuple[int, int]
    read: tuple[int, int]


def window(treatment: Treatment, start_ms: int, end_ms: int, closed_ms: int) -> Window:
    """Window of a change in [start, end), as far as intervals have ended by `closed_ms`.

    A gauge's reading reaches as far as it stands and as gaps are filled. A register's reaches to its `NEIGHBOURS`, which
    are looked for nearby: `register_window` says where they are.
    """
    if treatment.kind is Kind.REGISTER:
        near = near_ms(treatment)
        read = start_ms - near, end_ms + near
        return Window((start_ms, min(end_ms, closed_ms)), (start_ms, min(end_ms, closed_ms)), read)
    return around(treatment, _slots(start_ms - LONGEST_GAP_MS, min(end_ms + LONGEST_GAP_MS + treatment.interval_ms, closed_ms)), closed_ms)


def around(treatment: Treatment, write: tuple[int, int], closed_ms: int) -> Window:
    """Window of a gauge's intervals that are to be written, with what is needed to compute them."""
    reach = LONGEST_GAP_MS + SLOT_MS
    context = write[0] - reach, min(write[1] + reach, closed_ms)
    return Window(write, context, _slots(context[0] - max(treatment.interval_ms, LONGEST_GAP_MS), context[1]))


def near_ms(treatment: Treatment) -> int:
    """Distance within which a register's neighbours are looked for first."""
    return HOUR_MS + (NEIGHBOURS + 1) * treatment.interval_ms


def far_ms(treatment: Treatment) -> int:
    """Distance beyond which a register's readings matter no more: its neighbours are judged apart past longer gaps."""
    return near_ms(treatment) + NEIGHBOURS * treatment.register.longest_spread_ms


def register_window(time_ms: IntArray, start_ms: int, end_ms: int, closed_ms: int) -> tuple[tuple[int, int], bool]:
    """Intervals that a change of a register in [start, end) may move, and whether neighbours on both sides were found.

    Args:
        time_ms: instants of the readings at hand, ascending, shape (m,).
        start_ms: of the change.
        end_ms: of the change.
        closed_ms: end of the latest interval that is over.

    """
    first = int(np.searchsorted(time_ms, start_ms)) - NEIGHBOURS
    last = int(np.searchsorted(time_ms, end_ms)) + NEIGHBOURS - 1
    if not len(time_ms):
        return (start_ms, min(end_ms, closed_ms)), False
    write_start = min(int(time_ms[max(first, 0)]), start_ms)
    write_end = max(int(time_ms[min(last, len(time_ms) - 1)]) + 1, end_ms)
    return _slots(write_start, min(write_end, closed_ms)), first >= 0 and last < len(time_ms)


def _slots(start_ms: int, end_ms: int) -> tuple[int, int]:
    return start_ms // SLOT_MS * SLOT_MS, -(-end_ms // SLOT_MS) * SLOT_MS


def merged(spans: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Spans in order, those that touch as one."""
    found: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if found and start <= found[-1][1]:
            found[-1] = found[-1][0], max(found[-1][1], end)
        else:
            found.append((start, end))
    return found
