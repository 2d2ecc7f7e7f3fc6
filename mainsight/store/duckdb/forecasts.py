"""Forecasts, kept by issue."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mainsight.core.forecasts import Forecast, ForecastIssue, ForecastRows
from mainsight.core.intervals import FloatArray, IntArray
from mainsight.store.duckdb.engine import Connection, fetch, fetch_one, milliseconds, table, transaction

_QUANTILES = ("p05", "p10", "p25", "p50", "p75", "p90", "p95")


def write_forecasts(connection: Connection, forecasts: Sequence[Forecast]) -> None:
    """See `TimeSeriesStore.write_forecast`."""
    with transaction(connection):
        for forecast in forecasts:
            _write(connection, forecast)


def _write(connection: Connection, forecast: Forecast) -> None:
    key = [forecast.target, forecast.quantity, forecast.issue_ms]
    same = "target = ? AND quantity = ? AND issue = epoch_ms(?)::TIMESTAMP_MS"
    connection.execute(f"DELETE FROM forecast WHERE issue IN (SELECT id FROM forecast_issue WHERE {same})", key)  # noqa: S608 - bound
    connection.execute(f"DELETE FROM forecast_issue WHERE {same}", key)  # noqa: S608 - bound
    [(issue,)] = connection.execute("SELECT coalesce(max(id), 0) + 1 FROM forecast_issue").fetchall()
    connection.execute(
        "INSERT INTO forecast_issue (id, target, quantity, issue, step_s, model, fallback, inputs, remarks) "
        "VALUES (?, ?, ?, epoch_ms(?)::TIMESTAMP_MS, ?, ?, ?, ?, ?)",
        [issue, *key, forecast.step_s, forecast.model, forecast.fallback, forecast.inputs, forecast.remarks],
    )
    n = len(forecast.time_ms)
    columns = {
        "issue": np.full(n, issue, np.int32),
        "lead": np.arange(1, n + 1, dtype=np.int16),
        "ts": forecast.time_ms.astype("datetime64[ms]"),
    } | {name: np.ascontiguousarray(forecast.quantiles[:, k], np.float64) for k, name in enumerate(_QUANTILES)}
    with table(connection, "batch", columns):
        connection.execute("INSERT INTO forecast SELECT * FROM batch")


def read_forecast(connection: Connection, target: str, quantity: str, issued_by_ms: int | None) -> Forecast | None:
    """See `TimeSeriesStore.forecast`."""
    found = fetch_one(
        connection,
        "SELECT id, epoch_ms(issue), step_s, model, fallback, inputs, remarks FROM forecast_issue WHERE target = ? AND quantity = ? "
        "AND (?::BIGINT IS NULL OR issue <= epoch_ms(?)::TIMESTAMP_MS) ORDER BY issue DESC LIMIT 1",
        [target, quantity, issued_by_ms, issued_by_ms],
    )
    if found is None:
        return None
    one, issue_ms, step_s, model, fallback, inputs, remarks = found
    rows = fetch(connection, "SELECT * FROM forecast WHERE issue = ? ORDER BY lead", [one])
    return Forecast(target, quantity, issue_ms, step_s, *_rows(rows), model, fallback, inputs, remarks)


def read_at_lead(connection: Connection, target: str, quantity: str, lead: int, start_ms: int, end_ms: int) -> Forecast | None:
    """See `TimeSeriesStore.forecasts_at_lead`."""
    newest = fetch_one(
        connection,
        "SELECT step_s, model, fallback FROM forecast_issue WHERE target = ? AND quantity = ? ORDER BY issue DESC LIMIT 1",
        [target, quantity],
    )
    rows = fetch(
        connection,
        "SELECT f.* FROM forecast f JOIN forecast_issue i ON f.issue = i.id "
        "WHERE i.target = ? AND i.quantity = ? AND f.lead = ? AND f.ts >= epoch_ms(?)::TIMESTAMP_MS AND f.ts < epoch_ms(?)::TIMESTAMP_MS "
        "QUALIFY i.issue = max(i.issue) OVER (PARTITION BY f.ts) ORDER BY f.ts",
        [target, quantity, lead, start_ms, end_ms],
    )
    if newest is None or not len(rows["ts"]):
        return None
    step_s, model, fallback = newest
    return Forecast(target, quantity, 0, step_s, *_rows(rows), model, fallback)


def read_rows(connection: Connection, target: str, quantity: str, start_ms: int, end_ms: int) -> ForecastRows | None:
    """See `TimeSeriesStore.forecast_rows`."""
    rows = fetch(
        connection,
        "SELECT epoch_ms(i.issue) AS issued, i.step_s, f.* EXCLUDE (issue) FROM forecast f JOIN forecast_issue i ON f.issue = i.id "
        "WHERE i.target = ? AND i.quantity = ? AND f.ts >= epoch_ms(?)::TIMESTAMP_MS AND f.ts < epoch_ms(?)::TIMESTAMP_MS "
        "ORDER BY f.ts, i.issue",
        [target, quantity, start_ms, end_ms],
    )
    if not len(rows["ts"]):
        return None
    issue_ms = rows["issued"].astype(np.int64)
    time_ms, quantiles = _rows(rows)
    return ForecastRows(issue_ms, time_ms, int(rows["step_s"][issue_ms.argmax()]), quantiles)


def read_issues(connection: Connection, target: str, quantity: str, start_ms: int, end_ms: int) -> list[ForecastIssue]:
    """See `TimeSeriesStore.forecast_issues`."""
    rows = fetch(
        connection,
        "SELECT epoch_ms(issue) AS at, model, fallback, remarks FROM forecast_issue WHERE target = ? AND quantity = ? "
        "AND issue >= epoch_ms(?)::TIMESTAMP_MS AND issue < epoch_ms(?)::TIMESTAMP_MS ORDER BY issue",
        [target, quantity, start_ms, end_ms],
    )
    told = zip(*(rows[name] for name in ("at", "model", "fallback", "remarks")), strict=True)
    return [ForecastIssue(int(at), str(model), str(why), str(remarks)) for at, model, why, remarks in told]


def _rows(rows: dict[str, NDArray[Any]]) -> tuple[IntArray, FloatArray]:
    return milliseconds(rows["ts"]), np.column_stack([rows[name] for name in _QUANTILES]).astype(np.float64)
