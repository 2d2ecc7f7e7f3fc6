"""What an engineer does with one meter: from the overview down to raw data, values edited with a reason and undone."""

import re
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Page, expect

ASSET, METER, QUANTITY = "qc-471", "qc-471-main", "power"


def _meter(open_page: Any, **options: Any) -> Page:
    page: Page = open_page(f"/meters/{METER}/{QUANTITY}", **options)
    page.get_by_test_id("raw-against-final").locator("canvas").first.wait_for()
    return page


def test_four_levels_are_a_click_apart_and_keep_the_range(open_page: Any, api: Any) -> None:
    page = open_page("/?range=week")
    zone = api.get("/assets/qc-471").json()["zone"]
    page.locator(f'[data-testid=tile][data-zone="{zone}"][data-utility=power] a').click()
    page.get_by_role("link", name="Quang Chau feeder 471").click()
    page.get_by_role("row", name=re.compile("^Quang Chau feeder 471 Main")).get_by_role("link", name=re.compile("^Power")).click()
    expect(page.get_by_test_id("raw-against-final").get_by_role("heading", name="Power")).to_be_visible()
    assert page.url.endswith(f"/meters/{METER}/power?range=week")
    expect(page.get_by_role("button", name="7 d")).to_have_attribute("aria-pressed", "true")
    for name in ("Quang Chau feeder 471", "Quang Chau industrial park", "Overview"):
        page.get_by_role("navigation", name="Where this is").get_by_role("link", name=name).click()
    expect(page.get_by_test_id("tile").first).to_be_visible()
    page.go_back()
    expect(page.get_by_role("heading", level=1, name="Quang Chau industrial park")).to_be_visible()


def test_days_that_were_are_shown_by_the_same_chart(open_page: Any) -> None:
    page = open_page(f"/meters/{METER}/{QUANTITY}?from=2001-01-01&to=2001-01-02")
    expect(page.get_by_text("Nothing has been stored for this range.").first).to_be_visible()
    page.get_by_role("button", name="6 weeks").click()
    expect(page.get_by_text("Raw readings are drawn for a day or less.")).to_be_visible()
    page.get_by_role("button", name="Show the last day of this range").click()
    assert re.search(r"\?from=(\S+)&to=\1$", page.url)
    expect(page.locator(".legend .key-raw")).to_be_visible()


def test_a_day_that_has_no_quarter_hours_yet_says_so(open_page: Any) -> None:
    """Nor has today right after midnight: the server would refuse an empty range, which `open_page` sees."""
    day = (datetime.now(ZoneInfo("Asia/Ho_Chi_Minh")) + timedelta(days=1)).date()
    page = open_page(f"/meters/{METER}/{QUANTITY}?from={day}&to={day}")
    expect(page.get_by_text("No quarter hour of it has ended yet.")).to_be_visible()
    expect(page.get_by_test_id("edits")).to_be_attached()


@pytest.mark.parametrize("locale", ["en-US", "vi-VN"])
def test_days_are_typed_day_first_whatever_the_browser_s_language(open_page: Any, locale: str) -> None:
    page = open_page(f"/meters/{METER}/{QUANTITY}", locale=locale)
    page.locator(".range button").last.click()
    fields = page.locator(".range-days input:not(.calendar)")
    for field, day in zip(fields.all(), ("31/02/2026", "9/3/2026"), strict=True):
        field.fill(day)
    expect(fields.first).to_have_attribute("aria-invalid", "true")
    expect(page.locator(".range-days .failure")).to_contain_text("24/11/2026")
    page.locator(".range-days button[type=submit]").click()
    assert "from=" not in page.url
    fields.first.fill("8/3/2026")
    page.locator(".range-days button[type=submit]").click()
    expect(page).to_have_url(re.compile(r"\?from=2026-03-08&to=2026-03-09$"))
    expect(page.locator(".range button").last).to_have_text(re.compile(r"^08/03 . 09/03$"))


def test_every_quantity_stands_between_its_limits(open_page: Any, api: Any) -> None:
    page = _meter(open_page)
    meter = api.get(f"/meters/{METER}").json()
    rows = page.locator(".quantities tbody tr")
    expect(rows).to_have_count(len(meter["quantities"]))
    limited = [value for value in meter["values"] if value["limits"]]
    expect(rows.get_by_role("meter")).to_have_count(len(limited))


def test_an_edit_with_a_reason_changes_the_value_and_is_undone(open_page: Any) -> None:
    page = _meter(open_page, admin=True)
    row = page.locator(".values tbody tr").nth(4)
    time, before = row.locator("th").inner_text(), row.locator("td").nth(2).inner_text()
    row.get_by_role("button", name="Edit").click()
    dialog = page.get_by_role("dialog", name="Edit values: Power")
    dialog.get_by_label("Value in MW").fill("7.5")
    dialog.get_by_role("button", name="Save").click()
    expect(dialog.get_by_role("alert")).to_have_text("Write a few words first.")
    dialog.get_by_label("Reason").fill("Wired the wrong way round that quarter hour")
    dialog.get_by_role("button", name="Save").click()
    expect(dialog).to_be_hidden()

    edited = page.locator(".values tbody tr").filter(has_text=time)
    expect(edited).to_contain_text("edited", timeout=30_000)
    expect(edited.locator("td").nth(2)).to_have_text("7.50")
    expect(page.locator(".legend .key-edited")).to_be_visible(timeout=30_000)
    item = page.get_by_test_id("edits").locator("li").first
    expect(item).to_contain_text("Wired the wrong way round that quarter hour")

    item.get_by_role("button", name="Undo").click()
    undo = page.get_by_role("dialog", name="Undo the edit")
    undo.get_by_label("Reason").fill("It was right after all")
    undo.get_by_role("button", name="Undo").click()
    expect(item).to_contain_text("It was right after all")
    expect(edited.locator("td").nth(2)).to_have_text(before, timeout=30_000)


def test_a_ratio_is_seen_beforehand_entered_and_taken_back(open_page: Any, api: Any) -> None:
    page = _meter(open_page, admin=True)
    ratio = api.get(f"/meters/{METER}").json()["ratio"]
    kept = api.get(f"/meters/{METER}/changes").json()["items"]
    page.get_by_role("button", name="Enter a change").click()
    dialog = page.get_by_role("dialog", name="Enter a change")
    dialog.get_by_label("From the start of").fill(f"{datetime.now(ZoneInfo('Asia/Ho_Chi_Minh')) - timedelta(days=1):%d/%m/%Y}")
    dialog.get_by_label("New ratio").fill(str(2 * ratio))
    dialog.get_by_label("Reason").fill("The current transformers were changed")
    dialog.get_by_role("button", name="Show what it would move").click()
    preview = dialog.get_by_test_id("change-preview")
    expect(preview.get_by_role("status")).to_contain_text(re.compile(r"days: [12]"))
    before, after = (float(text.replace(",", "")) for text in preview.locator("tbody tr").first.locator("td").all_inner_texts())
    assert after == pytest.approx(2 * before, rel=0.01)
    assert api.get(f"/meters/{METER}/changes").json()["items"] == kept, "looking keeps nothing"
    dialog.get_by_role("button", name="Save").click()

    item = page.get_by_test_id("changes").locator("li").first
    expect(item).to_contain_text(f"ratio \u00d7 {2 * ratio:g}")
    expect(item).to_contain_text("The current transformers were changed")
    item.get_by_role("button", name="Undo").click()
    undo = page.get_by_role("dialog", name="Undo the change")
    undo.get_by_label("Reason").fill("They were not")
    undo.get_by_role("button", name="Undo").click()
    expect(item).to_contain_text("They were not")


def test_an_exchange_asks_for_both_readings_of_a_register(open_page: Any) -> None:
    page = _meter(open_page, admin=True)
    page.get_by_role("button", name="Enter a change").click()
    dialog = page.get_by_role("dialog", name="Enter a change")
    dialog.get_by_label("What has changed").select_option("exchange")
    dialog.get_by_role("group", name=re.compile("^Energy, import")).get_by_label("Old meter's last reading").fill("120")
    dialog.get_by_label("Reason").fill("Old one broken")
    dialog.get_by_role("button", name="Show what it would move").click()
    expect(dialog.get_by_role("alert")).to_have_text("Write a number.")


def test_what_a_chart_shows_comes_as_a_file(open_page: Any, api: Any, tmp_path: Path) -> None:
    page = _meter(open_page)
    files = page.get_by_test_id("raw-against-final").get_by_test_id("exports").first
    assert _first_line(page, files.get_by_role("link", name="Final: CSV"), tmp_path).startswith("time,local_time,meter,quantity,unit,value")
    assert _first_line(page, files.get_by_role("link", name="Raw: Excel"), tmp_path).startswith("PK")

    made = api.post("/keys", json={"name": "a browser", "role": "viewer"}).json()
    page.get_by_role("button", name="Sign in").first.click()
    dialog = page.get_by_role("dialog", name="Sign in")
    dialog.get_by_text("Use an API key instead").click()
    dialog.get_by_label("API key").fill(made["key"])
    dialog.get_by_role("button", name="Use this key").click()
    expect(page.get_by_title("Account")).to_contain_text("a browser")
    assert _first_line(page, files.get_by_role("link", name="Final: CSV"), tmp_path).startswith("time,local_time,meter")


def _first_line(page: Page, link: Any, folder: Path) -> str:
    with page.expect_download() as waiting:
        link.click()
    file = folder / waiting.value.suggested_filename
    waiting.value.save_as(file)
    return file.read_bytes().split(b"\n", 1)[0].decode("utf-8", "replace").replace('"', "")


def test_whoever_may_not_edit_is_told_so(open_page: Any) -> None:
    page = _meter(open_page)
    expect(page.get_by_text("Sign in with the role planner to act here.")).to_be_visible()
    expect(page.get_by_role("button", name="Edit")).to_have_count(0)
