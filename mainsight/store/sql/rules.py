"""Edits of alarm rules and notices of planned outages in SQL."""

import sqlalchemy as sa

from mainsight.store.rule_port import PlannedOutage, RuleEdit
from mainsight.store.sql import tables
from mainsight.store.sql.database import Database, add_new, row_of


class SqlRules:
    """`RuleState` and `OutageState`."""

    def __init__(self, database: Database) -> None:
        """Work on an open database."""
        self._database = database

    async def rule_edits(self) -> list[RuleEdit]:
        """See `RuleState.rule_edits`."""
        of = tables.rule_edit.c
        latest = sa.select(of.rule, sa.func.max(of.version).label("version")).group_by(of.rule).subquery()
        query = (
            sa.select(tables.rule_edit).join(latest, sa.and_(of.rule == latest.c.rule, of.version == latest.c.version)).order_by(of.rule)
        )
        rows = await self._database.read(lambda c: c.execute(query).mappings().all())
        return [RuleEdit(**row) for row in rows]

    async def rule_history(self, rule: str) -> list[RuleEdit]:
        """See `RuleState.rule_history`."""
        of = tables.rule_edit.c
        query = sa.select(tables.rule_edit).where(of.rule == rule).order_by(of.version.desc())
        rows = await self._database.read(lambda c: c.execute(query).mappings().all())
        return [RuleEdit(**row) for row in rows]

    async def save_rule(self, edit: RuleEdit) -> bool:
        """See `RuleState.save_rule`."""
        of = tables.rule_edit.c
        same = sa.select(tables.rule_edit).where(of.rule == edit.rule, of.version == edit.version)

        def save(connection: sa.Connection) -> bool:
            if connection.execute(same).first() is not None:
                return False
            add_new(connection, tables.rule_edit, [row_of(edit)])
            return True

        return await self._database.run(save)

    async def planned_outages(self, start_ms: int = 0, end_ms: int | None = None) -> list[PlannedOutage]:
        """See `OutageState.planned_outages`."""
        of = tables.planned_outage.c
        query = sa.select(tables.planned_outage).where(of.end_ms > start_ms).order_by(of.start_ms, of.id)
        if end_ms is not None:
            query = query.where(of.start_ms < end_ms)
        rows = await self._database.read(lambda c: c.execute(query).mappings().all())
        return [PlannedOutage(**row) for row in rows]

    async def plan_outage(self, outage: PlannedOutage) -> bool:
        """See `OutageState.plan_outage`."""
        same = sa.select(tables.planned_outage.c.id).where(tables.planned_outage.c.id == outage.id)

        def save(connection: sa.Connection) -> bool:
            if connection.execute(same).first() is not None:
                return False
            add_new(connection, tables.planned_outage, [row_of(outage)])
            return True

        return await self._database.run(save)

    async def withdraw_outage(self, outage_id: str, at_ms: int, person: str) -> PlannedOutage | None:
        """See `OutageState.withdraw_outage`."""
        of = tables.planned_outage.c
        change = (
            sa.update(tables.planned_outage)
            .where(of.id == outage_id, of.withdrawn_ms.is_(None))
            .values(withdrawn_ms=at_ms, withdrawn_by=person)
        )
        query = sa.select(tables.planned_outage).where(of.id == outage_id)

        def withdraw(connection: sa.Connection) -> PlannedOutage | None:
            connection.execute(change)
            row = connection.execute(query).mappings().first()
            return None if row is None else PlannedOutage(**row)

        return await self._database.run(withdraw)
