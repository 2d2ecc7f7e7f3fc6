"""Registers to increments."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mainsight.core.quality import Quality
from mainsight.metering.registers import Register, increments
from mainsight.metering.rules import RULE_IDS
from mainsight.metering.values import SLOT_MS, Values, edges

T0 = 1_780_272_000_000
HOUR = 4 * SLOT_MS
METER = Register(interval_ms=SLOT_MS)


def of(readings: list[float], register: Register = METER, at: list[int] | None = None, slots: int | None = None) -> Values:
    """Increments of readings at successive quarter hours, or at the given ones."""
    time_ms = T0 + SLOT_MS * np.array(at if at is not None else range(len(readings)), np.int64)
    return increments(time_ms, np.array(readings, float), edges(T0, T0 + SLOT_MS * (slots or int(time_ms[-1] - T0) // SLOT_MS)), register)


def rules(values: Values) -> list[str]:
    return [RULE_IDS[n] for n in values.rule]


@st.composite
def rising_registers(draw: st.DrawFn) -> tuple[list[int], list[float]]:
    """Instants at least a second apart, at most 20 minutes, and a register that never falls, in thousandths."""
    gaps = [2 * SLOT_MS // 3] * 3 + draw(st.lists(st.integers(1_000, 1_200_000), max_size=40))
    steps = draw(st.lists(st.integers(0, 10**6), min_size=len(gaps), max_size=len(gaps)))
    start = draw(st.integers(0, SLOT_MS))
    times = [T0 + start, *(T0 + start + int(t) for t in np.cumsum(gaps))]
    return times, [100.0, *(100.0 + np.cumsum(steps) / 1000)]


@given(rising_registers())
def test_increments_add_up_to_the_register_difference(register: tuple[list[int], list[float]]) -> None:
    times, readings = np.array(register[0], np.int64), np.array(register[1])
    borders = edges(int(times[0]) + SLOT_MS - 1, int(times[-1]) // SLOT_MS * SLOT_MS)
    values = increments(times, readings, borders, METER)
    assert not np.isnan(values.value).any()
    assert (values.value >= 0).all()
    at_ends = np.interp(borders[[0, -1]], times, readings)
    assert values.value.sum() == pytest.approx(at_ends[1] - at_ends[0], abs=1e-6 * len(values.value) + 1e-9)


@given(st.lists(st.floats(0, 1e6), min_size=1, max_size=40), st.sampled_from([None, 1e6]))
def test_no_increment_is_ever_negative(readings: list[float], maximum: float | None) -> None:
    values = of(readings, Register(SLOT_MS, maximum), slots=45)
    assert (values.value[~np.isnan(values.value)] >= 0).all()
    assert ((values.quality == Quality.MISSING) == np.isnan(values.value)).all()


def test_readings_on_the_borders_give_plain_differences() -> None:
    values = of([10.0, 11.0, 13.5, 13.5])
    assert values.value.tolist() == [1.0, 2.5, 0.0]
    assert values.quality.tolist() == [Quality.MEASURED] * 3
    assert rules(values) == ["", "", ""]


def test_nothing_is_known_before_the_first_and_after_the_last_reading() -> None:
    values = of([10.0, 11.0], at=[1, 2], slots=4)
    np.testing.assert_array_equal(values.value, [np.nan, 1.0, np.nan, np.nan])


def test_a_gap_is_shared_out_evenly_and_marked_estimated() -> None:
    values = of([10.0, 11.0, 17.0, 18.0], at=[0, 1, 7, 8])
    assert values.value.tolist() == [1.0] * 8
    assert values.quality.tolist() == [Quality.MEASURED, *[Quality.ESTIMATED] * 6, Quality.MEASURED]
    assert rules(values) == ["", *["E4"] * 6, ""]


def test_a_gap_longer_than_three_days_stays_missing() -> None:
    values = of([10.0, 11.0, 500.0, 501.0], at=[0, 1, 1 + 4 * 73, 2 + 4 * 73])
    assert np.isnan(values.value[1:-1]).all()
    assert values.value[[0, -1]].tolist() == [1.0, 1.0]


def test_a_meter_read_once_a_month_is_shared_out_over_its_month() -> None:
    monthly = Register(interval_ms=31 * 24 * HOUR)
    values = of([0.0, 2976.0], monthly, at=[0, 31 * 96])
    np.testing.assert_allclose(values.value, 1.0)
    assert set(rules(values)) == {"E4"}
    assert set(values.quality.tolist()) == {Quality.ESTIMATED}


def test_a_roll_over_is_counted_through() -> None:
    values = of([99_990.0, 99_996.0, 2.0, 10.0, 20.0, 30.0], Register(SLOT_MS, 100_000.0))
    assert values.value.tolist() == [6.0, 6.0, 8.0, 10.0, 10.0]
    assert set(values.quality.tolist()) == {Quality.MEASURED}
    assert rules(values) == ["", "V15", "", "", ""]


@pytest.mark.parametrize("digits", [5, 6, 8])
@pytest.mark.parametrize("gap", [0, 12])
def test_registers_of_any_length_roll_over_also_in_a_gap(digits: int, gap: int) -> None:
    most = 10.0**digits
    before, after = [most - 3.0, most - 1.0], [1.0 + 2 * gap + 2 * n for n in range(5)]
    at = [0, 1, *range(2 + gap, 7 + gap)]
    values = of(before + after, Register(SLOT_MS, most), at=at, slots=at[-1])
    assert values.value.tolist() == pytest.approx([2.0] * at[-1])
    assert rules(values) == ["", *["E4" if gap else "V15"] * (gap + 1), *[""] * 4]


def test_the_same_fall_without_a_known_maximum_is_a_reset() -> None:
    values = of([99_990.0, 99_996.0, 2.0, 10.0, 20.0, 30.0])
    assert values.value.tolist() == [6.0, 7.0, 8.0, 10.0, 10.0]
    assert values.quality.tolist()[1] == Quality.SUSPECT
    assert rules(values) == ["", "V15", "", "", ""]


def test_a_reset_during_a_longer_gap_is_missing() -> None:
    values = of([100.0, 101.0, 2.0, 3.0, 4.0, 5.0], at=[0, 1, 7, 8, 9, 10])
    assert values.value[0] == 1.0
    assert np.isnan(values.value[1:7]).all()
    assert values.value[7:].tolist() == [1.0, 1.0, 1.0]


@pytest.mark.parametrize("dip", [[0.0], [0.0, 0.0], [50.0, 3.0, 7.0]])
def test_a_brief_dip_is_rejected_without_re_basing(dip: list[float]) -> None:
    after = 101.0 + len(dip) + 1
    values = of([100.0, 101.0, *dip, after, after + 1])
    assert values.value.tolist() == [1.0] * (len(dip) + 3)


def test_a_brief_peak_is_rejected() -> None:
    values = of([100.0, 101.0, 999_999.0, 103.0, 104.0])
    assert values.value.tolist() == [1.0] * 4


def test_what_a_person_read_months_apart_is_no_dip() -> None:
    """A register that starts again after a gap of a month, though it soon passes its old value."""
    month = 30 * 96
    monthly = Register(interval_ms=31 * 24 * HOUR)
    values = of([0.0, 1000.0, 0.0, 900.0, 1900.0], monthly, at=[month * n for n in range(5)])
    assert np.isnan(values.value[month : 2 * month]).all()
    assert np.nansum(values.value) == pytest.approx(1000 + 1900, abs=0.01)


def test_a_fall_at_the_very_end_waits_for_what_follows() -> None:
    values = of([100.0, 101.0, 0.0])
    np.testing.assert_array_equal(values.value, [1.0, np.nan])


def test_no_readings_or_one_give_nothing() -> None:
    assert np.isnan(of([5.0], slots=2).value).all()
    assert np.isnan(increments(np.empty(0, np.int64), np.empty(0), edges(T0, T0 + HOUR), METER).value).all()
