"""Reports to read and print."""

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query
from fastapi.responses import HTMLResponse

from api.auth import Viewer
from api.problems import RESPONSES, Problem
from api.services import Services, services
from mainsight.alarms.points import Key
from mainsight.alarms.report import Month, report
from mainsight.core.network import Text
from mainsight.core.topology import zone_of

router = APIRouter(tags=["alarms"], responses=RESPONSES)
Deps = Annotated[Services, Depends(services)]
_MOST = 200_000
_HEADERS = {"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"}


@router.get("/reports/alarms", response_class=HTMLResponse)
async def alarms(
    deps: Deps,
    who: Viewer,
    month: Annotated[str, Query(pattern=r"^\d{4}-(0[1-9]|1[0-2])$", examples=["2026-10"], description="Calendar month")],
    language: Literal["vi", "en"] = "vi",
) -> HTMLResponse:
    """The month's report on alarms: counts against their targets, the most frequent, chatter, time to acknowledge. HTML, for print."""
    network = deps.network
    try:
        asked = Month.read(month, next(iter(network.zones.values())).timezone)
    except ValueError as error:
        raise Problem(422, f"{month} is no month of this calendar", "query/month") from error
    found = await deps.state.transitions(start_ms=asked.start_ms, end_ms=asked.end_ms, limit=_MOST)
    seen = [one for one in found if one.asset == network.id or who.sees(zone_of(network, one.asset))]
    names = {
        Key(view.rule, view.asset): Text(f"{view.name.vi}: {view.asset_name.vi}", f"{view.name.en}: {view.asset_name.en}")
        for view in deps.alarms.views()
    }
    return HTMLResponse(report(seen, names, network.name, asked, deps.clock(), language), headers=_HEADERS)
