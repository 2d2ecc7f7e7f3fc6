"""Zones: the page of one, and headroom of all."""

import asyncio
import math
from typing import Annotated

import numpy as np
from fastapi import APIRouter, Depends, Query, Response

from api.auth import VIEWING, Viewer
from api.problems import RESPONSES, not_found
from api.schemas.base import Text, UtilityName
from api.schemas.zone import (
    DmaView,
    FeederView,
    Headroom,
    HeadroomHour,
    Pressure,
    QualityShares,
    SilentMeter,
    SubstationView,
    SumCheck,
    SupplyOrderView,
    TransformerView,
    ZoneDetail,
    ZoneHeadroom,
    ZoneLoad,
)
from api.series import DAY_MS, P50, P90, exceedance, in_capacity_unit, load, next_day, peak, usable
from api.services import Services, services
from api.shared import Shared
from api.tanks import reservoir_view
from mainsight.core.capacity import capacities
from mainsight.core.network import Dma, Meter, Role, Substation, Utility, Zone
from mainsight.core.quality import Quality
from mainsight.core.readings import Series
from mainsight.core.topology import DEMAND_QUANTITY, demand_meters, meters_on, upstream, zone_of
from mainsight.core.zonetime import local_day, to_ms

router = APIRouter(tags=["zones"], responses=RESPONSES)
Deps = Annotated[Services, Depends(services)]
_QUARTER_MS = 900_000
_ENERGY_UNIT = {Utility.POWER: "kWh", Utility.WATER: "m3"}


@router.get("/zones/{zone_id}", dependencies=[VIEWING], response_model=ZoneDetail)
async def zone(deps: Deps, shared: Shared, zone_id: str) -> Response:
    """All of a zone's page but its charts, which come from /demand and /forecasts."""
    found = _zone(deps, zone_id)
    return await shared.get(("zone", zone_id), lambda: _page(deps, found))


async def _page(deps: Services, found: Zone) -> ZoneDetail:
    zone_id = found.id
    network = deps.network
    dmas = [dma for dma in network.dmas.values() if dma.zone == zone_id]
    serving = {source for dma in dmas for source in upstream(network, dma.id)}
    loads, tanks, balance, quality = await asyncio.gather(
        asyncio.gather(*(_zone_load(deps, zone_id, utility) for utility in Utility)),
        asyncio.gather(*(reservoir_view(deps, tank) for tank in network.reservoirs.values() if tank.id in serving)),
        asyncio.gather(*(_sum_check(deps, zone_id, utility) for utility in Utility)),
        _quality(deps, zone_id),
    )
    return ZoneDetail(
        id=found.id,
        name=Text.of(found.name),
        position=found.position,
        boundary=found.boundary,
        now_ms=deps.clock(),
        loads=list(loads),
        substations=[_substation(deps, s) for s in network.substations.values() if s.zone == zone_id],
        feeders=[
            FeederView(id=f.id, name=Text.of(f.name), transformer=f.transformer, kv=f.kv, load=load(deps, f.id, Utility.POWER))
            for f in network.feeders.values()
            if f.zone == zone_id
        ],
        dmas=[_dma(deps, dma) for dma in dmas],
        reservoirs=list(tanks),
        balance=list(balance),
        quality=quality,
        silent=[
            SilentMeter(meter=m.id, name=Text.of(m.name), last_ms=deps.picture.heard_ms(m.id))
            for m in network.meters.values()
            if zone_of(network, m.id) == zone_id and deps.picture.is_silent(m.id, deps.clock())
        ],
        supply_orders=_orders(deps, zone_id),
    )


@router.get("/headroom", response_model=Headroom)
async def headroom(
    deps: Deps,
    shared: Shared,
    who: Viewer,
    zone: Annotated[str | None, Query()] = None,
    utility: Annotated[UtilityName | None, Query()] = None,
) -> Response:
    """Headroom of one zone or of all, of one utility or of both: now, and for each interval of the next 24 hours."""
    zones = [_zone(deps, zone).id] if zone is not None else [name for name in deps.network.zones if who.sees(name)]
    utilities = list(Utility) if utility is None else [Utility(utility)]
    return await shared.get(("headroom", *zones, *utilities), lambda: _rows(deps, zones, utilities))


async def _rows(deps: Services, zones: list[str], utilities: list[Utility]) -> Headroom:
    rows = await asyncio.gather(*(_headroom(deps, zone_id, one) for zone_id in zones for one in utilities))
    return Headroom(items=list(rows))


def _zone(deps: Services, zone_id: str) -> Zone:
    found = deps.network.zones.get(zone_id)
    if found is None:
        raise not_found("zone", zone_id, f"; there are {', '.join(deps.network.zones)}")
    return found


async def _headroom(deps: Services, zone_id: str, utility: Utility) -> ZoneHeadroom:
    forecast = await next_day(deps, zone_id, utility)
    hours: list[HeadroomHour] = []
    if forecast is not None:
        p50, p90 = (in_capacity_unit(deps.network, utility, forecast.quantiles[:, level]) for level in (P50, P90))
        installed = capacities(deps.network, zone_id, utility, forecast.time_ms.tolist())
        limits = usable(deps, zone_id, utility, forecast.time_ms.tolist())
        chances = exceedance(deps, forecast, utility, limits)
        hours = [
            HeadroomHour(
                time_ms=at,
                p50=p50[i],
                p90=p90[i],
                firm=installed[i].firm,
                rated=installed[i].rated,
                headroom_p90=limits[i] - p90[i],
                probability=chances[i],
            )
            for i, at in enumerate(forecast.time_ms.tolist())
        ]
    found = deps.network.zones[zone_id]
    return ZoneHeadroom(
        zone=zone_id,
        name=Text.of(found.name),
        position=found.position,
        utility=utility.value,
        now=load(deps, zone_id, utility),
        hours=hours,
    )


async def _zone_load(deps: Services, zone_id: str, utility: Utility) -> ZoneLoad:
    forecast = await next_day(deps, zone_id, utility)
    return ZoneLoad(**load(deps, zone_id, utility).model_dump(), peak=None if forecast is None else peak(deps, forecast, utility))


def _substation(deps: Services, substation: Substation) -> SubstationView:
    today = local_day(deps.clock(), deps.network.zones[substation.zone].timezone)
    transformers = [t for t in deps.network.transformers.values() if t.substation == substation.id]
    return SubstationView(
        id=substation.id,
        name=Text.of(substation.name),
        load=load(deps, substation.id, Utility.POWER),
        transformers=[
            TransformerView(
                id=t.id,
                name=Text.of(t.name),
                rated_mva=t.rated_mva,
                in_service=t.in_service(today),
                load=load(deps, t.id, Utility.POWER),
            )
            for t in transformers
        ],
    )


def _dma(deps: Services, dma: Dma) -> DmaView:
    observed = deps.picture.value(dma.id, "pressure")
    return DmaView(
        id=dma.id,
        name=Text.of(dma.name),
        load=load(deps, dma.id, Utility.WATER),
        pressure=None
        if observed is None
        else Pressure(value=observed.value, at_ms=observed.at_ms, min=dma.pressure_min_bar, max=dma.pressure_max_bar),
    )


async def _sum_check(deps: Services, zone_id: str, utility: Utility) -> SumCheck:
    """Add up a day of main meters that have sub meters below them, and of those sub meters."""
    mains = [m for m in demand_meters(deps.network, zone_id, utility) if meters_on(deps.network, m.asset, Role.SUB)]
    subs = [sub for main in mains for sub in meters_on(deps.network, main.asset, Role.SUB)]
    main, sub = await asyncio.gather(_day_sum(deps, mains, utility), _day_sum(deps, subs, utility))
    difference = None if main is None or sub is None else main - sub
    share = difference / main if difference is not None and main else None
    return SumCheck(utility=utility.value, unit=_ENERGY_UNIT[utility], main=main, sub=sub, difference=difference, share=share)


async def _day_sum(deps: Services, meters: list[Meter], utility: Utility) -> float | None:
    end = deps.clock() // _QUARTER_MS * _QUARTER_MS
    weights = {Series(meter.id, DEMAND_QUANTITY[utility]): 1.0 for meter in meters}
    if not weights:
        return None
    found = await deps.store.total(weights, end - DAY_MS, end, 900)
    return None if np.isnan(found.value).all() else math.fsum(found.value[~np.isnan(found.value)].tolist()) / 4


async def _quality(deps: Services, zone_id: str) -> QualityShares:
    end = deps.clock() // _QUARTER_MS * _QUARTER_MS
    series = [Series(meter.id, DEMAND_QUANTITY[utility]) for utility in Utility for meter in demand_meters(deps.network, zone_id, utility)]
    found = await deps.store.intervals(series, end - DAY_MS, end, 900)
    ranks = np.concatenate([np.where(np.isnan(part.value), int(Quality.MISSING), part.quality) for part in found.values()])
    share = {quality: float((ranks == int(quality)).mean()) for quality in Quality}
    return QualityShares(
        measured=share[Quality.MEASURED] + share[Quality.EDITED],
        estimated=share[Quality.ESTIMATED],
        suspect=share[Quality.SUSPECT],
        missing=share[Quality.MISSING],
    )


def _orders(deps: Services, zone_id: str) -> list[SupplyOrderView]:
    now = deps.clock()
    return [
        SupplyOrderView(
            id=order.id,
            utility=order.utility.value,
            quota=order.quota,
            start_ms=to_ms(order.start),
            end_ms=to_ms(order.end),
            reason=Text.of(order.reason),
        )
        for order in deps.network.supply_orders.values()
        if zone_id in order.zones and to_ms(order.end) > now
    ]
