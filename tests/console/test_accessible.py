"""No page has anything that axe-core finds: contrast, names, roles, headings, keyboard."""

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

AXE = Path(__file__).parents[2] / "console" / "node_modules" / "axe-core" / "axe.min.js"
PHONE = {"width": 390, "height": 844}
PAGES = (
    "/",
    "/zones/quang-chau",
    "/asset/qc-471",
    "/meters/qc-471-main/power",
    "/meters/qc-471-main/energy_import?range=week",
    "/forecasts/quang-chau/power",
    "/alarms",
    "/alarms/incidents",
    "/alarms/outages",
    "/alarms/metrics",
    "/devices",
    "/devices/unknown",
    "/devices/quarantine",
    "/devices/rules",
    "/settings",
    "/settings/rules",
    "/settings/rules/zone-power-firm",
    "/settings/duty",
    "/settings/people",
    "/settings/keys",
    "/settings/audit",
)
_FOUND = """async () => {
  const { violations } = await axe.run(document, { resultTypes: ['violations'] });
  return violations.map(({ id, nodes }) => `${id}: ${nodes.slice(0, 3).map(node => node.html.slice(0, 160)).join(' | ')}`);
}"""


_GO = """path => {
  history.pushState(null, '', path);
  dispatchEvent(new PopStateEvent('popstate'));
}"""


def _violations(page: Page) -> list[str]:
    page.wait_for_load_state("load")
    page.wait_for_function("() => !document.querySelector('main .loading') && document.querySelector('main')?.children.length > 0")
    if not page.evaluate("() => 'axe' in window"):
        page.evaluate(AXE.read_text())  # not by a script element: the pages' own policy refuses those
    found: list[str] = page.evaluate(_FOUND)
    return found


ON_A_PHONE = ("/", "/zones/quang-chau", "/meters/qc-471-main/power", "/forecasts/quang-chau/power", "/devices", "/settings/people")


@pytest.mark.parametrize(
    ("pages", "options"),
    [
        (PAGES, {"color_scheme": "light", "locale": "en-GB"}),
        (ON_A_PHONE, {"color_scheme": "dark", "locale": "vi-VN", "viewport": PHONE}),
    ],
    ids=["light, desk, English", "dark, phone, Vietnamese"],
)
def test_axe_finds_nothing_on_any_page(open_page: Any, api: Any, pages: tuple[str, ...], options: dict[str, Any]) -> None:
    alarm = api.get("/alarms", params={"state": "open"}).json()["items"][0]
    page = open_page("/", admin=True, **options)
    page.get_by_test_id("tile").first.wait_for()
    found = {}
    for path in (*pages, f"/alarms/{alarm['rule']}/{alarm['asset']}"):
        page.evaluate(_GO, path)  # as a link does: neither the page nor axe is loaded anew
        if wrong := _violations(page):
            found[path] = wrong
    assert found == {}


def test_axe_finds_nothing_in_dialogs_and_at_the_door(open_page: Any) -> None:
    page = open_page("/")
    page.get_by_role("button", name="Sign in").first.click()
    page.get_by_text("Use an API key instead").click()
    assert _violations(page) == []
    page = open_page("/meters/qc-471-main/power", admin=True)
    page.get_by_role("button", name="Dates…").click()
    page.locator(".values").get_by_role("button", name="Edit").first.click()
    assert _violations(page) == []
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Enter a change").click()
    page.get_by_role("dialog").get_by_label("What has changed").select_option("exchange")
    assert _violations(page) == []
