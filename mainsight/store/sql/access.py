"""API keys and the audit trail in SQL."""

import sqlalchemy as sa

from mainsight.store.sql import tables
from mainsight.store.sql.database import Database, columns_of, row_of, upsert
from mainsight.store.state_port import ApiKey, AuditEntry


class SqlAccess:
    """`AccessState`."""

    def __init__(self, database: Database) -> None:
        """Work on an open database."""
        self._database = database

    async def keys(self) -> list[ApiKey]:
        """See `AccessState.keys`."""
        rows = await self._database.read(lambda c: c.execute(sa.select(tables.api_key)).mappings().all())
        return [ApiKey(**row) for row in rows]

    async def save_key(self, key: ApiKey) -> None:
        """See `AccessState.save_key`."""
        await self._database.run(lambda c: upsert(c, tables.api_key, [row_of(key)]))

    async def audit(self, entry: AuditEntry) -> None:
        """See `AccessState.audit`."""
        await self._database.run(lambda c: c.execute(sa.insert(tables.audit), row_of(entry)))

    async def audit_trail(self, limit: int = 200) -> list[AuditEntry]:
        """See `AccessState.audit_trail`."""
        query = sa.select(*columns_of(AuditEntry, tables.audit)).order_by(tables.audit.c.seq.desc()).limit(limit)
        rows = await self._database.read(lambda c: c.execute(query).mappings().all())
        return [AuditEntry(**row) for row in rows]
