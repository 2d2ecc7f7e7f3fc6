"""Tenants that join and leave."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest

from forecast.chain import run
from forecast.known import Known
from forecast.models.catalogue import LINEAR, chain_of
from forecast.regimes import settle
from mainsight.core.zonetime import HOUR_MS, local_day, to_ms

MakeKnown = Callable[..., Known]
DAYS = 70


def stepped(known: Known, days: int, change: Callable[[np.ndarray], np.ndarray]) -> Known:
    """The same with a change `days` before the issue."""
    value = known.value.copy()
    since = known.start_ms >= known.issue_ms - days * 24 * HOUR_MS
    value[since] = change(value[since])
    return replace(known, value=value)


CHANGES = {"joins": lambda v: v + 200.0, "grows": lambda v: 1.4 * v, "leaves": lambda v: 0.6 * v}


@pytest.mark.parametrize("way", CHANGES)
@pytest.mark.parametrize("days", [4, 9, 20])
@pytest.mark.parametrize("step_s", [900, 3600, 86_400])
def test_a_step_is_found_on_its_day_and_said(way: str, days: int, step_s: int, make_known: MakeKnown) -> None:
    known = make_known(days=DAYS, step_s=step_s, issue_ms=to_ms(datetime(2026, 6, 30, 17, tzinfo=UTC)))
    after = stepped(known, days, CHANGES[way])
    settled, regime = settle(after)
    assert regime is not None
    assert local_day(regime.since_ms, "Asia/Ho_Chi_Minh") == local_day(known.issue_ms - days * 24 * HOUR_MS, "Asia/Ho_Chi_Minh")
    assert (regime.size > 0) == (way != "leaves")
    assert f"since {local_day(regime.since_ms, 'Asia/Ho_Chi_Minh')}" in regime.told("Asia/Ho_Chi_Minh")
    since = after.start_ms >= regime.since_ms
    assert np.array_equal(settled.value[since], after.value[since])
    assert np.abs(settled.value[~since].mean() / CHANGES[way](known.value[~since]).mean() - 1) < 0.07


@pytest.mark.parametrize("seed", range(6))
def test_a_history_without_a_step_stays_as_it_is(seed: int, make_known: MakeKnown) -> None:
    """Also about Tet, across which the series rests only on the days off."""
    for issue in (datetime(2026, 6, 30, 17, tzinfo=UTC), datetime(2026, 2, 24, 17, tzinfo=UTC)):
        known = make_known(days=DAYS, issue_ms=to_ms(issue), seed=seed)
        assert settle(known) == (known, None)


def test_two_strange_days_and_a_slow_drift_are_no_step(make_known: MakeKnown) -> None:
    known = make_known(days=DAYS, issue_ms=to_ms(datetime(2026, 6, 30, 17, tzinfo=UTC)))
    assert settle(stepped(known, 2, lambda v: v * 0.5))[1] is None
    assert settle(replace(known, value=known.value * np.linspace(1, 1.5, len(known.value))))[1] is None


@pytest.mark.parametrize("value", [np.zeros(1680), np.full(1680, np.nan), np.full(1680, 7.0), np.r_[np.zeros(1400), np.ones(280)]])
def test_flat_and_empty_histories_are_served(value: np.ndarray, make_known: MakeKnown) -> None:
    known = make_known(days=DAYS)
    settled, _ = settle(replace(known, value=value))
    assert settled.value.shape == value.shape


@pytest.mark.parametrize("way", CHANGES)
def test_the_forecast_stands_at_the_new_level_after_four_days(way: str, make_known: MakeKnown) -> None:
    issue_ms = to_ms(datetime(2026, 6, 30, 17, tzinfo=UTC))
    truth = CHANGES[way](make_known(days=7, issue_ms=issue_ms + 168 * HOUR_MS, seed=2).value)
    after = stepped(make_known(days=DAYS, issue_ms=issue_ms), 4, CHANGES[way])
    before = after.value.copy()
    said = run(chain_of("linear"), after, 168)
    naive = run(chain_of("seasonal-naive"), after, 168)
    assert "was brought to that level" in said.remarks
    assert naive.remarks == ""
    assert np.array_equal(after.value, before)
    error, of_naive = (np.abs(one.quantiles[:, 3] - truth).mean() / truth.mean() for one in (said, naive))
    assert error < 0.1
    assert error < 0.5 * of_naive


def test_only_the_past_is_looked_at(make_known: MakeKnown) -> None:
    """What comes after the issue cannot be given; temperatures ahead, which can, change nothing."""
    after = stepped(make_known(days=DAYS, issue_ms=to_ms(datetime(2026, 6, 30, 17, tzinfo=UTC))), 6, CHANGES["joins"])
    degc = np.zeros(len(after.value))
    told = replace(after, temperature=degc, temperature_ahead=np.full(168, 40.0))
    assert np.array_equal(settle(told)[0].value, settle(after)[0].value, equal_nan=True)
    assert LINEAR.fit(after).predict(24).remarks
