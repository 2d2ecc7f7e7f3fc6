"""Meters and what they last said."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response

from api.auth import VIEWING, Viewer
from api.problems import RESPONSES
from api.routes.demand import known_meter
from api.schemas.base import Text
from api.schemas.network import LastValue, Meter, MeterDetail, Meters, RatioFrom
from api.series import known_asset
from api.services import Services, services
from api.shared import Shared
from mainsight.core import network
from mainsight.core.quantities import quantity
from mainsight.core.topology import zone_of

router = APIRouter(tags=["meters"], responses=RESPONSES)
Deps = Annotated[Services, Depends(services)]


@router.get("/meters", response_model=Meters)
async def meters(
    deps: Deps,
    shared: Shared,
    who: Viewer,
    zone: str | None = None,
    asset: str | None = None,
    silent: bool | None = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 200,
    cursor: Annotated[str, Query(description="`next` of the page before")] = "",
) -> Response:
    """Meters in order of id, by zone, asset or silence, a page at a time."""
    if asset is not None:
        known_asset(deps, asset)

    async def made() -> Meters:
        now = deps.clock()
        found = [
            meter
            for meter in sorted(deps.network.meters.values(), key=lambda m: m.id)
            if meter.id > cursor
            and who.sees(zone_of(deps.network, meter.id))
            and asset in {None, meter.asset}
            and zone in {None, zone_of(deps.network, meter.id)}
            and silent in {None, deps.picture.is_silent(meter.id, now)}
        ]
        page = found[:limit]
        return Meters(items=[_meter(deps, meter) for meter in page], next=page[-1].id if len(found) > limit else None)

    return await shared.get(("meters", who.zones, zone, asset, silent, limit, cursor), made)


@router.get("/meters/{meter_id}", dependencies=[VIEWING])
async def meter(deps: Deps, meter_id: str) -> MeterDetail:
    """One meter with its latest readings."""
    found = known_meter(deps, meter_id)
    last = [reading for name in found.quantities if (reading := deps.picture.last(meter_id, name)) is not None]
    return MeterDetail(
        **_meter(deps, found).model_dump(),
        values=[
            LastValue(
                quantity=reading.quantity,
                unit=quantity(reading.quantity).unit,
                value=reading.value,
                time_ms=reading.time_ms,
                arrival_ms=reading.arrival_ms,
                limits=found.limits.get(reading.quantity),
            )
            for reading in last
        ],
        ratio=deps.picture.factors.ratio(meter_id, deps.clock()),
        ratios=[RatioFrom(from_ms=from_ms, factor=factor) for from_ms, factor in deps.picture.factors.steps(meter_id)],
        customer=None if found.customer is None else Text.of(found.customer),
        sector=found.sector,
        contracted=found.contracted,
    )


def _meter(deps: Services, found: network.Meter) -> Meter:
    return Meter(
        id=found.id,
        name=Text.of(found.name),
        asset=found.asset,
        zone=zone_of(deps.network, found.id),
        role=found.role.value,
        utility=found.utility.value,
        protocol=found.protocol,
        device=found.device,
        quantities=found.quantities,
        last_ms=deps.picture.heard_ms(found.id),
        silent=deps.picture.is_silent(found.id, deps.clock()),
    )
