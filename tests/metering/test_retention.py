"""Final values, their minutes and their edits, when the readings behind them have been taken away."""

import numpy as np
import pytest

from mainsight.core.quality import Quality
from mainsight.core.readings import Reading
from mainsight.metering.as_of import ForgottenError
from mainsight.metering.desk import ChangeError
from mainsight.store.metering_port import Edit, MeterChange, Undone
from mainsight.store.port import Dirty, Level
from mainsight.store.retention import Retention
from mainsight.store.settings import RetentionSettings
from tests.metering.test_decisions import DAY, ENERGY, POWER, QUARTER, T0, TIMEZONE, House

pytestmark = pytest.mark.anyio
SHAPE = (100 + 50 * np.sin(np.arange(96) / 15)).round(3).tolist()


async def aged(days: int, raw_days: int = 7) -> House:
    """A house with some days of quarter hours, of which raw readings are kept for fewer."""
    house = House()
    house.now_ms = T0 + days * DAY
    await house.send(POWER, SHAPE * days)
    await house.send(ENERGY, [float(n) for n in range(96 * days)])
    await retention(house, RetentionSettings(raw_days=raw_days)).turn()
    return house


def retention(house: House, settings: RetentionSettings) -> Retention:
    return Retention(house.store, house.state, settings, TIMEZONE, lambda: house.now_ms)


async def test_what_was_measured_stays_whatever_is_marked() -> None:
    house = await aged(20)
    assert len((await house.store.raw(POWER, T0, T0 + 12 * DAY)).time_ms) == 0
    before = [await house.final(one, T0, T0 + 20 * DAY) for one in (POWER, ENERGY)]
    await house.store.mark([Dirty(one, T0, T0 + 20 * DAY) for one in (POWER, ENERGY)])
    await house.drain()
    for one, was in zip((POWER, ENERGY), before, strict=True):
        now = await house.final(one, T0, T0 + 20 * DAY)
        np.testing.assert_array_equal(now.value, was.value)
        np.testing.assert_array_equal(now.quality, was.quality)


async def test_late_readings_fill_gaps_but_replace_nothing_that_was_measured() -> None:
    house = House()
    house.now_ms = T0 + 20 * DAY
    await house.send(POWER, SHAPE * 2 + SHAPE[:40])
    await house.send(POWER, SHAPE[60:] + SHAPE * 17, T0 + 2 * DAY + 60 * QUARTER)
    await retention(house, RetentionSettings(raw_days=7)).turn()
    assert set((await house.final(POWER, T0 + 2 * DAY + 40 * QUARTER, T0 + 2 * DAY + 60 * QUARTER)).quality.tolist()) <= {Quality.ESTIMATED}
    house.now_ms += DAY
    await house.send(POWER, [7.0] * 40, T0 + 2 * DAY + 30 * QUARTER, arrival_ms=house.now_ms)
    final = await house.final(POWER, T0 + 2 * DAY + 30 * QUARTER, T0 + 2 * DAY + 70 * QUARTER)
    np.testing.assert_allclose(final.value[:10], SHAPE[30:40])
    assert final.value[10:30].tolist() == [7.0] * 20
    np.testing.assert_allclose(final.value[30:], SHAPE[60:70])
    assert set(final.quality.tolist()) == {Quality.MEASURED}
    await retention(house, RetentionSettings(raw_days=7)).turn()
    await house.drain()
    assert (await house.final(POWER, T0 + 2 * DAY + 40 * QUARTER, T0 + 2 * DAY + 60 * QUARTER)).value.tolist() == [7.0] * 20


async def test_history_that_comes_piece_by_piece_is_whole_in_the_end() -> None:
    """A quarter hour computed from the first half of late readings is computed again when the rest arrives, also before the edge."""
    house = await aged(20, raw_days=7)
    before_ms = T0 - DAY
    rows = [Reading(*POWER, before_ms + n * 60_000, float(n), house.now_ms) for n in range(90)]
    for piece in (rows[:52], rows[52:70], rows[70:]):
        await house.store.write(piece)
        house.now_ms += 60_000
        await house.drain()
    expected = [float(np.mean(range(n, n + 15))) for n in range(0, 90, 15)]
    assert (await house.final(POWER, before_ms, before_ms + 6 * QUARTER)).value.tolist() == expected
    assert (await house.store.intervals([POWER], before_ms, before_ms + 6 * QUARTER, 60))[POWER].value.tolist() == [
        float(n) for n in range(90)
    ]
    house.now_ms += DAY
    await retention(house, RetentionSettings(raw_days=7)).turn()
    await house.store.write([Reading(*POWER, before_ms + 7 * 60_000 + 1, 999.0, house.now_ms)])
    await house.drain()
    assert (await house.final(POWER, before_ms, before_ms + 6 * QUARTER)).value.tolist() == expected


@pytest.mark.parametrize("action", ["set", "discard"])
async def test_an_edit_made_before_the_readings_went_can_still_be_undone(action: str) -> None:
    house = House()
    house.now_ms = T0 + 4 * DAY
    await house.send(POWER, SHAPE * 4)
    values = (7.0, 8.0) if action == "set" else ()
    edit = await house.desk.edit(Edit(*POWER, T0 + QUARTER, T0 + 3 * QUARTER, action, "An", "seen", house.now_ms, values))  # type: ignore[arg-type]
    await house.drain()
    house.now_ms = T0 + 20 * DAY
    await house.send(POWER, SHAPE * 16, T0 + 4 * DAY)
    await retention(house, RetentionSettings(raw_days=7)).turn()
    await house.store.mark([Dirty(POWER, T0, T0 + DAY)])
    await house.drain()
    shown = dict(zip((found := await house.final(POWER)).time_ms.tolist(), found.value.tolist(), strict=True))
    assert [shown.get(T0 + n * QUARTER) for n in (1, 2)] == ([7.0, 8.0] if action == "set" else [None, None])
    await house.desk.undo_edit(edit.id, Undone(house.now_ms, "Binh", "mistaken"))
    await house.drain()
    np.testing.assert_allclose((await house.final(POWER)).value, SHAPE)


async def test_an_edit_that_was_undone_long_ago_brings_nothing_back() -> None:
    """What was measured anew after that is what stays when the readings go."""
    house = House()
    house.now_ms = T0 + 4 * DAY
    await house.send(POWER, SHAPE * 4)
    edit = await house.desk.edit(Edit(*POWER, T0 + QUARTER, T0 + 3 * QUARTER, "set", "An", "seen", house.now_ms, (7.0, 8.0)))
    await house.drain()
    await house.desk.undo_edit(edit.id, Undone(house.now_ms, "Binh", "mistaken"))
    await house.drain()
    house.now_ms += DAY
    await house.send(POWER, [101.0, 102.0], T0 + QUARTER, arrival_ms=house.now_ms)
    house.now_ms = T0 + 20 * DAY
    await house.send(POWER, SHAPE * 16, T0 + 4 * DAY)
    await retention(house, RetentionSettings(raw_days=7)).turn()
    await house.store.mark([Dirty(POWER, T0, T0 + DAY)])
    await house.drain()
    now = [SHAPE[0], 101.0, 102.0, SHAPE[3]]
    assert (await house.final(POWER)).value[:4].tolist() == now
    again = await house.desk.edit(Edit(*POWER, T0 + QUARTER, T0 + 3 * QUARTER, "set", "An", "seen", house.now_ms, (7.0, 8.0)))
    await house.drain()
    assert (await house.final(POWER)).value[:4].tolist() == [SHAPE[0], 7.0, 8.0, SHAPE[3]]
    await house.desk.undo_edit(again.id, Undone(house.now_ms, "Binh", "mistaken"))
    await house.drain()
    assert (await house.final(POWER)).value[:4].tolist() == now


async def test_a_register_goes_on_from_its_last_reading_before_the_edge() -> None:
    """One reading in ten days: the next value stands on it, so that it stays."""
    house = House()
    house.now_ms = T0 + 20 * DAY
    await house.store.write([Reading(*ENERGY, T0 + n * 60 * QUARTER + 7, 60.0 * n, T0) for n in range(30)])
    await house.drain()
    was = await house.final(ENERGY, T0, T0 + 20 * DAY)
    await retention(house, RetentionSettings(raw_days=7)).turn()
    await house.store.mark([Dirty(ENERGY, T0, T0 + 20 * DAY)])
    await house.drain()
    np.testing.assert_array_equal((await house.final(ENERGY, T0, T0 + 20 * DAY)).value, was.value)


async def test_a_change_before_the_readings_that_are_left_is_refused() -> None:
    house = await aged(20)
    with pytest.raises(ChangeError, match="from 2026-06-13T17:00:00Z"):
        await house.desk.change(MeterChange("m", T0, 20.0, "An", "plate read wrong", house.now_ms))
    assert (await house.desk.change(MeterChange("m", T0 + 14 * DAY, 20.0, "An", "plate", house.now_ms))).id


async def test_a_report_older_than_what_was_replaced_is_kept_is_refused_not_made_up() -> None:
    house = House()
    await house.send(POWER, [100.0] * 96)
    reported_ms = house.now_ms
    house.now_ms += DAY
    await house.send(POWER, [200.0] * 2, arrival_ms=house.now_ms)
    house.now_ms += 10 * DAY
    assert (await house.desk.intervals([POWER], T0, T0 + DAY, 900, reported_ms))[POWER].value[0] == 100.0
    keeping = retention(house, RetentionSettings(replaced_days=7))
    assert [(due.level, due.rows > 0) for due in await keeping.due()] == [("replaced", True)]
    await keeping.turn()
    assert [due.rows for due in await keeping.due()] == [0]
    with pytest.raises(ForgottenError, match="replaced_days"):
        await house.desk.intervals([POWER], T0, T0 + DAY, 900, reported_ms)
    assert (await house.desk.intervals([POWER], T0, T0 + DAY, 900, house.now_ms - DAY))[POWER].value[0] == 200.0


async def test_minutes_follow_readings_ratio_and_late_ones_and_outlive_them() -> None:
    house = House()
    house.now_ms = T0 + DAY
    seconds = [Reading(*POWER, T0 + n * 10_000, float(n // 6 % 15), T0) for n in range(6 * 45)]
    steady = [Reading(*ENERGY, T0 + n * 10_000, n / 6, T0) for n in range(6 * 46)]
    await house.store.write(seconds[:100] + seconds[130:] + steady)
    await house.drain()
    found = await house.store.intervals([POWER, ENERGY], T0, T0 + 3 * QUARTER, 60)
    assert found[POWER].value[:15].tolist() == [float(n) for n in range(15)]
    assert np.isnan(found[POWER].value[17:20]).all()
    np.testing.assert_allclose(found[ENERGY].value, 1.0, atol=1e-6)
    await house.store.write(seconds[100:130])
    await house.drain()
    assert (await house.store.intervals([POWER], T0, T0 + 3 * QUARTER, 60))[POWER].value.tolist() == [float(n % 15) for n in range(45)]
    await house.desk.change(MeterChange("m", T0, 2.0, "An", "plate", house.now_ms))
    await house.drain()
    doubled = [2.0 * (n % 15) for n in range(45)]
    assert (await house.store.intervals([POWER], T0, T0 + 3 * QUARTER, 60))[POWER].value.tolist() == doubled
    house.now_ms = T0 + 30 * DAY
    await house.store.write([Reading(*POWER, T0 + days * DAY, 1.0, T0 + days * DAY) for days in (10, 29)])
    await house.drain()
    await retention(house, RetentionSettings(raw_days=7)).turn()
    await house.store.write([Reading(*POWER, T0 + 1 + n * 10_000, 99.0, house.now_ms) for n in range(200)])
    await house.drain()
    assert (await house.store.intervals([POWER], T0, T0 + 2 * QUARTER, 60))[POWER].value.tolist() == doubled[:30]


async def test_readings_by_the_quarter_hour_have_no_minutes_of_their_own() -> None:
    house = House()
    await house.send(POWER, [8.0] * 96)
    assert await house.store.expired(Level.MINUTE, T0 + DAY) == 0
    assert (await house.store.intervals([POWER], T0, T0 + QUARTER, 60))[POWER].value.tolist() == [8.0] * 15
