"""Series computed together give what each gives by itself, to the last bit."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from mainsight.core.readings import Flag
from mainsight.metering.checks import third_highest
from mainsight.metering.ragged import Ragged
from mainsight.metering.series import Treatment, final_values, final_values_of
from mainsight.metering.values import SLOT_MS, edges
from mainsight.store.port import Raw

T0 = 1_780_272_000_000
KINDS = (
    Treatment("power", one_way=True, limits=(-5e3, 5e3), sentinels=(-9999.0,)),
    Treatment("power", interval_ms=4 * SLOT_MS, factors=((T0 + 3 * SLOT_MS, 40.0),)),
    Treatment("voltage", interval_ms=60_000, sentinels=(0.0, 65535.0), installed_ms=T0 + 2 * SLOT_MS),
    Treatment("energy_import", register_max=1000.0, greatest_rate=4000.0),
    Treatment("breaker_closed"),
)


@st.composite
def readings(draw: st.DrawFn) -> Raw:
    """Readings of up to six hours, some of them odd; none at all, perhaps."""
    seconds = draw(st.lists(st.integers(-7200, 6 * 3600), max_size=40, unique=True).map(sorted))
    value = st.one_of(st.floats(0, 1000), st.sampled_from([-9999.0, 0.0, 1.0, 65535.0, -3.3, 1e5]))
    values = draw(st.lists(value, min_size=len(seconds), max_size=len(seconds)))
    late = draw(st.lists(st.integers(-90, 90), min_size=len(seconds), max_size=len(seconds)))
    flags = draw(st.lists(st.sampled_from([0, 0, 0, int(Flag.DEVICE)]), min_size=len(seconds), max_size=len(seconds)))
    time_ms = T0 + 1000 * np.array(seconds, np.int64)
    return Raw(time_ms, np.array(values, float), time_ms + 1000 * np.array(late, np.int64), np.array(flags, np.int64))


@settings(max_examples=150)
@given(st.lists(st.tuples(readings(), st.sampled_from(KINDS), st.integers(-3, 3), st.integers(1, 30)), min_size=1, max_size=6))
def test_many_series_at_once_give_what_each_gives_alone(asked: list[tuple[Raw, Treatment, int, int]]) -> None:
    borders = [edges(T0 + first * SLOT_MS, T0 + (first + count) * SLOT_MS) for _, _, first, count in asked]
    together = final_values_of([raw for raw, *_ in asked], borders, [treatment for _, treatment, *_ in asked])
    rows = Ragged.of(len(one) - 1 for one in borders)
    for number, (raw, treatment, *_) in enumerate(asked):
        alone, own = final_values(raw, borders[number], treatment), rows.part(number)
        for name in ("value", "quality", "rule", "found"):
            np.testing.assert_array_equal(getattr(together, name)[own], getattr(alone, name))


@given(st.lists(st.floats(-1e6, 1e6), min_size=30, max_size=60), st.integers(1, 8))
def test_the_third_highest_is_what_ordering_tells(values: list[float], parts: int) -> None:
    [[found]] = third_highest(np.array([values]), np.array([parts]))
    assert found == sorted(map(abs, values))[-2 * parts - 1]
