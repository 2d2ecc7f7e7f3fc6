"""Forecasts: by issue and lead in `forecast`, the newest for each instant in `forecast_latest`.

A row's `lead` is a tag, its `issue` a field: rows of different issues for one instant have different leads and do not
overwrite each other. `until` is the time of the issue's last row: where the same issue came again with fewer rows, those
left over lie past it.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from mainsight.core.forecasts import Forecast, ForecastIssue, ForecastRows
from mainsight.core.zonetime import SECOND_MS
from mainsight.store.influx.connection import Connection
from mainsight.store.influx.lines import tags, text
from mainsight.store.influx.query import FORECAST, FORECAST_LATEST, QUANTILE_FIELDS, Part, Statement, Value, during, equal, name, select
from mainsight.store.influx.writing import Sender, write_lines
from mainsight.store.port import StoreError

_HEADER = ("issue", "until", "step_s", "model", "fallback", "inputs", "remarks")


async def write_forecasts(connection: Connection, sender: Sender, forecasts: Sequence[Forecast]) -> None:
    """See `TimeSeriesStore.write_forecast`."""
    given = [forecast for forecast in forecasts if len(forecast.time_ms)]
    newest = await _newest_issues(connection, given)
    lines: list[str] = []
    for forecast in given:
        lines += _lines(forecast, newest.setdefault((forecast.target, forecast.quantity), {}))
    refused = await write_lines(sender, lines)
    if refused:
        raise StoreError(f"InfluxDB refused {len(refused)} rows of forecasts: {next(iter(refused.values()))}")


async def _newest_issues(connection: Connection, forecasts: Sequence[Forecast]) -> dict[tuple[str, str], dict[int, int]]:
    """Issue of what `forecast_latest` holds for the instants of forecasts."""
    statements = [
        select(
            ("issue",), FORECAST_LATEST, [*_of(one.target, one.quantity), " AND ", *during(int(one.time_ms[0]), int(one.time_ms[-1]) + 1)]
        )
        for one in forecasts
    ]
    found: dict[tuple[str, str], dict[int, int]] = {}
    async for table in connection.query(statements):
        one = forecasts[table.statement]
        found.setdefault((one.target, one.quantity), {}).update(zip(table.columns["time"], table.columns["issue"], strict=True))
    return found


def _lines(forecast: Forecast, newest: dict[int, int]) -> Iterator[str]:
    """Lines of a forecast; `newest` holds the issue of each instant's latest row and is kept up to date."""
    tagged = tags(target=forecast.target, quantity=forecast.quantity)
    texts = (
        f"model={text(forecast.model)},fallback={text(forecast.fallback)},inputs={text(forecast.inputs)},remarks={text(forecast.remarks)}"
    )
    times = forecast.time_ms.tolist()
    header = f"issue={forecast.issue_ms}i,until={times[-1]}i,step_s={forecast.step_s}i,{texts}"
    for row, (at, quantiles) in enumerate(zip(times, forecast.quantiles.tolist(), strict=True)):
        values = ",".join(f"{field}={value}" for field, value in zip(QUANTILE_FIELDS, quantiles, strict=True))
        yield f"{FORECAST},{tagged},lead={_lead(row + 1)} {values},{header} {at}"
        if newest.get(at, forecast.issue_ms) <= forecast.issue_ms:
            newest[at] = forecast.issue_ms
            yield f"{FORECAST_LATEST},{tagged} {values},{header} {at}"


async def read_forecast(connection: Connection, target: str, quantity: str, issued_by_ms: int | None) -> Forecast | None:
    """See `TimeSeriesStore.forecast`."""
    header = await _header(connection, target, quantity, issued_by_ms)
    if header is None:
        return None
    first, until, issue = header["time"], header["until"], header["issue"]
    same = [*_of(target, quantity), f" AND {name('issue')} = ", Value(issue), " AND ", *during(first, until + 1)]
    [rows] = await _rows(connection, select(QUANTILE_FIELDS, FORECAST, same))
    told = (header["model"], header["fallback"], header["inputs"], header["remarks"] or "")  # rows of earlier versions have no remarks
    return Forecast(target, quantity, issue, header["step_s"], *_arrays(rows), *told)


async def read_at_lead(connection: Connection, target: str, quantity: str, lead: int, start_ms: int, end_ms: int) -> Forecast | None:
    """See `TimeSeriesStore.forecasts_at_lead`."""
    header = await _header(connection, target, quantity, None)
    if header is None or lead < 1 or start_ms >= end_ms:
        return None
    reach_ms = (lead + 1) * header["step_s"] * SECOND_MS  # from a row back to the first of its issue, a day of 25 h included
    rows, firsts = await _rows(
        connection,
        select((*QUANTILE_FIELDS, "issue"), FORECAST, [*_lead_of(target, quantity, lead), " AND ", *during(start_ms, end_ms)]),
        select(("issue", "until"), FORECAST, [*_lead_of(target, quantity, 1), " AND ", *during(start_ms - reach_ms, end_ms)]),
    )
    until = dict(firsts.values())
    kept = {at: row for at, row in rows.items() if at <= until.get(row[-1], at)}
    if not kept:
        return None
    return Forecast(target, quantity, 0, header["step_s"], *_arrays(kept), header["model"], header["fallback"])


async def read_rows(connection: Connection, target: str, quantity: str, start_ms: int, end_ms: int) -> ForecastRows | None:
    """See `TimeSeriesStore.forecast_rows`."""
    found: list[tuple[Any, ...]] = []
    if start_ms < end_ms:
        which = [*_of(target, quantity), " AND ", *during(start_ms, end_ms)]
        async for table in connection.query([select((*QUANTILE_FIELDS, "issue", "step_s"), FORECAST, which)]):
            found += zip(*(table.columns[column] for column in ("time", "issue", "step_s", *QUANTILE_FIELDS)), strict=True)
    if not found:
        return None
    since = min(issue for _, issue, *_ in found)
    [firsts] = await _rows(
        connection, select(("issue", "until"), FORECAST, [*_lead_of(target, quantity, 1), " AND ", *during(since, end_ms)])
    )
    until = dict(firsts.values())  # the same issue with fewer rows leaves some behind
    kept = sorted(row for row in found if row[0] <= until.get(row[1], row[0]))
    times = np.array([row[:2] for row in kept], np.int64)
    step_s = max(kept, key=lambda row: row[1])[2]
    return ForecastRows(times[:, 1], times[:, 0], step_s, np.array([row[3:] for row in kept], np.float64))


async def read_issues(connection: Connection, target: str, quantity: str, start_ms: int, end_ms: int) -> list[ForecastIssue]:
    """See `TimeSeriesStore.forecast_issues`."""
    if start_ms >= end_ms:
        return []
    issued: list[str | Value] = [f" AND {name('issue')} >= ", Value(start_ms), f" AND {name('issue')} < ", Value(end_ms)]
    found: dict[int, ForecastIssue] = {}
    columns = ("issue", "model", "fallback", "remarks")
    async for table in connection.query([select(columns, FORECAST, [*_lead_of(target, quantity, 1), *issued])]):
        told = zip(*(table.columns[column] for column in columns), strict=True)
        found |= {at: ForecastIssue(at, model, fallback, remarks or "") for at, model, fallback, remarks in told}
    return [found[at] for at in sorted(found)]


async def _header(connection: Connection, target: str, quantity: str, issued_by_ms: int | None) -> Mapping[str, Any] | None:
    """What the first row of the newest issue tells."""
    which = _lead_of(target, quantity, 1)
    if issued_by_ms is not None:
        which += [f" AND {name('issue')} <= ", Value(issued_by_ms)]
    async for table in connection.query([select(_HEADER, FORECAST, which, tail=" ORDER BY time DESC LIMIT 1")]):
        return {column: values[0] for column, values in table.columns.items()}
    return None


async def _rows(connection: Connection, *statements: Statement) -> list[dict[int, tuple[Any, ...]]]:
    """Rows of each statement by their time."""
    rows: list[dict[int, tuple[Any, ...]]] = [{} for _ in statements]
    async for table in connection.query(statements):
        fields = [values for column, values in table.columns.items() if column != "time"]
        rows[table.statement].update(zip(table.columns["time"], zip(*fields, strict=True), strict=True))
    return rows


def _arrays(rows: Mapping[int, tuple[Any, ...]]) -> tuple[Any, Any]:
    times = sorted(rows)
    return np.array(times, np.int64), np.array([rows[at][: len(QUANTILE_FIELDS)] for at in times], np.float64)


def _of(target: str, quantity: str) -> list[Part]:
    return equal(target=target, quantity=quantity)


def _lead_of(target: str, quantity: str, row: int) -> list[Part]:
    return [*_of(target, quantity), " AND ", *equal(lead=_lead(row))]


def _lead(row: int) -> str:
    return f"{row:03d}"
