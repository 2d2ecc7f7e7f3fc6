"""What is kept beside forecasts, in SQL."""

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from mainsight.store.forecast_port import DayScore, ForecastFit, WeatherIssue
from mainsight.store.sql import tables
from mainsight.store.sql.database import Database, add_new, row_of, upsert


class SqlForecasts:
    """`ForecastState`."""

    def __init__(self, database: Database) -> None:
        """Work on an open database."""
        self._database = database

    async def save_forecast_scores(self, scores: Sequence[DayScore]) -> None:
        """See `ForecastState.save_forecast_scores`."""
        of = tables.forecast_score.c
        days = {(one.target, one.quantity, one.day) for one in scores}

        def save(connection: sa.Connection) -> None:
            for target, quantity, day in sorted(days):
                same = (of.target == target) & (of.quantity == quantity) & (of.day == day)
                connection.execute(sa.delete(tables.forecast_score).where(same))
            add_new(connection, tables.forecast_score, [row_of(one) for one in scores])

        if days:
            await self._database.run(save)

    async def forecast_scores(
        self, target: str | None = None, quantity: str | None = None, *, first: str = "", last: str = "9999"
    ) -> list[DayScore]:
        """See `ForecastState.forecast_scores`."""
        of = tables.forecast_score.c
        query = sa.select(tables.forecast_score).where(of.day >= first, of.day <= last)
        for column, asked in ((of.target, target), (of.quantity, quantity)):
            query = query if asked is None else query.where(column == asked)
        rows = await self._database.read(lambda c: c.execute(query.order_by(of.target, of.quantity, of.day, of.block_h)).mappings().all())
        return [_score(row) for row in rows]

    async def save_forecast_fit(self, fit: ForecastFit) -> None:
        """See `ForecastState.save_forecast_fit`."""
        await self._database.run(lambda c: upsert(c, tables.forecast_fit, [row_of(fit)]))

    async def forecast_fits(self, target: str, quantity: str, limit: int = 100) -> list[ForecastFit]:
        """See `ForecastState.forecast_fits`."""
        of = tables.forecast_fit.c
        same = (of.target == target) & (of.quantity == quantity)
        query = sa.select(tables.forecast_fit).where(same).order_by(of.since_ms.desc()).limit(limit)
        rows = await self._database.read(lambda c: c.execute(query).mappings().all())
        return [_fit(row) for row in rows]

    async def latest_forecast_fits(self) -> list[ForecastFit]:
        """See `ForecastState.latest_forecast_fits`."""
        of = tables.forecast_fit.c
        newest = sa.select(of.target, of.quantity, sa.func.max(of.since_ms)).group_by(of.target, of.quantity)
        query = sa.select(tables.forecast_fit).where(sa.tuple_(of.target, of.quantity, of.since_ms).in_(newest))
        rows = await self._database.read(lambda c: c.execute(query.order_by(of.target, of.quantity)).mappings().all())
        return [_fit(row) for row in rows]

    async def save_weather(self, issues: Sequence[WeatherIssue]) -> None:
        """See `ForecastState.save_weather`."""
        rows: list[Mapping[str, Any]] = [
            {"source": one.source, "issued_ms": one.issued_ms, "heard_ms": one.heard_ms, "values": one.packed()} for one in issues
        ]
        if rows:
            await self._database.run(lambda c: add_new(c, tables.weather_issue, rows))

    async def weather_issues(self, source: str) -> list[WeatherIssue]:
        """See `ForecastState.weather_issues`."""
        of = tables.weather_issue.c
        query = sa.select(tables.weather_issue).where(of.source == source).order_by(of.issued_ms)
        rows = await self._database.read(lambda c: c.execute(query).mappings().all())
        return [WeatherIssue.unpacked(**row) for row in rows]

    async def expired_scores(self, before: str) -> int:
        """See `ForecastState.expired_scores`."""
        return await self._count(tables.forecast_score.c.day < before)

    async def expire_scores(self, before: str) -> int:
        """See `ForecastState.expire_scores`."""
        return await self._forget(tables.forecast_score, tables.forecast_score.c.day < before)

    async def expired_weather(self, before_ms: int) -> int:
        """See `ForecastState.expired_weather`."""
        return await self._count(tables.weather_issue.c.issued_ms < before_ms)

    async def expire_weather(self, before_ms: int) -> int:
        """See `ForecastState.expire_weather`."""
        return await self._forget(tables.weather_issue, tables.weather_issue.c.issued_ms < before_ms)

    async def _count(self, old: sa.ColumnElement[bool]) -> int:
        return await self._database.read(lambda c: c.execute(sa.select(sa.func.count()).where(old)).scalar_one())

    async def _forget(self, of: sa.Table, old: sa.ColumnElement[bool]) -> int:
        return await self._database.run(lambda c: c.execute(sa.delete(of).where(old)).rowcount)


def _score(row: Mapping[Any, Any]) -> DayScore:
    return DayScore(**dict(row) | {"above": tuple(row["above"]), "below": tuple(row["below"])})


def _fit(row: Mapping[Any, Any]) -> ForecastFit:
    return ForecastFit(**dict(row) | {"spread": tuple((block, below, above) for block, below, above in row["spread"])})
