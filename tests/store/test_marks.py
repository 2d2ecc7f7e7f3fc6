"""Marks of what changed, where wide and narrow ones meet."""

from pathlib import Path

import pytest

from mainsight.core.readings import Series
from mainsight.store.marks import SLOT_MS, Marks, Stretch
from mainsight.store.port import Dirty
from mainsight.store.sql.changes import SqlChanges
from mainsight.store.sql.database import Database

pytestmark = pytest.mark.anyio
SERIES = Series("m1", "power")


async def test_what_is_left_of_a_wide_mark_joins_the_narrow_one_of_the_same_stretch(tmp_path: Path) -> None:
    database = Database(tmp_path / "state.sqlite")
    journal = SqlChanges(database, lambda: 1_000)

    async def change(start: int, end: int) -> None:
        await journal.close_entry(await journal.enter([Stretch(SERIES, start * SLOT_MS, end * SLOT_MS)], []))

    try:
        await change(0, 4)
        await change(3, 4)
        [all_of_it] = await journal.changed(9, None)
        assert all_of_it == Dirty(SERIES, 0, 4 * SLOT_MS, 2)
        await change(3, 4)
        await journal.forget([Dirty(SERIES, 0, 3 * SLOT_MS, all_of_it.mark)])
        assert await journal.changed(9, None) == [Dirty(SERIES, 3 * SLOT_MS, 4 * SLOT_MS, 3)]
        await journal.forget([Dirty(SERIES, 3 * SLOT_MS, 4 * SLOT_MS, 2)])
        assert await journal.count() == 1, "it changed once more since"
        await journal.forget([Dirty(SERIES, 3 * SLOT_MS, 4 * SLOT_MS, 3)])
        assert await journal.count() == 0
    finally:
        await database.close()


def test_marks_that_do_not_touch_stay_few() -> None:
    """A back-fill of hourly readings marks a quarter of every hour: years of them must not pile up, nor lose a change."""
    marks: Marks[int] = Marks()
    day = [n * 3_600_000 for n in range(20_000)]
    for start in day:
        marks.touch([Stretch(1, start, start + 900_000)])
    assert len(marks) < 200
    stretches = marks.changed(1_000)
    assert all(any(one.start_ms <= start and start + 900_000 <= one.end_ms for one in stretches) for start in day[::97])
