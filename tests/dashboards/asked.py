"""What dashboards ask, with Grafana's variables filled in as Grafana would."""

import re
from collections.abc import Iterator, Mapping
from itertools import product
from typing import Any, NamedTuple

from dashboards.targets import API, INFLUX

HOUR_MS = 3_600_000
_VARIABLE = re.compile(r"\$(?:\{(\w+)(?::\w+)?\}|(\w+))")
_RELATIVE = re.compile(r"now(?:([+-]\d+)([mhd]))?")
_UNIT_MS = {"m": 60_000, "h": HOUR_MS, "d": 24 * HOUR_MS}


class Asked(NamedTuple):
    """One query: where it stands and what is asked, for one choice of variables."""

    where: str
    target: Mapping[str, Any]
    text: str


def influx(dashboards: Mapping[str, Mapping[str, Any]], now_ms: int) -> list[Asked]:
    """Every InfluxQL statement: of panels, annotations and variables."""
    return list(_of(dashboards, now_ms, INFLUX.uid, "query"))


def api(dashboards: Mapping[str, Mapping[str, Any]], now_ms: int) -> list[Asked]:
    """Every address asked of the API."""
    return list(_of(dashboards, now_ms, API.uid, "url"))


def at_first(dashboard: Mapping[str, Any], panel: Mapping[str, Any], text: str, now_ms: int) -> str:
    """A query's text with every variable as it is when the dashboard is opened."""
    return _filled(text, next(_choices(dashboard, text, now_ms, panel.get("timeFrom"))))


def _of(dashboards: Mapping[str, Mapping[str, Any]], now_ms: int, uid: str, key: str) -> Iterator[Asked]:
    for name, dashboard in dashboards.items():
        for place, source, target, since in _targets(dashboard):
            if source == uid:
                for values in _choices(dashboard, target[key], now_ms, since):
                    yield Asked(f"{name}, {place} {target.get('refId', '')}", target, _filled(target[key], values))


def _targets(dashboard: Mapping[str, Any]) -> Iterator[tuple[str, str, Mapping[str, Any], str | None]]:
    for panel in dashboard["panels"]:
        for target in panel.get("targets", ()):
            yield panel["title"], target["datasource"]["uid"], target, panel.get("timeFrom")
    for annotation in dashboard.get("annotations", {}).get("list", ()):
        yield f"annotation {annotation['name']}", annotation["datasource"]["uid"], annotation["target"], None
    for variable in dashboard["templating"]["list"]:
        if variable["type"] == "query":
            yield f"variable {variable['name']}", variable["datasource"]["uid"], variable["query"], None


def _choices(dashboard: Mapping[str, Any], text: str, now_ms: int, since: str | None) -> Iterator[dict[str, str]]:
    """Values of the variables in a text: every option of each that has options; `since` is the panel's own time."""
    shown = (f"now-{since}", "now") if since else (dashboard["time"]["from"], dashboard["time"]["to"])
    start, end = (_instant(one, now_ms) for one in shown)
    fixed = {"timeFilter": f"time >= {start}ms and time <= {end}ms", "__interval": "15m", "__from": str(start), "__to": str(end)}
    used = {match[1] or match[2] for match in _VARIABLE.finditer(text)}
    open_ = {
        v["name"]: [o["value"] for o in v.get("options") or [v["current"]]] for v in dashboard["templating"]["list"] if v["name"] in used
    }
    for values in product(*open_.values()):
        yield fixed | dict(zip(open_, values, strict=True))


def _instant(text: str, now_ms: int) -> int:
    match = _RELATIVE.fullmatch(text)
    assert match, f"{text} is not a relative time"
    return now_ms + (int(match[1]) * _UNIT_MS[match[2]] if match[1] else 0)


def _filled(text: str, values: Mapping[str, str]) -> str:
    return _VARIABLE.sub(lambda match: values[match[1] or match[2]], text)
