"""What the direct models learn from."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from forecast.dayframe import day_frame
from forecast.features import LEADS, RECENT, Features
from forecast.known import Known
from forecast.models.ensemble import EnsembleModel
from forecast.models.linear import LinearMember
from mainsight.core.zonetime import HOUR_MS

MakeKnown = Callable[..., Known]


def test_a_pair_sees_nothing_after_its_issue(make_known: MakeKnown) -> None:
    """Changing a day leaves every pair alone that was issued before it, the day itself as a target included."""
    known = make_known(days=42)
    changed = known.value.copy()
    changed[-3 * 24 :] *= 5
    before = Features(day_frame(known, 24, 42)).training(14)
    after = Features(day_frame(replace(known, value=changed), 24, 42)).training(14)
    earlier = before.issue < 42 - 3
    assert (before.target[earlier] >= 42 - 3).any()
    assert np.array_equal(before.x[earlier], after.x[earlier])
    assert np.array_equal(before.usual[earlier], after.usual[earlier])
    assert np.array_equal(before.level[earlier], after.level[earlier])
    assert not np.array_equal(before.x[~earlier], after.x[~earlier])


def test_pairs_are_all_leads_of_all_days(make_known: MakeKnown) -> None:
    features = Features(day_frame(make_known(days=42), 24 * 10, 42))
    pairs = features.training(14)
    assert np.array_equal(pairs.target - pairs.issue, pairs.lead)
    assert np.bincount(pairs.lead).tolist() == [0, *(28 - lead for lead in range(1, LEADS + 1))]
    ahead = features.ahead()
    assert ahead.lead.tolist() == [1, 2, 3, 4, 5, 6, 7, 7, 7, 7]
    assert (ahead.issue == 41).all()
    assert np.isfinite(ahead.x).all()


def test_a_level_shift_shows_in_the_recent_features(make_known: MakeKnown) -> None:
    known = make_known(days=42)
    shifted = known.value.copy()
    shifted[-24:] += 100
    pair = Features(day_frame(replace(known, value=shifted), 24, 42)).ahead()
    departures = pair.x[0, :, [0, 3, 4, 5]] * pair.level[0]
    assert departures == pytest.approx(np.full((4, 24), 100), abs=30)
    assert pair.x.shape[2] > RECENT


@pytest.mark.parametrize("told", [True, False])
def test_temperature_ahead_is_used_only_when_told(told: bool, make_known: MakeKnown) -> None:
    """Cooling above 25 degrees: told of a hot day the linear model adds to it; untold, the heat changes nothing."""
    known = make_known(days=120, country="")
    hours = np.arange(len(known.value) + 24)
    days = np.random.default_rng(3).normal(26, 4, len(hours) // 24 + 1)[hours // 24]
    temperature = days + 2 * np.sin(hours / 24 * 2 * np.pi)
    value = known.value + 20 * np.maximum(temperature[:-24] - 25, 0)
    model = EnsembleModel("linear", (LinearMember(),))
    said = []
    for degc in (22.0, 34.0):
        ahead = np.full(24, degc) if told else None
        hot = replace(known, value=value, temperature=temperature[:-24], temperature_ahead=ahead)
        said.append(model.fit(hot).predict(24).quantiles[:, 3].mean())
    assert said[1] - said[0] == pytest.approx(180 if told else 0, abs=40)


def test_the_issue_may_lie_anywhere_in_the_day(make_known: MakeKnown) -> None:
    for hour in (5, 18):
        known = make_known(days=42, issue_ms=1_767_546_000_000 + hour * HOUR_MS)
        said = EnsembleModel("linear", (LinearMember(),)).fit(known).predict(24).quantiles[:, 3]
        happened = make_known(days=1, issue_ms=known.issue_ms + 24 * HOUR_MS, seed=9).value
        assert np.abs(said - happened).mean() < 30
