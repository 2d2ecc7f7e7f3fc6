"""Forecasts: as issued, past ones, how good they were, what they are made of, the peaks they expect."""

import asyncio
from itertools import groupby
from typing import Annotated

from fastapi import APIRouter, Depends, Query

from api.auth import VIEWING
from api.problems import RESPONSES, Problem, not_found
from api.schemas.base import Text
from api.schemas.forecasts import Accuracy, DayPeak, DayPeaks, Drivers, ForecastSeries, Issue, Issues, LeadAccuracy
from api.series import DAY_MS, P50, P90, exceedance, usable, utilities_of
from api.services import Services, services
from forecast.accuracy import accuracy
from forecast.demand import demand
from forecast.drivers import HISTORY_DAYS, drivers
from forecast.errors import CannotForecastError
from forecast.known import Known
from forecast.metrics import P10
from forecast.remarks import in_words
from forecast.targets import Target
from mainsight.core.forecasts import QUANTILES, Forecast
from mainsight.core.quantities import UnknownQuantityError
from mainsight.core.quantities import quantity as known_quantity
from mainsight.core.topology import DEMAND_QUANTITY
from mainsight.core.zonetime import local_day

router = APIRouter(tags=["forecasts"], responses=RESPONSES)
Deps = Annotated[Services, Depends(services)]
IssuedBy = Annotated[int | None, Query(ge=0, le=4_102_444_800_000, description="UTC milliseconds: the latest that had been issued by then")]
Days = Annotated[int, Query(ge=1, le=92)]


@router.get("/forecasts", dependencies=[VIEWING])
async def forecast(deps: Deps, target: str, quantity: str, issued_by_ms: IssuedBy = None) -> ForecastSeries:
    """Latest forecast of a target, or the latest that was issued by an instant."""
    found = await issued(deps, target, quantity, issued_by_ms)
    columns = {f"p{round(100 * level):02d}": found.quantiles[:, i].round(4).tolist() for i, level in enumerate(QUANTILES)}
    return ForecastSeries(
        target=target,
        quantity=quantity,
        unit=unit_of(quantity),
        issue_ms=found.issue_ms,
        step_s=found.step_s,
        model=found.model,
        fallback=found.fallback,
        fallback_text=Text.of(in_words(found.fallback)),
        provisional=found.provisional,
        remarks=found.remarks,
        remarks_text=Text.of(in_words(found.remarks)),
        inputs=found.inputs,
        time_ms=found.time_ms.tolist(),
        **columns,
    )


@router.get("/forecasts/issues", dependencies=[VIEWING])
async def issues(deps: Deps, target: str, quantity: str, days: Days = 14) -> Issues:
    """When forecasts of a target were issued in the last days; `GET /forecasts?issued_by_ms=` gives each."""
    target_of(deps, target, quantity)
    now = deps.clock()
    found = await deps.store.forecast_issues(target, quantity, now - days * DAY_MS, now + 1)
    return Issues(items=[Issue(issue_ms=one.issue_ms, model=one.model, fallback=one.fallback, remarks=one.remarks) for one in found])


@router.get("/forecasts/accuracy", dependencies=[VIEWING])
async def accuracy_of(deps: Deps, target: str, quantity: str, days: Days = 28) -> Accuracy:
    """Errors and calibration of past forecasts by lead time, beside those of "last week"."""
    now = deps.clock()
    rows = await accuracy(deps.store, target_of(deps, target, quantity), now - days * DAY_MS, now)
    items = [
        LeadAccuracy(lead_h=row.lead_h, n=row.n, wape=row.wape, wape_naive=row.wape_naive, coverage=row.coverage, below=list(row.below))
        for row in rows
    ]
    return Accuracy(levels=list(QUANTILES), items=items)


@router.get("/forecasts/drivers", dependencies=[VIEWING])
async def drivers_of(deps: Deps, target: str, quantity: str, issued_by_ms: IssuedBy = None) -> Drivers:
    """What the median is made of: level, calendar, last days. The history counts as it is known now."""
    of = target_of(deps, target, quantity)
    found = await issued(deps, target, quantity, issued_by_ms)
    past = await demand(deps.store, of, found.issue_ms - HISTORY_DAYS * DAY_MS, found.issue_ms)
    known = Known(past.start_ms, past.value, of.step_s, found.issue_ms, of.calendar)
    try:
        parts = await asyncio.to_thread(drivers, known, found)
    except CannotForecastError as error:
        raise not_found("explanation of", f"{quantity} of {target}", f": {error}") from error
    return Drivers(
        issue_ms=found.issue_ms,
        unit=unit_of(quantity),
        time_ms=found.time_ms.tolist(),
        level=round(parts.level, 4),
        calendar=parts.calendar.round(4).tolist(),
        recent=parts.recent.round(4).tolist(),
    )


@router.get("/forecasts/peaks", dependencies=[VIEWING])
async def peaks(deps: Deps, target: str, quantity: str, issued_by_ms: IssuedBy = None) -> DayPeaks:
    """Expected peak of every local day ahead, its hour, and the chance that demand passes what may be drawn."""
    of = target_of(deps, target, quantity)
    found = await issued(deps, target, quantity, issued_by_ms)
    chances = chances_of(deps, found)
    days = groupby(range(len(found.time_ms)), lambda row: local_day(int(found.time_ms[row]), of.calendar.timezone))
    items = [_peak(found, day.isoformat(), list(rows), chances) for day, rows in days]
    return DayPeaks(issue_ms=found.issue_ms, unit=unit_of(quantity), items=items)


def _peak(found: Forecast, day: str, rows: list[int], chances: list[float] | None) -> DayPeak:
    at = max(rows, key=lambda row: float(found.quantiles[row, P50]))
    return DayPeak(
        day=day,
        time_ms=int(found.time_ms[at]),
        p10=round(float(found.quantiles[at, P10]), 4),
        p50=round(float(found.quantiles[at, P50]), 4),
        p90=round(float(found.quantiles[rows, P90].max()), 4),
        probability=None if chances is None else max(chances[row] for row in rows),
    )


def chances_of(deps: Services, found: Forecast) -> list[float] | None:
    """Probability per interval of passing what may be drawn; None where the target has no capacity of that utility."""
    for utility, quantity in DEMAND_QUANTITY.items():
        if quantity == found.quantity and found.target in deps.network.zones and utility in utilities_of(deps, found.target):
            limits = usable(deps, found.target, utility, found.time_ms.tolist())
            chances: list[float] = exceedance(deps, found, utility, limits).tolist()
            return chances
    return None


def target_of(deps: Services, target: str, quantity: str) -> Target:
    """Find what is forecast.

    Raises:
        Problem: 404 when nothing is forecast there.

    """
    found = deps.targets.get((target, quantity))
    if found is None:
        raise _no_forecast(deps, target, quantity, None)
    return found


async def issued(deps: Services, target: str, quantity: str, issued_by_ms: int | None) -> Forecast:
    """Find the latest forecast, or the latest that was issued by an instant.

    Raises:
        Problem: 404 when there is none.

    """
    found = await deps.store.forecast(target, quantity, issued_by_ms)
    if found is None:
        raise _no_forecast(deps, target, quantity, issued_by_ms)
    return found


def _no_forecast(deps: Services, target: str, name: str, issued_by_ms: int | None) -> Problem:
    """Say why there is none: nothing is forecast there, none had been issued by then, or the first is yet to come."""
    if (target, name) not in deps.targets:
        hint = f"; there are {', '.join(sorted({of for _, of in deps.targets}))} of zones and of assets"
    elif issued_by_ms is not None:
        hint = " issued by then"
    else:
        hint = " yet: they are issued on a schedule, the first a minute or two after history is there"
    return not_found("forecast of", f"{name} of {target}", hint)


def unit_of(name: str) -> str:
    """Unit of a quantity.

    Raises:
        Problem: 422 when there is no such quantity.

    """
    try:
        return known_quantity(name).unit
    except UnknownQuantityError as error:
        raise Problem(422, str(error), "query/quantity") from error
