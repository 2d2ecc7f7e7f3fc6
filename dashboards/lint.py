"""Static rules for dashboards: what would look wrong, or not work, in any Grafana."""

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import Any

from dashboards.targets import API, GRAFANA, INFLUX

Dashboard = Mapping[str, Any]
SCHEMA_VERSION = 42
UNITS = frozenset(
    {"none", "short", "percent", "percentunit", "s", "h", "kwatt", "kwatth", "m3", "pressurebar"}
    | {"lengthm", "dateTimeAsIso", "volt", "kvoltampreact", "celsius"}
)
"""Units that Grafana 13's @grafana/data knows, of those we use; `suffix:` ones are free."""
MATCHERS = frozenset({"byName", "byRegexp", "byType", "byFrameRefID"})
"""Field matchers, likewise."""
_WIDTH = 24
_UID = re.compile(r"[a-zA-Z0-9_-]{1,40}")
_VARIABLE = re.compile(r"\$(?:\{(\w+)(?:[:.\[][^}]*)?\}|(\w+))")
_BUILT_IN = re.compile(r"__\w+|timeFilter|col|tag_\w+")
_SOURCES = {source.uid for source in (API, GRAFANA, INFLUX)} | {"-- Mixed --"}


def lint(dashboards: Mapping[str, Dashboard]) -> list[str]:
    """Look at all dashboards; gives what is wrong, each with its dashboard and panel."""
    found = [
        f"uid {uid}: given to {count} dashboards" for uid, count in Counter(d["uid"] for d in dashboards.values()).items() if count > 1
    ]
    for name, dashboard in dashboards.items():
        for rule in _RULES:
            found += [f"{name}: {text}" for text in rule(dashboard)]
        for panel in dashboard["panels"]:
            if panel["type"] != "row":
                for panel_rule in _PANEL_RULES:
                    found += [f"{name}, panel {panel.get('title') or panel['id']!r}: {text}" for text in panel_rule(panel)]
    return found


def _identity(dashboard: Dashboard) -> Iterator[str]:
    if not _UID.fullmatch(dashboard["uid"]):
        yield f"uid {dashboard['uid']!r} is not 1 to 40 letters, digits, hyphens or underscores"
    if dashboard["schemaVersion"] != SCHEMA_VERSION:
        yield f"schema version {dashboard['schemaVersion']}, not {SCHEMA_VERSION}"
    if not dashboard.get("description"):
        yield "has no description"
    twice = [number for number, count in Counter(panel["id"] for panel in dashboard["panels"]).items() if count > 1]
    if twice:
        yield f"panel ids {twice} are given twice"


def _places(dashboard: Dashboard) -> Iterator[str]:
    taken: dict[tuple[int, int], str] = {}
    for panel in dashboard["panels"]:
        place = panel["gridPos"]
        if place["x"] < 0 or place["x"] + place["w"] > _WIDTH:
            yield f"panel {panel['title']!r} leaves the grid"
        for cell in ((x, y) for x in range(place["x"], place["x"] + place["w"]) for y in range(place["y"], place["y"] + place["h"])):
            other = taken.setdefault(cell, panel["title"])
            if other != panel["title"]:
                yield f"panels {other!r} and {panel['title']!r} overlap"
                break


def _variables(dashboard: Dashboard) -> Iterator[str]:
    defined = [variable["name"] for variable in dashboard["templating"]["list"]]
    used = {
        name
        for text in _texts({key: value for key, value in dashboard.items() if key != "description"})
        for match in _VARIABLE.finditer(text)
        if not _BUILT_IN.fullmatch(name := match[1] or match[2])
    }
    yield from (f"variable ${name} is not defined" for name in sorted(used - set(defined)))
    yield from (f"variable ${name} is not used" for name in sorted(set(defined) - used))


def _addresses(dashboard: Dashboard) -> Iterator[str]:
    """All addresses are relative, but for the console's own variable."""
    constants = {variable["name"]: variable["query"] for variable in dashboard["templating"]["list"] if variable["type"] == "constant"}
    without = json.dumps(dashboard).replace(json.dumps(constants.get("console", ""))[1:-1] or "\0", "")
    yield from (f"names the address {address}" for address in sorted(set(re.findall(r"https?://[^\"\\ ]*", without))))


def _annotations(dashboard: Dashboard) -> Iterator[str]:
    for annotation in dashboard.get("annotations", {}).get("list", ()):
        if annotation["datasource"]["uid"] not in _SOURCES:
            yield f"annotation {annotation['name']!r} has an unknown data source"


def _told(panel: Dashboard) -> Iterator[str]:
    for key in ("title", "description"):
        if not panel.get(key):
            yield f"has no {key}"


def _units(panel: Dashboard) -> Iterator[str]:
    defaults = panel["fieldConfig"]["defaults"]
    given = [defaults.get("unit")]
    for override in panel["fieldConfig"]["overrides"]:
        given += [p["value"] for p in override["properties"] if p["id"] == "unit"]
    for unit in given:
        if unit is None:
            yield "has no unit"
        elif unit not in UNITS and not re.fullmatch(r"suffix:\S+", unit):
            yield f"unit {unit!r} is not one that Grafana knows"


def _thresholds(panel: Dashboard) -> Iterator[str]:
    steps = panel["fieldConfig"]["defaults"].get("thresholds", {}).get("steps")
    if steps is None:
        return
    if steps[0]["value"] is not None:
        yield "thresholds do not begin with a base"
    values = [step["value"] for step in steps[1:]]
    if any(value is None for value in values) or any(a >= b for a, b in pairwise(values)):
        yield f"thresholds {values} do not ascend"


def _queries(panel: Dashboard) -> Iterator[str]:
    targets = panel.get("targets", [])
    if not targets:
        yield "asks for nothing"
    refs = Counter(target["refId"] for target in targets)
    yield from (f"query {ref} is there {count} times" for ref, count in refs.items() if count > 1)
    sources = {target["datasource"]["uid"] for target in targets}
    yield from (f"data source {uid} is not ours" for uid in sorted(sources - _SOURCES))
    wanted = sources.pop() if len(sources) == 1 else "-- Mixed --"
    if targets and panel["datasource"]["uid"] != wanted:
        yield f"says it draws from {panel['datasource']['uid']}, its queries from {wanted}"


def _overrides(panel: Dashboard) -> Iterator[str]:
    overrides = panel["fieldConfig"]["overrides"]
    names = Counter(override["matcher"]["options"] for override in overrides if override["matcher"]["id"] == "byName")
    yield from (f"field {name!r} is overridden {count} times" for name, count in names.items() if count > 1)
    said = json.dumps([panel.get("targets", [])], ensure_ascii=False)
    for override in overrides:
        matcher = override["matcher"]
        if matcher["id"] not in MATCHERS:
            yield f"matcher {matcher['id']!r} is not one that Grafana knows"
        elif matcher["id"] == "byName" and f'"{matcher["options"]}' not in said.replace("\\", ""):
            yield f"overrides {matcher['options']!r}, which no query gives"


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for inner in value.values():
            yield from _texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner)


_RULES = (_identity, _places, _variables, _addresses, _annotations)
_PANEL_RULES = (_told, _units, _thresholds, _queries, _overrides)
