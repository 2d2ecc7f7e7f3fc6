"""Nothing is wrong with our dashboards, and each rule finds what it is there for."""

from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest

from dashboards.lint import lint

Dashboards = dict[str, dict[str, Any]]


def test_nothing_is_wrong(dashboards: Dashboards) -> None:
    assert lint(dashboards) == []


def _panel(d: Dashboards) -> dict[str, Any]:
    return next(p for p in d["zone-quang-chau"]["panels"] if p["title"] == "Demand and forecast, power")


def _same_uid(d: Dashboards) -> None:
    d["overview"]["uid"] = d["meter"]["uid"]


def _long_uid(d: Dashboards) -> None:
    d["overview"]["uid"] = "u" * 41


def _old_schema(d: Dashboards) -> None:
    d["overview"]["schemaVersion"] = 36


def _same_id(d: Dashboards) -> None:
    d["overview"]["panels"][1]["id"] = d["overview"]["panels"][0]["id"]


def _overlap(d: Dashboards) -> None:
    _panel(d)["gridPos"]["y"] -= 1


def _off_grid(d: Dashboards) -> None:
    _panel(d)["gridPos"]["x"] = 20


def _undefined(d: Dashboards) -> None:
    _panel(d)["targets"][0]["query"] += " AND x = '${nowhere}'"


def _unused(d: Dashboards) -> None:
    d["meter"]["templating"]["list"].append({"name": "idle", "type": "custom", "query": "a"})


def _address(d: Dashboards) -> None:
    _panel(d)["targets"][0]["query"] += " https://elsewhere.example/x"


def _untold(d: Dashboards) -> None:
    _panel(d)["description"] = ""


def _unit(d: Dashboards) -> None:
    _panel(d)["fieldConfig"]["defaults"]["unit"] = "kilowatts"


def _no_unit(d: Dashboards) -> None:
    del _panel(d)["fieldConfig"]["defaults"]["unit"]


def _descending(d: Dashboards) -> None:
    _panel(d)["fieldConfig"]["defaults"]["thresholds"]["steps"][1]["value"] = 1e9


def _same_ref(d: Dashboards) -> None:
    _panel(d)["targets"][1]["refId"] = "A"


def _other_source(d: Dashboards) -> None:
    _panel(d)["targets"][0]["datasource"] = {"type": "influxdb", "uid": "someone-elses"}


def _matcher(d: Dashboards) -> None:
    _panel(d)["fieldConfig"]["overrides"][0]["matcher"]["id"] = "byMagic"


def _unmatched(d: Dashboards) -> None:
    _panel(d)["fieldConfig"]["overrides"][0]["matcher"]["options"] = "P99"


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (_same_uid, "given to 2 dashboards"),
        (_long_uid, "is not 1 to 40"),
        (_old_schema, "schema version 36"),
        (_same_id, "are given twice"),
        (_overlap, "overlap"),
        (_off_grid, "leaves the grid"),
        (_undefined, "variable $nowhere is not defined"),
        (_unused, "variable $idle is not used"),
        (_address, "names the address https://elsewhere.example/x"),
        (_untold, "has no description"),
        (_unit, "'kilowatts' is not one that Grafana knows"),
        (_no_unit, "has no unit"),
        (_descending, "do not ascend"),
        (_same_ref, "query A is there 2 times"),
        (_other_source, "data source someone-elses is not ours"),
        (_matcher, "'byMagic' is not one that Grafana knows"),
        (_unmatched, "overrides 'P99', which no query gives"),
    ],
)
def test_each_rule_finds_its_own(dashboards: Dashboards, spoil: Callable[[Dashboards], None], told: str) -> None:
    spoilt = deepcopy(dashboards)
    spoil(spoilt)
    found = lint(spoilt)
    assert any(told in line for line in found), found
