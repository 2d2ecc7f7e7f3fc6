"""Limits, deadband and delays on the samples' own time; order of arrival does not matter within the window."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mainsight.alarms.signal import Change, Criterion, Sample, Signal, Window, absorb

HIGH = Criterion(limit=90, deadband=5, on_delay_ms=20_000, off_delay_ms=10_000)
LATENESS = 60_000
START = 1_000_000


def run(criterion: Criterion, *samples: tuple[float, float]) -> list[tuple[int, bool]]:
    """Changes that samples, (seconds, value), give in this order of arrival."""
    window, found = Window(), []
    for at_s, value in samples:
        window, changes = absorb(criterion, window, [Sample(START + int(at_s * 1000), value)], LATENESS)
        found += [((change.at_ms - START) // 1000, change.active) for change in changes]
    return found


def test_counts_only_after_the_on_delay_of_unbroken_samples() -> None:
    assert run(HIGH, (0, 95), (10, 95), (19, 95), (20, 95), (30, 95)) == [(20, True)]


def test_a_dip_starts_the_on_delay_anew() -> None:
    assert run(HIGH, (0, 95), (10, 89), (11, 95), (21, 95), (30, 95), (31, 95)) == [(31, True)]


def test_exactly_at_the_limit_is_within_it() -> None:
    assert run(Criterion(90), (0, 90), (1, 90)) == []


@pytest.mark.parametrize(("high", "values"), [(True, (91, 86, 85, 84.9)), (False, (89, 94, 95, 95.1))])
def test_clears_only_past_the_deadband(high: bool, values: tuple[float, ...]) -> None:
    criterion = Criterion(90, 5, high)
    assert run(criterion, *enumerate(values)) == [(0, True), (3, False)]


def test_missing_values_never_clear_and_end_a_running_off_delay() -> None:
    clearing = ((0, 95), (20, 95), (30, 50), (35, math.nan), (41, 50), (50, 50), (51, 50))
    assert run(HIGH, *clearing) == [(20, True), (51, False)]


def test_missing_values_do_not_hinder_an_alarm() -> None:
    assert run(HIGH, (0, 95), (10, math.nan), (20, 95)) == [(20, True)]


def test_one_value_counts_at_once_without_delays() -> None:
    assert run(Criterion(90), (0, 91)) == [(0, True)]


def test_a_late_sample_is_put_where_it_belongs() -> None:
    assert run(HIGH, (0, 95), (20, 95), (10, 80)) == [(20, True)]
    window, _ = absorb(HIGH, Window(), [Sample(START + 0, 95), Sample(START + 20_000, 95)], LATENESS)
    assert window.head.active
    window, _ = absorb(HIGH, window, [Sample(START + 10_000, 80)], LATENESS)
    assert not window.head.active, "the run was broken, as is now known"
    assert window.head.pending_ms == START + 20_000


def test_a_sample_from_before_the_window_changes_nothing() -> None:
    window, _ = absorb(Criterion(90), Window(), [Sample(START + 0, 50), Sample(START + 1, 50), Sample(START + 200_000, 50)], LATENESS)
    assert absorb(Criterion(90), window, [Sample(START + 1, 99)], LATENESS) == (window, ())


def test_survives_json_with_missing_values() -> None:
    window, _ = absorb(HIGH, Window(), [Sample(START + 0, 95), Sample(START + 20_000, 95), Sample(START + 21_000, math.nan)], LATENESS)
    again = Window.from_json(HIGH, window.to_json())
    assert str(again) == str(window)


VALUES = st.sampled_from([50.0, 84.0, 86.0, 89.0, 91.0, 99.0, math.nan])
CRITERIA = st.builds(
    Criterion, st.just(90.0), st.sampled_from([0.0, 5.0]), st.booleans(), st.sampled_from([0, 3000, 20_000]), st.sampled_from([0, 7000])
)


@st.composite
def arrivals(draw: st.DrawFn) -> tuple[Criterion, list[Sample], list[Sample]]:
    """Samples in order of time, and the same as they might arrive: each at most the lateness behind, some twice."""
    times = sorted(draw(st.sets(st.integers(1, 600), min_size=1, max_size=60)))
    samples = [Sample(at * 1000, draw(VALUES)) for at in times]
    delays = [draw(st.integers(0, LATENESS // 1000)) for _ in samples]
    shuffled = [s for _, s in sorted(zip(delays, samples, strict=True), key=lambda pair: (pair[0] * 1000 + pair[1].at_ms, pair[0]))]
    repeats = draw(st.lists(st.sampled_from(range(len(shuffled))), max_size=5))
    for position in repeats:
        shuffled.insert(position + 1, shuffled[position])
    return draw(CRITERIA), samples, shuffled


@given(arrivals())
def test_order_of_arrival_and_duplicates_do_not_matter(case: tuple[Criterion, list[Sample], list[Sample]]) -> None:
    criterion, ordered, arrived = case
    straight, seen = Window(), []
    for sample in ordered:
        straight, changes = absorb(criterion, straight, [sample], LATENESS)
        seen += changes
    shuffled, told = Window(), []
    for sample in arrived:
        shuffled, changes = absorb(criterion, shuffled, [sample], LATENESS)
        told += changes
    assert repr(shuffled.head) == repr(straight.head)
    assert {change[:2] for change in seen} <= {change[:2] for change in told}, "no change of the true history is lost"


@given(arrivals(), st.data())
def test_batches_give_what_single_samples_give(case: tuple[Criterion, list[Sample], list[Sample]], data: st.DataObject) -> None:
    criterion, ordered, _ = case
    cut = data.draw(st.integers(0, len(ordered)))
    one, first = absorb(criterion, Window(), ordered[:cut], LATENESS)
    one, second = absorb(criterion, one, ordered[cut:], LATENESS)
    head, changes = Signal(), []
    for sample in ordered:
        window, found = absorb(criterion, Window(head, (), head), [sample], 0)
        head = window.head
        changes += found
    assert repr(one.head) == repr(head)
    assert [*first, *second] == changes
    assert all(isinstance(change, Change) for change in changes)
