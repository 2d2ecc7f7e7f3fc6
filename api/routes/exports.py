"""Readings as files, streamed: memory stays small however much is asked for."""

import asyncio
from collections.abc import AsyncIterator
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import StreamingResponse

from api.access.callers import Caller
from api.auth import Viewer
from api.exports.rows import Asked, Writer, pieces
from api.problems import RESPONSES, Problem, too_many
from api.routes.demand import EndMs, StartMs, known_meter
from api.series import check_order, known_asset
from api.services import Services, services
from mainsight.core.quantities import UnknownQuantityError, quantity
from mainsight.core.readings import Series
from mainsight.core.topology import zone_of
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
_XLSX_ROWS = 2_000_000


@router.get(
    "/exports/readings",
    response_class=StreamingResponse,
    responses={200: {"description": "The file", "content": {media: {} for media in _MEDIA.values()}}},
)
async def readings(
    deps: Deps,
    who: Viewer,
    request: Request,
    start_ms: StartMs,
    end_ms: EndMs,
    format: Annotated[Format, Query()] = "csv",  # noqa: A002 - the parameter's name
    step: Annotated[Literal["raw", "900", "3600", "86400"], Query(description="raw readings, or final values by seconds")] = "900",
    zone: str | None = None,
    asset: str | None = None,
    meter: str | None = None,
    quantities: Annotated[list[str] | None, Query(max_length=50, alias="quantity", description="may be given several times; all")] = None,
) -> StreamingResponse:
    """Readings of a zone's, an asset's or one meter, or of all one may read: time, meter, quantity, unit, value, quality."""
    check_order(start_ms, end_ms)
    asked = Asked(_series(deps, who, zone, asset, meter, quantities), start_ms, end_ms, None if step == "raw" else int(step))
    if format == "xlsx" and asked.most_rows() > _XLSX_ROWS:
        raise Problem(422, f"{asked.most_rows():,} rows are too many for a spreadsheet: take csv or parquet, or less", "query/format")
    running: asyncio.Semaphore = request.app.state.exports
    if running.locked():
        raise too_many(f"{_AT_ONCE} exports are running already", 10)
    name = f"mainsight-{rfc3339(start_ms)[:10]}-{rfc3339(end_ms)[:10]}.{format}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return StreamingResponse(_file(deps, asked, format, running), media_type=_MEDIA[format], headers=headers)


def turns() -> asyncio.Semaphore:
    """How many exports may run at once."""
    return asyncio.Semaphore(_AT_ONCE)


async def _file(deps: Services, asked: Asked, wanted: Format, running: asyncio.Semaphore) -> AsyncIterator[bytes]:
    async with running:
        writer, first = await asyncio.to_thread(_begun, wanted, next(iter(deps.network.zones.values())).timezone)
        yield first
        async for piece in pieces(deps.store, asked):
            yield await asyncio.to_thread(writer.add, piece)
        rest = writer.end()
        while (chunk := await asyncio.to_thread(next, rest, None)) is not None:
            yield chunk


def _begun(wanted: Format, timezone: str) -> tuple[Writer, bytes]:
    """A writer, and what it begins with: an export of nothing has its header too."""
    from api.exports.formats import WRITERS, nothing  # noqa: PLC0415 - pyarrow and xlsxwriter take memory: of who exports

    writer = WRITERS[wanted](timezone)
    return writer, writer.add(nothing())


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
            quantity(name)
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
