"""Transformer temperatures against the example of IEC 60076-7's annex, and the limits of its equations."""

import math
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mainsight.core.kpi import Cooling, KpiError, ThermalModel, ThermalState, ageing_rate, heat, steady_state, thermal_model

ANNEX = ThermalModel(38.3, 20.3, 1.0, 1000.0, 0.8, 1.3, 150.0, 7.0, 0.5, 2.0, 2.0)
STEPS = [(190, 1.0), (365, 0.6), (500, 1.5), (705, 0.3), (730, 2.1), (745, 0.0)]
"""End of each step, min, and its load."""
PUBLISHED = [(61.9, 83.8), (44.4, 54.1), (89.8, 128.1), (35.0, 37.6), (67.9, 138.6), (60.3, 75.3)]
loads, times = st.floats(0, 2), st.floats(0, 5000)


@pytest.mark.parametrize("step_min", [1.0, 5.0, None])
def test_the_annex_example(step_min: float | None) -> None:
    state, found = ThermalState(38.3, 0.0, 0.0), []
    for (begin, _), (end, load) in pairwise([(0, 0.0), *STEPS]):
        steps = 1 if step_min is None else round((end - begin) / step_min)
        for _ in range(steps):
            state = heat(ANNEX, state, load, 25.6, (end - begin) / steps)
        found.append((state.top_oil, state.hot_spot))
    for (oil, hot_spot), (published_oil, published_hot_spot) in zip(found, PUBLISHED, strict=True):
        assert oil == pytest.approx(published_oil, abs=0.1)
        assert hot_spot == pytest.approx(published_hot_spot, abs=0.1)


@pytest.mark.parametrize("cooling", Cooling)
def test_rated_load_at_20_degrees_for_ever_is_what_it_was_built_for(cooling: Cooling) -> None:
    model = thermal_model(cooling, {})
    state = steady_state(model, 1.0, 20.0)
    assert state.top_oil == pytest.approx(80.0)
    assert state.hot_spot == pytest.approx(80.0 + model.hot_spot_factor * model.gradient)


@given(loads, loads, st.floats(-10, 45))
def test_any_load_ends_in_its_steady_state(before: float, load: float, ambient: float) -> None:
    model = thermal_model(Cooling.ONAN, {})
    state = heat(model, steady_state(model, before, ambient), load, ambient, 1e6)
    assert state.hot_spot == pytest.approx(steady_state(model, load, ambient).hot_spot, abs=1e-6)


@given(loads, times, times)
def test_two_steps_are_one(load: float, first: float, second: float) -> None:
    model, start = thermal_model(Cooling.ONAF, {}), ThermalState(40.0, 5.0, 1.0)
    stepped = heat(model, heat(model, start, load, 25.0, first), load, 25.0, second)
    assert stepped == pytest.approx(heat(model, start, load, 25.0, first + second), abs=1e-6)


def test_ageing_is_normal_at_98_and_doubles_every_six_degrees() -> None:
    assert [ageing_rate(t) for t in (92, 98, 104)] == [0.5, 1.0, 2.0]
    assert ageing_rate(110, upgraded_paper=True) == pytest.approx(1.0)
    assert math.isnan(ageing_rate(math.nan))


def test_nameplate_values_go_first_and_are_checked() -> None:
    assert thermal_model(Cooling.ONAN, {"top_oil_rise": 55.0}).top_oil_rise == 55.0
    with pytest.raises(KpiError, match="tau_oyl is no value of a nameplate"):
        thermal_model(Cooling.ONAN, {"tau_oyl": 100.0})
    with pytest.raises(KpiError, match="must be positive"):
        thermal_model(Cooling.ONAN, {"x": 0.0})
    with pytest.raises(KpiError, match="before the state"):
        heat(thermal_model(Cooling.ONAN, {}), ThermalState(40, 0, 0), 1.0, 20.0, -1.0)
