"""What processes ask of each other, in SQL."""

import sqlalchemy as sa

from mainsight.store.request_port import Answer, Request
from mainsight.store.sql import tables
from mainsight.store.sql.database import Database


class SqlRequests:
    """`RequestState`."""

    def __init__(self, database: Database) -> None:
        """Work on an open database."""
        self._database = database

    async def ask(self, request: Request) -> int:
        """See `RequestState.ask`."""
        row = {"role": request.role, "action": request.action, "arguments": request.arguments, "asked_ms": request.asked_ms}

        def save(connection: sa.Connection) -> int:
            key = connection.execute(sa.insert(tables.request), row).inserted_primary_key
            assert key is not None, "one row was added"
            return int(key[0])

        return await self._database.run(save)

    async def open_requests(self, role: str) -> list[Request]:
        """See `RequestState.open_requests`."""
        of = tables.request.c
        query = (
            sa.select(of.role, of.action, of.arguments, of.asked_ms, of.id).where(of.role == role, of.answered_ms.is_(None)).order_by(of.id)
        )
        return [Request(*row) for row in await self._database.read(lambda c: c.execute(query).all())]

    async def answer(self, answer: Answer) -> None:
        """See `RequestState.answer`."""
        await self._database.run(lambda c: write_answer(c, answer))

    async def answer_to(self, request: int) -> Answer | None:
        """See `RequestState.answer_to`."""
        of = tables.request.c
        query = sa.select(of.id, of.answered_ms, of.done, of.detail).where(of.id == request, of.answered_ms.is_not(None))
        row = await self._database.read(lambda c: c.execute(query).one_or_none())
        return None if row is None else Answer(*row)


def write_answer(connection: sa.Connection, answer: Answer) -> None:
    """Write an answer where there is none."""
    of = tables.request.c
    change = {"answered_ms": answer.answered_ms, "done": answer.done, "detail": answer.detail}
    connection.execute(sa.update(tables.request).where(of.id == answer.request, of.answered_ms.is_(None)).values(change))
