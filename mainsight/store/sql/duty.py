"""Overrides of rotas and the secret of links in SQL."""

import secrets

import sqlalchemy as sa

from mainsight.store.duty_port import DutyOverride
from mainsight.store.sql import tables
from mainsight.store.sql.database import Database, add_new, row_of

_LINKS = "links"


class SqlDuty:
    """`DutyState`."""

    def __init__(self, database: Database) -> None:
        """Work on an open database."""
        self._database = database

    async def duty_overrides(self, ending_after_ms: int = 0) -> list[DutyOverride]:
        """See `DutyState.duty_overrides`."""
        of = tables.duty_override.c
        query = sa.select(tables.duty_override).where(of.end_ms > ending_after_ms).order_by(of.start_ms, of.id)
        rows = await self._database.read(lambda c: c.execute(query).mappings().all())
        return [DutyOverride(**row) for row in rows]

    async def stand_in(self, override: DutyOverride) -> bool:
        """See `DutyState.stand_in`."""
        same = sa.select(tables.duty_override.c.id).where(tables.duty_override.c.id == override.id)

        def save(connection: sa.Connection) -> bool:
            if connection.execute(same).first() is not None:
                return False
            add_new(connection, tables.duty_override, [row_of(override)])
            return True

        return await self._database.run(save)

    async def withdraw_stand_in(self, override_id: str, at_ms: int, person: str) -> DutyOverride | None:
        """See `DutyState.withdraw_stand_in`."""
        of = tables.duty_override.c
        standing = sa.and_(of.id == override_id, of.withdrawn_ms.is_(None))
        change = sa.update(tables.duty_override).where(standing).values(withdrawn_ms=at_ms, withdrawn_by=person)
        query = sa.select(tables.duty_override).where(of.id == override_id)

        def withdraw(connection: sa.Connection) -> DutyOverride | None:
            connection.execute(change)
            row = connection.execute(query).mappings().first()
            return None if row is None else DutyOverride(**row)

        return await self._database.run(withdraw)

    async def link_secret(self) -> bytes:
        """See `DutyState.link_secret`."""
        query = sa.select(tables.secret.c.value).where(tables.secret.c.name == _LINKS)

        def get_or_make(connection: sa.Connection) -> bytes:
            add_new(connection, tables.secret, [{"name": _LINKS, "value": secrets.token_bytes(32)}])
            return bytes(connection.execute(query).scalar_one())

        return await self._database.run(get_or_make)
