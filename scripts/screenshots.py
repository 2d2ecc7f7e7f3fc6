"""Takes docs/images again: the console's pages in both languages and themes, from a demo of its own."""

import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).parents[1]
IMAGES = ROOT / "docs" / "images"
DESKTOP, PHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-sync"]
SHOTS = (
    ("overview", "/", "en", "light", DESKTOP),
    ("overview-dark", "/", "vi", "dark", DESKTOP),
    ("zone", "/zones/quang-chau", "en", "light", DESKTOP),
    ("zone-dark", "/zones/quang-chau", "vi", "dark", DESKTOP),
    ("alarms", "/alarms", "en", "light", DESKTOP),
    ("alarm-dark", "/alarms/forecast-power-firm/quang-chau", "vi", "dark", DESKTOP),
    ("overview-phone", "/", "vi", "light", PHONE),
    ("alarms-phone", "/alarms", "en", "dark", PHONE),
)
"""File name, path, language, theme, window."""


@contextmanager
def demo() -> Iterator[str]:
    """A demo whose alarms have come; its address."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-u", "-m", "mainsight.app", "demo", "--data", folder]
        with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            address = ""
            for line in process.stdout:
                print(line, end="")
                if found := re.search(r"console: (\S+)/#key=", line):
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


def shoot(browser: Browser, address: str, shot: tuple[str, str, str, str, dict[str, int]]) -> None:
    """Open a page as a person with that language and theme would, let it settle, and keep the picture."""
    name, path, language, theme, window = shot
    locale = {"en": "en-GB", "vi": "vi-VN"}[language]
    context = browser.new_context(viewport=window, locale=locale, color_scheme=theme, device_scale_factor=1)
    page: Page = context.new_page()
    page.goto(f"{address}{path}")
    page.wait_for_load_state("load")
    page.wait_for_timeout(3000)
    page.screenshot(path=IMAGES / f"{name}.png", full_page=path.startswith("/zones"))
    context.close()


def main() -> None:
    """Take them all."""
    IMAGES.mkdir(parents=True, exist_ok=True)
    program, environment = browser_program()
    given = sys.argv[1:]  # the address of a running demo, else one of our own
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=FLAGS, env=environment)
        if given:
            for shot in SHOTS:
                shoot(browser, given[0], shot)
        else:
            with demo() as address:
                for shot in SHOTS:
                    shoot(browser, address, shot)
        browser.close()


if __name__ == "__main__":
    main()
