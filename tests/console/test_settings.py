"""What administrators set: an alarm rule tried on the past and saved, people and keys, and the trail of what they did."""

import re
import time
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect

RULE = "feeder-load-high"


@pytest.fixture
def rule_as_it_was(api: Any) -> Iterator[None]:
    yield
    if api.get(f"/rules/{RULE}").json()["source"] == "edited":
        api.post(f"/rules/{RULE}/revert").raise_for_status()


@pytest.mark.usefixtures("rule_as_it_was")
def test_a_rule_is_tried_on_the_past_and_saved(open_page: Any, api: Any) -> None:
    page: Page = open_page("/settings/rules", admin=True)
    page.locator("tr").filter(has_text=RULE).get_by_role("link").click()
    text = page.get_by_label("Rule (YAML)")
    wording = text.input_value()
    expect(page.get_by_role("button", name="Save")).to_be_disabled()

    text.fill(wording.replace("respond_within_min:", "respond_in_time:"))
    page.get_by_role("button", name="Check and try").click()
    expect(page.get_by_role("alert")).to_contain_text("respond_within_min")

    stricter = re.sub(r"respond_within_min: \d+", "respond_within_min: 17", wording)
    assert stricter != wording
    text.fill(stricter)
    page.get_by_role("button", name="Check and try").click()
    expect(page.get_by_test_id("rule-trial").get_by_role("status")).to_contain_text("changes of state", timeout=60_000)
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text(f"Version 1, {api.get('/me').json()['name']}")).to_be_visible()
    saved = api.get(f"/rules/{RULE}").json()
    assert saved["source"] == "edited"
    assert saved["definition"]["respond_within_min"] == 17
    audit = api.get("/audit", params={"subject": f"rule/{RULE}"}).json()["items"]
    assert audit[0]["action"] == "save rule"


def test_somebody_new_signs_in_and_chooses_a_password(open_page: Any) -> None:
    name = f"lan-{time.time_ns() % 10**9}"
    page: Page = open_page("/settings/people", admin=True)
    page.get_by_role("button", name="Add somebody").click()
    dialog = page.get_by_role("dialog", name="Add somebody")
    dialog.get_by_label("Name", exact=True).fill(name)
    dialog.get_by_label("Quang Chau industrial park").select_option("operator")
    dialog.get_by_role("button", name="Save").click()
    password = page.get_by_test_id("secret").locator("code").inner_text()
    expect(page.get_by_role("row", name=re.compile(name))).to_contain_text("operator Quang Chau industrial park")

    other: Page = open_page("/")
    other.get_by_role("button", name="Sign in").first.click()
    other.get_by_label("Name").fill(name)
    other.get_by_label("Password").fill(password)
    other.get_by_role("dialog").get_by_role("button", name="Sign in").click()
    expect(other.get_by_role("heading", name="Choose another password")).to_be_visible()
    other.get_by_label("Present password").fill(password)
    other.get_by_label("New password", exact=True).fill("seven green buffaloes")
    other.get_by_label("New password again").fill("seven green buffaloes")
    other.get_by_role("button", name="Change the password").click()
    expect(other.get_by_test_id("tile").first).to_be_visible()

    page.get_by_role("row", name=re.compile(name)).get_by_role("button", name="Disable").click()
    expect(page.get_by_role("row", name=re.compile(name))).to_contain_text("disabled")


def test_a_key_is_made_shown_once_and_revoked(open_page: Any) -> None:
    name = f"meter room {time.time_ns()}"
    page: Page = open_page("/settings/keys", admin=True)
    page.get_by_label("What it is for").fill(name)
    page.get_by_role("button", name="Make the key").click()
    expect(page.get_by_test_id("secret").locator("code")).to_have_text(re.compile("^ms_"))
    row = page.get_by_role("row", name=re.compile(name))
    row.get_by_role("button", name="Revoke").click()
    expect(row).to_contain_text("revoked")


def test_audit_shows_who_did_what(open_page: Any, api: Any) -> None:
    api.post("/duty/test-page").raise_for_status()
    page: Page = open_page("/settings/audit", admin=True)
    row = page.get_by_test_id("audit").get_by_role("row").filter(has_text="duty/test-page").first
    expect(row).to_contain_text(api.get("/me").json()["name"])
    expect(row).to_contain_text("done")


def test_the_system_tells_how_it_is(open_page: Any) -> None:
    page: Page = open_page("/settings")
    for part in ("Store", "Collector", "Forecasts", "Alarms"):
        expect(page.locator(".panel").filter(has=page.get_by_role("heading", name=part))).to_contain_text("works")


def test_what_administrators_alone_may_see_is_not_shown_to_others(open_page: Any) -> None:
    page: Page = open_page("/settings/people")
    expect(page.get_by_text("Sign in with the role administrator to act here.")).to_be_visible()
    expect(page.get_by_role("table")).to_have_count(0)
