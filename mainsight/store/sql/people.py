"""People, sessions, failed sign-ins and kept answers in SQL."""

from dataclasses import replace

import sqlalchemy as sa

from mainsight.store.people_port import Failures, Reply, Session, SignInCode, User
from mainsight.store.sql import tables
from mainsight.store.sql.database import Database, row_of, upsert


class SqlPeople:
    """`PeopleState` and `ReplyState`."""

    def __init__(self, database: Database) -> None:
        """Work on an open database."""
        self._database = database

    async def users(self) -> list[User]:
        """See `PeopleState.users`."""
        query = sa.select(tables.account).order_by(tables.account.c.name)
        rows = await self._database.read(lambda c: c.execute(query).mappings().all())
        return [User(**row) for row in rows]

    async def user(self, name: str) -> User | None:
        """See `PeopleState.user`."""
        query = sa.select(tables.account).where(tables.account.c.name == name)
        row = await self._database.read(lambda c: c.execute(query).mappings().one_or_none())
        return None if row is None else User(**row)

    async def save_user(self, user: User) -> None:
        """See `PeopleState.save_user`."""
        await self._database.run(lambda c: upsert(c, tables.account, [row_of(user)]))

    async def add_first_user(self, user: User) -> bool:
        """See `PeopleState.add_first_user`."""

        def add(connection: sa.Connection) -> bool:
            if connection.execute(sa.select(tables.account.c.name).limit(1)).first() is not None:
                return False
            connection.execute(sa.insert(tables.account), row_of(user))
            return True

        return await self._database.run(add)

    async def session(self, token_hash: str) -> Session | None:
        """See `PeopleState.session`."""
        query = sa.select(tables.session).where(tables.session.c.token_hash == token_hash)
        row = await self._database.read(lambda c: c.execute(query).mappings().one_or_none())
        return None if row is None else Session(**row)

    async def save_session(self, session: Session) -> None:
        """See `PeopleState.save_session`."""
        await self._database.run(lambda c: upsert(c, tables.session, [row_of(session)]))

    async def end_sessions(self, user: str, *, but: str = "") -> None:
        """See `PeopleState.end_sessions`."""
        of = tables.session.c
        await self._database.run(lambda c: c.execute(sa.delete(tables.session).where(of.user == user, of.token_hash != but)))

    async def end_session(self, token_hash: str) -> None:
        """See `PeopleState.end_session`."""
        await self._database.run(lambda c: c.execute(sa.delete(tables.session).where(tables.session.c.token_hash == token_hash)))

    async def forget_sessions(self, expired_by_ms: int) -> None:
        """See `PeopleState.forget_sessions`."""
        await self._database.run(lambda c: c.execute(sa.delete(tables.session).where(tables.session.c.expires_ms <= expired_by_ms)))

    async def save_code(self, code: SignInCode) -> None:
        """See `PeopleState.save_code`."""
        await self._database.run(lambda c: upsert(c, tables.sign_in_code, [row_of(code)]))

    async def take_code(self, code_hash: str, now_ms: int) -> str | None:
        """See `PeopleState.take_code`."""
        of = tables.sign_in_code

        def take(connection: sa.Connection) -> str | None:
            connection.execute(sa.delete(of).where(of.c.expires_ms <= now_ms))
            user = connection.execute(sa.select(of.c.user).where(of.c.code_hash == code_hash)).scalar_one_or_none()
            connection.execute(sa.delete(of).where(of.c.code_hash == code_hash))
            return user

        return await self._database.run(take)

    async def failures(self, subjects: tuple[str, ...]) -> list[Failures]:
        """See `PeopleState.failures`."""
        query = sa.select(tables.sign_in_failures).where(tables.sign_in_failures.c.subject.in_(subjects))
        rows = await self._database.read(lambda c: c.execute(query).mappings().all())
        return [Failures(**row) for row in rows]

    async def note_failure(self, subjects: tuple[str, ...], now_ms: int, forget_before_ms: int) -> None:
        """See `PeopleState.note_failure`."""
        of = tables.sign_in_failures

        def note(connection: sa.Connection) -> None:
            connection.execute(sa.delete(of).where(of.c.last_ms < forget_before_ms))
            rows = connection.execute(sa.select(of).where(of.c.subject.in_(subjects))).mappings().all()
            before = {row["subject"]: row["count"] for row in rows}
            upsert(connection, of, [row_of(Failures(subject, before.get(subject, 0) + 1, now_ms)) for subject in subjects])

        await self._database.run(note)

    async def clear_failures(self, subjects: tuple[str, ...]) -> None:
        """See `PeopleState.clear_failures`."""
        of = tables.sign_in_failures
        await self._database.run(lambda c: c.execute(sa.delete(of).where(of.c.subject.in_(subjects))))

    async def claim_reply(self, reply: Reply, forget_before_ms: int) -> Reply | None:
        """See `ReplyState.claim_reply`."""
        of = tables.reply

        def claim(connection: sa.Connection) -> Reply | None:
            connection.execute(sa.delete(of).where(of.c.at_ms < forget_before_ms))
            query = sa.select(of).where(of.c.holder == reply.holder, of.c.key == reply.key)
            if (row := connection.execute(query).mappings().one_or_none()) is not None:
                return Reply(**row)
            connection.execute(sa.insert(of), row_of(replace(reply, status=None)))
            return None

        return await self._database.run(claim)

    async def save_reply(self, reply: Reply) -> None:
        """See `ReplyState.save_reply`."""
        await self._database.run(lambda c: upsert(c, tables.reply, [row_of(reply)]))

    async def drop_reply(self, holder: str, key: str) -> None:
        """See `ReplyState.drop_reply`."""
        of = tables.reply
        await self._database.run(lambda c: c.execute(sa.delete(of).where(of.c.holder == holder, of.c.key == key)))
