"""Who gets in, and what the console offers to whom."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect


def _sign_in(page: Page, stack: Any, name: str) -> None:
    page.get_by_role("button", name="Sign in").first.click()
    dialog = page.get_by_role("dialog", name="Sign in")
    dialog.get_by_label("Name").fill(name)
    dialog.get_by_label("Password").fill(stack.people[name])
    dialog.get_by_role("button", name="Sign in").click()
    expect(dialog).to_be_hidden()


def _any_alarm(api: Any) -> str:
    alarm = api.get("/alarms", params={"state": "open"}).json()["items"][0]
    return f"/alarms/{alarm['rule']}/{alarm['asset']}"


def test_a_viewer_is_told_why_nothing_can_be_done(open_page: Any, api: Any, stack: Any) -> None:
    page = open_page(_any_alarm(api))
    expect(page.get_by_text("Sign in with the role operator to act here.")).to_be_visible()
    _sign_in(page, stack, "viewer")
    expect(page.get_by_text("Acting here needs the role operator")).to_be_visible()
    expect(page.get_by_role("button", name="Shelve")).to_have_count(0)


def test_an_operator_acts_by_session_and_signs_out(open_page: Any, api: Any, stack: Any) -> None:
    page = open_page(_any_alarm(api))
    _sign_in(page, stack, "operator")
    expect(page.get_by_role("button", name="Take out of service")).to_be_visible()
    page.get_by_role("button", name="Take out of service").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("textbox").fill("The meter is being changed")
    dialog.get_by_role("button", name="Take out of service").click()
    expect(page.get_by_test_id("detail-state")).to_have_text("Out of service")
    page.get_by_role("button", name="Return to service").click()
    page.get_by_role("dialog").get_by_role("button", name="Return to service").click()
    expect(page.get_by_role("button", name="Return to service")).to_have_count(0)

    page.reload()
    page.get_by_title("Account").click()
    page.get_by_role("dialog").get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("button", name="Sign in").first).to_be_visible()
    assert page.context.cookies() == []


def test_the_demo_s_address_signs_in_once_and_keeps_no_secret(open_page: Any, stack: Any) -> None:
    if not stack.code:
        pytest.skip("CONSOLE_CODE was not given")
    page = open_page(f"/alarms#code={stack.code}")
    expect(page.get_by_title("Account")).to_contain_text("Demo administrator")
    assert stack.code not in page.url
    late = open_page(f"/#code={stack.code}", refused=True)
    expect(late.get_by_test_id("tile").first).to_be_visible()
    expect(late.get_by_role("button", name="Sign in").first).to_be_visible()
    assert stack.code not in late.url


def test_a_wrong_password_is_refused(open_page: Any) -> None:
    page = open_page("/alarms", refused=True)
    page.get_by_role("button", name="Sign in").first.click()
    dialog = page.get_by_role("dialog", name="Sign in")
    dialog.get_by_label("Name").fill("nobody-here")
    dialog.get_by_label("Password").fill("not the password")
    dialog.get_by_role("button", name="Sign in").click()
    expect(dialog.get_by_role("alert")).to_be_visible()


def test_a_wrong_key_is_refused_and_forgotten(open_page: Any) -> None:
    page = open_page("/alarms", refused=True)
    page.get_by_role("button", name="Sign in").first.click()
    dialog = page.get_by_role("dialog", name="Sign in")
    dialog.get_by_text("Use an API key instead").click()
    dialog.get_by_label("API key").fill("not-a-key")
    dialog.get_by_role("button", name="Use this key").click()
    expect(dialog.get_by_role("alert")).to_be_visible()
    assert page.evaluate("sessionStorage.getItem('mainsight.key')") is None
