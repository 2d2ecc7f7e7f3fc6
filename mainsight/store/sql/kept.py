"""From when each level is kept, in SQL: beside a server, which cannot tell."""

import sqlalchemy as sa

from mainsight.store.port import Level
from mainsight.store.sql.database import Database, upsert
from mainsight.store.sql.tables import kept_from, raw_revision


class SqlKept:
    """What was taken away of InfluxDB's levels, and of what readings replaced."""

    def __init__(self, database: Database) -> None:
        """Work on an open database."""
        self._database = database

    async def levels(self) -> dict[Level, int]:
        """Instant from which each level is whole, UTC milliseconds; those that are whole are absent."""
        rows = await self._database.read(lambda c: c.execute(sa.select(kept_from.c.level, kept_from.c.since_ms)).all())
        return {Level(level): since_ms for level, since_ms in rows if level in set(Level)}

    async def keep_from(self, level: Level, before_ms: int) -> None:
        """Say that what lies before an instant is gone; an earlier one changes nothing."""
        await self._database.run(lambda c: keep_from(c, level, before_ms))

    async def forget_raw(self, before_ms: int) -> None:
        """Forget raw values before an instant that others took the place of."""
        await self._database.run(lambda c: c.execute(sa.delete(raw_revision).where(raw_revision.c.time_ms < before_ms)))


def keep_from(connection: sa.Connection, level: str, before_ms: int) -> None:
    """Note an instant, unless a later one is there."""
    before = connection.execute(sa.select(kept_from.c.since_ms).where(kept_from.c.level == level)).scalar() or 0
    if before_ms > before:
        upsert(connection, kept_from, [{"level": level, "since_ms": before_ms}])
