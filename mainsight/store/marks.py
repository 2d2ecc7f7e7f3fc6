"""Which stretches of which series changed and await their final values. Pure bookkeeping, kept by every adapter."""

from collections.abc import Hashable, Iterable, Iterator
from dataclasses import dataclass
from typing import Generic, NamedTuple, TypeVar

SLOT_MS = 900_000
"""Changes are marked by quarter hours, the finest step of final values."""
_MOST_MARKS = 64
"""Marks a series may have before they are merged, so that memory stays bounded when nobody takes them."""

_NEAR_MS = 6 * 3_600_000
"""Stretches of a series no further apart are told as one: to compute the quiet hours between them again costs less than
to treat each stretch by itself, and lost records would else cut a history into thousands."""

K = TypeVar("K", bound=Hashable)


@dataclass(slots=True)
class _Mark:
    start_ms: int
    end_ms: int
    first: int
    last: int


class Stretch(NamedTuple, Generic[K]):
    """A stretch of a series that changed."""

    key: K
    start_ms: int
    end_ms: int


class Marks(Generic[K]):
    """Changed stretches by series, each with the numbers of its first and latest change."""

    def __init__(self, number: int = 0) -> None:
        """Nothing has changed; the next change is numbered one more than `number`."""
        self._marks: dict[K, list[_Mark]] = {}
        self.number = number

    def __len__(self) -> int:
        """Number of marks."""
        return sum(map(len, self._marks.values()))

    def touch(self, stretches: Iterable[Stretch[K]]) -> list[Stretch[K]]:
        """Mark stretches changed by one batch; gives those that had no mark, which have to be made durable."""
        self.number += 1
        return [stretch for stretch in stretches if self._touch(stretch)]

    def _touch(self, stretch: Stretch[K]) -> bool:
        key, start_ms, end_ms = stretch
        marks = self._marks.setdefault(key, [])
        for mark in reversed(marks):
            # A mark is renewed only by its very own stretch: were a day's mark renewed by each live reading of its
            # last quarter hour, no part of the day could ever be handed back as done.
            if mark.start_ms == start_ms and mark.end_ms == end_ms:
                mark.last = self.number
                return False
        marks.append(_Mark(start_ms, end_ms, self.number, self.number))
        if len(marks) > _MOST_MARKS:
            marks[:] = _fewer(marks)
        return True

    def changed(self, limit: int, before_ms: int | None = None) -> list[Stretch[K]]:
        """Stretches that changed, merged where they are near, oldest change first, clipped to what lies before an instant."""
        found = [
            (mark.first, Stretch(key, mark.start_ms, mark.end_ms))
            for key, marks in self._marks.items()
            for mark in _merged(_clipped(marks, before_ms), _NEAR_MS)
        ]
        found.sort(key=lambda item: item[0])
        return [stretch for _, stretch in found[:limit]]

    def forget(self, stretch: Stretch[K], number: int) -> None:
        """Forget changes of a stretch up to a number."""
        key, start_ms, end_ms = stretch
        kept: list[_Mark] = []
        for mark in self._marks.get(key, ()):
            if mark.last > number or mark.end_ms <= start_ms or mark.start_ms >= end_ms:
                kept.append(mark)
                continue
            if mark.start_ms < start_ms:
                kept.append(_Mark(mark.start_ms, start_ms, mark.first, mark.last))
            if mark.end_ms > end_ms:
                kept.append(_Mark(end_ms, mark.end_ms, mark.first, mark.last))
        if kept:
            self._marks[key] = _one_a_stretch(kept)
        else:
            self._marks.pop(key, None)

    def restore(self, rows: Iterable[tuple[K, int, int, int, int]]) -> None:
        """Take marks as `rows` gave them."""
        for key, *mark in rows:
            self._marks.setdefault(key, []).append(_Mark(*mark))

    def rows(self, keys: Iterable[K]) -> Iterator[tuple[K, int, int, int, int]]:
        """Marks of some series: key, start and end, numbers of the first and latest change."""
        return ((key, m.start_ms, m.end_ms, m.first, m.last) for key in keys for m in self._marks.get(key, ()))

    def of(self, key: K) -> Iterator[Stretch[K]]:
        """Marked stretches of one series, as they are."""
        return (Stretch(key, mark.start_ms, mark.end_ms) for mark in self._marks.get(key, ()))


def _one_a_stretch(marks: list[_Mark]) -> list[_Mark]:
    """Join marks of the very same stretch: what is left of a wide one may have been marked by itself meanwhile."""
    found: dict[tuple[int, int], _Mark] = {}
    for mark in marks:
        same = found.setdefault((mark.start_ms, mark.end_ms), mark)
        same.first, same.last = min(same.first, mark.first), max(same.last, mark.last)
    return list(found.values())


def _clipped(marks: list[_Mark], before_ms: int | None) -> list[_Mark]:
    if before_ms is None:
        return marks
    return [_Mark(m.start_ms, min(m.end_ms, before_ms), m.first, m.last) for m in marks if m.start_ms < before_ms]


def _fewer(marks: list[_Mark]) -> list[_Mark]:
    """Join the nearest until half of the most are left, so that the next joining is far off.

    A history of hours that do not touch must not be gone through again for each of them.
    """
    apart_ms = _NEAR_MS
    while len(fewer := _merged(marks, apart_ms)) > _MOST_MARKS // 2:
        apart_ms *= 2
    return fewer


def _merged(marks: list[_Mark], apart_ms: int = 0) -> list[_Mark]:
    merged: list[_Mark] = []
    for mark in sorted(marks, key=lambda m: m.start_ms):
        if merged and mark.start_ms <= merged[-1].end_ms + apart_ms:
            into = merged[-1]
            into.end_ms = max(into.end_ms, mark.end_ms)
            into.first, into.last = min(into.first, mark.first), max(into.last, mark.last)
        else:
            merged.append(_Mark(mark.start_ms, mark.end_ms, mark.first, mark.last))
    return merged
