"""The door: finds out who asks, by key or by session, and lets people in and out."""

from collections import OrderedDict
from dataclasses import replace

from starlette.requests import Request

from api.access.callers import EVERYWHERE, Caller, Role, roles_of
from api.access.keys import csrf_of, digest, make_token, match
from api.access.limits import FORGET_MS, RateLimit, locked_s, subjects
from api.access.passwords import Passwords
from api.access.settings import AccessSettings
from api.access.trail import Trail
from api.problems import Problem, too_many
from api.services import Clock
from mainsight.core.zonetime import HOUR_MS, MINUTE_MS, SECOND_MS
from mainsight.store.people_port import Session, User
from mainsight.store.state_port import AuditEntry, StateStore

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
KEY_HEADER, CSRF_HEADER = "X-API-Key", "X-CSRF-Token"
_FRESH_MS = 2 * SECOND_MS
"""How long a proof is believed without asking the state again: within it a revoked key of another process may still pass."""
_KNOWN = 1000
_TOUCH_MS = MINUTE_MS


class Door:
    """One a process: holds rate limits and what was proved a moment ago."""

    def __init__(self, state: StateStore, settings: AccessSettings, clock: Clock, *, loopback: bool) -> None:
        """Stand on the state; `loopback` says that nobody but this machine can reach the API."""
        self._state = state
        self._settings = settings
        self._clock = clock
        self._loopback = loopback
        self._requests = RateLimit(settings.requests_per_minute)
        self._sign_ins = RateLimit(settings.sign_ins_per_minute)
        self._proved: OrderedDict[str, tuple[Caller, int]] = OrderedDict()
        self.passwords = Passwords()

    def secure(self, request: Request) -> bool:
        """Whether the session's cookie is for TLS alone: always, but on plain HTTP that does not leave this machine."""
        return not (self._loopback and request.url.scheme == "http")

    def cookie(self, request: Request) -> str:
        """The cookie's name; the prefix makes browsers refuse it from other hosts and without TLS."""
        return "__Host-mainsight" if self.secure(request) else "mainsight"

    async def caller(self, request: Request) -> Caller:
        """Find out who asks.

        Raises:
            Problem: 401 for a key that is not valid, 403 for a session's change without its CSRF token, 429 for too many.

        """
        found = await self._prove(request, address_of(request))
        if (wait := self._requests.wait_s(found.ident or found.address, self._clock())) > 0:
            raise too_many(f"more than {self._settings.requests_per_minute} requests a minute", wait)
        if found.by == "session" and request.method not in SAFE and request.headers.get(CSRF_HEADER) != found.csrf:
            raise Problem(
                403, f"a change by a session needs its CSRF token in {CSRF_HEADER}; GET /api/v1/me gives it", "header/x-csrf-token"
            )
        return found

    async def still(self, request: Request, who: Caller) -> bool:
        """Whether the proof of a request that goes on for long still gives the same roles; it counts as use of the session."""
        try:
            return (await self._prove(request, who.address)).roles == who.roles
        except Problem:
            return False

    async def _prove(self, request: Request, address: str) -> Caller:
        if (text := _key_in(request)) is not None:
            if (by_key := await self._known(f"key:{text}", address)) is None:
                raise Problem(401, "this API key is not known, was revoked or has expired", "header/x-api-key")
            return by_key
        token = request.cookies.get(self.cookie(request))
        if token is not None and (by_session := await self._known(f"token:{token}", address)) is not None:
            return by_session
        roles = {EVERYWHERE: Role.VIEWER} if self._settings.open_reading else {}
        return Caller("", roles, "nobody", "", address)

    async def _known(self, proof: str, address: str) -> Caller | None:
        now, kept = self._clock(), digest(proof)
        found, until_ms = self._proved.get(kept, (None, 0))
        if found is None or until_ms <= now:
            kind, _, secret = proof.partition(":")
            found = await (self._by_key(secret) if kind == "key" else self._by_token(secret))
            self._proved.pop(kept, None)
            if found is None:
                return None
            self._proved[kept] = (found, now + _FRESH_MS)
            if len(self._proved) > _KNOWN:
                self._proved.popitem(last=False)
        return replace(found, address=address, trail=Trail())

    async def _by_key(self, text: str) -> Caller | None:
        key = match(text, await self._state.keys(), self._clock())
        if key is None:
            return None
        return Caller(key.name, roles_of(dict.fromkeys(key.zones or (EVERYWHERE,), key.role)), "key", key.id, "")

    async def _by_token(self, token: str) -> Caller | None:
        now, session = self._clock(), await self._state.session(digest(token))
        if session is None or not self._lives(session, now):
            return None
        user = await self._state.user(session.user)
        if user is None or user.disabled:
            return None
        if now - session.used_ms >= _TOUCH_MS:
            await self._state.save_session(replace(session, used_ms=now))
        return _signed_in(user, token)

    def _lives(self, session: Session, now_ms: int) -> bool:
        return now_ms < session.expires_ms and now_ms - session.used_ms < self._settings.idle_minutes * MINUTE_MS

    def forget(self) -> None:
        """Believe nobody any more without asking the state: somebody's rights have changed."""
        self._proved.clear()

    async def sign_in(self, name: str, password: str, address: str) -> tuple[str, Caller]:
        """Let somebody in: the session's token, and who it is.

        Each try counts as failed until it has succeeded, so that many at once win nothing.

        Raises:
            Problem: 401 for a wrong name or password, 429 after too many.

        """
        now, name = self._clock(), name.strip().lower()
        if (wait := self._sign_ins.wait_s(address, now)) > 0:
            raise too_many("too many tries to sign in from this address", wait)
        counted = subjects(name, address)
        if (wait := locked_s(await self._state.failures(counted), now)) > 0:
            raise too_many("signing in is locked after failed tries", wait)
        user = await self._state.user(name)
        await self._state.note_failure(counted, now, now - FORGET_MS)
        if not await self.passwords.verify(password, None if user is None or user.disabled else user.password_hash):
            # What was typed in place of a name nobody has may be a password.
            await self._note(user.name if user is not None else "(unknown)", "refused", address)
            raise Problem(401, "name or password is wrong, or the account is disabled")
        assert user is not None
        await self._state.clear_failures(counted)
        return await self._begin_session(user, address)

    async def sign_in_by_code(self, code: str, address: str) -> tuple[str, Caller]:
        """Let in, once, whom a code was made for: the session's token, and who it is.

        Raises:
            Problem: 401 for a code that is not valid, 429 after too many.

        """
        now = self._clock()
        if (wait := self._sign_ins.wait_s(address, now)) > 0:
            raise too_many("too many tries to sign in from this address", wait)
        name = await self._state.take_code(digest(code), now)
        user = None if name is None else await self._state.user(name)
        if user is None or user.disabled:
            await self._note("(unknown)", "refused", address)
            raise Problem(401, "this code was used already, or its time is over: sign in with name and password")
        return await self._begin_session(user, address)

    async def _begin_session(self, user: User, address: str) -> tuple[str, Caller]:
        now, token = self._clock(), make_token()
        await self._state.forget_sessions(now)
        expires_ms = now + int(self._settings.session_hours * HOUR_MS)
        await self._state.save_session(Session(digest(token), user.name, now, now, expires_ms, address))
        await self._note(user.name, "done", address)
        return token, replace(_signed_in(user, token), address=address)

    async def check_password(self, user: User, password: str, address: str) -> None:
        """Check the password of somebody who is signed in; wrong ones count as failed sign-ins.

        Raises:
            Problem: 422 for a wrong one, 429 after too many.

        """
        now, counted = self._clock(), subjects(user.name, address)
        if (wait := locked_s(await self._state.failures(counted), now)) > 0:
            raise too_many("this password was given wrongly too often", wait)
        await self._state.note_failure(counted, now, now - FORGET_MS)
        if not await self.passwords.verify(password, user.password_hash):
            raise Problem(422, "this is not the present password", "body/old")
        await self._state.clear_failures(counted)

    async def set_password(self, user: User, password: str, *, must_change: bool, keep: str = "") -> None:
        """Give somebody a password; their sessions end, save the one whose hash is to be kept."""
        changed = replace(user, password_hash=await self.passwords.hash(password), must_change=must_change)
        await self._state.save_user(changed)
        await self._state.clear_failures((user.name,))
        await self._state.end_sessions(user.name, but=keep)
        self.forget()

    async def _note(self, name: str, outcome: str, address: str) -> None:
        await self._state.audit(AuditEntry(self._clock(), name, "sign-in", f"user/{name}", origin=address, outcome=outcome))


def _key_in(request: Request) -> str | None:
    """The key a request came with; Prometheus and others send it as a bearer's."""
    scheme, _, text = request.headers.get("Authorization", "").partition(" ")
    return request.headers.get(KEY_HEADER) or (text.strip() if scheme.lower() == "bearer" else None)


def _signed_in(user: User, token: str) -> Caller:
    return Caller(
        user.full_name or user.name,
        roles_of(user.roles),
        "session",
        user.name,
        "",
        token_hash=digest(token),
        csrf=csrf_of(token),
        must_change=user.must_change,
    )


def address_of(request: Request) -> str:
    """Where a request comes from, as far as the server knows."""
    return request.client.host if request.client is not None else "unknown"
