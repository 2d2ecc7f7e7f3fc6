"""People and keys, for administrators, and the trail of changes."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response

from api.access.callers import EVERYWHERE, ROLES, Role
from api.access.door import Door
from api.access.keys import make_key
from api.access.passwords import one_time_password
from api.auth import CHANGES, Administrator, door
from api.problems import RESPONSES, Problem, not_found
from api.schemas import people as shown
from api.services import Services, services
from mainsight.core.zonetime import DAY_S, SECOND_MS
from mainsight.store.people_port import User
from mainsight.store.state_port import ApiKey, AuditQuery

router = APIRouter(tags=["access"], responses=RESPONSES)
Deps = Annotated[Services, Depends(services)]
At = Annotated[Door, Depends(door)]
Instant = Annotated[int | None, Query(ge=0, le=4_102_444_800_000)]


@router.get("/users")
async def users(deps: Deps, _: Administrator) -> shown.Users:
    """Everybody who can sign in, by name."""
    return shown.Users(items=[_user(user) for user in await deps.state.users()])


@router.post("/users", status_code=201, responses=CHANGES)
async def add_user(deps: Deps, at: At, who: Administrator, response: Response, body: shown.NewUser) -> shown.OneTime:
    """Add somebody; the answer holds a password for one use, shown this once."""
    who.tell("add-user", f"user/{body.name}", after={"roles": body.roles})
    _known_zones(deps, body.roles)
    if await deps.state.user(body.name) is not None:
        raise Problem(409, f"there is a user {body.name!r} already", "body/name")
    password = one_time_password()
    user = User(body.name, body.full_name, dict(body.roles), await at.passwords.hash(password), deps.clock(), must_change=True)
    await deps.state.save_user(user)
    return _once(response, user.name, password)


@router.patch("/users/{name}", responses=CHANGES)
async def change_user(deps: Deps, at: At, who: Administrator, name: str, body: shown.UserChange) -> shown.User:
    """Change somebody's roles or name, or disable them; a disabled person's sessions end at once."""
    before = await _known_user(deps, name)
    given = body.model_dump(exclude_none=True)
    after = replace(before, **given)
    who.tell("change-user", f"user/{name}", {field: getattr(before, field) for field in given}, given)
    _known_zones(deps, after.roles)
    await _keep_an_administrator(deps, after)
    await deps.state.save_user(after)
    if after.disabled:
        await deps.state.end_sessions(name)
    at.forget()
    return _user(after)


@router.post("/users/{name}/password", responses=CHANGES)
async def reset_password(deps: Deps, at: At, who: Administrator, response: Response, name: str) -> shown.OneTime:
    """Give somebody a password for one use, shown this once; their sessions end."""
    who.tell("reset-password", f"user/{name}")
    user, password = await _known_user(deps, name), one_time_password()
    await at.set_password(user, password, must_change=True)
    return _once(response, name, password)


@router.get("/keys")
async def keys(deps: Deps, _: Administrator) -> shown.Keys:
    """All API keys, without what proves them."""
    return shown.Keys(items=[_key(key) for key in await deps.state.keys()])


@router.post("/keys", status_code=201, responses=CHANGES)
async def add_key(deps: Deps, who: Administrator, response: Response, body: shown.NewKey) -> shown.MadeKey:
    """Make a key; its text is in the answer, shown this once."""
    _known_zones(deps, body.zones)
    now = deps.clock()
    expires_ms = None if body.days is None else now + body.days * DAY_S * SECOND_MS
    text, key = make_key(body.name, body.role, now, expires_ms, body.zones)
    who.tell("make-key", f"key/{key.id}", after={"name": key.name, "role": key.role, "zones": key.zones, "expires_ms": expires_ms})
    await deps.state.save_key(key)
    response.headers["Cache-Control"] = "no-store"
    return shown.MadeKey(**_key(key).model_dump(), key=text)


@router.delete("/keys/{key_id}", status_code=204, responses=CHANGES)
async def revoke_key(deps: Deps, at: At, who: Administrator, key_id: str) -> None:
    """Make a key useless for good."""
    who.tell("revoke-key", f"key/{key_id}")
    found = next((key for key in await deps.state.keys() if key.id == key_id), None)
    if found is None:
        raise not_found("key", key_id)
    await deps.state.save_key(replace(found, revoked=True))
    at.forget()


@router.get("/audit")
async def audit(
    deps: Deps,
    _: Administrator,
    person: str | None = None,
    action: str | None = None,
    subject: Annotated[str | None, Query(description="how the subject begins, as `alarm/` or `user/lan`")] = None,
    start_ms: Instant = None,
    end_ms: Instant = None,
    cursor: Annotated[int | None, Query(ge=1, le=2**53, description="`next` of the page before")] = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 200,
) -> shown.Audit:
    """Every change, latest first: who, what, before, after, from where, and what became of it."""
    query = AuditQuery(person, action, subject, start_ms or 0, end_ms, cursor, limit + 1)
    found = await deps.state.audit_trail(query)
    page = found[:limit]
    items = [shown.AuditItem(**{field: getattr(entry, field) for field in shown.AuditItem.model_fields}) for entry in page]
    return shown.Audit(items=items, next=page[-1].seq if len(found) > limit else None)


async def _known_user(deps: Services, name: str) -> User:
    user = await deps.state.user(name)
    if user is None:
        raise not_found("user", name)
    return user


def _known_zones(deps: Services, zones: Iterable[str]) -> None:
    for zone in zones:
        if zone != EVERYWHERE and zone not in deps.network.zones:
            raise Problem(
                422, f"there is no zone {zone!r}; there are {', '.join(deps.network.zones)}, and {EVERYWHERE} for all", "body/roles"
            )


async def _keep_an_administrator(deps: Services, after: User) -> None:
    """Refuse what would leave nobody to administer."""
    people = {user.name: user for user in await deps.state.users()} | {after.name: after}
    if not any(user.roles.get(EVERYWHERE) == Role.ADMINISTRATOR.label and not user.disabled for user in people.values()):
        raise Problem(409, "nobody would be left who administers all zones: give that role to somebody else first", "body/roles")


def _user(user: User) -> shown.User:
    return shown.User(**{field: getattr(user, field) for field in shown.User.model_fields})


def _key(key: ApiKey) -> shown.Key:
    assert key.role in ROLES
    return shown.Key(**{field: getattr(key, field) for field in shown.Key.model_fields})


def _once(response: Response, name: str, password: str) -> shown.OneTime:
    response.headers["Cache-Control"] = "no-store"
    return shown.OneTime(name=name, password=password)
