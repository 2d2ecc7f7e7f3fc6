"""Takes docs/images again: the console's pages in both languages and themes, from a demo of its own."""

import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import NamedTuple

from playwright.sync_api import Browser, Page, StorageState, expect, sync_playwright

ROOT = Path(__file__).parents[1]
IMAGES = ROOT / "docs" / "images"
DESKTOP, PHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-sync"]
FORECASTS_WITHIN_MS = 180_000


class Shot(NamedTuple):
    """One picture: its file's name, and the page as a person with that language, theme and window sees it."""

    name: str
    path: str
    language: str = "en"
    theme: str = "light"
    window: dict[str, int] = DESKTOP
    whole: bool = False
    """The whole page rather than the window."""


SHOTS = (
    Shot("overview", "/"),
    Shot("overview-dark", "/", "vi", "dark"),
    Shot("overview-phone", "/", "vi", window=PHONE),
    Shot("zone", "/zones/quang-chau", whole=True),
    Shot("zone-dark", "/zones/quang-chau", "vi", "dark", whole=True),
    Shot("asset", "/asset/qc-471"),
    Shot("meter", "/meters/qc-471-main/power", whole=True),
    Shot("meter-phone", "/meters/dt-371-cn-17/power", "vi", "dark", PHONE),
    Shot("forecasts", "/forecasts/quang-chau/power", whole=True),
    Shot("forecasts-dark", "/forecasts/van-trung/flow", "vi", "dark", whole=True),
    Shot("alarms", "/alarms"),
    Shot("alarm-dark", "/alarms/forecast-power-firm/quang-chau", "vi", "dark"),
    Shot("alarms-phone", "/alarms", theme="dark", window=PHONE),
    Shot("incidents", "/alarms/incidents"),
    Shot("outages-phone", "/alarms/outages", "vi", window=PHONE),
    Shot("devices", "/devices"),
    Shot("devices-rules-dark", "/devices/rules", "vi", "dark"),
    Shot("rules", "/settings/rules"),
    Shot("rule", "/settings/rules/zone-power-firm"),
    Shot("people-dark", "/settings/people", "vi", "dark"),
    Shot("duty-phone", "/settings/duty", "vi", window=PHONE),
)


@contextmanager
def demo() -> Iterator[str]:
    """A demo whose alarms have come; its address with a code that signs an administrator in once."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-u", "-m", "mainsight.app", "demo", "--data", folder]
        with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            address = ""
            for line in process.stdout:
                print(line, end="")
                if found := re.search(r"console: (\S+)", line):
                    address = found[1]
                if "passes firm capacity" in line:
                    break
            yield address
            process.terminate()
            process.stdout.read()


def browser_program() -> tuple[str, dict[str, str | float | bool] | None]:
    """Chromium of .tools/debian, with its libraries, else the machine's."""
    tools = ROOT / ".tools" / "debian" / "usr" / "lib"
    if (program := tools / "chromium" / "chromium").is_file():
        return str(program), {"LD_LIBRARY_PATH": ":".join(str(folder) for folder in tools.glob("*-linux-gnu"))}
    return "/usr/bin/chromium", None


def signed_in(browser: Browser, address: str) -> StorageState:
    """Open a demo's address as it prints it, and wait until all its forecasts have come; what a browser keeps after."""
    context = browser.new_context()
    page = context.new_page()
    page.goto(address)
    page.get_by_test_id("tile").first.wait_for()
    expect(page.get_by_test_id("tile").filter(has_text="No forecast yet.")).to_have_count(0, timeout=FORECASTS_WITHIN_MS)
    kept = context.storage_state()
    context.close()
    return kept


def shoot(browser: Browser, home: str, kept: StorageState, shot: Shot) -> None:
    """Open a page as a person with that language and theme would, let it settle, and keep the picture."""
    locale = {"en": "en-GB", "vi": "vi-VN"}[shot.language]
    context = browser.new_context(viewport=shot.window, locale=locale, color_scheme=shot.theme, device_scale_factor=1, storage_state=kept)
    page: Page = context.new_page()
    page.goto(f"{home}{shot.path}")
    page.wait_for_load_state("load")
    page.wait_for_function("() => !document.querySelector('main .loading')")
    page.wait_for_timeout(4000)
    page.screenshot(path=IMAGES / f"{shot.name}.png", full_page=shot.whole)
    context.close()


def main() -> None:
    """Take them all."""
    IMAGES.mkdir(parents=True, exist_ok=True)
    program, environment = browser_program()
    given = sys.argv[1:]  # the address of a running demo as it prints it, else one of our own
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=FLAGS, env=environment)
        with nullcontext(given[0]) if given else demo() as address:
            kept = signed_in(browser, address)
            for shot in SHOTS:
                shoot(browser, address.partition("/#")[0], kept, shot)
        browser.close()


if __name__ == "__main__":
    main()
