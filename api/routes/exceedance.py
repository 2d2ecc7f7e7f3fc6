"""How likely demand is to pass a limit: by the hour and by the day."""

from itertools import groupby
from typing import Annotated

from fastapi import APIRouter, Depends, Query

from api.auth import VIEWING
from api.problems import RESPONSES, Problem
from api.routes.forecasts import IssuedBy, chances_of, issued, target_of, unit_of
from api.schemas.exceedance import DayChance, Exceedance, HourChance
from api.services import Services, services
from mainsight.core.forecasts import probability_above
from mainsight.core.zonetime import HOUR_MS, local_day

router = APIRouter(tags=["forecasts"], responses=RESPONSES)
Deps = Annotated[Services, Depends(services)]
Limit = Annotated[
    float | None, Query(ge=-1e9, le=1e9, description="in the forecast's unit; what may be drawn at each time when it is left out")
]


@router.get("/forecasts/exceedance", dependencies=[VIEWING])
async def exceedance(deps: Deps, target: str, quantity: str, limit: Limit = None, issued_by_ms: IssuedBy = None) -> Exceedance:
    """Chances to pass a limit of one's own (any target), or what may be drawn (zones)."""
    of = target_of(deps, target, quantity)
    found = await issued(deps, target, quantity, issued_by_ms)
    chances = chances_of(deps, found) if limit is None else probability_above(found.quantiles, limit).tolist()
    if chances is None:
        raise Problem(422, f"{quantity} of {target} has no capacity in the registry: give a limit", "query/limit")
    rows = groupby(zip(found.time_ms.tolist(), chances, strict=True), lambda row: row[0] // HOUR_MS * HOUR_MS)
    hours = [HourChance(time_ms=hour, probability=round(max(chance for _, chance in row), 6)) for hour, row in rows]
    days = groupby(hours, lambda hour: local_day(hour.time_ms, of.calendar.timezone))
    return Exceedance(
        issue_ms=found.issue_ms,
        unit=unit_of(quantity),
        limit=limit,
        hours=hours,
        days=[_day(day.isoformat(), list(of_day)) for day, of_day in days],
    )


def _day(day: str, hours: list[HourChance]) -> DayChance:
    worst = max(hours, key=lambda hour: hour.probability)
    at_most = min(1.0, sum(hour.probability for hour in hours))
    return DayChance(day=day, at_least=worst.probability, at_most=round(at_most, 6), worst_ms=worst.time_ms)
