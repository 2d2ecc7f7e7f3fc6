"""Bills as register readings.

A bill says how much was used between two days. It is kept as what it stands for: a register that was read on both days.
The register is ours and starts at 0; successive bills go on where the one before ended. After a period without a bill it
starts at 0 again, which metering takes for an exchange, so that the period is missing rather than zero. A meter so billed
is registered with an interval of a day or more, and metering shares each difference out evenly (estimated, E4).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from mainsight.core.readings import Reading, Series
from mainsight.store.port import Raw


@dataclass(frozen=True, slots=True)
class Bill:
    """What was billed to a meter from one instant to another (UTC milliseconds), at the meter's terminals."""

    series: Series
    start_ms: int
    end_ms: int
    amount: float
    line: int
    """Of the file it came from."""


def known_bills(series: Series, raw: Raw) -> list[Bill]:
    """Bills that a series' readings stand for: its differences, but for those where it starts again."""
    readings = list(zip(raw.time_ms.tolist(), raw.value.tolist(), strict=True))
    return [Bill(series, a, b, after - before, 0) for (a, before), (b, after) in pairwise(readings) if after >= before]


def merge(known: Sequence[Bill], new: Sequence[Bill]) -> tuple[list[Bill], list[Bill]]:
    """Bills of one series, known and new, in order of time, and the new ones that contradict others.

    A bill of the same period as another takes its place; one that overlaps others otherwise is left out.
    """
    periods = {(bill.start_ms, bill.end_ms): bill for bill in known}
    refused = []
    for bill in new:
        key = bill.start_ms, bill.end_ms
        if key not in periods and any(start < bill.end_ms and bill.start_ms < end for start, end in periods):
            refused.append(bill)
        else:
            periods[key] = bill
    return [periods[key] for key in sorted(periods)], refused


def register_readings(bills: Sequence[Bill], arrival_ms: int) -> list[Reading]:
    """Register readings that bills of one series, in order and apart, stand for; rounded to 6 decimals."""
    readings = []
    runs = _runs(bills)
    for run in runs:
        # It has to fall where the next run starts at 0, so that one in which nothing was used starts a unit higher.
        value = 1.0 if run is not runs[-1] and not any(bill.amount for bill in run) else 0.0
        readings.append(Reading(*run[0].series, run[0].start_ms, value, arrival_ms))
        for bill in run:
            value = round(value + bill.amount, 6)
            readings.append(Reading(*bill.series, bill.end_ms, value, arrival_ms))
    return readings


def _runs(bills: Sequence[Bill]) -> list[list[Bill]]:
    """Bills without a gap between them, run by run."""
    runs: list[list[Bill]] = []
    for bill in bills:
        if runs and runs[-1][-1].end_ms == bill.start_ms:
            runs[-1].append(bill)
        else:
            runs.append([bill])
    return runs
