"""In time: which of a message's values keep their own time, and which get that of arrival."""

from collections.abc import Sequence
from typing import NamedTuple

from collector.envelope import Block


class Placed(NamedTuple):
    """Blocks of one message by what became of their times.

    Attributes:
        own: every time is the device's own and inside the window.
        arrival: the times are those of arrival.
        refused: blocks that have no usable time and cannot take that of arrival.

    """

    own: list[Block]
    arrival: list[Block]
    refused: list[Block]


def in_window(times: Sequence[int | None], low: int, high: int) -> bool:
    """Whether all times are there and inside [low, high]."""
    if len(times) == 1:
        time = times[0]
        return time is not None and low <= time <= high
    known = [time for time in times if time is not None]
    return len(known) == len(times) and (not known or (low <= min(known) and max(known) <= high))


def place(blocks: Sequence[Block], low: int, high: int, arrival_ms: int, *, retained: bool) -> Placed:
    """Sort the blocks of a message by their times.

    What lies outside [low, high] takes the arrival time when a device has one such time in the message and no quantity
    twice: one sample with a clock that is wrong or missing. Several would fall on one instant, so they are refused; so
    is all of a retained message that has no time of its own.
    """
    own: list[Block] = []
    outside: dict[str, list[Block]] = {}
    for block in blocks:
        if in_window(block.times, low, high):
            own.append(block)
            continue
        inside = [time is not None and low <= time <= high for time in block.times]
        if any(inside):
            own.append(_rows(block, inside))
        outside.setdefault(block.device, []).append(_rows(block, [not yes for yes in inside]))
    arrival: list[Block] = []
    refused: list[Block] = []
    for parts in outside.values():
        if retained or not _one_sample(parts):
            refused += parts
        else:
            arrival += [Block(part.device, (arrival_ms,), part.quantities, part.columns) for part in parts]
    return Placed(own, arrival, refused)


def _rows(block: Block, wanted: Sequence[bool]) -> Block:
    times = [time for time, yes in zip(block.times, wanted, strict=True) if yes]
    columns: list[Sequence[float | None]] = [[value for value, yes in zip(column, wanted, strict=True) if yes] for column in block.columns]
    return Block(block.device, times, block.quantities, columns)


def _one_sample(parts: Sequence[Block]) -> bool:
    quantities = [quantity for part in parts for quantity in part.quantities]
    return (
        all(len(part.times) == 1 for part in parts)
        and len({part.times[0] for part in parts}) == 1
        and len(quantities) == len(set(quantities))
    )
