"""What MQTT sessions must remember, in SQL."""

from collections.abc import Sequence

import sqlalchemy as sa

from mainsight.store.session_port import Arrival
from mainsight.store.sql import tables
from mainsight.store.sql.database import Database, add_new, upsert


class SqlSessions:
    """`SessionState`."""

    def __init__(self, database: Database) -> None:
        """Work on an open database."""
        self._database = database

    async def subscribed(self, client_id: str, filters: Sequence[str]) -> list[str]:
        """See `SessionState.subscribed`."""
        of = tables.session_filter.c

        def save(connection: sa.Connection) -> list[str]:
            add_new(connection, tables.session_filter, [{"client_id": client_id, "filter": pattern} for pattern in filters])
            query = sa.select(of.filter).where(of.client_id == client_id).order_by(of.filter)
            return list(connection.execute(query).scalars())

        return await self._database.run(save)

    async def arrivals(self, client_id: str) -> list[Arrival]:
        """See `SessionState.arrivals`."""
        of = tables.session_arrival.c
        query = sa.select(of.packet_id, of.digest, of.arrival_ms).where(of.client_id == client_id).order_by(of.packet_id)
        return [Arrival(*row) for row in await self._database.read(lambda c: c.execute(query).all())]

    async def note_arrivals(self, client_id: str, arrivals: Sequence[Arrival]) -> None:
        """See `SessionState.note_arrivals`."""
        newest = {arrival.packet_id: {"client_id": client_id, **arrival._asdict()} for arrival in arrivals}
        await self._database.run(lambda c: upsert(c, tables.session_arrival, list(newest.values())))
