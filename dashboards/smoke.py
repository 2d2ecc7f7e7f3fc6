"""Asks a real Grafana everything that the dashboards ask, as a browser would: through /api/ds/query."""

import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from grafana_client import GrafanaApi

from dashboards.client import GrafanaError, translated
from dashboards.settings import GrafanaSettings
from dashboards.targets import API, INFLUX

_VARIABLE = re.compile(r"\$(?:\{(\w+)(?::\w+)?\}|(\w+))")
_BUILT_IN = frozenset({"timeFilter", "__interval"})
"""What Grafana's server fills in itself; the rest a browser does, and so do we."""
_INTERVAL_MS, _POINTS = 60_000, 1_000


def smoke(
    grafana: GrafanaApi, settings: GrafanaSettings, dashboards: Mapping[str, Mapping[str, Any]], now_ms: int, may_be_empty: Collection[str]
) -> Iterator[tuple[bool, str]]:
    """Check step by step; gives whether each is well, and what it was.

    Args:
        grafana: a client that is connected.
        settings: where it is.
        dashboards: as they are built from the registry.
        now_ms: UTC milliseconds, the end of relative times.
        may_be_empty: titles of panels that may have nothing to show, such as open alarms.

    """
    with translated(settings, "asking how it is"):
        version = (grafana.health.check() or {}).get("version")
    yield bool(version), f"Grafana {version}"
    for source in (INFLUX, API):
        yield _asked(f"data source {source.uid}", settings, lambda uid=source.uid: grafana.datasource.health(uid).get("status") == "OK")
    for dashboard in dashboards.values():
        there = _asked(
            f"dashboard {dashboard['title']}",
            settings,
            lambda one=dashboard: len(grafana.dashboard.get_dashboard(one["uid"])["dashboard"]["panels"]) == len(one["panels"]),
        )
        yield there
        if there[0]:
            yield from _panels(grafana, settings, dashboard, now_ms, may_be_empty)


def _panels(
    grafana: GrafanaApi, settings: GrafanaSettings, dashboard: Mapping[str, Any], now_ms: int, may_be_empty: Collection[str]
) -> Iterator[tuple[bool, str]]:
    chosen = {v["name"]: v["current"]["value"] for v in dashboard["templating"]["list"]}
    for panel in dashboard["panels"]:
        shown = (f"now-{panel['timeFrom']}", "now") if "timeFrom" in panel else (dashboard["time"]["from"], dashboard["time"]["to"])
        start, end = (now_ms + _offset_ms(one) for one in shown)
        values = chosen | {"__from": str(start), "__to": str(end)}
        for target in panel.get("targets", ()):
            query = _filled(target, values) | {"intervalMs": _INTERVAL_MS, "maxDataPoints": _POINTS}
            body = {"from": str(start), "to": str(end), "queries": [query]}
            empty_is_well = panel["title"] in may_be_empty
            yield _asked(
                f"{dashboard['title']}, {panel['title']} {target['refId']}",
                settings,
                lambda body=body, well=empty_is_well: _has_rows(grafana.client.POST("/ds/query", json=body)) or well,
            )


def _asked(what: str, settings: GrafanaSettings, check: Any) -> tuple[bool, str]:
    try:
        with translated(settings, what):
            well = check()
    except GrafanaError as error:
        return False, str(error)
    return well, what if well else f"{what}: nothing, or not well"


def _has_rows(answer: Mapping[str, Any]) -> bool:
    frames = [frame for result in answer["results"].values() for frame in result.get("frames", ())]
    return any(values for frame in frames for values in frame.get("data", {}).get("values", ()))


def _filled(value: Any, values: Mapping[str, str]) -> Any:
    if isinstance(value, str):
        return _VARIABLE.sub(lambda match: match[0] if (name := match[1] or match[2]) in _BUILT_IN else values.get(name, match[0]), value)
    if isinstance(value, Mapping):
        return {key: _filled(inner, values) for key, inner in value.items()}
    return [_filled(inner, values) for inner in value] if isinstance(value, list) else value


def _offset_ms(relative: str) -> int:
    match = re.fullmatch(r"now(?:([+-]\d+)([mhd]))?", relative)
    assert match, relative
    return int(match[1]) * {"m": 60_000, "h": 3_600_000, "d": 86_400_000}[match[2]] if match[1] else 0
