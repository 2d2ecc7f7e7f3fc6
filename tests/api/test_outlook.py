"""Outlook over the API: a year of stored demand, applications and projects."""

from typing import Any

import numpy as np
import pytest

from mainsight.core.network import Utility
from mainsight.core.quality import Quality
from mainsight.core.readings import Series
from mainsight.core.topology import demand_meters
from mainsight.core.zonetime import HOUR_MS
from mainsight.store.port import Final

pytestmark = pytest.mark.anyio

ZONE = "viet-han"
URL = "/api/v1/outlook"
APPLICATIONS = "zone,MW,m3/day,date,probability\n{zone},{mw},,2026-12-05,1\n"


@pytest.fixture
async def year(bench: Any) -> Any:
    """Thirteen months of 27 MW, more at noon, on the feeders of one zone."""
    meters = demand_meters(bench.network, ZONE, Utility.POWER)
    now = bench.services.clock()
    time_ms = np.arange(now - 400 * 24 * HOUR_MS, now, HOUR_MS) // HOUR_MS * HOUR_MS
    value = (27_000 + 4_500 * ((time_ms // HOUR_MS) % 24 == 5)) / len(meters)
    quality = np.full(len(time_ms), Quality.MEASURED, np.uint8)
    finals = [Final(Series(one.id, "power"), time_ms, value, quality, ("",) * len(time_ms), 1, 3600) for one in meters]
    await bench.services.store.write_final(finals, [])
    return bench


async def test_a_year_of_demand_gives_twelve_months(year: Any) -> None:
    answer = (await year.client.get(URL, params={"utility": "power", "zone": ZONE})).json()
    assert (answer["unit"], answer["energy_unit"], answer["without"]) == ("MVA", "MWh", [])
    [one] = answer["items"]
    assert (one["zone"], len(one["months"])) == (ZONE, 12)
    first = one["months"][0]
    assert first["peak_p50"] == pytest.approx(31.5 / year.network.planning_power_factor, rel=0.02)
    days = 31 if first["month"][5:7] in {"01", "03", "05", "07", "08", "10", "12"} else 30
    assert first["energy_p50"] == pytest.approx(days * (24 * 27 + 4.5), rel=0.02)
    assert first["peak_p10"] < first["peak_p50"] < first["peak_p90"]
    assert first["headroom"] == pytest.approx(first["firm"] - first["peak_p90"], abs=0.01)


async def test_zones_without_a_year_say_so(year: Any) -> None:
    answer = (await year.client.get(URL, params={"utility": "power"})).json()
    assert [one["zone"] for one in answer["items"]] == [ZONE]
    assert {one["zone"] for one in answer["without"]} == set(year.network.zones) - {ZONE}
    assert all("month" in one["why"] for one in answer["without"])


@pytest.mark.parametrize("as_text", [True, False])
async def test_applications_and_projects_move_the_month_of_breach(year: Any, as_text: bool) -> None:
    """As rows and as the text of the files; a project before the breach takes it away."""
    row = {"zone": ZONE, "mw": 900, "date": "2026-12-05", "probability": 1}
    project = {"asset": ZONE, "mva": 2000, "date": "2026-12-01"}
    applications: Any = APPLICATIONS.format(zone=ZONE, mw=900) if as_text else [row]
    projects: Any = f"asset,MVA,m3/day,date\n{ZONE},2000,,2026-12-01\n" if as_text else [project]
    asked = {"params": {"utility": "power", "zone": ZONE}, "headers": year.as_("planner")}
    plain = (await year.client.post(URL, json={"applications": applications}, **asked)).json()
    assert plain["items"][0]["first_breach"] == "2026-12-01"
    helped = (await year.client.post(URL, json={"applications": applications, "projects": projects}, **asked)).json()
    assert helped["items"][0]["first_breach"] is None


@pytest.mark.parametrize(
    ("body", "pointer", "says"),
    [
        ({"applications": APPLICATIONS.format(zone="nowhere", mw="much")}, "body/applications", "line 2, column MW"),
        ({"projects": "asset,MVA\n"}, "body/projects", "no column m3/day"),
        (
            {"applications": [{"zone": "nowhere", "date": "2026-12-05", "probability": 1}]},
            "body/applications/0/zone",
            "not in the registry",
        ),
        ({"projects": [{"asset": "wtp-1", "date": "2026-12-05"}]}, "body/projects/0/asset", "not in the registry"),
    ],
)
async def test_faults_name_their_place(bench: Any, body: dict[str, Any], pointer: str, says: str) -> None:
    answer = await bench.client.post(URL, json=body, params={"utility": "power"}, headers=bench.as_("planner"))
    assert (answer.status_code, answer.json()["pointer"]) == (422, pointer)
    assert says in answer.json()["detail"]


async def test_plans_are_for_planners(bench: Any) -> None:
    for role, status in (("viewer", 403), ("operator", 403), ("planner", 200)):
        answer = await bench.client.post(URL, json={}, params={"utility": "water"}, headers=bench.as_(role))
        assert answer.status_code == status
    assert (await bench.client.get(URL, params={"utility": "power", "zone": "nowhere"})).status_code == 404
