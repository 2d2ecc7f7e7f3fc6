"""Days that are not worked, as forecasts count them."""

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Query

from api.auth import VIEWING
from api.problems import RESPONSES, Problem, not_found
from api.routes.demand import EndMs, StartMs
from api.schemas.base import Text
from api.schemas.calendar import FreeDay, FreeDays
from api.services import Services, services
from mainsight.core.zonetime import day_start_ms, local_day

router = APIRouter(tags=["forecasts"], responses=RESPONSES)
Deps = Annotated[Services, Depends(services)]
_MOST_DAYS = 3660


@router.get("/calendar", dependencies=[VIEWING])
def free_days(deps: Deps, zone: Annotated[str, Query(max_length=100)], start_ms: StartMs, end_ms: EndMs) -> FreeDays:
    """Holidays and closures of a zone that touch a stretch of time, ten years at most."""
    calendar = next((target.calendar for (of, _), target in deps.targets.items() if of == zone), None)
    if calendar is None:
        raise not_found("calendar of", zone)
    first, last = local_day(start_ms, calendar.timezone), local_day(max(start_ms, end_ms - 1), calendar.timezone)
    count = (last - first).days + 1
    if end_ms <= start_ms or count > _MOST_DAYS:
        raise Problem(422, f"end_ms must come after start_ms, at most {_MOST_DAYS} days", "query/end_ms")
    found = calendar.free_days(first, count)
    return FreeDays(
        items=[
            FreeDay(
                day=one.day.isoformat(),
                start_ms=day_start_ms(one.day, calendar.timezone),
                end_ms=day_start_ms(one.day + timedelta(days=1), calendar.timezone),
                name=Text(vi=one.vi, en=one.en),
            )
            for one in found
        ]
    )
