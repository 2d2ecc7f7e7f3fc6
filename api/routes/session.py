"""Signing in and out, and who one is."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from api.access.callers import Caller
from api.access.door import Door, address_of
from api.access.passwords import weakness
from api.auth import CHANGES, PUBLIC, SignedIn, caller, door
from api.problems import RESPONSES, Problem
from api.schemas.people import Me, NewPassword, SignIn, SignInByCode
from api.services import Services, services
from mainsight.core.zonetime import HOUR_MS, SECOND_MS

router = APIRouter(tags=["access"], responses=RESPONSES)
Deps = Annotated[Services, Depends(services)]
At = Annotated[Door, Depends(door)]


@router.post("/session", dependencies=[PUBLIC], responses={403: {"description": "Not from this page"}})
async def sign_in(deps: Deps, at: At, request: Request, response: Response, body: SignIn) -> Me:
    """Sign in: sets the session's cookie and gives the CSRF token that changing requests carry in X-CSRF-Token."""
    _own_page(request)
    return _let_in(deps, at, request, response, await at.sign_in(body.name, body.password, address_of(request)))


@router.post("/session/code", dependencies=[PUBLIC], responses={403: {"description": "Not from this page"}})
async def sign_in_by_code(deps: Deps, at: At, request: Request, response: Response, body: SignInByCode) -> Me:
    """Sign in by a code that holds once and for a short time; else as `POST /api/v1/session`."""
    _own_page(request)
    return _let_in(deps, at, request, response, await at.sign_in_by_code(body.code, address_of(request)))


def _let_in(deps: Services, at: Door, request: Request, response: Response, session: tuple[str, Caller]) -> Me:
    token, who = session
    response.set_cookie(
        at.cookie(request),
        token,
        max_age=int(deps.settings.access.session_hours * HOUR_MS / SECOND_MS),
        httponly=True,
        secure=at.secure(request),
        samesite="strict",
    )
    response.headers["Cache-Control"] = "no-store"
    return described(who)


def _own_page(request: Request) -> None:
    """Refuse to sign somebody in from another site's page: they would act there under a name that is not theirs."""
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in {"same-origin", "none"}:
        raise Problem(403, "sign in from the console's own page", "header/sec-fetch-site")


@router.delete("/session", status_code=204, responses=CHANGES)
async def sign_out(deps: Deps, at: At, who: SignedIn, request: Request, response: Response) -> None:
    """Sign out: the session has ended and its cookie is removed."""
    who.tell("sign-out", f"user/{who.ident}")
    if who.by == "session":
        await deps.state.end_session(who.token_hash)
        at.forget()
    response.delete_cookie(at.cookie(request), httponly=True, secure=at.secure(request), samesite="strict")


@router.get("/me", dependencies=[PUBLIC])
async def me(response: Response, who: Annotated[Caller, Depends(caller)]) -> Me:
    """Who this request came from, what they may do where, and the CSRF token of a session."""
    response.headers["Cache-Control"] = "no-store"
    return described(who)


@router.post("/me/password", status_code=204, responses=CHANGES)
async def change_password(deps: Deps, at: At, who: SignedIn, body: NewPassword) -> None:
    """Choose another password; every other session of the same person ends."""
    who.tell("change-password", f"user/{who.ident}")
    user = await deps.state.user(who.ident) if who.by == "session" else None
    if user is None:
        raise Problem(409, "a key has no password: sign in with your name")
    await at.check_password(user, body.old, who.address)
    if body.new == body.old:
        raise Problem(422, "the new password is the old one", "body/new")
    if (wrong := weakness(body.new, user.name)) is not None:
        raise Problem(422, f"choose another password: {wrong}", "body/new")
    await at.set_password(user, body.new, must_change=False, keep=who.token_hash)


def described(who: Caller) -> Me:
    """Tell a caller who they are."""
    highest = who.highest
    return Me(
        name=who.name or None,
        role=None if highest is None or who.by == "nobody" else highest.label,
        user=who.ident if who.by == "session" else None,
        roles={zone: role.label for zone, role in who.roles.items()},
        by=who.by,
        csrf=who.csrf or None,
        must_change=who.must_change,
    )
