"""The network: once for the map and the menus, and asset by asset."""

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query, Response

from api.auth import VIEWING, Viewer
from api.paging import Cursor, paged
from api.problems import RESPONSES
from api.schemas.base import Text
from api.schemas.network import Asset, AssetDetail, AssetMeter, Assets, FeederPath, Place, Province, ZonePlace
from api.series import known_asset, load, utilities_of
from api.services import Services, services
from api.shared import Shared
from mainsight.core.network import KINDS, PumpStation, Reservoir, Substation, Utility, WaterPlant
from mainsight.core.topology import upstream, zone_of

router = APIRouter(tags=["network"], responses=RESPONSES)
Deps = Annotated[Services, Depends(services)]
AssetKind = Literal["zone", "substation", "transformer", "feeder", "water_plant", "pump_station", "reservoir", "dma"]


@router.get("/province")
def province(deps: Deps, who: Viewer) -> Province:
    """Everything about the network that does not change while a page is open; of zones that one may not read, nothing."""
    network = deps.network
    first = next(iter(network.zones.values()))

    def place(item: Substation | WaterPlant | PumpStation | Reservoir) -> Place:
        return Place(id=item.id, name=Text.of(item.name), position=item.position, zone=zone_of(network, item.id))

    return Province(
        id=network.id,
        name=Text.of(network.name),
        as_of=network.as_of.isoformat(),
        timezone=first.timezone,
        country=first.country,
        now_ms=deps.clock(),
        utilities=[utility.value for utility in Utility],
        zones=[
            ZonePlace(id=z.id, name=Text.of(z.name), position=z.position, boundary=z.boundary)
            for z in network.zones.values()
            if who.sees(z.id)
        ],
        substations=[place(item) for item in network.substations.values() if who.sees(item.zone)],
        water_plants=[place(item) for item in network.water_plants.values()],
        pump_stations=[place(item) for item in network.pump_stations.values() if who.sees(zone_of(network, item.id))],
        reservoirs=[place(item) for item in network.reservoirs.values() if who.sees(zone_of(network, item.id))],
        feeders=[FeederPath(id=f.id, name=Text.of(f.name), zone=f.zone, path=f.path) for f in network.feeders.values() if who.sees(f.zone)],
    )


@router.get("/assets", response_model=Assets)
async def assets(
    deps: Deps,
    shared: Shared,
    who: Viewer,
    kind: Annotated[AssetKind | None, Query()] = None,
    zone: Annotated[str | None, Query()] = None,
    limit: Annotated[int, Query(ge=1, le=2000)] = 500,
    cursor: Cursor = None,
) -> Response:
    """All assets, or those of a kind or zone, each with its load now, a page at a time."""

    async def made() -> Assets:
        wanted = [
            asset
            for asset in deps.network.assets()
            if kind in {None, deps.network.kind(asset.id)}
            and zone in {None, zone_of(deps.network, asset.id)}
            and who.sees(zone_of(deps.network, asset.id))
        ]
        page, after = paged(wanted, lambda asset: asset.id, cursor, limit)
        return Assets(items=[_asset(deps, asset.id) for asset in page], next=after)

    return await shared.get(("assets", who.zones, kind, zone, limit, cursor), made)


@router.get("/assets/{asset_id}", dependencies=[VIEWING])
def asset(deps: Deps, asset_id: str) -> AssetDetail:
    """One asset: what feeds it, what measures it, what it carries."""
    known_asset(deps, asset_id)
    found = _asset(deps, asset_id)
    meters = sorted((m for m in deps.network.meters.values() if m.asset == asset_id), key=lambda m: m.id)
    return AssetDetail(
        id=found.id,
        kind=found.kind,
        name=found.name,
        zone=found.zone,
        loads=[load(deps, asset_id, utility) for utility in utilities_of(deps, asset_id)],
        upstream=list(upstream(deps.network, asset_id)),
        meters=[AssetMeter(id=m.id, name=Text.of(m.name), role=m.role.value, quantities=m.quantities) for m in meters],
    )


def _asset(deps: Services, asset_id: str) -> Asset:
    utilities = utilities_of(deps, asset_id)
    kind = deps.network.kind(asset_id)
    assert kind in KINDS
    return Asset(
        id=asset_id,
        kind=kind,
        name=Text.of(deps.network.asset(asset_id).name),
        zone=zone_of(deps.network, asset_id),
        load=load(deps, asset_id, utilities[0]) if utilities else None,
    )
