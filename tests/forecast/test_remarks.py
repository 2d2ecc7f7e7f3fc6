"""Whatever the service says of a forecast is there in Vietnamese too: asked of those who say it."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from forecast.calendar import Calendar
from forecast.chain import run
from forecast.fits import decide, first_fit
from forecast.known import Known
from forecast.lunar import Plain
from forecast.models.catalogue import MODELS, chain_of
from forecast.regimes import Regime, tariff_told
from forecast.remarks import in_words
from forecast.schedule import DIED
from forecast.settings import DriftSettings
from forecast.targets import Target
from forecast.weather_desk import WeatherDesk
from mainsight.core.tariff import Tariff, TariffHours
from mainsight.core.zonetime import DAY_S
from mainsight.store.forecast_port import DayScore, ForecastFit
from mainsight.store.memory import MemoryState, MemoryStore
from tests.forecast.test_weather import payload

pytestmark = pytest.mark.anyio
DAY_MS = DAY_S * 1000
PARK = Target("park", "power", 3600, (), (), Calendar("UTC"), "ensemble")


def is_told(said: str) -> None:
    """Each sentence is another one in Vietnamese."""
    told = in_words(said)
    assert said
    assert told.en == said
    for english, vietnamese in zip(said.split("; "), told.vi.split("; "), strict=True):
        assert vietnamese != english
        assert not set(vietnamese.split()) & {"because", "needed", "days", "since", "they", "history", "the", "was"}


def scores(day: str, *, error: float, inside: int) -> list[DayScore]:
    reaches = (8, 8, 8, 8, 8, 8, 8, 4, 1)
    return [
        DayScore("park", "power", day, block, 24, 2400, error, 0.0, error, 10.0, inside, 24, 2400, 100.0, error, reaches, reaches, "d", 0)
        for block in (6, 24, 48)
    ]


def test_reasons_of_decisions() -> None:
    now_ms = 1_795_500_000_000 // DAY_MS * DAY_MS
    days = [date.fromordinal(date(1970, 1, 1).toordinal() + now_ms // DAY_MS - back).isoformat() for back in range(1, 20)]
    since = replace(first_fit(PARK, now_ms - 40 * DAY_MS))
    poor = [one for day in days for one in scores(day, error=200.0, inside=20)]
    narrow = [one for day in days for one in scores(day, error=20.0, inside=8)]
    short = ForecastFit("park", "power", now_ms - 20 * DAY_MS, "ensemble", 70)
    for fit, found, starts in (
        (since, poor, "refitted"),
        (short, poor, "last week in place"),
        (since, narrow, "bands"),
        (replace(short, since_ms=now_ms - 40 * DAY_MS), [], "fitted anew"),
    ):
        decided = decide(fit, PARK, found, now_ms, DriftSettings())
        assert decided is not None
        assert decided.reason.startswith(starts)
        is_told(decided.reason)


def test_reasons_why_a_simpler_model_stands_in(make_known: Callable[..., Known]) -> None:
    known = make_known(days=20)
    is_told(run(chain_of("ensemble"), known, 24).fallback)
    is_told(run((MODELS["mstl-ets"], *chain_of("seasonal-naive")), make_known(days=3), 24).fallback)
    holes = make_known(days=60)
    value = np.where(np.arange(len(holes.value)) % 24 < 8, holes.value, np.nan)
    is_told(run((MODELS["harmonic-ar"], *chain_of("linear")), replace(holes, value=value), 24).fallback)
    is_told(DIED)
    is_told("ensemble failed: ValueError: shapes (2,) and (3,) differ")


def test_what_was_done_to_the_history(make_known: Callable[..., Known]) -> None:
    known = make_known(days=10)
    for size in (12.5, -1234567.0):
        is_told(Regime(known.issue_ms, size).told("UTC"))
    for years in (1, 2):
        is_told(Plain(known, known, years).remark)
    hours = (TariffHours(date(2014, 6, 1), (), ()), TariffHours(date(2026, 1, 2), (), ()), TariffHours(date(2026, 1, 9), (), ()))
    told = tariff_told(replace(known, calendar=Calendar("UTC", tariff=Tariff("t", hours))))
    assert len(told) == 2
    for one in told:
        is_told(one)


async def test_the_weather_that_was_told(make_known: Callable[..., Known]) -> None:
    known = make_known(days=2, issue_ms=1_795_500_000_000 // DAY_MS * DAY_MS)
    desk = WeatherDesk(MemoryStore("UTC"), MemoryState(), None, {}, True, lambda: known.issue_ms)
    is_told((await desk.tell(known, 24))[1])
    desk.hear(payload(known.issue_ms - 4 * 3_600_000, range(-40, -12), 20.0))
    await desk.refresh()
    is_told((await desk.tell(known, 24))[1])
    desk.hear(payload(known.issue_ms - 3_600_000, range(-40, 40), 20.0))
    await desk.refresh()
    is_told((await desk.tell(known, 24))[1])
    desk.trouble["http"] = "no answer: refused"
    told = in_words((await desk.tell(known, 24))[1])
    assert told.vi.startswith("thời tiết theo dự báo của mqtt")
    assert told.vi.endswith("(http: no answer: refused)"), "what others said stays as it was said"


def test_agreement_of_parts_and_wholes() -> None:
    is_told("carried on from the issue of 2026-11-24T06:00:00Z: nothing new was measured since")
    is_told("made to agree with its parts and the whole: P50 moved by 0.21 %")


def test_sentences_nobody_knows_stay_and_nothing_stays_nothing() -> None:
    assert in_words("").vi == ""
    assert in_words("something of an older version; no forecast reaches ahead").vi == (
        "something of an older version; không có dự báo nào cho thời gian tới"
    )


def test_numbers_are_written_the_way_of_the_language() -> None:
    said = in_words("made to agree with its parts and the whole: P50 moved by 1.3 %")
    assert said.vi.endswith("1,3 %")
    assert said.en.endswith("1.3 %")
