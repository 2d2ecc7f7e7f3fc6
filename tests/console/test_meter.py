"""What an engineer does with one meter: from the overview down to raw data, values edited with a reason and undone."""

import re
from typing import Any

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


def test_whoever_may_not_edit_is_told_so(open_page: Any) -> None:
    page = _meter(open_page)
    expect(page.get_by_text("Sign in with the role planner to act here.")).to_be_visible()
    expect(page.get_by_role("button", name="Edit")).to_have_count(0)
