"""What metering keeps, in memory."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from mainsight.core.readings import Series
from mainsight.store.metering_port import Edit, FinalRevision, MeterChange, Undone


class MemoryMetering:
    """`MeteringState` in dictionaries."""

    def __init__(self) -> None:
        """Start empty."""
        self._edits: dict[int, Edit] = {}
        self._changes: dict[int, MeterChange] = {}
        self._finals: list[FinalRevision] = []
        self._bases: dict[str, str] = {}
        self._finals_from = 0

    async def save_edit(self, edit: Edit) -> int:
        """See `MeteringState.save_edit`."""
        number = len(self._edits) + 1
        self._edits[number] = replace(edit, id=number)
        return number

    async def edits(
        self,
        series: Sequence[Series] | None = None,
        start_ms: int = 0,
        end_ms: int | None = None,
        *,
        undone: bool = True,
        before_id: int | None = None,
        limit: int | None = None,
    ) -> list[Edit]:
        """See `MeteringState.edits`."""
        wanted = None if series is None else set(series)
        found = [
            edit
            for edit in reversed(self._edits.values())
            if (wanted is None or edit.series in wanted)
            and edit.end_ms > start_ms
            and (end_ms is None or edit.start_ms < end_ms)
            and (undone or edit.undone is None)
            and (before_id is None or edit.id < before_id)
        ]
        return found[:limit]

    async def undo_edit(self, edit: int, by: Undone) -> Edit | None:
        """See `MeteringState.undo_edit`."""
        found = self._edits.get(edit)
        if found is not None and found.undone is None:
            found = self._edits[edit] = replace(found, undone=by)
        return found

    async def save_change(self, change: MeterChange) -> int:
        """See `MeteringState.save_change`."""
        number = len(self._changes) + 1
        self._changes[number] = replace(change, id=number)
        return number

    async def meter_changes(self, meter: str | None = None) -> list[MeterChange]:
        """See `MeteringState.meter_changes`."""
        return [change for change in reversed(self._changes.values()) if meter in {None, change.meter}]

    async def undo_change(self, change: int, by: Undone) -> MeterChange | None:
        """See `MeteringState.undo_change`."""
        found = self._changes.get(change)
        if found is not None and found.undone is None:
            found = self._changes[change] = replace(found, undone=by)
        return found

    async def keep_finals(self, revisions: Sequence[FinalRevision]) -> None:
        """See `MeteringState.keep_finals`."""
        self._finals += revisions

    async def final_revisions(self, series: Sequence[Series], start_ms: int, end_ms: int, after_ms: int) -> list[FinalRevision]:
        """See `MeteringState.final_revisions`."""
        wanted = set(series)
        found = [
            kept
            for kept in self._finals
            if kept.series in wanted and kept.known_to_ms > after_ms and kept.time_ms[0] < end_ms and kept.time_ms[-1] >= start_ms
        ]
        return sorted(found, key=lambda kept: kept.known_to_ms)

    async def finals_kept_from(self) -> int:
        """See `MeteringState.finals_kept_from`."""
        return self._finals_from

    async def expired_finals(self, before_ms: int) -> int:
        """See `MeteringState.expired_finals`."""
        return sum(kept.known_to_ms < before_ms for kept in self._finals)

    async def expire_finals(self, before_ms: int) -> int:
        """See `MeteringState.expire_finals`."""
        self._finals_from = max(self._finals_from, before_ms)
        gone = await self.expired_finals(before_ms)
        self._finals[:] = [kept for kept in self._finals if kept.known_to_ms >= before_ms]
        return gone

    async def bases(self) -> dict[str, str]:
        """See `MeteringState.bases`."""
        return dict(self._bases)

    async def save_bases(self, bases: Mapping[str, str]) -> None:
        """See `MeteringState.save_bases`."""
        self._bases.update(bases)
