"""Gauges to means, statuses to lasts, and what is done to a series as a whole."""

from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mainsight.core.network import Meter, Ratio, Role, Text, Utility
from mainsight.core.quality import Quality
from mainsight.core.readings import Flag
from mainsight.metering.changes import Basis
from mainsight.metering.gauges import lasts, means
from mainsight.metering.parameters import Checks
from mainsight.metering.rules import RULE_IDS
from mainsight.metering.series import Treatment, final_values
from mainsight.metering.values import SLOT_MS, Values, edges
from mainsight.store.port import Raw

T0 = 1_780_272_000_000
MINUTE = 60_000


def rules(values: Values) -> list[str]:
    return [RULE_IDS[n] for n in values.rule]


def mean_of(minutes: list[float], value: list[float], slots: int, interval_ms: int = SLOT_MS) -> Values:
    time_ms = T0 + np.rint(MINUTE * np.array(minutes, float)).astype(np.int64)
    return means(time_ms, np.array(value, float), edges(T0, T0 + slots * SLOT_MS), interval_ms)


def test_a_load_profile_gives_its_own_values_back() -> None:
    values = mean_of([0, 15, 30], [1.1, 2.2, 3.3], 3)
    assert values.value.tolist() == [1.1, 2.2, 3.3]
    assert rules(values) == ["", "", ""]


@given(st.lists(st.floats(-1e6, 1e6), min_size=180, max_size=180))
def test_live_values_every_five_seconds_give_their_mean(value: list[float]) -> None:
    values = mean_of([n / 12 for n in range(180)], value, 1)
    assert values.value[0] == pytest.approx(np.mean(value), abs=1e-5)
    assert values.quality.tolist() == [Quality.MEASURED]


def test_means_are_weighted_by_time() -> None:
    values = mean_of([0, 12], [10.0, 20.0], 1)
    assert values.value.tolist() == [12.0]


def test_a_value_stands_no_longer_than_the_registered_interval() -> None:
    values = mean_of([0, 120], [1.0, 2.0], 9)
    np.testing.assert_array_equal(values.value, [1.0, *[np.nan] * 7, 2.0])


def test_an_hourly_meter_fills_its_quarter_hours() -> None:
    values = mean_of([0, 60], [4.0, 8.0], 8, interval_ms=4 * SLOT_MS)
    assert values.value.tolist() == [4.0] * 4 + [8.0] * 4
    assert set(values.quality.tolist()) == {Quality.MEASURED}


def test_gaps_of_up_to_an_hour_are_filled_linearly() -> None:
    values = mean_of([0, 75], [1.0, 6.0], 6)
    assert values.value.tolist() == [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]
    assert rules(values) == ["", "E2", "E2", "E2", "E2", ""]
    assert values.quality.tolist()[1:5] == [Quality.ESTIMATED] * 4
    assert np.isnan(mean_of([0, 90], [1.0, 6.0], 7).value[1:6]).all()


def test_an_interval_that_readings_hardly_cover_is_suspect() -> None:
    values = mean_of([14, 15], [5.0, 6.0], 2)
    assert values.value.tolist() == [5.0, 6.0]
    assert rules(values) == ["V3", ""]
    assert values.quality.tolist() == [Quality.SUSPECT, Quality.MEASURED]


def test_a_status_is_the_last_and_goes_on_for_an_hour() -> None:
    time_ms = T0 + MINUTE * np.array([0, 10, 16])
    values = lasts(time_ms, np.array([1.0, 0.0, 1.0]), edges(T0, T0 + 8 * SLOT_MS))
    np.testing.assert_array_equal(values.value, [0.0, 1.0, 1.0, 1.0, 1.0, 1.0, np.nan, np.nan])
    assert rules(values)[:6] == ["", "", "E2", "E2", "E2", "E2"]


def raw(value: list[float], flags: list[int] | None = None) -> Raw:
    time_ms = T0 + SLOT_MS * np.arange(len(value), dtype=np.int64)
    return Raw(time_ms, np.array(value), time_ms, np.array(flags or [0] * len(value), np.int64))


def meter(**changes: object) -> Meter:
    parts: dict[str, object] = {"limits": {"power": (-500.0, 500.0)}} | changes
    return Meter("m-1", Text("", ""), "d", "f-1", Role.MAIN, Utility.POWER, ("power", "energy_import"), **parts)  # type: ignore[arg-type]


def treated(one: Meter, quantity: str) -> Treatment:
    return Treatment.of(one, quantity, Basis.of(one, (), "Asia/Ho_Chi_Minh"), Checks(), "Asia/Ho_Chi_Minh")


def finals(value: list[float], quantity: str = "power", flags: list[int] | None = None, **changes: object) -> Values:
    treatment = treated(meter(**changes), quantity)
    return final_values(raw(value, flags), edges(T0, T0 + len(value) * SLOT_MS), treatment)


def test_impossible_readings_are_left_out_and_estimated() -> None:
    values = finals([100.0, 9_999.0, 300.0])
    assert values.value.tolist() == [100.0, 200.0, 300.0]
    assert rules(values) == ["", "E2", ""]


def test_negative_values_are_suspect_unless_the_meter_is_bidirectional() -> None:
    assert rules(finals([-5.0, 5.0])) == ["V8", ""]
    assert finals([-5.0, 5.0]).quality.tolist() == [Quality.SUSPECT, Quality.MEASURED]
    assert rules(finals([-5.0, 5.0], bidirectional=True)) == ["", ""]
    assert rules(finals([-5.0, 5.0], quantity="temperature")) == ["", ""]


def test_what_the_device_doubts_is_suspect() -> None:
    values = finals([1.0, 2.0, 3.0], flags=[0, Flag.DEVICE, Flag.RETAINED])
    assert rules(values) == ["", "V5", ""]


def test_a_register_that_rises_faster_than_the_meter_can_measure_is_suspect() -> None:
    values = finals([0.0, 100.0, 300.0, 320.0], quantity="energy_import")
    assert values.value.tolist()[:3] == [100.0, 200.0, 20.0]
    assert rules(values)[:3] == ["", "V7", ""]


def test_the_ratio_changes_with_the_local_day() -> None:
    ratios = (Ratio(date(2026, 1, 1), 100.0), Ratio(date(2026, 6, 2), 200.0))
    value = [1.0] * 96
    values = finals(value, ratios=ratios)
    midnight = 17 * 4  # 00:00 on 2 June in Ho Chi Minh City is 17:00 UTC
    assert values.value.tolist() == [100.0] * midnight + [200.0] * (96 - midnight)
    assert finals([1.0], quantity="voltage", ratios=ratios).value.tolist() == [1.0]
    assert finals([0.0, 1.0], quantity="energy_import", ratios=ratios).value.tolist()[0] == 100.0
