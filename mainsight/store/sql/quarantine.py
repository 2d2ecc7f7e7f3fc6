"""The quarantine in SQL, bounded."""

from collections.abc import Sequence

import sqlalchemy as sa

from mainsight.store.settings import QuarantineSettings
from mainsight.store.sql import tables
from mainsight.store.sql.database import Database, columns_of
from mainsight.store.state_port import Quarantined, QuarantineGroup


class SqlQuarantine:
    """`QuarantineState`."""

    def __init__(self, database: Database, bounds: QuarantineSettings) -> None:
        """Work on an open database."""
        self._database = database
        self._bounds = bounds

    async def quarantine(self, messages: Sequence[Quarantined]) -> None:
        """See `QuarantineState.quarantine`."""
        if messages:
            await self._database.run(lambda c: self._keep(c, messages))

    def _keep(self, connection: sa.Connection, messages: Sequence[Quarantined]) -> None:
        rows = [
            {
                "topic": message.topic,
                "payload": message.payload,
                "size": len(message.topic) + len(message.payload),
                "reason": message.reason,
                "arrival_ms": message.arrival_ms,
                "device": message.device,
                "detail": message.detail,
            }
            for message in messages
        ]
        connection.execute(sa.insert(tables.quarantine), rows)
        self._drop_oldest(connection)

    def _drop_oldest(self, connection: sa.Connection) -> None:
        of = tables.quarantine.c
        held = sa.select(sa.func.count(), sa.func.coalesce(sa.func.sum(of.size), 0)).select_from(tables.quarantine)
        count, size = connection.execute(held).one()
        dropped, newest_dropped = 0, 0
        for one, length in connection.execute(sa.select(of.id, of.size).order_by(of.id)):
            if count <= self._bounds.max_messages and size <= self._bounds.max_bytes:
                break
            count, size, dropped, newest_dropped = count - 1, size - length, dropped + 1, one
        if dropped:
            connection.execute(sa.delete(tables.quarantine).where(of.id <= newest_dropped))
            connection.execute(sa.update(tables.quarantine_tally).values(dropped=tables.quarantine_tally.c.dropped + dropped))

    async def quarantined(
        self,
        *,
        reason: str | None = None,
        device: str | None = None,
        topic: str | None = None,
        before_id: int | None = None,
        limit: int = 100,
    ) -> list[Quarantined]:
        """See `QuarantineState.quarantined`."""
        of = tables.quarantine.c
        query = sa.select(*columns_of(Quarantined, tables.quarantine)).order_by(of.id.desc()).limit(limit)
        if reason is not None:
            query = query.where(of.reason == reason)
        if device is not None:
            query = query.where(of.device == device)
        if topic is not None:
            query = query.where(of.topic == topic)
        if before_id is not None:
            query = query.where(of.id < before_id)
        rows = await self._database.run(lambda c: c.execute(query).mappings().all())
        return [Quarantined(**row) for row in rows]

    async def release(self, ids: Sequence[int]) -> None:
        """See `QuarantineState.release`."""
        gone = sa.delete(tables.quarantine).where(tables.quarantine.c.id == sa.bindparam("gone"))
        if ids:
            await self._database.run(lambda c: c.execute(gone, [{"gone": one} for one in ids]))

    async def quarantine_counts(self) -> dict[str, int]:
        """See `QuarantineState.quarantine_counts`."""
        query = sa.select(tables.quarantine.c.reason, sa.func.count()).group_by(tables.quarantine.c.reason)
        rows = await self._database.run(lambda c: c.execute(query).all())
        return {row[0]: row[1] for row in rows}

    async def quarantine_groups(self, limit: int = 200) -> list[QuarantineGroup]:
        """See `QuarantineState.quarantine_groups`."""
        of = tables.quarantine.c
        cause, count = (of.reason, of.device, of.detail), sa.func.count()
        newest = sa.func.max(of.id)  # SQLite takes the columns without a function (topic) from the row of the maximum
        query = (
            sa.select(*cause, of.topic, count, sa.func.min(of.arrival_ms), sa.func.max(of.arrival_ms), newest)
            .group_by(*cause, sa.case((of.device == "", of.topic), else_=""))
            .order_by(count.desc(), *cause, of.topic)
            .limit(limit)
        )
        rows = await self._database.read(lambda c: c.execute(query).all())
        return [QuarantineGroup(*row[:-1]) for row in rows]

    async def quarantine_dropped(self) -> int:
        """See `QuarantineState.quarantine_dropped`."""
        return await self._database.run(lambda c: c.execute(sa.select(tables.quarantine_tally.c.dropped)).scalar_one())
