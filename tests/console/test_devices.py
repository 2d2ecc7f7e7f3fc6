"""What an administrator does: adopt a device that nobody registered, try a mapping rule on what waits, see who is silent."""

import json
import time
from collections.abc import Iterator
from typing import Any

import pytest
from paho.mqtt import publish
from playwright.sync_api import expect

METER = "dt-371-cn-17"
"""Silent in the demo: the one that a new device takes the place of."""
RULE = """
rules:
  - topic: workshop/{hall}/meters
    device_path: id
    fields:
      P1: {quantity: power, unit: kW}
"""


@pytest.fixture
def send(stack: Any) -> Any:
    """Publish a message as a device would."""

    def publish_one(topic: str, payload: dict[str, Any]) -> None:
        publish.single(topic, json.dumps(payload), qos=1, hostname="127.0.0.1", port=stack.broker)

    return publish_one


def test_an_unknown_device_is_adopted_and_what_waited_is_stored(open_page: Any, api: Any, send: Any) -> None:
    name = f"NEW-{time.time_ns()}"
    send(f"mainsight/bac-ninh/{name}", {"device": name, "time": int(time.time()), "power_kw": 812.5})
    page = open_page("/devices/unknown", admin=True)
    entry = page.get_by_test_id("unknown-device").filter(has_text=name)
    expect(entry).to_be_visible(timeout=30_000)
    entry.get_by_text("Last message").click()
    expect(entry.locator("pre")).to_contain_text("812.5")
    entry.get_by_label("This device is the meter").fill("no-such-meter")
    entry.get_by_role("button", name="Adopt").click()
    expect(entry.get_by_role("alert")).to_be_visible()
    entry.get_by_label("This device is the meter").fill(METER)
    entry.get_by_role("button", name="Adopt").click()
    expect(page.get_by_role("status")).to_contain_text(f"{name} is now the meter {METER}")
    expect(entry).to_have_count(0)
    assert name not in {device["device"] for device in api.get("/devices/unknown").json()["items"]}


@pytest.fixture
def no_rules_saved(api: Any) -> Iterator[None]:
    yield
    saved = api.get("/mappings").json()["items"]
    if saved:
        api.put("/mappings", json={"rules": "rules: []", "version": saved[0]["version"]}).raise_for_status()


@pytest.mark.usefixtures("no_rules_saved")
def test_a_mapping_rule_is_tried_on_what_waits_and_saved(open_page: Any, api: Any, send: Any) -> None:
    send("workshop/hall-3/meters", {"id": "QC-471", "P1": 4321.5})
    page = open_page("/devices/quarantine", admin=True, refused=True)
    group = page.get_by_test_id("quarantine-group").filter(has_text="workshop/")
    expect(group).to_be_visible(timeout=30_000)
    group.locator("summary").click()
    expect(group.locator("pre").first).to_contain_text("4321.5")

    page.get_by_role("link", name="Mapping rules").click()
    page.get_by_label("Rules (YAML)").fill("rules: nonsense")
    page.get_by_role("button", name="Try rules").click()
    expect(page.get_by_role("alert")).to_be_visible()
    page.get_by_label("Rules (YAML)").fill(RULE)
    save = page.get_by_role("button", name="Save and use")
    expect(save).to_be_disabled()
    page.get_by_role("button", name="Try rules").click()
    trial = page.get_by_test_id("trial")
    expect(trial.get_by_role("link", name="qc-471-main").first).to_be_visible()
    expect(trial).to_contain_text("4,322")

    save.click()
    expect(page.get_by_role("status").filter(has_text="Saved as version")).to_contain_text("0 messages wait on")
    expect(page.get_by_test_id("rule-versions").locator("li").first).to_contain_text("in use")
    assert api.get("/mappings").json()["items"][0]["rules"].strip() == RULE.strip()
    send("workshop/hall-3/meters", {"id": "QC-471", "P1": 4322.5})
    _wait_for_reading(api, "qc-471-main", 4322.5)


def _wait_for_reading(api: Any, meter: str, value: float) -> None:
    deadline = time.monotonic() + 15
    start_ms = int(time.time() * 1000) - 600_000
    while time.monotonic() < deadline:
        of = {"quantity": "power", "step": "raw", "start_ms": start_ms, "end_ms": start_ms + 1_200_000}
        if value in api.get(f"/meters/{meter}/readings", params=of).json()["value"]:
            return
        time.sleep(0.2)  # the API sets no event
    pytest.fail(f"{value} of {meter} was not stored")


def test_silent_meters_and_clocks_that_are_off_are_found(open_page: Any, api: Any) -> None:
    page = open_page("/devices")
    silent = api.get("/meters", params={"silent": True}).json()["items"]
    expect(page.get_by_test_id("silent").locator("li")).to_have_count(len(silent))
    page.get_by_label("Device or meter").fill("QC-471")
    expect(page.get_by_role("row", name="QC-471 qc-471-main")).to_be_visible()
    expect(page.get_by_role("button", name="Silent")).to_have_text(f"Silent {len(silent)}")
    page.get_by_role("button", name="Clock off").click()
    expect(page.get_by_text("No device matches.")).to_be_visible()


def test_only_administrators_change_devices(open_page: Any) -> None:
    page = open_page("/devices/rules")
    expect(page.get_by_text("Sign in with the role administrator to act here.")).to_be_visible()
    expect(page.get_by_role("button", name="Try rules")).to_have_count(0)
