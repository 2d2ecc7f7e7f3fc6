"""What on-call staff do: see an alarm, acknowledge it, shelve it, and notice when the line is down."""

import re
from typing import Any

import httpx
import pytest
from playwright.sync_api import Locator, Page, expect

OTHER_THAN_CRITICAL = ("low", "medium", "high")


def _alarm(api: httpx.Client, **wanted: Any) -> dict[str, Any]:
    """An open alarm with the values wanted; a tuple is a choice."""

    def fits(alarm: dict[str, Any]) -> bool:
        return all(alarm[field] in (value if isinstance(value, tuple) else (value,)) for field, value in wanted.items())

    items: list[dict[str, Any]] = api.get("/alarms", params={"state": "open"}).json()["items"]
    found = next((alarm for alarm in items if fits(alarm)), None)
    if found is None:
        pytest.fail(f"no open alarm with {wanted}; open: {[(a['rule'], a['asset'], a['state'], a['priority']) for a in items]}")
    return found


def _path(alarm: dict[str, Any]) -> str:
    return f"/alarms/{alarm['rule']}/{alarm['asset']}"


def _row(page: Page, alarm: dict[str, Any]) -> Locator:
    return page.locator(f'[data-testid=alarm][data-alarm="{alarm["rule"]}/{alarm["asset"]}"]')


def test_every_open_alarm_is_listed_and_leads_to_its_page(open_page: Any, api: httpx.Client) -> None:
    page = open_page("/alarms")
    items = api.get("/alarms", params={"state": "open"}).json()["items"]
    for alarm in items:
        expect(_row(page, alarm)).to_be_visible()
    alarm = items[0]
    _row(page, alarm).get_by_role("link").click()
    detail = page.get_by_test_id("alarm-detail")
    expect(detail.get_by_text(alarm["response"]["en"])).to_be_visible()
    expect(detail.get_by_test_id("history").locator("li").first).to_be_visible()
    runbook = detail.get_by_role("link", name="Runbook").get_attribute("href")
    assert runbook is not None
    answer = httpx.get(str(api.base_url.join(runbook)))
    assert answer.status_code == httpx.codes.OK
    assert "html" in answer.headers["content-type"]


def test_predictive_alarm_shows_forecast_and_limit(open_page: Any, api: httpx.Client) -> None:
    alarm = _alarm(api, kind="forecast")
    page = open_page(_path(alarm))
    detail = page.get_by_test_id("alarm-detail")
    expect(detail.get_by_text("Probability", exact=True)).to_be_visible()
    expect(detail.locator("canvas")).to_be_visible()
    expect(detail.locator(".key-forecast")).to_be_visible()


def test_the_month_s_report_opens_to_be_read(open_page: Any) -> None:
    page = open_page("/alarms/metrics")
    with page.expect_popup() as opened:
        page.get_by_role("link", name=re.compile("Open the report")).click()
    expect(opened.value.get_by_role("heading").first).to_be_visible()


def test_acknowledge_with_a_comment(open_page: Any, api: httpx.Client) -> None:
    person = api.get("/me").json()["name"]
    alarm = _alarm(api, state="UNACK")
    page = open_page(_path(alarm), admin=True)
    page.get_by_role("button", name="Acknowledge").click()
    dialog = page.get_by_role("dialog", name=re.compile("^Acknowledge"))
    if alarm["comment_required"]:
        dialog.get_by_role("button", name="Acknowledge").click()
        expect(dialog.get_by_role("alert")).to_be_visible()
    dialog.get_by_role("textbox").fill("Dispatch has been told")
    dialog.get_by_role("button", name="Acknowledge").click()
    expect(dialog).to_be_hidden()
    expect(page.get_by_test_id("detail-state")).to_have_text("Acknowledged")
    expect(_row(page, alarm).get_by_test_id("alarm-state")).to_have_text("Acknowledged")
    expect(page.get_by_test_id("history").get_by_text(f"{person}: Dispatch has been told").first).to_be_visible()
    assert api.get(_path(alarm)).json()["state"] == "ACKED"


def test_shelve_with_a_reason(open_page: Any, api: httpx.Client) -> None:
    alarm = _alarm(api, condition="active", state=("UNACK", "ACKED"), priority=OTHER_THAN_CRITICAL)
    page = open_page(_path(alarm), admin=True)
    page.get_by_role("button", name="Shelve").click()
    dialog = page.get_by_role("dialog", name=re.compile("^Shelve"))
    dialog.get_by_role("button", name="Shelve").click()
    expect(dialog.get_by_role("alert")).to_be_visible()
    dialog.get_by_role("textbox").fill("Being repaired")
    dialog.get_by_role("combobox").select_option("2")
    dialog.get_by_role("button", name="Shelve").click()
    expect(page.get_by_test_id("detail-state")).to_have_text("Shelved")
    expect(page.get_by_text("Being repaired").first).to_be_visible()

    page.get_by_role("button", name="Unshelve").click()
    page.get_by_role("dialog").get_by_role("button", name="Unshelve").click()
    expect(page.get_by_test_id("detail-state")).to_have_text("Unacknowledged")


def test_what_others_do_is_shown_and_only_new_alarms_are_spoken(open_page: Any, api: httpx.Client) -> None:
    alarm = _alarm(api, condition="active", state=("UNACK", "ACKED"), priority=OTHER_THAN_CRITICAL)
    page = open_page(_path(alarm))
    state = page.get_by_test_id("detail-state")
    expect(state).to_be_visible()
    api.post(f"{_path(alarm)}/shelve", json={"reason": "Being repaired", "hours": 1}).raise_for_status()
    expect(state).to_have_text("Shelved")
    expect(page.get_by_test_id("announcer")).to_be_empty()
    api.post(f"{_path(alarm)}/unshelve", json={"comment": ""}).raise_for_status()
    expect(state).to_have_text("Unacknowledged")
    expect(page.get_by_test_id("announcer")).to_contain_text(alarm["asset_name"]["en"])


def test_lost_connection_shows_and_comes_back_by_itself(browser: Any, cable: Any) -> None:
    context = browser.new_context(locale="en-GB")
    page = context.new_page()
    page.goto(cable.url)
    connection = page.get_by_test_id("connection")
    expect(connection).to_have_attribute("data-state", "live", timeout=15_000)
    page.get_by_test_id("tile").first.wait_for()

    cable.cut()
    expect(page.get_by_test_id("connection-lost")).to_be_visible(timeout=15_000)
    expect(page.locator(".tile .value.stale .stale-age").first).to_be_visible()
    assert page.locator(".tile .value:not(.stale)").count() == 0

    cable.mend()
    expect(connection).to_have_attribute("data-state", "live", timeout=30_000)
    expect(page.get_by_test_id("connection-lost")).to_be_hidden()
    expect(page.locator(".tile .value:not(.stale)").first).to_be_visible()
    context.close()
