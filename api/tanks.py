"""Reservoirs: what is in them and how long it lasts."""

import numpy as np

from api.schemas.base import Text
from api.schemas.zone import ReservoirView
from api.series import P50, P90
from api.services import Services
from mainsight.core.kpi import storage_hours
from mainsight.core.network import Reservoir, Utility
from mainsight.core.topology import DEMAND_QUANTITY, upstream


async def reservoir_view(deps: Services, tank: Reservoir) -> ReservoirView:
    """A reservoir's level and the hours its water would last if nothing flowed in."""
    observed = deps.picture.value(tank.id, "level")
    volume = None if observed is None else (observed.value - tank.level_min_m) * tank.area_m2
    hours = (None, None) if volume is None else await _hours_left(deps, tank, max(volume, 0.0))
    return ReservoirView(
        id=tank.id,
        name=Text.of(tank.name),
        level=None if observed is None else observed.value,
        at_ms=None if observed is None else observed.at_ms,
        level_min_m=tank.level_min_m,
        level_max_m=tank.level_max_m,
        usable_m3=tank.usable_m3,
        volume_m3=volume,
        hours_left_p50=hours[0],
        hours_left_p90=hours[1],
    )


async def _hours_left(deps: Services, tank: Reservoir, volume_m3: float) -> tuple[float | None, float | None]:
    """Hours until the volume is drawn by the districts below, inflow stopped, at the forecast's P50 and P90 demand.

    Each zone's forecast counts by the share of its districts' capacity that hangs on this reservoir.
    """
    now = deps.clock()
    paths: list[np.ndarray] = []
    step_h = 1.0
    for zone_id in deps.network.zones:
        share = _share(deps, tank, zone_id)
        if share == 0:
            continue
        forecast = await deps.store.forecast(zone_id, DEMAND_QUANTITY[Utility.WATER])
        if forecast is None:
            return None, None
        ahead = forecast.quantiles[forecast.time_ms + forecast.step_s * 1000 > now][:, [P50, P90]]
        step_h = forecast.step_s / 3600
        paths.append(ahead * share)
    if not paths:
        return None, None
    length = min(len(path) for path in paths)
    demand = np.sum([path[:length] for path in paths], axis=0)
    p50, p90 = (storage_hours(volume_m3, demand[:, i], np.zeros(length), step_h) for i in (0, 1))
    return p50, p90


def _share(deps: Services, tank: Reservoir, zone_id: str) -> float:
    dmas = [dma for dma in deps.network.dmas.values() if dma.zone == zone_id]
    total = sum(dma.capacity_m3_per_h for dma in dmas)
    below = sum(dma.capacity_m3_per_h for dma in dmas if tank.id in upstream(deps.network, dma.id))
    return below / total if total else 0.0
