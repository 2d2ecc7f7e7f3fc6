"""Port of what metering keeps beside readings: edits, changes of meters, and final values as they were.

`mainsight.store.sql` and `mainsight.store.memory` implement it and are held to one contract suite. Instants are UTC
milliseconds, ranges half-open.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol

from mainsight.core.intervals import ByteArray, FloatArray, IntArray
from mainsight.core.readings import Series

EditAction = Literal["set", "confirm", "discard"]
REPLACED = "replaced"
"""Final values that others took the place of: kept here, and so no level of the time series."""


@dataclass(frozen=True, slots=True)
class Undone:
    """Who took something back, when and why."""

    at_ms: int
    person: str
    reason: str


@dataclass(frozen=True, slots=True)
class Edit:
    """What a person decided about the final values of a stretch of a series.

    Attributes:
        start_ms, end_ms: the stretch, on quarter hours.
        action: `set` gives values, `confirm` says that what is measured stands, `discard` that nothing is known.
        values: for `set`, one for each quarter hour.
        before: final values as the person saw them: (time, value, quality, rule); missing ones are left out.
        undone: who took it back; None while it stands.
        id: given by the store; 0 before. Of edits of one quarter hour the latest that stands applies.

    """

    meter: str
    quantity: str
    start_ms: int
    end_ms: int
    action: EditAction
    person: str
    reason: str
    made_ms: int
    values: tuple[float, ...] = ()
    before: tuple[tuple[int, float, str, str], ...] = ()
    undone: Undone | None = None
    id: int = 0

    @property
    def series(self) -> Series:
        """The series it is of."""
        return Series(self.meter, self.quantity)


@dataclass(frozen=True, slots=True)
class MeterChange:
    """A ratio or an exchange of a meter, from an instant on.

    Attributes:
        from_ms: when it was done; with a factor, the start of a local day.
        factor: CT/VT ratio or worth of a pulse from then on; None where it stays.
        registers: quantity -> (last reading of the old register, first of the new one), where the meter was exchanged.
        undone: who took it back; None while it stands.
        id: given by the store; 0 before.

    """

    meter: str
    from_ms: int
    factor: float | None
    person: str
    reason: str
    made_ms: int
    registers: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    undone: Undone | None = None
    id: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class FinalRevision:
    """Final values of one series as they were until others took their place, arrays of shape (n,).

    NaN (quality missing) stands for intervals of which nothing was known. Among the revisions of an interval that were known
    after an instant, the one that was replaced first is what was known at that instant.
    """

    series: Series
    known_to_ms: int
    time_ms: IntArray
    value: FloatArray
    quality: ByteArray
    rule: tuple[str, ...]


def entered_factors(changes: Sequence[MeterChange]) -> dict[str, list[tuple[int, float]]]:
    """Factors of changes that stand, by meter: (from when, factor), in the order in which they were entered."""
    found: dict[str, list[tuple[int, float]]] = {}
    for change in sorted(changes, key=lambda one: one.id):
        if change.undone is None and change.factor is not None:
            found.setdefault(change.meter, []).append((change.from_ms, change.factor))
    return found


class MeterChanges(Protocol):
    """Changes of meters, for who only reads them."""

    async def meter_changes(self, meter: str | None = None) -> list[MeterChange]:
        """Changes of a meter (of all when None), those undone included, latest first."""
        ...


class MeteringState(MeterChanges, Protocol):
    """Edits, changes of meters, replaced final values, and what these were computed on."""

    async def save_edit(self, edit: Edit) -> int:
        """Keep an edit, durably; its id."""
        ...

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
        """Edits that touch [start, end), latest first; of all series where None; without those undone where so asked."""
        ...

    async def undo_edit(self, edit: int, by: Undone) -> Edit | None:
        """Take an edit back; one that was taken back already stays as it is. None where there is none of that id."""
        ...

    async def save_change(self, change: MeterChange) -> int:
        """Keep a change of a meter, durably; its id."""
        ...

    async def undo_change(self, change: int, by: Undone) -> MeterChange | None:
        """Take a change back; one that was taken back already stays as it is. None where there is none of that id."""
        ...

    async def keep_finals(self, revisions: Sequence[FinalRevision]) -> None:
        """Keep final values that are about to be replaced, durably."""
        ...

    async def final_revisions(self, series: Sequence[Series], start_ms: int, end_ms: int, after_ms: int) -> list[FinalRevision]:
        """What touches [start, end) and was known after an instant, in order of replacement, whole."""
        ...

    async def finals_kept_from(self) -> int:
        """Instant from which replaced final values are whole: what was known before it cannot be told any more; 0 while all are kept."""
        ...

    async def expired_finals(self, before_ms: int) -> int:
        """How many notes of replaced final values `expire_finals` would forget now."""
        ...

    async def expire_finals(self, before_ms: int) -> int:
        """Forget final values that were replaced before an instant, for ever; how many notes of such went."""
        ...

    async def bases(self) -> dict[str, str]:
        """Ratios and exchanges that each meter's final values were last computed with, as text."""
        ...

    async def save_bases(self, bases: Mapping[str, str]) -> None:
        """Say with what meters' final values are computed from now on."""
        ...
