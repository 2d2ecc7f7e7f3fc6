"""The overview."""

import asyncio
import math
from collections.abc import Mapping, Sequence
from typing import Annotated

from fastapi import APIRouter, Depends, Response

from api.access.callers import Caller
from api.alarm_views import counted
from api.auth import Viewer
from api.problems import RESPONSES
from api.schemas.base import Load, Text
from api.schemas.overview import AlarmCounts, Balance, Least, Overview, Tile, ZoneTiles
from api.series import DAY_MS, P90, column, demand, in_capacity_unit, load, next_day, peak, usable
from api.services import Services, services
from api.shared import Shared
from mainsight.core.forecasts import Forecast
from mainsight.core.network import Utility, Zone

router = APIRouter(tags=["overview"], responses=RESPONSES)
Deps = Annotated[Services, Depends(services)]
_QUARTER_MS = 900_000
Ahead = Mapping[tuple[str, Utility], Forecast | None]
"""The next day of each zone and utility; read once for all that is told of it."""


@router.get("/overview", response_model=Overview)
async def overview(deps: Deps, shared: Shared, who: Viewer) -> Response:
    """One line of balance per utility, a tile per zone and utility, the number of open alarms.

    Whoever may read some zones only is shown these, and their sums; what the whole network is supplied with is null then.
    """
    return await shared.get(("overview", who.zones), lambda: _overview(deps, who))


async def _overview(deps: Services, who: Caller) -> Overview:
    zones = [zone for zone in deps.network.zones.values() if who.sees(zone.id)]
    asked = [(zone.id, utility) for zone in zones for utility in Utility]
    ahead = dict(zip(asked, await asyncio.gather(*(next_day(deps, *one) for one in asked)), strict=True))
    tiles = await asyncio.gather(*(_tiles(deps, zone, ahead) for zone in zones))
    balances = [_balance(deps, who, utility, tiles, ahead) for utility in Utility]
    return Overview(now_ms=deps.clock(), balance=balances, zones=list(tiles), alarms=alarm_counts(deps, who.zones))


def alarm_counts(deps: Services, zones: frozenset[str] | None) -> AlarmCounts:
    """Count the open alarms, of some zones and what serves several or of all (None), by what is asked of people."""
    if zones is not None:
        return counted(view for view in deps.alarms.views() if view.zone is None or view.zone in zones)
    counts = deps.alarms.counts()
    return AlarmCounts(unacknowledged=counts.unacknowledged, active=counts.active, shelved=counts.shelved, worst=counts.worst)


async def _tiles(deps: Services, zone: Zone, ahead: Ahead) -> ZoneTiles:
    loads = await asyncio.gather(*(_tile(deps, zone.id, utility, ahead[zone.id, utility]) for utility in Utility))
    return ZoneTiles(id=zone.id, name=Text.of(zone.name), loads=list(loads))


async def _tile(deps: Services, zone_id: str, utility: Utility, forecast: Forecast | None) -> Tile:
    end = deps.clock() // _QUARTER_MS * _QUARTER_MS
    day = await demand(deps, zone_id, utility, end - DAY_MS, end, 900)
    return Tile(
        **load(deps, zone_id, utility).model_dump(),
        peak=None if forecast is None else peak(deps, forecast, utility),
        spark=column(day.value),
    )


def _balance(deps: Services, who: Caller, utility: Utility, tiles: Sequence[ZoneTiles], ahead: Ahead) -> Balance:
    loads = [item for zone in tiles for item in zone.loads if item.utility == utility.value]
    least = [_least(deps, zone.id, utility, forecast) for zone in tiles if (forecast := ahead[zone.id, utility]) is not None]
    return Balance(
        utility=utility.value,
        unit=loads[0].unit,
        capacity_unit=loads[0].capacity_unit,
        supplied=_supplied(deps, utility) if who.zones is None else None,
        drawn=_sum([item.value for item in loads]),
        headroom=_sum([_headroom(item) for item in loads]),
        least=min(least, key=lambda found: found.headroom, default=None),
    )


def _headroom(item: Load) -> float | None:
    """N-1 headroom, or N-0 where a single unit leaves nothing firm: the same choice as the load's limit."""
    return item.headroom_n0 if item.headroom_n1 is None or item.limit == item.rated else item.headroom_n1


def _supplied(deps: Services, utility: Utility) -> float | None:
    """What the heads of the network deliver: substations, or water plants."""
    heads = deps.network.substations if utility is Utility.POWER else deps.network.water_plants
    return _sum([load(deps, head, utility).value for head in heads])


def _sum(values: list[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return math.fsum(known) if known else None


def _least(deps: Services, zone_id: str, utility: Utility, forecast: Forecast) -> Least:
    p90 = in_capacity_unit(deps.network, utility, forecast.quantiles[:, P90])
    times = forecast.time_ms.tolist()
    limits = usable(deps, zone_id, utility, times)
    headroom, at, value = min((limit - value, at, value) for limit, at, value in zip(limits, times, p90.tolist(), strict=True))
    return Least(zone=zone_id, headroom=headroom, time_ms=at, p90=value)
