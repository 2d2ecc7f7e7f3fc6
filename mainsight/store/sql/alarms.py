"""Alarm points, transitions and deliveries in SQL."""

from collections.abc import Collection, Sequence

import sqlalchemy as sa

from mainsight.store.alarm_port import MOST_URGENT, AlarmRecord, Delivery, Transition
from mainsight.store.request_port import Answer
from mainsight.store.sql import tables
from mainsight.store.sql.database import Database, add_new, columns_of, row_of, upsert
from mainsight.store.sql.requests import write_answer


class SqlAlarms:
    """`AlarmState`."""

    def __init__(self, database: Database) -> None:
        """Work on an open database."""
        self._database = database

    async def alarm_records(self) -> list[AlarmRecord]:
        """See `AlarmState.alarm_records`."""
        rows = await self._database.read(lambda c: c.execute(sa.select(tables.alarm)).mappings().all())
        return [AlarmRecord(**row) for row in rows]

    async def save_alarms(
        self,
        records: Sequence[AlarmRecord],
        transitions: Sequence[Transition],
        deliveries: Sequence[Delivery],
        answer: Answer | None = None,
    ) -> None:
        """See `AlarmState.save_alarms`."""

        def save(connection: sa.Connection) -> None:
            upsert(connection, tables.alarm, [row_of(record) for record in records])
            add_new(connection, tables.transition, [row_of(transition) for transition in transitions])
            add_new(connection, tables.delivery, [row_of(delivery) for delivery in deliveries])
            if answer is not None:
                write_answer(connection, answer)

        await self._database.run(save)

    async def transitions(
        self, *, rule: str | None = None, asset: str | None = None, start_ms: int = 0, end_ms: int | None = None, limit: int = 1000
    ) -> list[Transition]:
        """See `AlarmState.transitions`."""
        of = tables.transition.c
        query = sa.select(*columns_of(Transition, tables.transition)).where(of.event_ms >= start_ms)
        if rule is not None:
            query = query.where(of.rule == rule)
        if asset is not None:
            query = query.where(of.asset == asset)
        if end_ms is not None:
            query = query.where(of.event_ms < end_ms)
        query = query.order_by(of.event_ms.desc(), of.seq.desc()).limit(limit)
        rows = await self._database.read(lambda c: c.execute(query).mappings().all())
        return [Transition(**row) for row in rows]

    async def pending_deliveries(self, now_ms: int, limit: int = 100, without: Collection[str] = ()) -> list[tuple[Delivery, Transition]]:
        """See `AlarmState.pending_deliveries`."""
        of = tables.delivery.c
        urgent = tables.transition.c.priority == MOST_URGENT
        place = sa.func.row_number().over(partition_by=of.target, order_by=(urgent.desc(), of.due_ms))
        placed = (
            sa.select(tables.delivery, place.label("place"))
            .join(tables.transition, tables.transition.c.id == of.transition)
            .where(of.status == "pending", of.due_ms <= now_ms, of.target.not_in(without))
            .subquery()
        )
        due = sa.select(*columns_of(Delivery, placed)).where(placed.c.place <= limit).order_by(placed.c.target, placed.c.place)

        def read(connection: sa.Connection) -> list[tuple[Delivery, Transition]]:
            found = [Delivery(**row) for row in connection.execute(due).mappings()]
            announced = sa.select(*columns_of(Transition, tables.transition)).where(
                tables.transition.c.id.in_({delivery.transition for delivery in found})
            )
            transitions = {row["id"]: Transition(**row) for row in connection.execute(announced).mappings()}
            return [(delivery, transitions[delivery.transition]) for delivery in found]

        return await self._database.read(read)

    async def update_deliveries(self, deliveries: Sequence[Delivery]) -> None:
        """See `AlarmState.update_deliveries`."""
        of = tables.delivery.c
        changes = [
            sa.update(tables.delivery)
            .where(of.transition == delivery.transition, of.target == delivery.target)
            .values(status=delivery.status, attempts=delivery.attempts, due_ms=delivery.due_ms, receipt=delivery.receipt)
            for delivery in deliveries
        ]

        def update(connection: sa.Connection) -> None:
            for change in changes:
                connection.execute(change)

        await self._database.run(update)

    async def deliveries(self, transition: str) -> list[Delivery]:
        """See `AlarmState.deliveries`."""
        query = sa.select(tables.delivery).where(tables.delivery.c.transition == transition)
        rows = await self._database.read(lambda c: c.execute(query).mappings().all())
        return [Delivery(**row) for row in rows]
