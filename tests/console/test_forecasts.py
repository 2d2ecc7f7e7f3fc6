"""What a planner does: see what will be, and compare what was said a day ago with what happened."""

import re
import time
from typing import Any

import pytest
from playwright.sync_api import Page, expect

PATH = "/forecasts/quang-chau/power"
ISSUED_WITHIN_S = 180
"""Assets are forecast after the zones."""


def _open(open_page: Any, **options: Any) -> Page:
    page: Page = open_page(PATH, **options)
    page.get_by_test_id("fan").locator("canvas").wait_for()
    return page


def test_an_earlier_forecast_is_compared_with_what_happened(open_page: Any, api: Any) -> None:
    issues = api.get("/forecasts/issues", params={"target": "quang-chau", "quantity": "power", "days": 14}).json()["items"]
    said = next(one for one in issues if one["model"] == "said-by-the-test")
    forecast = api.get("/forecasts", params={"target": "quang-chau", "quantity": "power", "issued_by_ms": said["issue_ms"]}).json()
    happened = api.get(
        "/demand",
        params={"asset": "quang-chau", "utility": "power", "start_ms": said["issue_ms"], "end_ms": issues[-1]["issue_ms"] + 900_000},
    ).json()
    pairs = {time: value for time, value in zip(happened["start_ms"], happened["value"], strict=True) if value is not None}
    errors = [(p50 - pairs[time], pairs[time]) for time, p50 in zip(forecast["time_ms"], forecast["p50"], strict=True) if time in pairs]
    wape = sum(abs(error) for error, _ in errors) / sum(value for _, value in errors)

    page = _open(open_page)
    page.get_by_label("Forecast issued").select_option(str(said["issue_ms"]))
    match = page.get_by_test_id("match")
    expect(match).to_contain_text("Compared with what happened")
    shown = re.search(r"Error \(WAPE\)\s*([\d.]+) %", match.inner_text())
    assert shown is not None
    assert abs(float(shown[1]) - 100 * wape) < 1, "an interval more may have ended meanwhile"
    expect(page.get_by_test_id("fan").get_by_text("said-by-the-test")).to_be_visible()
    expect(page.get_by_test_id("fan").locator(".key-past")).to_be_visible()


def test_peaks_ahead_and_what_they_are_made_of(open_page: Any, api: Any) -> None:
    page = _open(open_page)
    peaks = api.get("/forecasts/peaks", params={"target": "quang-chau", "quantity": "power"}).json()["items"]
    expect(page.get_by_test_id("peaks").locator("tbody tr")).to_have_count(len(peaks))


def test_quality_by_lead_time_beside_last_week(open_page: Any) -> None:
    page = _open(open_page)
    accuracy = page.get_by_test_id("accuracy")
    expect(accuracy.get_by_role("img", name="Error by lead time, share of demand")).to_be_visible()
    expect(accuracy.get_by_role("img", name=re.compile("^Calibration"))).to_be_visible()


def test_forecasts_tell_how_they_scored_and_why_they_are_made_as_they_are(open_page: Any, api: Any) -> None:
    page = _open(open_page)
    told = api.get("/forecasts/scores", params={"target": "quang-chau", "quantity": "power"}).json()
    scores = page.get_by_test_id("scores")
    expect(scores.locator("tbody tr")).to_have_count(len(told["blocks"]))
    expect(scores).to_contain_text(f"Forecast by {told['fits'][0]['model']}")


def test_a_planner_asks_what_a_tenant_would_do(open_page: Any, api: Any) -> None:
    page = _open(open_page, admin=True)
    asked = page.get_by_test_id("what-if")
    asked.get_by_role("button", name="Show").click()
    expect(asked.get_by_role("alert")).to_have_text("Say by how much warmer, or how large a tenant.")
    asked.get_by_label("A tenant of, MW").fill("a large one")
    asked.get_by_role("button", name="Show").click()
    expect(asked.get_by_role("alert")).to_have_text("Write a number.")
    asked.get_by_label("A tenant of, MW").fill("12")
    asked.get_by_role("button", name="Show").click()
    answer = page.get_by_test_id("what-if-answer")
    expect(answer.locator("canvas")).to_be_visible()
    before, after = (float(text.partition(" MW")[0]) for text in answer.locator("dd").all_inner_texts()[:2])
    assert after == pytest.approx(before + 12, abs=0.2), "in the zone's own shape it peaks at the same hour"


def test_another_zone_and_utility_are_chosen(open_page: Any) -> None:
    page = _open(open_page)
    page.get_by_label("Utility").select_option("flow")
    expect(page).to_have_url(re.compile(r"/forecasts/quang-chau/flow"))
    expect(page.get_by_test_id("fan").locator("canvas")).to_be_visible()


def test_a_feeder_has_its_forecast_on_its_page_and_what_went_into_it_in_the_readers_language(open_page: Any, api: Any) -> None:
    asked = {"target": "qc-471", "quantity": "power"}
    deadline = time.monotonic() + ISSUED_WITHIN_S
    while (answer := api.get("/forecasts", params=asked)).status_code == 404 and time.monotonic() < deadline:
        time.sleep(0.5)
    assert answer.is_success, answer.text
    fan = open_page("/asset/qc-471", locale="vi-VN").get_by_test_id("fan")
    fan.locator("canvas").wait_for()
    expect(fan).to_contain_text("Dự báo lập lúc")
    said = answer.json()["remarks_text"]["vi"]
    if said:  # made to agree with its zone once all of that are there
        expect(fan).to_contain_text(f"Ghi chú: {said}")
