"""Draws Grafana dashboards without Grafana, for the guides: each panel's own queries, run on a running mainsight on InfluxDB.

    .venv/bin/python scripts/board_pictures.py --settings FILE --api http://127.0.0.1:8080 overview zone-quang-chau

Layout, units, thresholds, colours and bands are the dashboards'; the drawing is ours, and each picture says so.
"""

import argparse
import base64
import json
import time
import urllib.parse
import urllib.request
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from board_drawing import Frame, page
from playwright.sync_api import sync_playwright
from screenshots import FLAGS, IMAGES, browser_program

from dashboards.catalogue import PROVISIONING, read
from dashboards.maps import BOUNDARIES
from dashboards.targets import API
from mainsight.app.settings import load_settings_or_exit
from mainsight.store.settings import InfluxSettings
from tests.dashboards import asked
from tests.dashboards.gjson import NotThereError, get

WIDTH_PX = 1440


class Sources:
    """Answers queries as Grafana's two data sources would."""

    def __init__(self, influx: InfluxSettings, api: str) -> None:
        """Ask this InfluxDB and the API at this address."""
        self._influx = influx
        self._api = api.rstrip("/") + "/api/v1"

    def frames(self, target: Mapping[str, Any], text: str) -> Iterator[Frame]:
        """Give what one query returns."""
        if target["datasource"]["uid"] == API.uid:
            yield self._rows(target, text)
        else:
            yield from self._series(text)

    def _rows(self, target: Mapping[str, Any], path: str) -> Frame:
        answer = _json(urllib.request.Request(self._api + path))  # noqa: S310 - an address from the command line
        columns = target["columns"]
        try:
            found = get(answer, target["root_selector"])
        except NotThereError:
            found = []
        rows = found if isinstance(found, list) else [found]
        names = [column["text"] for column in columns] or sorted(rows[0] if rows else [])
        selectors = [column["selector"] for column in columns] or names
        times = {column["text"] for column in columns if column["type"] == "timestamp_epoch"}
        return Frame(names, [[_cell(row, selector) for selector in selectors] for row in rows], times)

    def _series(self, statement: str) -> Iterator[Frame]:
        form = {"q": statement, "db": self._influx.database, "epoch": "ms"}
        request = urllib.request.Request(f"{self._influx.url}/query", data=urllib.parse.urlencode(form).encode())  # noqa: S310 - of the settings
        if self._influx.password is not None:
            account = f"{self._influx.user}:{self._influx.password.get_secret_value()}"
            request.add_header("Authorization", "Basic " + base64.b64encode(account.encode()).decode())
        [result] = _json(request)["results"]
        if "error" in result:
            raise SystemExit(f"{result['error']}: {statement}")
        for series in result.get("series", ()):
            tags = series.get("tags", {})
            names = [*series["columns"], *tags]
            yield Frame(names, [[*row, *tags.values()] for row in series["values"]], {"time"})


def _json(request: urllib.request.Request) -> Any:
    with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310 - http, of the settings or the command line
        return json.load(answer)


def _cell(row: Any, selector: str) -> Any:
    try:
        return get(row, selector)
    except NotThereError:
        return None


def main() -> None:
    """Draw the named dashboards into docs/images."""
    parser = argparse.ArgumentParser(description="Draw Grafana dashboards without Grafana.")
    parser.add_argument("--settings", type=Path, required=True, metavar="FILE", help="settings of the running mainsight")
    parser.add_argument("--api", required=True, metavar="URL", help="address of its API")
    parser.add_argument("names", nargs="+", metavar="DASHBOARD")
    args = parser.parse_args()
    sources = Sources(load_settings_or_exit(args.settings).store.influx, args.api)
    boards = read(PROVISIONING)
    boundaries = json.loads((PROVISIONING / BOUNDARIES).read_text(encoding="utf-8"))
    now_ms = int(time.time() * 1000)
    program, environment = browser_program()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=FLAGS, env=environment)
        for name in args.names:
            window = browser.new_page(viewport={"width": WIDTH_PX, "height": 900})
            window.set_content(page(boards[name], _data(boards[name], now_ms, sources), now_ms, boundaries))
            window.screenshot(path=IMAGES / f"grafana-{name}.png", full_page=True)
            window.close()
            print(IMAGES / f"grafana-{name}.png")
        browser.close()


def _data(board: Mapping[str, Any], now_ms: int, sources: Sources) -> dict[int, list[Frame]]:
    """Frames of each panel, by the panel's id; variables as they are at first."""
    return {
        panel["id"]: [
            frame
            for target in panel.get("targets", ())
            for frame in sources.frames(target, asked.at_first(board, panel, target.get("query") or target["url"], now_ms))
        ]
        for panel in board["panels"]
    }


if __name__ == "__main__":
    main()
