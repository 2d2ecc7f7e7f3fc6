"""People, sessions, failed sign-ins and kept answers in memory."""

from dataclasses import replace

from mainsight.store.people_port import Failures, Reply, Session, SignInCode, User


class MemoryPeople:
    """`PeopleState` and `ReplyState` in dictionaries."""

    def __init__(self) -> None:
        """Start empty."""
        self._users: dict[str, User] = {}
        self._sessions: dict[str, Session] = {}
        self._codes: dict[str, SignInCode] = {}
        self._failures: dict[str, Failures] = {}
        self._replies: dict[tuple[str, str], Reply] = {}

    async def users(self) -> list[User]:
        """See `PeopleState.users`."""
        return [self._users[name] for name in sorted(self._users)]

    async def user(self, name: str) -> User | None:
        """See `PeopleState.user`."""
        return self._users.get(name)

    async def save_user(self, user: User) -> None:
        """See `PeopleState.save_user`."""
        self._users[user.name] = user

    async def add_first_user(self, user: User) -> bool:
        """See `PeopleState.add_first_user`."""
        if self._users:
            return False
        self._users[user.name] = user
        return True

    async def session(self, token_hash: str) -> Session | None:
        """See `PeopleState.session`."""
        return self._sessions.get(token_hash)

    async def save_session(self, session: Session) -> None:
        """See `PeopleState.save_session`."""
        self._sessions[session.token_hash] = session

    async def end_sessions(self, user: str, *, but: str = "") -> None:
        """See `PeopleState.end_sessions`."""
        self._sessions = {token: one for token, one in self._sessions.items() if one.user != user or token == but}

    async def end_session(self, token_hash: str) -> None:
        """See `PeopleState.end_session`."""
        self._sessions.pop(token_hash, None)

    async def forget_sessions(self, expired_by_ms: int) -> None:
        """See `PeopleState.forget_sessions`."""
        self._sessions = {token: one for token, one in self._sessions.items() if one.expires_ms > expired_by_ms}

    async def save_code(self, code: SignInCode) -> None:
        """See `PeopleState.save_code`."""
        self._codes[code.code_hash] = code

    async def take_code(self, code_hash: str, now_ms: int) -> str | None:
        """See `PeopleState.take_code`."""
        code = self._codes.pop(code_hash, None)
        return None if code is None or code.expires_ms <= now_ms else code.user

    async def failures(self, subjects: tuple[str, ...]) -> list[Failures]:
        """See `PeopleState.failures`."""
        return [self._failures[subject] for subject in subjects if subject in self._failures]

    async def note_failure(self, subjects: tuple[str, ...], now_ms: int, forget_before_ms: int) -> None:
        """See `PeopleState.note_failure`."""
        self._failures = {subject: one for subject, one in self._failures.items() if one.last_ms >= forget_before_ms}
        for subject in subjects:
            before = self._failures.get(subject)
            self._failures[subject] = Failures(subject, 1 if before is None else before.count + 1, now_ms)

    async def clear_failures(self, subjects: tuple[str, ...]) -> None:
        """See `PeopleState.clear_failures`."""
        for subject in subjects:
            self._failures.pop(subject, None)

    async def claim_reply(self, reply: Reply, forget_before_ms: int) -> Reply | None:
        """See `ReplyState.claim_reply`."""
        self._replies = {one: kept for one, kept in self._replies.items() if kept.at_ms >= forget_before_ms}
        found = self._replies.get((reply.holder, reply.key))
        if found is None:
            self._replies[reply.holder, reply.key] = replace(reply, status=None)
        return found

    async def save_reply(self, reply: Reply) -> None:
        """See `ReplyState.save_reply`."""
        self._replies[reply.holder, reply.key] = reply

    async def drop_reply(self, holder: str, key: str) -> None:
        """See `ReplyState.drop_reply`."""
        self._replies.pop((holder, key), None)
