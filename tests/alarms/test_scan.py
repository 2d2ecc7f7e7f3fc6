"""Looking through a history on arrays says what going through it reading by reading says."""

import math
from itertools import groupby
from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from mainsight.alarms.engine import Engine
from mainsight.alarms.past import Column, Past
from mainsight.alarms.replay import replay
from mainsight.alarms.scan import turning
from mainsight.alarms.settings import AlarmSettings
from mainsight.alarms.signal import Change, Criterion, Sample, Window, absorb
from mainsight.core.readings import Reading

from .conftest import NOON, PRESSURE, SILENCE, build_network, reading, rules

VALUES = st.sampled_from([math.nan, 0.0, 0.9, 1.0, 1.05, 1.1, 2.0])
CRITERIA = st.builds(
    Criterion, st.just(1.0), st.sampled_from([0.0, 0.08, 0.5]), st.booleans(), st.sampled_from([0, 1, 25]), st.sampled_from([0, 1, 25])
)
STEPS = st.sampled_from([1, 5, 10, 40])


@given(CRITERIA, st.lists(st.tuples(STEPS, VALUES), max_size=60))
def test_only_the_rows_that_turn_the_condition_make_a_difference(criterion: Criterion, rows: list[tuple[int, float]]) -> None:
    at_ms = np.cumsum([step for step, _ in rows], dtype=np.int64)
    value = np.array([v for _, v in rows])
    samples = [Sample(int(at), float(v)) for at, v in zip(at_ms, value, strict=True)]

    def changes(some: list[Sample]) -> list[Change]:
        return list(absorb(criterion, Window(), some, 10**6).changes)

    kept = turning(criterion, at_ms, value)
    assert kept == sorted(set(kept))
    assert changes([samples[n] for n in kept]) == changes(samples)


def test_a_run_that_is_broken_begins_anew_and_missing_values_end_only_what_would_clear() -> None:
    criterion = Criterion(1.0, 0.0, on_delay_ms=20, off_delay_ms=20)
    value = np.array([2.0, 0.0, 2.0, math.nan, 2.0, 0.0, math.nan, 0.0, 0.0, 0.0])
    # On: begins at 0, broken at 10, begins at 20, holds over the gap, settled at 40. Off: 50, ended by the gap, 70, settled at 90.
    assert turning(criterion, np.arange(10, dtype=np.int64) * 10, value) == [2, 4, 7, 9]


FEEDER = {
    "id": "tripped", "kind": "limit", "watches": {"kind": "feeder"}, "measure": "breaker_closed", "side": "low", "threshold": 0.5,
    "deadband": 0, "inhibits": ["limit"],
}  # fmt: skip
HIGH = PRESSURE | {"id": "pressure-high", "side": "high", "threshold": 4.0, "on_delay_s": 20, "off_delay_s": 20}
LEVEL = HIGH | {"id": "level-high", "watches": {"kind": "reservoir"}, "measure": "level"}
RULES = [(HIGH,), (HIGH, LEVEL), (HIGH, FEEDER, PRESSURE), (LEVEL, SILENCE | {"watches": {"kind": "meter", "assets": ["s-d1"]}})]
SERIES = [("s-d1", "pressure"), ("s-r1", "level"), ("m-f1", "breaker_closed")]


@given(
    st.sampled_from(RULES),
    st.lists(st.tuples(st.sampled_from(SERIES), STEPS, st.sampled_from([0.0, 1.0, 2.1, 3.9, 3.95, 4.2, math.nan])), max_size=80),
    st.randoms(),
)
def test_a_replay_is_what_going_through_every_reading_gives(
    raw: tuple[dict[str, Any], ...], rows: list[tuple[tuple[str, str], int, float]], random: Any
) -> None:
    network, made, now, readings = build_network(0), rules(*raw), NOON, []
    for (name, quantity), step, value in rows:
        now += step * 1000
        readings.append(reading(name, quantity, now, value))
    in_order = list(readings)
    random.shuffle(readings)
    found = replay(network, made, AlarmSettings(), Past.of([*readings, *readings[::3]])).transitions
    assert [(t.event_ms, t.rule, t.before, t.after, t.value, t.announced) for t in found] == [
        (t.event_ms, t.rule, t.before, t.after, t.value, t.announced)
        for t in through(Engine(network, made, AlarmSettings(), NOON), in_order)
    ]


def through(engine: Engine, readings: list[Reading]) -> list[Any]:
    """Every transition of an engine that gets every reading; meters that say nothing are not listened for."""
    found, now = [], NOON
    heard = {r.meter for r in readings}
    for now, batch in groupby(readings, key=lambda r: r.time_ms):
        found += engine.tick(now - 1).transitions
        found += engine.observe(list(batch), now).transitions
    found += engine.tick(now).transitions
    return sorted((t for t in found if t.rule != SILENCE["id"] or t.asset in heard), key=lambda t: t.event_ms)


def test_columns_are_in_order_with_each_instant_once() -> None:
    column = Column.of(np.array([30, 10, 10, 20, 20], dtype=np.int64), np.array([3.0, 1.0, 1.5, 2.0, math.nan]))
    assert column.at_ms.tolist() == [10, 20, 30]
    assert column.value.tolist() == [1.5, 2.0, 3.0], "a number goes before what is missing, the later number before the earlier"
    assert math.isnan(Column.of(np.array([1], dtype=np.int64), np.array([math.inf])).value[0])
