"""What parts of the network say about themselves on a day."""

from dataclasses import replace
from datetime import date

import pytest

from mainsight.core.network import Network, Reservoir, SeasonalRating, Text, with_reports


@pytest.mark.parametrize(
    ("season", "inside", "outside"),
    [
        (((5, 1), (8, 31)), [(5, 1), (7, 15), (8, 31)], [(4, 30), (9, 1)]),
        (((11, 15), (2, 29)), [(11, 15), (12, 31), (1, 1), (2, 28)], [(3, 1), (11, 14)]),
    ],
)
def test_seasons_include_both_ends_and_may_pass_the_new_year(
    season: tuple[tuple[int, int], tuple[int, int]], inside: list[tuple[int, int]], outside: list[tuple[int, int]]
) -> None:
    rating = SeasonalRating(*season, factor=0.9)
    assert all(rating.covers(date(2026, *day)) for day in inside)
    assert not any(rating.covers(date(2026, *day)) for day in outside)


def test_transformer_is_there_from_its_commissioning_to_before_its_retirement(network: Network) -> None:
    unit = replace(network.transformers["n-t1"], commissioned=date(2020, 1, 1), retired=date(2030, 1, 1))
    assert [unit.in_service(date(year, 1, 1)) for year in (2019, 2020, 2029, 2030)] == [False, True, True, False]
    assert unit.rating_mva(date(2019, 1, 1)) == 0
    assert unit.rating_mva(date(2029, 6, 1)) == pytest.approx(56.7)


def test_usable_volume_lies_between_the_levels() -> None:
    assert Reservoir("t", Text("", ""), (0, 0), "p", 620, 1.0, 5.0).usable_m3 == 2480


def test_texts_fall_back_to_english() -> None:
    text = Text(vi="Lộ 471", en="Feeder 471")
    assert [text.get(language) for language in ("vi", "en", "fr")] == ["Lộ 471", "Feeder 471", "Feeder 471"]


def test_all_meters_can_be_made_to_report_faster(network: Network) -> None:
    fast = with_reports(network, 5)
    assert {meter.reports_s for meter in fast.meters.values()} == {5}
    assert {meter.reports_s for meter in network.meters.values()} == {60}
    assert fast.zones == network.zones
