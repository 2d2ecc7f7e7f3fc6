"""How good forecasts were: scored every day against final values, by how far they looked ahead."""

from collections.abc import Iterable
from datetime import timedelta
from itertools import groupby
from typing import Annotated

from fastapi import APIRouter, Depends, Query

from api.auth import VIEWING, Viewer
from api.problems import RESPONSES
from api.routes.forecasts import target_of
from api.schemas.scores import DayOfScores, Fit, Score, Scores, TargetScore, TargetScores
from api.services import Services, services
from forecast.fits import DAY_AHEAD_H
from forecast.scores import BLOCKS_H, figures
from mainsight.core.topology import zone_of
from mainsight.core.zonetime import local_day
from mainsight.store.forecast_port import DayScore

router = APIRouter(prefix="/forecasts/scores", tags=["forecasts"], responses=RESPONSES)
Deps = Annotated[Services, Depends(services)]
Days = Annotated[int, Query(ge=1, le=366, description="local days before today")]


@router.get("", dependencies=[VIEWING])
async def scores(deps: Deps, target: str, quantity: str, days: Days = 28) -> Scores:
    """Scores of a target's forecasts by day and lead time, and how it has been forecast since when and why."""
    of = target_of(deps, target, quantity)
    first = local_day(deps.clock(), of.calendar.timezone) - timedelta(days=days)
    found = await deps.state.forecast_scores(target, quantity, first=first.isoformat())
    fits = await deps.state.forecast_fits(target, quantity)
    by_day = {day: list(of_day) for day, of_day in groupby(found, lambda one: one.day)}
    return Scores(
        target=target,
        quantity=quantity,
        blocks=_blocks(found),
        days=[DayOfScores(day=day, scored_ms=kept[0].scored_ms, blocks=_blocks(kept)) for day, kept in by_day.items()],
        fits=[Fit.of(fit) for fit in fits],
    )


@router.get("/targets")
async def targets(deps: Deps, who: Viewer, days: Days = 7) -> TargetScores:
    """All targets up to 48 h ahead, those with the least skill first."""
    timezone = next(iter(deps.network.zones.values())).timezone
    first = (local_day(deps.clock(), timezone) - timedelta(days=days)).isoformat()
    fits = {(fit.target, fit.quantity): Fit.of(fit) for fit in await deps.state.latest_forecast_fits()}
    found = await deps.state.forecast_scores(first=first)
    items = []
    for key, of_target in groupby(found, lambda one: (one.target, one.quantity)):
        if key in deps.targets and who.sees(zone_of(deps.network, key[0])):
            kept = [one for one in of_target if one.block_h in DAY_AHEAD_H]
            told = Score.of(0, DAY_AHEAD_H[-1], figures(kept))
            counted = len({one.day for one in kept})
            items.append(TargetScore(target=key[0], quantity=key[1], days=counted, score=told, fit=fits.get(key)))
    return TargetScores(items=sorted(items, key=lambda one: (one.score.skill is None, one.score.skill or 0.0)))


def _blocks(found: Iterable[DayScore]) -> list[Score]:
    ordered = sorted(found, key=lambda one: one.block_h)
    return [Score.of(_from_h(block), block, figures(kept)) for block, kept in groupby(ordered, lambda one: one.block_h)]


def _from_h(block_h: int) -> int:
    return (0, *BLOCKS_H)[BLOCKS_H.index(block_h)]
