"""API keys and the audit trail in SQL."""

from typing import Any

import sqlalchemy as sa

from mainsight.store.sql import tables
from mainsight.store.sql.database import Database, columns_of, row_of, upsert
from mainsight.store.state_port import ApiKey, AuditEntry, AuditQuery


class SqlAccess:
    """`AccessState`."""

    def __init__(self, database: Database) -> None:
        """Work on an open database."""
        self._database = database

    async def keys(self) -> list[ApiKey]:
        """See `AccessState.keys`."""
        rows = await self._database.read(lambda c: c.execute(sa.select(tables.api_key)).mappings().all())
        return [ApiKey(**{**row, "zones": tuple(row["zones"])}) for row in rows]

    async def save_key(self, key: ApiKey) -> None:
        """See `AccessState.save_key`."""
        await self._database.run(lambda c: upsert(c, tables.api_key, [row_of(key)]))

    async def audit(self, entry: AuditEntry) -> None:
        """See `AccessState.audit`."""
        row = row_of(entry)
        del row["seq"]
        await self._database.run(lambda c: c.execute(sa.insert(tables.audit), row))

    async def audit_trail(self, query: AuditQuery | None = None) -> list[AuditEntry]:
        """See `AccessState.audit_trail`."""
        statement = _statement(query or AuditQuery())
        rows = await self._database.read(lambda c: c.execute(statement).mappings().all())
        return [AuditEntry(**row) for row in rows]


def _statement(query: AuditQuery) -> sa.Select[Any]:
    of = tables.audit.c
    found = sa.select(*columns_of(AuditEntry, tables.audit)).where(of.at_ms >= query.start_ms)
    if query.end_ms is not None:
        found = found.where(of.at_ms < query.end_ms)
    if query.person is not None:
        found = found.where(of.person == query.person)
    if query.action is not None:
        found = found.where(of.action == query.action)
    if query.subject is not None:
        found = found.where(of.subject.startswith(query.subject, autoescape=True))
    if query.before_seq is not None:
        found = found.where(of.seq < query.before_seq)
    return found.order_by(of.seq.desc()).limit(query.limit)
