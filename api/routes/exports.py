"""Readings, demand and forecasts as files, streamed: memory stays small however much is asked for."""

import asyncio
from collections.abc import AsyncIterator
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import StreamingResponse

from api.access.callers import Caller
from api.auth import VIEWING, Viewer
from api.exports.rows import NO_READINGS, Asked, Piece, Writer, forecast, intervals, pieces
from api.exports.rows import readings as readings_piece
from api.problems import RESPONSES, Problem, too_many
from api.routes.demand import EndMs, StartMs, known_meter
from api.routes.forecasts import IssuedBy, issued
from api.schemas.base import UtilityName
from api.series import check_order, demand, known_asset
from api.services import Services, services
from mainsight.core.network import Utility
from mainsight.core.quantities import UnknownQuantityError
from mainsight.core.quantities import quantity as known_quantity
from mainsight.core.readings import Series
from mainsight.core.topology import DEMAND_QUANTITY, zone_of
from mainsight.core.zonetime import rfc3339

router = APIRouter(tags=["series"], responses=RESPONSES)
Deps = Annotated[Services, Depends(services)]
Format = Literal["csv", "parquet", "xlsx"]
_MEDIA: dict[Format, str] = {
    "csv": "text/csv",
    "parquet": "application/vnd.apache.parquet",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
_AT_ONCE = 2
_MOST_ROWS = 2_000_000
Wanted = Annotated[Format, Query()]


_FILE: dict[int | str, dict[str, object]] = {200: {"description": "The file", "content": {media: {} for media in _MEDIA.values()}}}


@router.get("/exports/readings", response_class=StreamingResponse, responses=_FILE)
async def readings(
    deps: Deps,
    who: Viewer,
    request: Request,
    start_ms: StartMs,
    end_ms: EndMs,
    format: Wanted = "csv",  # noqa: A002 - the parameter's name
    step: Annotated[Literal["raw", "60", "900", "3600", "86400"], Query(description="raw readings, or final values by seconds")] = "900",
    zone: str | None = None,
    asset: str | None = None,
    meter: str | None = None,
    quantities: Annotated[list[str] | None, Query(max_length=50, alias="quantity", description="may be given several times; all")] = None,
) -> StreamingResponse:
    """Readings of a zone's, an asset's or one meter, or of all one may read: time, meter, quantity, unit, value, quality."""
    check_order(start_ms, end_ms)
    asked = Asked(_series(deps, who, zone, asset, meter, quantities), start_ms, end_ms, None if step == "raw" else int(step))
    if format == "xlsx" and asked.most_rows() > _MOST_ROWS:
        raise Problem(422, f"{asked.most_rows():,} rows are too many for a spreadsheet: take csv or parquet, or less", "query/format")
    like = readings_piece(Series("", "power"), NO_READINGS)
    return _sent(deps, request, format, _named("", start_ms, end_ms), like, pieces(deps.store, asked))


@router.get("/exports/demand", response_class=StreamingResponse, responses=_FILE, dependencies=[VIEWING])
async def demand_of(
    deps: Deps,
    request: Request,
    asset: str,
    utility: UtilityName,
    start_ms: StartMs,
    end_ms: EndMs,
    format: Wanted = "csv",  # noqa: A002 - the parameter's name
    step: Annotated[Literal["900", "3600", "86400"], Query(description="seconds; 86400 gives local days")] = "900",
) -> StreamingResponse:
    """What an asset drew, as its chart shows it: time, asset, quantity, unit, value, low, high, quality, completeness."""
    known_asset(deps, asset)
    check_order(start_ms, end_ms)
    if (rows := (end_ms - start_ms) // (int(step) * 1000)) > _MOST_ROWS:
        raise Problem(422, f"{rows:,} rows are too many for one file: take a longer step or a shorter range", "query/step")
    found = await demand(deps, asset, Utility(utility), start_ms, end_ms, int(step))
    piece = intervals("asset", Series(asset, DEMAND_QUANTITY[Utility(utility)]), found)
    return _sent(deps, request, format, _named(f"{asset}-{utility}-", start_ms, end_ms), piece, _only(piece))


@router.get("/exports/forecasts", response_class=StreamingResponse, responses=_FILE, dependencies=[VIEWING])
async def forecast_of(
    deps: Deps,
    request: Request,
    target: str,
    quantity: str,
    format: Wanted = "csv",  # noqa: A002 - the parameter's name
    issued_by_ms: IssuedBy = None,
) -> StreamingResponse:
    """The latest forecast of a target, or the latest that was issued by an instant: time, unit, model, issue, P05 to P95."""
    found = await issued(deps, target, quantity, issued_by_ms)
    piece = forecast(found)
    name = f"mainsight-forecast-{target}-{quantity}-{rfc3339(found.issue_ms)[:13]}"
    return _sent(deps, request, format, name, piece, _only(piece))


def _named(what: str, start_ms: int, end_ms: int) -> str:
    return f"mainsight-{what}{rfc3339(start_ms)[:10]}-{rfc3339(end_ms)[:10]}"


async def _only(piece: Piece) -> AsyncIterator[Piece]:
    yield piece


def _sent(deps: Services, request: Request, wanted: Format, name: str, like: Piece, rows: AsyncIterator[Piece]) -> StreamingResponse:
    running: asyncio.Semaphore = request.app.state.exports
    if running.locked():
        raise too_many(f"{_AT_ONCE} exports are running already", 10)
    headers = {"Content-Disposition": f'attachment; filename="{name}.{wanted}"', "Cache-Control": "no-store"}
    zone = next(iter(deps.network.zones.values())).timezone
    return StreamingResponse(_file(wanted, zone, like, rows, running), media_type=_MEDIA[wanted], headers=headers)


def turns() -> asyncio.Semaphore:
    """How many exports may run at once."""
    return asyncio.Semaphore(_AT_ONCE)


async def _file(wanted: Format, timezone: str, like: Piece, rows: AsyncIterator[Piece], running: asyncio.Semaphore) -> AsyncIterator[bytes]:
    async with running:
        writer = await asyncio.to_thread(_writer, wanted, timezone, like)
        async for piece in rows:
            yield await asyncio.to_thread(writer.add, piece)
        rest = writer.end()
        while (chunk := await asyncio.to_thread(next, rest, None)) is not None:
            yield chunk


def _writer(wanted: Format, timezone: str, like: Piece) -> Writer:
    from api.exports.formats import WRITERS  # noqa: PLC0415 - pyarrow and xlsxwriter take memory: of who exports

    return WRITERS[wanted](timezone, like)


def _series(
    deps: Services, who: Caller, zone: str | None, asset: str | None, meter: str | None, quantities: list[str] | None
) -> tuple[Series, ...]:
    """What is asked for and may be read, meter by meter.

    Raises:
        Problem: 404 for what is not there, 422 for a quantity that does not exist.

    """
    if asset is not None:
        known_asset(deps, asset)
    meters = [known_meter(deps, meter)] if meter is not None else list(deps.network.meters.values())
    for name in quantities or ():
        try:
            known_quantity(name)
        except UnknownQuantityError as error:
            raise Problem(422, str(error), "query/quantity") from error
    return tuple(
        Series(one.id, name)
        for one in sorted(meters, key=lambda found: found.id)
        if (asset is None or one.asset == asset)
        and (zone is None or zone_of(deps.network, one.id) == zone)
        and who.sees(zone_of(deps.network, one.id))
        for name in one.quantities
        if not quantities or name in quantities
    )
