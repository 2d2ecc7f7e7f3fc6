"""What every state store promises of what metering keeps."""

from dataclasses import replace

import numpy as np
import pytest

from mainsight.core.readings import Series
from mainsight.store.metering_port import Edit, FinalRevision, MeterChange, Undone
from mainsight.store.state_port import StateStore

pytestmark = pytest.mark.anyio

POWER = Series("m-1", "power")
ENERGY = Series("m-1", "energy_import")
EDIT = Edit(*POWER, 900_000, 2_700_000, "set", "An", "read on site", 5_000_000, (5.0, 6.5), ((900_000, 4.0, "suspect", "V9"),))
CHANGE = MeterChange("m-1", 86_400_000, 16_000.0, "An", "new CT", 5_000_000, {"energy_import": (99_812.5, 0.0)})
BY = Undone(6_000_000, "Binh", "wrong meter")


def revision(series: Series, first_ms: int, known_to_ms: int, *values: float) -> FinalRevision:
    time_ms = first_ms + np.arange(len(values)) * 900_000
    value = np.array(values)
    return FinalRevision(series, known_to_ms, time_ms, value, np.where(np.isnan(value), 0, 3).astype(np.uint8), ("V9",) * len(values))


async def test_edits_come_back_as_they_were_latest_first(state_store: StateStore) -> None:
    first = await state_store.save_edit(EDIT)
    second = await state_store.save_edit(replace(EDIT, action="discard", values=(), before=()))
    other = await state_store.save_edit(replace(EDIT, quantity="voltage"))
    assert await state_store.edits([POWER]) == [replace(EDIT, action="discard", values=(), before=(), id=second), replace(EDIT, id=first)]
    assert [edit.id for edit in await state_store.edits()] == [other, second, first]
    assert [edit.id for edit in await state_store.edits(before_id=other, limit=1)] == [second]
    assert await state_store.edits([POWER], 2_700_000) == []
    assert await state_store.edits([POWER], 0, 900_000) == []


async def test_an_edit_is_undone_once(state_store: StateStore) -> None:
    one = await state_store.save_edit(EDIT)
    assert await state_store.undo_edit(one, BY) == replace(EDIT, id=one, undone=BY)
    again = await state_store.undo_edit(one, Undone(7_000_000, "Cuong", "again"))
    assert again is not None
    assert again.undone == BY
    assert await state_store.edits(undone=False) == []
    assert await state_store.undo_edit(one + 1, BY) is None


async def test_changes_of_meters_are_kept_and_undone(state_store: StateStore) -> None:
    one = await state_store.save_change(CHANGE)
    assert await state_store.meter_changes("m-1") == [replace(CHANGE, id=one)]
    assert await state_store.meter_changes("m-2") == []
    assert await state_store.undo_change(one, BY) == replace(CHANGE, id=one, undone=BY)
    assert (await state_store.meter_changes())[0].undone == BY
    assert await state_store.undo_change(one + 1, BY) is None


async def test_replaced_finals_are_told_by_what_was_known_after_an_instant(state_store: StateStore) -> None:
    await state_store.keep_finals([revision(POWER, 900_000, 20, 5.0, np.nan), revision(ENERGY, 900_000, 20, 1.0)])
    await state_store.keep_finals([revision(POWER, 1_800_000, 10, 7.0)])
    found = await state_store.final_revisions([POWER], 0, 10_000_000, 0)
    assert [kept.known_to_ms for kept in found] == [10, 20]
    np.testing.assert_array_equal(found[1].value, [5.0, np.nan])
    assert found[1].time_ms.tolist() == [900_000, 1_800_000]
    assert (found[1].quality.tolist(), found[1].rule) == ([3, 0], ("V9", "V9"))
    assert [kept.known_to_ms for kept in await state_store.final_revisions([POWER], 0, 10_000_000, 10)] == [20]
    assert [kept.known_to_ms for kept in await state_store.final_revisions([POWER, ENERGY], 0, 1_800_000, 0)] == [20, 20]


async def test_bases_are_kept_by_meter(state_store: StateStore) -> None:
    await state_store.save_bases({"m-1": "a", "m-2": "b"})
    await state_store.save_bases({"m-2": "c"})
    assert await state_store.bases() == {"m-1": "a", "m-2": "c"}
