"""Outlook over twelve months: what zones will draw, and the headroom that applications and projects leave."""

import asyncio
from collections.abc import Callable, Collection
from dataclasses import replace
from typing import Annotated, TypeVar

from fastapi import APIRouter, Depends, Query

from api.auth import CHANGES, Planner, Viewer
from api.problems import RESPONSES, Problem, not_found
from api.schemas.base import UtilityName
from api.schemas.outlook import NoOutlook, Outlook, OutlookMonth, OutlookPlans, ZoneOutlook
from api.series import DAY_MS, KW_PER_MW
from api.services import Services, services
from forecast.demand import demand
from forecast.errors import CannotForecastError, DataError
from forecast.metrics import P10, P50, P90
from forecast.outlook import zones
from forecast.outlook.headroom import first_breach
from forecast.outlook.plans import Application, Project, project_assets, read_applications, read_projects
from forecast.targets import HOUR_S
from mainsight.core.capacity import CAPACITY_UNIT
from mainsight.core.network import Utility
from mainsight.core.topology import DEMAND_QUANTITY
from mainsight.core.zonetime import HOUR_MS

router = APIRouter(tags=["forecasts"], responses=RESPONSES)
Deps = Annotated[Services, Depends(services)]
OneZone = Annotated[str | None, Query(description="one zone; all without")]
_ENERGY_UNIT = {Utility.POWER: "MWh", Utility.WATER: "m3"}
T = TypeVar("T")
_YEARS = 4
_YEAR_MS = 366 * DAY_MS


@router.get("/outlook")
async def outlook(deps: Deps, who: Viewer, utility: UtilityName, zone: OneZone = None) -> Outlook:
    """Twelve months of energy, peaks and headroom from stored demand alone: at least a year of whole months is needed."""
    seen = [one for one in _zones(deps, zone) if who.sees(one)]
    return await _outlook(deps, Utility(utility), seen, zones.Plans(deps.network.planning_power_factor))


@router.post("/outlook", responses=CHANGES)
async def planned(deps: Deps, who: Planner, body: OutlookPlans, utility: UtilityName, zone: OneZone = None) -> Outlook:
    """The same with applications for connection and capacity projects; nothing of them is kept."""
    power_factor = body.power_factor or deps.network.planning_power_factor
    plans = zones.Plans(power_factor, _applications(deps, body), _projects(deps, body))
    who.tell(
        "ask for an outlook",
        f"outlook/{zone or 'all zones'}",
        after=f"{len(plans.applications)} applications, {len(plans.projects)} projects",
    )
    return await _outlook(deps, Utility(utility), _zones(deps, zone), plans)


async def _outlook(deps: Services, utility: Utility, of: Collection[str], plans: zones.Plans) -> Outlook:
    items, without = [], []
    for zone in of:
        try:
            items.append(await _zone(deps, zone, utility, plans))
        except CannotForecastError as error:
            without.append(NoOutlook(zone=zone, why=str(error)))
    return Outlook(utility=utility.value, unit=CAPACITY_UNIT[utility], energy_unit=_ENERGY_UNIT[utility], items=items, without=without)


async def _zone(deps: Services, zone: str, utility: Utility, plans: zones.Plans) -> ZoneOutlook:
    """One zone's outlook, from the hourly means of the last years.

    Raises:
        CannotForecastError: too little is known.

    """
    target = deps.targets.get((zone, DEMAND_QUANTITY[utility]))
    if target is None:
        message = f"no meter adds up to its {utility.value}"
        raise CannotForecastError(message)
    end_ms = deps.clock() // HOUR_MS * HOUR_MS
    past = await demand(deps.store, replace(target, step_s=HOUR_S), end_ms - _YEARS * _YEAR_MS, end_ms)
    value = past.value / KW_PER_MW if utility is Utility.POWER else past.value
    found = await asyncio.to_thread(zones.zone_outlook, deps.network, zone, utility, zones.Past(past.start_ms, value, HOUR_S), plans)
    months = [
        OutlookMonth(
            month=one.month,
            energy_p10=round(float(energy[P10]), 3),
            energy_p50=round(float(energy[P50]), 3),
            energy_p90=round(float(energy[P90]), 3),
            peak_p10=round(one.p10, 3),
            peak_p50=round(one.p50, 3),
            peak_p90=round(one.p90, 3),
            firm=round(one.firm, 3),
            headroom=round(one.headroom, 3),
        )
        for one, energy in zip(found.months, found.energy, strict=True)
    ]
    return ZoneOutlook(zone=zone, first_breach=first_breach(found.months), months=months)


def _applications(deps: Services, body: OutlookPlans) -> list[Application]:
    if isinstance(body.applications, str):
        return _read(read_applications, body.applications, deps.network.zones, "body/applications")
    for number, one in enumerate(body.applications):
        _check(one.zone, deps.network.zones, f"body/applications/{number}/zone")
    return [Application(one.zone, one.mw, one.m3_day, one.date, one.probability) for one in body.applications]


def _projects(deps: Services, body: OutlookPlans) -> list[Project]:
    known = project_assets(deps.network)
    if isinstance(body.projects, str):
        return _read(read_projects, body.projects, known, "body/projects")
    for number, one in enumerate(body.projects):
        _check(one.asset, known, f"body/projects/{number}/asset")
    return [Project(one.asset, one.mva, one.m3_day, one.date) for one in body.projects]


def _read(read: Callable[[str, Collection[str]], list[T]], text: str, known: Collection[str], pointer: str) -> list[T]:
    try:
        return read(text, known)
    except DataError as error:
        raise Problem(422, str(error), pointer) from error


def _check(named: str, known: Collection[str], pointer: str) -> None:
    if named not in known:
        raise Problem(422, f"{named!r} is not in the registry, or serves several zones", pointer)


def _zones(deps: Services, zone: str | None) -> list[str]:
    if zone is not None and zone not in deps.network.zones:
        raise not_found("zone", zone)
    return list(deps.network.zones) if zone is None else [zone]
