"""Rights: every route declares who may use it, in one line, by the type of a parameter.

    @router.get("/things")
    async def things(deps: Deps, who: Viewer) -> Things: ...                          # reading
    @router.post("/things/{asset}/mend", responses=CHANGES)
    async def mend(deps: Deps, who: Operator, asset: str, body: Mend) -> Thing:       # changing
        who.tell("mend", f"thing/{asset}", before={"state": old}, after={"state": new})

`Viewer`, `Operator`, `Planner`, `Administrator` give the `Caller`: `who.name` is the person. Where the value is not needed, say
it on the route: `dependencies=[VIEWING]`. A route that declares nothing is refused to everybody, and a test fails.

Zones are checked here when a path or query parameter names one or a thing in one (`zone`, `zone_id`, `asset`, `asset_id`, `meter`,
`meter_id`, `target`). A list without such a parameter is for whoever has the role in any zone, and the route leaves out what
`who.sees(zone)` denies. A change without one needs the role everywhere; when the zone is in the body, take `PlannerSomewhere` (or
the like) and call `allow(who, Role.PLANNER, zone)` with it.

Audit: a change is always written down, also when it is refused, fails or is not answered in time. Call `who.tell` to say what it
was, with before and after (text or a dict); do not call `state.audit` in a route.
"""

from collections.abc import AsyncIterator
from typing import Annotated, Any, Final, Literal

from fastapi import Depends, Request
from fastapi.dependencies.models import Dependant
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from fastapi.security import APIKeyCookie, APIKeyHeader

from api.access.callers import Caller, Role
from api.access.door import KEY_HEADER, SAFE, Door
from api.access.replies import claim
from api.access.trail import outcome
from api.problems import MEDIA_TYPE, Problem, ProblemDocument, not_found
from api.services import Services, services
from mainsight.core.network import Network
from mainsight.core.topology import zone_of
from mainsight.store.state_port import AuditEntry

_ZONES: Final = ("zone_id", "zone")
_THINGS: Final = ("asset_id", "asset", "meter_id", "meter", "target")
_KEY_SCHEME = APIKeyHeader(name=KEY_HEADER, auto_error=False, description="made by `mainsight key make` or POST /api/v1/keys")
_SESSION_SCHEME = APIKeyCookie(name="__Host-mainsight", auto_error=False, description="set by POST /api/v1/session")


def door(request: Request) -> Door:
    """Hand the door to a route."""
    found: Door = request.app.state.door
    return found


async def caller(
    request: Request,
    at: Annotated[Door, Depends(door)],
    _key: Annotated[str | None, Depends(_KEY_SCHEME)],
    _session: Annotated[str | None, Depends(_SESSION_SCHEME)],
) -> Caller:
    """Who asks; see `Door.caller`."""
    return await at.caller(request)


class Needs:
    """A dependency that lets a request pass only with a role, and writes down what it changes."""

    def __init__(self, role: Role | None, over: Literal["named", "all", "body"] = "named", *, one_time: bool = False) -> None:
        """Ask for a role.

        Args:
            role: the least; None lets everybody pass who is there by key or session.
            over: named, the zone that a parameter names, else all (changes) or any (reading); all, everywhere; body, the
                route looks into the body itself and calls `allow`.
            one_time: also for a caller whose password is to be changed first.

        """
        self.role = role
        self.over = over
        self._one_time = one_time

    async def __call__(
        self, request: Request, deps: Annotated[Services, Depends(services)], who: Annotated[Caller, Depends(caller)]
    ) -> AsyncIterator[Caller]:
        """Check, and keep the trail around the route."""
        who.tell(f"{request.method} {request.scope['route'].path}", request.url.path)
        try:
            self._check(request, deps, who)
        except Problem:
            if request.method not in SAFE and who.by != "nobody":  # a stranger is refused as often as they like, and changes nothing
                await _write(deps, who, "refused")
            raise
        _known_parameters(request, deps.network)
        if request.method in SAFE:
            yield who
            return
        await claim(request, deps.state, who, deps.clock())
        try:
            yield who
        except RequestValidationError:
            raise
        except BaseException as error:
            await _write(deps, who, outcome(error))
            raise
        request.app.state.shared.forget()
        await _write(deps, who, "done")

    def _check(self, request: Request, deps: Services, who: Caller) -> None:
        if who.by == "nobody" and not (who.roles and request.method in SAFE and self.role is not None):
            raise Problem(401, "sign in (POST /api/v1/session), or send an API key in the header X-API-Key", "header/x-api-key")
        if who.must_change and not self._one_time:
            raise Problem(403, "this password is for one use: choose another first (POST /api/v1/me/password)")
        if self.role is None:
            return
        zones = _named_zones(request, deps) if self.over == "named" else set()
        if not zones and (self.over == "body" or (self.over == "named" and request.method in SAFE)):
            if who.highest is None or who.highest < self.role:
                raise _too_low(who, self.role, None)
            return
        for zone in zones or {None}:
            allow(who, self.role, zone)


def allow(who: Caller, role: Role, zone: str | None) -> None:
    """Pass when a caller has a role in a zone; None asks for one that holds everywhere.

    Raises:
        Problem: 403.

    """
    has = who.role_in(zone)
    if has is None or has < role:
        raise _too_low(who, role, zone)


def _too_low(who: Caller, role: Role, zone: str | None) -> Problem:
    where = f" in {zone}" if zone is not None else ""
    return Problem(403, f"this needs the role {role.label}{where or ' (in all zones, where it is of none)'}; {who.name!r} has not got it")


def _named_zones(request: Request, deps: Services) -> set[str | None]:
    """Zones named by parameters that the route declares: others are not looked at by it and prove nothing."""
    declared = set(_queries(request.scope["route"].dependant))
    named = {**{name: text for name, text in request.query_params.items() if name in declared}, **request.path_params}
    zones: set[str | None] = {str(named[name]) for name in _ZONES if name in named}
    return zones | {zone for name in _THINGS if name in named and (zone := zone_of(deps.network, named[name])) is not None}


def _known_parameters(request: Request, network: Network) -> None:
    """Refuse what a route does not know: a misspelt filter would give everything, one for a misspelt zone nothing, each like an answer.

    Raises:
        Problem: 422 with the parameter to mend, 404 for a zone that is not there.

    """
    known = _queries(request.scope["route"].dependant)
    for name in request.query_params:
        if name not in known:
            there = f"it has {', '.join(sorted(set(known)))}" if known else "it has none"
            raise Problem(422, f"this call has no parameter {name!r}; {there}", f"query/{name}")

    zone = request.query_params.get("zone")
    if zone is not None and zone not in network.zones:
        raise not_found("zone", zone, f"; there are {', '.join(network.zones)}")


def _queries(dependant: Dependant) -> list[str]:
    return [field.alias for field in dependant.query_params] + [name for inner in dependant.dependencies for name in _queries(inner)]


async def _write(deps: Services, who: Caller, became: str) -> None:
    told = who.trail
    entry = AuditEntry(
        deps.clock(), who.name or "(nobody)", told.action, told.subject, told.before, told.after, origin=who.origin, outcome=became
    )
    await deps.state.audit(entry)


def public() -> None:
    """Declare that a route is for everybody."""


def right_of(route: APIRoute) -> Needs | Literal["public"] | None:
    """The right that a route declares; None when it declares none, or only that of reading for a change."""
    calls = _calls(route.dependant)
    if public in calls:
        return "public"
    rights = [call for call in calls if isinstance(call, Needs) and (call.role is not Role.VIEWER or set(route.methods or ()) <= SAFE)]
    return rights[0] if rights else None


def _calls(dependant: Dependant) -> list[Any]:
    return [call for inner in dependant.dependencies for call in (inner.call, *_calls(inner))]


def declared(request: Request) -> None:
    """Refuse a route that declares no right: what nobody thought of is nobody's.

    Raises:
        Problem: 403.

    """
    if right_of(request.scope["route"]) is None:
        raise Problem(403, "this call declares no right, so nobody may use it: that is a mistake in mainsight")


def needs(role: Role | None, over: Literal["named", "all", "body"] = "named", *, one_time: bool = False) -> Any:
    """Declare a right; what is changed is written down before the answer leaves."""
    return Depends(Needs(role, over, one_time=one_time), scope="function")


VIEWING: Final = needs(Role.VIEWER)
PUBLIC: Final = Depends(public)
Viewer = Annotated[Caller, VIEWING]
ViewerOfAll = Annotated[Caller, needs(Role.VIEWER, "all")]
Operator = Annotated[Caller, needs(Role.OPERATOR)]
OperatorSomewhere = Annotated[Caller, needs(Role.OPERATOR, "body")]
Planner = Annotated[Caller, needs(Role.PLANNER)]
PlannerSomewhere = Annotated[Caller, needs(Role.PLANNER, "body")]
Administrator = Annotated[Caller, needs(Role.ADMINISTRATOR, "all")]
SignedIn = Annotated[Caller, needs(None, one_time=True)]

_REFUSED: Final[dict[int | str, dict[str, Any]]] = {
    status: {"model": ProblemDocument, "description": text, "content": {MEDIA_TYPE: {}}}
    for status, text in (
        (400, "The body cannot be read as text"),
        (401, "Nobody is signed in, or the API key is not valid"),
        (403, "The role is too low there, or the CSRF token is missing"),
        (409, "Not possible in the present state"),
    )
}
CHANGES: Final[dict[int | str, dict[str, Any]]] = {
    **_REFUSED,
    413: {"description": "The body is larger than `api.max_body_bytes`", "content": {"text/plain": {}}},
}
"""Documented on every route that changes something."""
