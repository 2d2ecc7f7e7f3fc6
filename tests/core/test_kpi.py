"""Key figures against examples worked by hand; those with a published figure say so."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mainsight.core import kpi

NAN = math.nan
flows = st.lists(st.floats(0, 1000), min_size=1, max_size=50)


def test_apparent_power_is_the_hypotenuse() -> None:
    assert kpi.apparent_power(3.0, -4.0) == 5.0
    assert math.isnan(kpi.apparent_power(NAN, 1.0))


def test_utilisation_of_quang_chau_at_130_mva() -> None:
    assert kpi.utilisation(130, 189) == pytest.approx(0.6878, abs=1e-4)
    with pytest.raises(kpi.KpiError, match="not positive"):
        kpi.utilisation(1, 0)


@pytest.mark.parametrize(
    ("capacities", "transfer", "firm"),
    [
        ([63, 63, 63], 0, 126),
        ([69.3, 69.3, 69.3], 10, 148.6),
        ([63, 40], 5, 45),
        ([40], 12, 12),
        ([40], 0, 0),
        ([], 7, 7),
    ],
)
def test_firm_capacity_loses_the_greatest_unit(capacities: list[float], transfer: float, firm: float) -> None:
    assert kpi.firm_capacity(capacities, transfer) == pytest.approx(firm)


def test_firm_capacity_of_an_unknown_unit_is_unknown() -> None:
    assert math.isnan(kpi.firm_capacity([63, NAN]))


@given(st.lists(st.floats(0, 200), min_size=1, max_size=6), st.floats(0, 200))
def test_another_unit_never_lowers_firm_capacity(capacities: list[float], more: float) -> None:
    assert kpi.firm_capacity([*capacities, more]) >= kpi.firm_capacity(capacities) - 1e-9


def test_headroom_is_the_lesser_of_limit_and_order() -> None:
    assert kpi.headroom(189, 130) == 59
    assert kpi.headroom(148.6, 155) == pytest.approx(-6.4)
    assert kpi.headroom(189, 130, order=125) == -5
    assert all(math.isnan(kpi.headroom(*values)) for values in ((NAN, 1, 1), (1, NAN, 1), (1, 1, NAN)))


def test_load_factor() -> None:
    # 24 h at 10 kW but for one hour at 40 kW: 270 kWh / (40 kW x 24 h)
    day = np.full(24, 10.0)
    day[19] = 40.0
    assert kpi.load_factor(day) == pytest.approx(270 / 960)
    assert kpi.load_factor(np.array([2.0, NAN, 4.0])) == pytest.approx(0.75)
    assert math.isnan(kpi.load_factor(np.array([NAN])))
    assert math.isnan(kpi.load_factor(np.zeros(3)))


@given(flows)
def test_load_factor_is_at_most_one(values: list[float]) -> None:
    factor = kpi.load_factor(np.array(values))
    assert math.isnan(factor) or 0 <= factor <= 1 + 1e-12


def test_coincidence_factor() -> None:
    # peaks of 10 and 20 kW at different times, together at most 24 kW
    demands = np.array([[10.0, 4.0, 2.0], [5.0, 20.0, 18.0]])
    assert kpi.coincidence_factor(demands) == pytest.approx(24 / 30)
    gap = np.array([[10.0, NAN, 4.0, 2.0], [5.0, 90.0, 20.0, 18.0]])
    assert kpi.coincidence_factor(gap) == pytest.approx(24 / 30), "an interval with a gap says nothing about coincidence"
    assert kpi.coincidence_factor(np.array([[1.0, 3.0]])) == 1.0
    assert math.isnan(kpi.coincidence_factor(np.full((2, 3), NAN)))
    assert math.isnan(kpi.coincidence_factor(np.zeros((2, 3))))
    with pytest.raises(kpi.KpiError):
        kpi.coincidence_factor(np.zeros(3))


def test_power_factor_and_the_published_surcharge() -> None:
    factor = kpi.cycle_power_factor(85_000, 85_000 * math.tan(math.acos(0.85)))
    assert factor == pytest.approx(0.85)
    assert kpi.reactive_surcharge(factor) == pytest.approx(0.0588, abs=5e-5)  # Circular 15/2014: 5.88 % at 0.85
    assert kpi.reactive_surcharge(0.90) == 0.0
    assert kpi.reactive_surcharge(0.97) == 0.0
    assert kpi.reactive_surcharge(0.90, least=0.95) == pytest.approx(0.0556, abs=5e-5)
    assert math.isnan(kpi.cycle_power_factor(0, 0))
    assert math.isnan(kpi.reactive_surcharge(NAN))


@pytest.mark.parametrize("factor", [0.0, -0.5, 1.2])
def test_impossible_power_factors_are_errors(factor: float) -> None:
    with pytest.raises(kpi.KpiError, match=r"not within \(0, 1\]"):
        kpi.reactive_surcharge(factor)


def test_losses_over_intervals_that_both_sides_have() -> None:
    energy_in, energy_out = np.array([100.0, 100.0, NAN, 100.0]), np.array([95.0, 93.0, 90.0, NAN])
    assert kpi.losses(energy_in, energy_out) == pytest.approx(12 / 200)
    assert kpi.losses(np.array([90.0]), np.array([99.0])) == pytest.approx(-0.1)
    assert math.isnan(kpi.losses(np.array([0.0]), np.array([0.0])))
    with pytest.raises(kpi.KpiError, match="not the same"):
        kpi.losses(np.zeros(2), np.zeros(3))


def test_storage_hours_end_inside_an_interval() -> None:
    # 300 m3: 100 m3 net in the first hour, 150 in the second, then 50 of the third hour's 200 at its first quarter
    demand, inflow = np.array([150.0, 200.0, 250.0]), np.array([50.0, 50.0, 50.0])
    assert kpi.storage_hours(300, demand, inflow, 1.0) == pytest.approx(2.25)
    assert kpi.storage_hours(300, demand, inflow, 0.5) is None
    assert kpi.storage_hours(0, demand, inflow, 1.0) == 0.0


def test_storage_that_fills_first_may_still_run_out() -> None:
    demand, inflow = np.array([10.0, 10.0, 200.0]), np.array([60.0, 60.0, 0.0])
    assert kpi.storage_hours(100, demand, inflow, 1.0) == pytest.approx(3.0)


def test_storage_hours_of_a_path_with_a_gap() -> None:
    late_gap = np.array([100.0, 100.0, NAN])
    assert kpi.storage_hours(150, late_gap, np.zeros(3), 1.0) == pytest.approx(1.5), "the gap comes after the end"
    assert math.isnan(kpi.storage_hours(500, late_gap, np.zeros(3), 1.0) or 0.0)
    assert math.isnan(kpi.storage_hours(NAN, late_gap, np.zeros(3), 1.0) or 0.0)


@pytest.mark.parametrize(("inflow", "step_h"), [(np.zeros(2), 1.0), (np.zeros(3), 0.0)])
def test_storage_hours_refuses_what_does_not_fit(inflow: np.ndarray, step_h: float) -> None:
    with pytest.raises(kpi.KpiError):
        kpi.storage_hours(1, np.zeros(3), inflow, step_h)


def test_a_demand_path_lies_between_independent_errors_and_a_single_one() -> None:
    p50, p90 = np.full(4, 100.0), np.full(4, 120.0)
    total = kpi.demand_path(p50, p90, 1.0, memory_h=6.0).cumsum()
    kept = math.exp(-1 / 6)
    assert total[0] == pytest.approx(120.0)
    assert total[1] == pytest.approx(200 + 20 * math.sqrt(2 + 2 * kept)), "worked by hand: two errors of 20 with their correlation"
    assert 400 + 20 * 2 < total[3] < 480
    assert kpi.demand_path(p50, p90, 1.0, memory_h=1e9).sum() == pytest.approx(480)
    assert kpi.demand_path(p50, p90, 1.0, memory_h=1e-9).sum() == pytest.approx(440)
    gap = kpi.demand_path(p50, np.array([120.0, NAN, 120.0, 120.0]), 1.0)
    assert np.isnan(gap).tolist() == [False, True, True, True]
    with pytest.raises(kpi.KpiError, match="not the same"):
        kpi.demand_path(p50, p90[:2], 1.0)
    with pytest.raises(kpi.KpiError, match="not positive"):
        kpi.demand_path(p50, p90, 0.0)


@given(flows, st.floats(1, 1e4))
def test_more_storage_never_lasts_less(demand: list[float], usable: float) -> None:
    path, none = np.array(demand), np.zeros(len(demand))
    less, more = kpi.storage_hours(usable, path, none, 1.0), kpi.storage_hours(usable * 2, path, none, 1.0)
    assert more is None or (less is not None and less <= more)
