"""What an engineer sees: overview and zone pages, languages and themes, on a desk and on a phone."""

import gzip
import re
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Page, expect

NUMBER = re.compile(r"\d")
PHONE = {"width": 390, "height": 844}
DEEPER = ("/asset/qc-471", "/meters/qc-471-cn-01/power", "/forecasts/quang-chau/power", "/devices", "/settings/rules", "/alarms/outages")
STATIC = Path(__file__).parents[2] / "api" / "static"


def _first_zone(api: httpx.Client) -> str:
    zone: str = api.get("/overview").json()["zones"][0]["id"]
    return zone


def test_overview_shows_every_zone_with_live_values(open_page: Any, api: httpx.Client) -> None:
    page = open_page()
    overview = api.get("/overview").json()
    for zone in overview["zones"]:
        for load in zone["loads"]:
            tile = page.locator(f'[data-testid=tile][data-zone="{zone["id"]}"][data-utility={load["utility"]}]')
            expect(tile.get_by_test_id("value")).to_have_text(NUMBER)
            expect(tile.get_by_role("meter")).to_have_attribute("aria-valuetext", NUMBER)
    before = page.get_by_test_id("value").all_inner_texts()
    page.wait_for_function(
        "before => [...document.querySelectorAll('[data-testid=value]')].some((value, i) => value.textContent !== before[i])", arg=before
    )
    expect(page.get_by_test_id("balance").locator("p")).to_have_count(len(overview["balance"]))


def test_abnormal_tiles_come_first(open_page: Any) -> None:
    page = open_page()
    page.get_by_test_id("tile").first.wait_for()
    classes = page.get_by_test_id("tile").evaluate_all("tiles => tiles.map(tile => tile.className)")
    normal = ["state-normal" in name for name in classes]
    assert normal == sorted(normal)


def test_map_shows_every_zone_and_leads_to_it(open_page: Any, api: httpx.Client) -> None:
    page = open_page()
    province = api.get("/province").json()
    zones = page.get_by_test_id("map").locator(".map-zone")
    expect(zones).to_have_count(len(province["zones"]))
    expect(page.get_by_test_id("map").locator(".map-mark")).to_have_count(
        sum(len(province[kind]) for kind in ("substations", "water_plants", "pump_stations", "reservoirs"))
    )
    zones.first.focus()
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/zones/"))


def test_zone_shows_history_and_forecast_fan(open_page: Any, api: httpx.Client) -> None:
    page = open_page(f"/zones/{_first_zone(api)}")
    power = page.get_by_test_id("demand-power")
    expect(power.locator("canvas")).to_be_visible()
    expect(power.get_by_role("meter")).to_be_visible()
    power.locator("summary").click()
    rows = power.locator("details tbody tr").evaluate_all("rows => rows.map(row => [...row.cells].map(cell => cell.textContent))")
    measured = [row for row in rows if NUMBER.search(row[1])]
    fan = [[float(cell.replace(",", "")) for cell in row[2:5]] for row in rows if all(NUMBER.search(cell) for cell in row[2:5])]
    assert len(measured) > 80, "a day of quarter hours"
    assert len(fan) > 80, "a day of quarter hours ahead"
    assert all(p10 <= p50 <= p90 for p10, p50, p90 in fan)
    assert any(p10 < p90 for p10, _, p90 in fan)


def test_ranges_reach_back_six_weeks(open_page: Any, api: httpx.Client) -> None:
    page = open_page(f"/zones/{_first_zone(api)}")
    power = page.get_by_test_id("demand-power")
    power.locator("canvas").wait_for()
    power.locator("summary").click()
    page.get_by_role("button", name="6 weeks").click()
    expect(power.locator("details tbody tr").nth(900)).to_be_attached(timeout=15_000)


def test_language_is_switched_everywhere_and_remembered(open_page: Any) -> None:
    page = open_page()
    expect(page.get_by_role("heading", name="Open alarms")).to_be_visible()
    page.get_by_role("button", name="Tiếng Việt").click()
    expect(page.get_by_role("heading", name="Cảnh báo đang mở")).to_be_visible()
    page.reload()
    expect(page.get_by_role("heading", name="Cảnh báo đang mở")).to_be_visible()
    assert page.evaluate("document.documentElement.lang") == "vi"
    page.get_by_role("button", name="English").click()
    expect(page.get_by_role("heading", name="Open alarms")).to_be_visible()


def _ground(page: Page) -> int:
    colour: str = page.evaluate("getComputedStyle(document.documentElement).backgroundColor")
    return sum(int(part) for part in re.findall(r"\d+", colour)[:3])


@pytest.mark.parametrize(("scheme", "other"), [("light", "Dark"), ("dark", "Light")])
def test_theme_is_the_systems_until_switched_and_then_remembered(open_page: Any, scheme: str, other: str) -> None:
    page = open_page(color_scheme=scheme)
    button = page.get_by_role("button", name=other)
    button.wait_for()
    before = _ground(page)
    assert (before > 3 * 128) == (scheme == "light")
    button.click()
    after = _ground(page)
    assert (after > 3 * 128) != (scheme == "light")
    page.reload()
    assert _ground(page) == after


@pytest.mark.parametrize("locale", ["en-GB", "vi-VN"])
def test_nothing_is_cut_off_on_a_phone(open_page: Any, api: httpx.Client, locale: str) -> None:
    page = open_page("/", viewport=PHONE, locale=locale)
    page.get_by_test_id("tile").first.wait_for()
    for path in ("/", f"/zones/{_first_zone(api)}", "/alarms", *DEEPER):
        page.evaluate("path => { history.pushState(null, '', path); dispatchEvent(new PopStateEvent('popstate')); }", path)
        page.wait_for_function("() => !document.querySelector('main .loading') && document.querySelector('main h1, main .overview')")
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"], path


def test_keyboard_reaches_everything_and_shows_where_it_is(open_page: Any) -> None:
    page = open_page()
    page.get_by_test_id("tile").first.wait_for()
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the page")).to_be_focused()
    seen = []
    for _ in range(40):
        page.keyboard.press("Tab")
        focused = page.evaluate(
            """() => {
                const element = document.activeElement;
                const [own, after] = [getComputedStyle(element), getComputedStyle(element, '::after')];
                const shown = own.outlineStyle !== 'none' || after.outlineStyle !== 'none';
                return {name: element.getAttribute('aria-label') ?? element.textContent.trim(), tile: !!element.closest('.tile'), shown};
            }"""
        )
        assert focused["shown"], focused
        seen.append(focused["name"])
        if focused["tile"]:
            break
    assert {"Overview", "VI: Tiếng Việt", "EN: English"} <= set(seen)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1, name=seen[-1])).to_be_visible()


def test_unknown_addresses_say_so(open_page: Any) -> None:
    page = open_page("/no/such/page")
    expect(page.get_by_text("There is no such page.")).to_be_visible()
    page.get_by_role("link", name="To the overview").click()
    expect(page.get_by_test_id("tile").first).to_be_visible()


def test_first_chart_comes_quickly(open_page: Any, api: httpx.Client) -> None:
    page = open_page(f"/zones/{_first_zone(api)}")
    page.get_by_test_id("demand-power").locator("canvas").wait_for()
    elapsed_ms = page.evaluate("performance.now()")
    assert elapsed_ms < 5_000, "a gross regression: it takes well under a second on two quiet cores"


def test_no_page_weighs_150_kb_compressed() -> None:
    """What every page needs, and the heaviest of what single pages load besides: the overview's map."""
    assert (STATIC / "index.html").is_file(), "the console is not built: run npm run build in console/"
    every = set(re.findall(r"/assets/([^\"]+)", (STATIC / "index.html").read_text()))
    files = [path for path in (STATIC / "assets").iterdir() if path.suffix in {".js", ".css"}]
    packed = {path.name: len(gzip.compress(path.read_bytes())) for path in files}
    assert every <= packed.keys()
    besides: dict[str, int] = {}
    for name in packed.keys() - every:
        part = name.rpartition("-")[0]
        besides[part] = besides.get(part, 0) + packed[name]
    assert sum(packed[name] for name in every) + max(besides.values()) < 150_000
