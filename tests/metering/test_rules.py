"""Rules that compare a series with itself and with others, and estimates of longer gaps."""

from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mainsight.metering import agreement, checks, estimates
from mainsight.metering.checks import DAY, Like
from mainsight.metering.days import DAY_MS, Days
from mainsight.metering.estimates import gaps

ONE = np.ones(1, np.int64)
QUARTER = 900_000


def row(values: list[float]) -> np.ndarray:
    return np.array([values], float)


def test_a_spike_stands_above_the_third_highest() -> None:
    day = np.full((1, DAY), 100.0)
    day[0, 40] = 281.0
    day[0, 60] = 279.0
    found = checks.spikes(day, checks.third_highest(day, ONE), row([1.8]))
    assert np.flatnonzero(found[0]).tolist() == [40]


def test_an_hours_spike_of_an_hourly_meter_is_one_interval() -> None:
    day = np.full((1, DAY), 100.0)
    day[0, 40:44] = 300.0
    assert not checks.spikes(day, checks.third_highest(day, ONE), row([1.8])).any()
    assert checks.spikes(day, checks.third_highest(day, 4 * ONE), row([1.8]))[0, 40:44].all()


def test_a_spike_at_night_is_measured_by_nights() -> None:
    """Below the day's peak, and far above what like nights had."""
    like = np.where(np.arange(DAY) < 40, 10.0, 100.0)[None, None, :].repeat(4, axis=1)
    days = np.concatenate([like[:, 0], like[:, 0]], axis=1)
    days[0, DAY + 8] = 60.0
    third = checks.third_highest_by_block(days, like, row([100.0]), ONE)
    assert np.flatnonzero(checks.spikes(days[:, DAY:], third, row([1.8]))[0]).tolist() == [8]


def test_a_step_is_told_once_and_a_spike_as_itself() -> None:
    def told(values: list[float], usual_step: float = 0.0) -> list[int]:
        found = checks.steps(row(values), row([100.0]), row([usual_step]), row([0.5]))
        return np.flatnonzero(found[0]).tolist()

    assert [told([10, 10, 90, 90, 90]), told([10, 10, 90, 10, 10]), told([10, 10, 90, 90, 10])] == [[2], [2], [2, 3]]
    assert [told([10, 10, 90, 90, 90], step) for step in (50.0, 60.0)] == [[2], []], "a plant that often steps so is not asked"


def test_the_third_greatest_step_does_not_know_of_one_spike() -> None:
    days = np.full((1, 2 * DAY), 10.0)
    days[0, 50] = 500.0
    like = np.full((1, 4, DAY), np.nan)
    like[0, 0] = np.where(np.arange(DAY) < 40, 10.0, 30.0)
    assert checks.third_greatest_step(days, like).tolist() == [[20.0]]


def test_a_run_of_equal_values_is_told_whole_and_zeros_are_not() -> None:
    found = checks.static(row([1, 5, 5, 5, 2, 0, 0, 0, 0]), row([3.0]))
    assert np.flatnonzero(found[0]).tolist() == [1, 2, 3]


def zeros(like: list[float], explained: bool = False) -> list[int]:
    """Quarter hours of a day of zeros that V12 finds, where like days had these values all day but for the second at 50."""
    days = np.repeat(np.array(like, float)[None, :, None], DAY, axis=2)
    days[0, 1, 50] = 0.0
    found = checks.unexplained_zeros(np.zeros((1, DAY)), days, row([100.0]), row([0.1]), np.full((1, DAY), explained))
    return np.flatnonzero(found[0]).tolist()


def test_a_zero_is_looked_at_where_three_of_four_like_days_were_well_above() -> None:
    assert zeros([50.0, 50, 50, 50]) == list(range(DAY))
    assert zeros([50.0, 50, 50, 50], explained=True) == []
    assert zeros([50.0, 50, 50, 0]) == [n for n in range(DAY) if n != 50]
    assert zeros([50.0, 50, 0, 0]) == []


def test_a_zero_is_looked_at_where_like_days_were_never_near_it_in_the_hours_about() -> None:
    far = [n for n in range(DAY) if not 40 <= n < 64]  # the block of the zero at 50, and those beside it
    assert zeros([3.0, 3, 3, 3]) == far, "three hundredths of the peak, but always"
    assert zeros([3.0, 3, np.nan, np.nan]) == far
    assert zeros([3.0, np.nan, np.nan, np.nan]) == [], "one day is no habit"
    assert zeros([0.5, 0.5, 0.5, 0.5]) == [], "a hundredth and less is as good as nothing"


def test_too_few_like_days_are_none() -> None:
    known = np.array([[[5.0, 5.0], [6.0, np.nan], [7.0, 7.0]]])
    like = Like.of(known)
    np.testing.assert_array_equal(like.least, [[5.0, np.nan]])
    np.testing.assert_array_equal(like.greatest, [[7.0, np.nan]])


def history(level: float, blocks: slice, explained: bool = False, scatter: float = 0.0) -> list[int]:
    """Blocks that V13 tells of a day at 100 with some blocks at another level."""
    values = np.full((1, DAY), 100.0)
    values.reshape(1, -1, checks.BLOCK)[:, blocks] = level
    like = 100.0 + scatter * np.array([-1.0, -1.0, 1.0, 1.0])[None, :, None].repeat(DAY, axis=2)
    found = checks.unlike_history(values, like, np.full((1, DAY), 110.0), row([0.3]), np.full((1, DAY), explained))
    return np.flatnonzero(found.reshape(-1, checks.BLOCK).any(axis=1)).tolist()


@pytest.mark.parametrize(("level", "told"), [(100.0, []), (135.0, [4, 5]), (74.0, [4, 5]), (125.0, []), (80.0, [])])
def test_four_hours_are_held_to_like_days(level: float, told: list[int]) -> None:
    assert history(level, slice(4, 6)) == told


def test_two_hours_alone_what_is_explained_and_what_often_differs_so_is_not_told() -> None:
    assert history(200.0, slice(4, 5)) == []
    assert history(200.0, slice(4, 6), explained=True) == []
    assert history(160.0, slice(4, 6), scatter=5.0) == [4, 5]
    assert history(160.0, slice(4, 6), scatter=30.0) == []


def test_a_rise_that_comes_two_hours_early_is_no_fault() -> None:
    like = np.where(np.arange(DAY) < 40, 10.0, 100.0)[None, None, :].repeat(4, axis=1)
    early = np.where(np.arange(DAY) < 32, 10.0, 100.0)[None, :]
    found = [
        checks.unlike_history(values, like, np.full((1, DAY), 100.0), row([0.3]), np.zeros((1, DAY), bool)).any()
        for values in (early, np.roll(early, -16, axis=1))
    ]
    assert found == [False, True]


def test_a_gauge_and_its_register_agree_hour_by_hour() -> None:
    rate, increment = np.full(8, 40.0), np.full(8, 10.0)
    assert not agreement.sums_differ(rate, increment, 0.3, 0.01).any()
    rate[5] = 400.0
    assert agreement.sums_differ(rate, increment, 0.3, 0.01).tolist() == [False] * 4 + [True] * 4


def test_children_may_be_less_than_their_parent_but_not_more() -> None:
    parent = np.array([100.0, 100.0, 100.0])
    children = [np.array([50.0, 60.0, np.nan]), np.array([20.0, 60.0, 90.0])]
    assert agreement.children_exceed(parent, children, 0.06).tolist() == [False, True, False]


def test_power_reactive_power_voltage_and_current_agree_whatever_the_connection() -> None:
    power, reactive = np.full(5, 30.0), np.full(5, 40.0)
    current = np.full(5, 50_000 / (3**0.5 * 400))
    good = {"reactive_power": reactive, "apparent_power": np.full(5, 50.0), "voltage": np.full(5, 400.0), "current": current}
    assert not agreement.electrical_differ(power, good, 0.05).any()
    wrong = good | {"current": np.where(np.arange(5) == 2, current * 2, current)}
    assert np.flatnonzero(agreement.electrical_differ(power, wrong, 0.05)).tolist() == [2]


def test_a_gap_takes_the_shape_of_like_days_at_its_own_level() -> None:
    shape = 100 + 50 * np.sin(np.arange(DAY) / 10)
    values = shape * 1.2
    values[30:50] = np.nan
    filled = estimates.from_like_days(values, np.stack([shape] * 3), 30, 50)
    np.testing.assert_allclose(filled, shape[30:50] * 1.2)


def test_the_check_meter_stands_in_at_the_usual_ratio() -> None:
    check = np.linspace(50, 60, 20)
    main = check * 1.01
    main[5:8] = np.nan
    np.testing.assert_allclose(estimates.from_check(main, check)[5:8], check[5:8] * 1.01)


@given(st.lists(st.floats(0, 100), min_size=12, max_size=12), st.lists(st.floats(0.1, 100), min_size=12, max_size=12))
def test_a_registers_difference_stays_what_it_is(increments: list[float], shape: list[float]) -> None:
    shared = estimates.shared_by_shape(np.array(increments), np.array(shape), 3, 9)
    assert shared.sum() == pytest.approx(sum(increments[3:9]), abs=1e-6)
    assert (shared >= 0).all()


def test_estimates_are_too_long_after_a_while() -> None:
    estimated = np.array([True, True, True, False, True, True])
    assert estimates.too_long(estimated, 2).tolist() == [False, False, True, False, False, False]


@given(st.lists(st.booleans(), max_size=40))
def test_gaps_are_the_runs_of_what_is_missing(missing: list[bool]) -> None:
    rebuilt = np.zeros(len(missing), bool)
    for first, end in gaps(np.array(missing, bool)):
        assert end > first
        rebuilt[first:end] = True
    assert rebuilt.tolist() == missing


def at(day: date, hour: float) -> int:
    return int((day - date(1970, 1, 1)).days * DAY_MS + hour * 3_600_000)


def test_the_same_clock_time_a_week_before_keeps_to_the_clock() -> None:
    """Rome's clocks went back on 25 October 2026: 12:00 is 11:00 UTC after it and 10:00 UTC before."""
    rome = Days("Europe/Rome", "IT")
    noon = np.array([at(date(2026, 10, 27), 11)])
    assert rome.back(noon, 7).tolist() == [at(date(2026, 10, 20), 10)]
    saigon = Days("Asia/Ho_Chi_Minh", "VN")
    assert saigon.back(noon, 7).tolist() == [int(noon[0]) - 7 * DAY_MS]


@pytest.mark.parametrize(("day", "quarters"), [(date(2026, 3, 29), 92), (date(2026, 10, 25), 100), (date(2026, 6, 1), 96)])
def test_days_of_23_24_and_25_hours(day: date, quarters: int) -> None:
    rome = Days("Europe/Rome", "IT")
    times = np.arange(at(day, -6), at(day, 30), QUARTER)
    number = (day - date(1970, 1, 1)).days
    assert int((rome.local_day(times) == number).sum()) == quarters


def test_like_days_are_of_one_kind_and_nearest_first() -> None:
    saigon = Days("Asia/Ho_Chi_Minh", "VN")
    saturday = at(date(2026, 11, 21), 3)
    back = (saturday - saigon.like(np.array([saturday]))[:, 0]) // DAY_MS
    assert back.tolist()[:3] == [7, 14, 21]
    wednesday = at(date(2026, 9, 3), 3)  # Thursday after the National Day: 1 and 2 September are holidays
    back = (wednesday - saigon.like(np.array([wednesday]))[:, 0]) // DAY_MS
    assert not {1, 2} & set(back.tolist())
    assert saigon.is_holiday(np.array([at(date(2026, 9, 2), 3)])).all()
