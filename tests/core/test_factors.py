"""Factors of meters: the registry's by day, and what people entered laid over them."""

from collections.abc import Callable
from datetime import date

import pytest

from mainsight.core.factors import Factors
from mainsight.core.network import Network, Ratio
from mainsight.core.zonetime import HOUR_MS, day_start_ms

METER = "m-n-f1"
HCM = "Asia/Ho_Chi_Minh"
CHANGE_MS = day_start_ms(date(2026, 10, 27), HCM)


@pytest.fixture
def factors(network: Network, replace_in: Callable[..., Network]) -> Factors:
    return Factors(replace_in(network, "meters", METER, ratios=(Ratio(date(2021, 1, 1), 8000), Ratio(date(2026, 10, 27), 16000))))


def test_a_ratio_holds_from_the_start_of_its_local_day(factors: Factors) -> None:
    first = day_start_ms(date(2021, 1, 1), HCM)
    assert [factors.ratio(METER, at) for at in (first - 1, first, CHANGE_MS - 1, CHANGE_MS)] == [1, 8000, 8000, 16000]


@pytest.mark.parametrize(
    ("quantity", "scaled"),
    [("power", True), ("energy_import_t1", True), ("volume", True), ("voltage", False), ("breaker_closed", False)],
)
def test_a_ratio_scales_amounts_only(factors: Factors, quantity: str, scaled: bool) -> None:
    assert factors.of(METER, quantity, CHANGE_MS) == (16000 if scaled else 1)
    assert factors.of("stranger", quantity, CHANGE_MS) == 1


def test_of_what_people_entered_the_latest_holds_and_taking_it_back_gives_the_registry_s_again(factors: Factors) -> None:
    assert factors.enter({METER: [(CHANGE_MS, 12000), (CHANGE_MS, 10000), (CHANGE_MS - 24 * HOUR_MS, 9000)], "stranger": [(0, 5)]}) == {
        METER
    }
    assert [factors.ratio(METER, CHANGE_MS + at) for at in (-48 * HOUR_MS, -24 * HOUR_MS, 0)] == [8000, 9000, 10000]
    assert factors.enter({METER: [(CHANGE_MS - 24 * HOUR_MS, 9000), (CHANGE_MS, 10000)]}) == set(), "the same factors, told otherwise"
    assert factors.enter({}) == {METER}
    assert factors.ratio(METER, CHANGE_MS) == 16000


def test_a_meter_without_a_ratio_may_be_given_one(factors: Factors) -> None:
    assert factors.are_plain("m-n-f2")
    assert factors.enter({"m-n-f2": [(CHANGE_MS, 40)]}) == {"m-n-f2"}
    assert (factors.are_plain("m-n-f2"), factors.ratio("m-n-f2", CHANGE_MS)) == (False, 40)
    assert factors.enter({}) == {"m-n-f2"}
    assert factors.are_plain("m-n-f2")
