"""Every route declares a right, and nothing happens by a route that declares none."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from fastapi import Depends, FastAPI
from fastapi.routing import APIRoute

from api.auth import VIEWING, Needs, declared, right_of

pytestmark = pytest.mark.anyio

PUBLIC_ROUTES = {
    "/a/{token}",
    "/assets/{name}",
    "/healthz",
    "/readyz",
    "/readyz/{role}",
    "/runbooks/{name}",
    "/{path:path}",
    "/session",
    "/session/code",
    "/me",
}
ONE_TIME = {"/session", "/me/password"}
"""What a person with a one-time password may do."""


def routes(app: FastAPI) -> Iterator[APIRoute]:
    """All routes, with the paths of their own router: an included router keeps its routes to itself."""
    for one in app.routes:
        inside = getattr(one, "original_router", None)
        yield from (route for route in (inside.routes if inside is not None else [one]) if isinstance(route, APIRoute))


@pytest.fixture
def app(bench: Any) -> FastAPI:
    return bench.client._transport.app  # type: ignore[no-any-return]


async def test_every_route_declares_a_right(app: FastAPI) -> None:
    found = list(routes(app))
    assert len(found) > 30
    assert [f"{route.methods} {route.path}" for route in found if right_of(route) is None] == []


async def test_few_routes_are_public(app: FastAPI) -> None:
    assert {route.path for route in routes(app) if right_of(route) == "public"} == PUBLIC_ROUTES


async def test_changes_need_more_than_reading(app: FastAPI) -> None:
    changing = [route for route in routes(app) if route.methods and not route.methods <= {"GET", "HEAD"}]
    loose = {route.path for route in changing if isinstance(found := right_of(route), Needs) and found.role is None}
    assert loose == ONE_TIME
    assert len(changing) > 8


async def test_a_route_without_a_right_or_with_that_of_reading_for_a_change_is_refused_to_everybody(bench: Any, app: FastAPI) -> None:
    other = FastAPI(dependencies=[Depends(declared)])
    other.state.services, other.state.door = app.state.services, app.state.door
    other.add_exception_handler(
        *next(iter((kind, app.exception_handlers[kind]) for kind in app.exception_handlers if kind.__name__ == "Problem"))
    )

    @other.get("/forgotten")
    def forgotten() -> str:
        return "secret"

    @other.post("/careless", dependencies=[VIEWING])
    def careless() -> str:
        return "changed"

    async with httpx.AsyncClient(transport=httpx.ASGITransport(other), base_url="http://test") as client:
        headers = bench.as_("administrator")
        assert (await client.get("/forgotten", headers=headers)).status_code == 403
        assert (await client.post("/careless", headers=headers)).status_code == 403
