"""The lunar new year by days from it, over several years."""

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest

from forecast.calendar import FAR, Calendar, DayKind
from forecast.chain import run
from forecast.known import Known
from forecast.lunar import AFTER, BEFORE, without_new_years
from forecast.models.catalogue import chain_of
from mainsight.core.zonetime import DAY_S, day_start_ms, grid, local_day

VN = Calendar("Asia/Ho_Chi_Minh", "VN")
TET = (date(2022, 2, 1), date(2023, 1, 22), date(2024, 2, 10), date(2025, 1, 29))
FIRST = date(2021, 4, 1)
FADES = {day: 1 - 0.8 * np.exp(-((day - 1) ** 2) / 18) for day in range(-7, 11)}
"""Share of an ordinary day's demand by day from Tet: fades over a week, comes back over ten days."""


def history(step_s: int = DAY_S, since: date = FIRST, until: date = date(2025, 2, 28), calendar: Calendar = VN, seed: int = 1) -> Known:
    """Work from Monday to Saturday, growing by 4 % a year, with noise of 1.5 % a day."""
    begin_ms, end_ms = (day_start_ms(day, calendar.timezone) for day in (since, until))
    start_ms = grid(begin_ms, end_ms, step_s, calendar.timezone)
    days = calendar.facts(since, (until - since).days)
    of_day = np.repeat(np.arange(len(days.day)), DAY_S // step_s)
    share = np.array([FADES.get(int(day), 1.0) for day in days.lunar])
    rest = np.where(days.weekday == 6, 0.8, 1.0) * np.where(days.holiday & (days.lunar == FAR), 0.7, 1.0)
    noise = np.exp(np.random.default_rng(seed).normal(0, 0.015, len(rest)))
    daily = 1000 * share * rest * noise * 1.04 ** (np.arange(len(rest)) / 365)
    hour = (start_ms / 3.6e6 + 7) % 24
    shape = 1.0 if step_s == DAY_S else 1 + 0.3 * ((hour >= 7) & (hour < 18))
    return Known(start_ms, daily[of_day] * shape, step_s, end_ms, calendar)


def at(known: Known, day: date) -> tuple[Known, np.ndarray]:
    """What was known on a day, and what followed."""
    issue_ms = day_start_ms(day, known.calendar.timezone)
    past = int(np.searchsorted(known.start_ms, issue_ms))
    return replace(known, start_ms=known.start_ms[:past], value=known.value[:past], issue_ms=issue_ms), known.value[past:]


def window_error(known: Known, tet: date, model: str) -> float:
    """Error of the daily means from three days before Tet to seven after, as a share, forecast from some days before."""
    error = size = 0.0
    per = DAY_S // known.step_s
    for before in (6, 3, 0):
        past, happened = at(known, tet - timedelta(days=before))
        said = run(chain_of(model), past, 7 * per).quantiles[:, 3]
        days = [day for day in range(7) if -3 <= day - before <= 7]
        for day in days:
            hours = slice(day * per, (day + 1) * per)
            error += abs(said[hours].mean() - happened[hours].mean())
            size += happened[hours].mean()
    return error / size


@pytest.mark.parametrize(("tet", "most"), [(TET[0], 0.9), (TET[1], 0.04), (TET[2], 0.03), (TET[3], 0.025)])
def test_years_seen_before_tell_the_next(tet: date, most: float) -> None:
    """Naive errs by half; none seen before is better than that, three are within 2.5 %."""
    known = history()
    naive = window_error(known, tet, "seasonal-naive")
    assert naive > 0.4
    assert window_error(known, tet, "linear") < most * (naive if tet == TET[0] else 1)


def test_hours_follow_too() -> None:
    known = history(3600, date(2022, 12, 1), date(2025, 2, 28))
    assert window_error(known, TET[3], "linear") < 0.04


def test_days_are_taken_out_and_put_back() -> None:
    known, _ = at(history(), TET[3] - timedelta(days=2))
    plain = without_new_years(known)
    assert plain is not None
    assert plain.years == 3
    assert plain.remark == "days about the lunar new year as in 3 earlier years"
    near = [day.item() for day in np.arange(np.datetime64(TET[1]) - BEFORE, np.datetime64(TET[1]) + AFTER + 1)]
    assert set(near) <= plain.known.calendar.plain
    [tet] = np.flatnonzero(known.start_ms == day_start_ms(TET[1], VN.timezone))
    assert known.value[tet] < 0.4 * known.value[tet - 30]
    assert plain.known.value[tet] == pytest.approx(1.04**1.8 * 1000 * 0.8, rel=0.1)
    share = plain.share(30)
    assert share[2] == pytest.approx(FADES[0], abs=0.05)
    assert share[2 + AFTER + 1 :].tolist() == [1.0] * (30 - 3 - AFTER)
    facts = plain.known.calendar.facts(TET[3], 3)
    assert (facts.kind == DayKind.WORKDAY).all()
    assert (facts.lunar == FAR).all()


@pytest.mark.parametrize(
    "known",
    [
        history(until=date(2022, 6, 1)),
        history(since=date(2022, 2, 4), until=date(2022, 12, 31)),
        history(calendar=Calendar("Europe/Rome", "IT")),
        history(calendar=Calendar("Asia/Ho_Chi_Minh")),
    ],
    ids=["one year", "half a window", "none in the country", "no country"],
)
def test_without_an_earlier_year_all_stays_as_it_is(known: Known) -> None:
    assert without_new_years(known) is None


def test_a_year_that_did_not_stand_out_changes_next_to_nothing() -> None:
    """Where the new year is not felt, single days of chance are not carried over."""
    known = history()
    days = np.array([local_day(int(at_ms), VN.timezone) for at_ms in known.start_ms])
    felt = np.array([FADES.get(int(one), 1.0) for one in VN.facts(days[0], len(days)).lunar])
    unfelt, _ = at(replace(known, value=known.value / felt), TET[3] - timedelta(days=2))
    plain = without_new_years(unfelt)
    assert plain is not None
    assert np.abs(plain.share(14) - 1).max() < 0.02


@pytest.mark.parametrize("before", [26, 23, 20])
def test_the_first_new_year_comes_near_within_the_longest_horizon(before: int) -> None:
    """What is learnt and what is asked have the same features, whether or not the horizon touches the new year's days."""
    past, _ = at(history(3600, date(2022, 9, 1), date(2023, 2, 1)), TET[1] - timedelta(days=before))
    outcome = run(chain_of("linear"), past, 24)
    assert outcome.model == "linear", outcome.fallback


def test_empty_and_flat_histories_are_served() -> None:
    known = history()
    for value in (np.full(len(known.value), np.nan), np.zeros(len(known.value)), np.full(len(known.value), -5.0)):
        found = without_new_years(replace(known, value=value))
        assert found is None or np.isfinite(found.share(40)).all()
