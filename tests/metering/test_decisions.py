"""What people decide and what is known of meters, followed by everything computed: edits, ratios, exchanges, the past as it was."""

from datetime import date

import numpy as np
import pytest

from mainsight.core.network import Feeder, Meter, Network, Ratio, Role, Substation, Text, Transformer, Utility, Zone
from mainsight.core.quality import Quality
from mainsight.core.readings import Reading, Series
from mainsight.metering.desk import MeteringDesk
from mainsight.metering.parameters import Parameters
from mainsight.metering.service import Metering
from mainsight.store.memory import MemoryState, MemoryStore
from mainsight.store.metering_port import Edit, MeterChange, Undone
from mainsight.store.port import Final, FinalValues

pytestmark = pytest.mark.anyio

TIMEZONE = "Asia/Ho_Chi_Minh"
DAY = 86_400_000
QUARTER = 900_000
T0 = 1_780_272_000_000 - 7 * 3_600_000  # midnight of 1 June 2026 in Ho Chi Minh
NONE = Text("", "")
POWER, ENERGY = Series("m", "power"), Series("m", "energy_import")
BY = Undone(T0 + 9 * DAY, "Binh", "mistaken")


def network(**changes: object) -> Network:
    zone = Zone("z", NONE, TIMEZONE, "VN", (106.0, 21.0))
    substation, transformer = Substation("s", NONE, (106.0, 21.0), "z"), Transformer("t", NONE, "s", 40.0, 110.0, 22.0)
    feeder = Feeder("f", NONE, "t", "z", 22.0, 20.0)
    names = ("power", "energy_import")
    meter = Meter("m", NONE, "d", "f", Role.MAIN, Utility.POWER, names, **changes)  # type: ignore[arg-type]
    check = Meter("c", NONE, "dc", "f", Role.CHECK, Utility.POWER, names)
    return Network(
        "n", NONE, date(2026, 6, 1), {"z": zone}, {"s": substation}, {"t": transformer}, {"f": feeder}, {}, {}, {}, {},
        {"m": meter, "c": check},
    )  # fmt: skip


class House:
    """Metering with its stores, and a clock that is put where it is needed."""

    def __init__(self, of: Network | None = None) -> None:
        self.store, self.state = MemoryStore(TIMEZONE), MemoryState()
        self.now_ms = T0 + 3 * DAY
        self.restart(of or network())

    def restart(self, of: Network) -> None:
        self.metering = Metering(self.store, self.state, of, lambda: self.now_ms, parameters=Parameters())
        self.desk = MeteringDesk(self.store, self.state, of, TIMEZONE, lambda: self.now_ms)

    async def drain(self) -> None:
        for _ in range(50):
            if not await self.metering.turn():
                return
        pytest.fail("final values never settle")

    async def send(self, series: Series, values: list[float], start_ms: int = T0, arrival_ms: int | None = None) -> None:
        times = [start_ms + n * QUARTER for n in range(len(values))]
        await self.store.write([Reading(*series, at, value, arrival_ms or at) for at, value in zip(times, values, strict=True)])
        await self.drain()

    async def final(self, series: Series, start_ms: int = T0, end_ms: int = T0 + DAY) -> FinalValues:
        none = np.empty(0, np.int64)
        return (await self.store.final([series], start_ms, end_ms)).get(
            series, FinalValues(none, np.empty(0), none.astype(np.uint8), (), none)
        )


async def test_an_edit_holds_until_it_is_undone_whatever_is_computed_again() -> None:
    house = House()
    await house.send(POWER, [100.0] * 96)
    edit = Edit(*POWER, T0 + QUARTER, T0 + 3 * QUARTER, "set", "An", "read on site", house.now_ms, (7.0, 8.0))
    kept = await house.desk.edit(edit)
    await house.drain()
    final = await house.final(POWER)
    assert final.value[:4].tolist() == [100.0, 7.0, 8.0, 100.0]
    assert final.quality[:3].tolist() == [Quality.MEASURED, Quality.EDITED, Quality.EDITED]
    assert final.rule[:3] == ("", "E6", "E6")
    await house.send(POWER, [55.0] * 4)
    assert (await house.final(POWER)).value[:4].tolist() == [55.0, 7.0, 8.0, 55.0]
    day = (await house.store.intervals([POWER], T0, T0 + DAY, 86_400))[POWER]
    assert day.value[0] == pytest.approx((55 * 2 + 7 + 8 + 100 * 92) / 96)
    await house.desk.undo_edit(kept.id, BY)
    await house.drain()
    assert (await house.final(POWER)).value[:4].tolist() == [55.0] * 4


async def test_discarded_values_are_missing_and_confirmed_ones_edited() -> None:
    house = House()
    await house.send(POWER, [100.0] * 8)
    await house.desk.edit(Edit(*POWER, T0, T0 + QUARTER, "discard", "An", "meter on the bench", house.now_ms))
    await house.desk.edit(Edit(*POWER, T0 + QUARTER, T0 + 2 * QUARTER, "confirm", "An", "seen", house.now_ms))
    await house.drain()
    final = await house.final(POWER)
    assert final.time_ms[0] == T0 + QUARTER
    assert final.quality[:2].tolist() == [Quality.EDITED, Quality.MEASURED]


async def test_a_report_is_given_again_as_it_was() -> None:
    """A day is reported, a late reading and an edit move it, and both states can be asked for."""
    house = House()
    await house.send(POWER, [100.0] * 96)
    reported_ms = house.now_ms
    house.now_ms += DAY
    await house.send(POWER, [200.0] * 2, arrival_ms=house.now_ms)
    corrected_ms = house.now_ms
    house.now_ms += DAY
    await house.desk.edit(Edit(*POWER, T0, T0 + QUARTER, "set", "An", "bill", house.now_ms, (0.0,)))
    await house.drain()

    async def day(as_of_ms: int) -> float:
        return float((await house.desk.intervals([POWER], T0, T0 + DAY, 86_400, as_of_ms))[POWER].value[0])

    assert await day(reported_ms) == pytest.approx(100.0)
    assert await day(corrected_ms) == pytest.approx((200 * 2 + 100 * 94) / 96)
    assert await day(house.now_ms) == pytest.approx((0 + 200 + 100 * 94) / 96)
    assert np.isnan(await day(T0 + 2 * DAY)), "the day came late: before, nothing was known of it"
    raw = await house.desk.raw(POWER, T0, T0 + 2 * QUARTER, reported_ms)
    assert raw.value.tolist() == [100.0, 100.0]


async def test_a_factor_entered_for_the_past_moves_all_from_its_day_on_and_is_undoable() -> None:
    house = House(network(ratios=(Ratio(date(2020, 1, 1), 10.0),)))
    await house.send(POWER, [1.0] * 192)
    await house.send(ENERGY, [float(n) for n in range(193)])
    change = MeterChange("m", T0 + DAY, 20.0, "An", "new CT", house.now_ms)
    shift = {one.series: one for one in await house.desk.preview(change)}[POWER]
    assert (shift.before[0], shift.after[0]) == (10.0, 20.0)
    kept = await house.desk.change(change)
    await house.drain()
    assert (await house.final(POWER)).value[-1] == 10.0
    assert (await house.final(POWER, T0 + DAY, T0 + 2 * DAY)).value[0] == 20.0
    assert (await house.final(ENERGY, T0 + DAY, T0 + 2 * DAY)).value.sum() == pytest.approx(96 * 20.0)
    await house.desk.undo_change(kept.id, BY)
    await house.drain()
    assert (await house.final(POWER, T0 + DAY, T0 + 2 * DAY)).value[0] == 10.0


async def test_a_ratio_changed_in_the_registrys_files_is_followed_after_a_restart() -> None:
    house = House(network(ratios=(Ratio(date(2020, 1, 1), 10.0),)))
    await house.send(POWER, [1.0] * 192)
    house.restart(network(ratios=(Ratio(date(2020, 1, 1), 10.0), Ratio(date(2026, 6, 2), 30.0))))
    await house.drain()
    assert (await house.final(POWER)).value[-1] == 10.0
    assert (await house.final(POWER, T0 + DAY, T0 + 2 * DAY)).value[0] == 30.0


async def test_an_exchanged_register_goes_on_from_the_old_ones_last_reading() -> None:
    """Without the record the fall is a reset, whose consumption is guessed and suspect."""
    house = House()
    await house.send(ENERGY, [1000.0 + 5 * n for n in range(10)] + [2.0 + 5 * n for n in range(10)])
    suspect = await house.final(ENERGY)
    assert Quality.SUSPECT in suspect.quality
    at = T0 + 9 * QUARTER + 600_000
    await house.desk.change(MeterChange("m", at, None, "An", "exchange", house.now_ms, {"energy_import": (1048.0, 0.0)}))
    await house.drain()
    final = await house.final(ENERGY)
    assert set(final.quality.tolist()) == {int(Quality.MEASURED)}
    assert final.value[9] == pytest.approx((1048 - 1045) + 2.0)
    assert final.rule[9] == "V15"
    assert final.value.sum() == pytest.approx(3 + 2 + 5 * 18)


async def test_an_exchange_in_the_middle_of_a_gap_tells_what_was_consumed_on_either_side() -> None:
    """Nothing was read for eight hours about it; without the record the whole gap is missing."""
    house = House()
    await house.send(ENERGY, [1000.0 + 5 * n for n in range(10)])
    await house.send(ENERGY, [30.0 + 5 * n for n in range(10)], start_ms=T0 + 41 * QUARTER)
    computed_ms = house.now_ms
    house.now_ms += DAY
    at = T0 + 19 * QUARTER
    kept = await house.desk.change(MeterChange("m", at, None, "An", "exchange", house.now_ms, {"energy_import": (1085.0, 8.0)}))
    await house.drain()
    final = await house.final(ENERGY)
    assert final.value[9:41].tolist() == pytest.approx([4.0] * 10 + [1.0] * 22)
    assert set(final.quality[9:41].tolist()) == {int(Quality.ESTIMATED)}
    assert final.value.sum() == pytest.approx((1085 - 1000) + (75 - 8))
    then = (await house.desk.intervals([ENERGY], T0, T0 + DAY, 900, computed_ms))[ENERGY]
    assert np.isnan(then.value[9:41]).all(), "as a report of that time saw it"
    await house.desk.undo_change(kept.id, BY)
    await house.drain()
    assert len((await house.final(ENERGY)).value) == 18


async def test_a_gap_is_filled_by_the_check_meter_even_when_that_comes_late() -> None:
    house = House()
    await house.send(POWER, [100.0 + n for n in range(20)])
    await house.send(POWER, [140.0 + n for n in range(20)], T0 + 40 * QUARTER)
    before = await house.final(POWER)
    assert T0 + 30 * QUARTER not in before.time_ms
    await house.send(Series("c", "power"), [(100.0 + n) / 2 for n in range(60)])
    final = await house.final(POWER)
    at = int(np.searchsorted(final.time_ms, T0 + 30 * QUARTER))
    assert (final.value[at], final.quality[at], final.rule[at]) == (pytest.approx(130.0), Quality.ESTIMATED, "E1")


async def test_a_gap_of_hours_follows_like_days_and_late_actuals_take_its_place() -> None:
    house = House()
    house.now_ms = T0 + 5 * DAY
    shape = (100 + 50 * np.sin(np.arange(96) / 15)).round(3).tolist()
    await house.send(POWER, shape * 3)
    await house.send(POWER, shape[:30], T0 + 3 * DAY)
    await house.send(POWER, shape[50:], T0 + 3 * DAY + 50 * QUARTER)
    final = await house.final(POWER, T0 + 3 * DAY, T0 + 4 * DAY)
    np.testing.assert_allclose(final.value, shape, atol=1e-3)
    assert final.rule[40] == "E3"
    await house.send(POWER, [999.0] * 20, T0 + 3 * DAY + 30 * QUARTER)
    final = await house.final(POWER, T0 + 3 * DAY, T0 + 4 * DAY)
    assert set(final.value[30:50].tolist()) == {999.0}
    assert set(final.quality.tolist()) == {int(Quality.MEASURED)}


async def test_values_whose_readings_are_gone_stay_when_a_ratio_changes_before_them() -> None:
    house = House(network(ratios=(Ratio(date(2020, 1, 1), 10.0),)))
    await house.send(POWER, [1.0] * 192)
    kept = house.store
    house.store = MemoryStore(TIMEZONE)  # the second day's readings alone
    final = await kept.final([POWER], T0, T0 + DAY)
    await house.store.write_final(
        [Final(POWER, final[POWER].time_ms, final[POWER].value, final[POWER].quality, final[POWER].rule, 2, 900)], []
    )
    house.restart(network(ratios=(Ratio(date(2020, 1, 1), 20.0),)))
    await house.send(POWER, [1.0] * 96, T0 + DAY)
    assert (await house.final(POWER)).value.tolist() == [10.0] * 96
    assert (await house.final(POWER, T0 + DAY, T0 + 2 * DAY)).value.tolist() == [20.0] * 96
