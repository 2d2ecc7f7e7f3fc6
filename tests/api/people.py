"""People in front of an application that shows nothing to strangers."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any

import httpx

from api.access.passwords import hashed
from api.access.settings import AccessSettings
from api.application import create
from api.services import Services
from mainsight.store.people_port import User

PASSWORD = "correct horse battery"
HASH = hashed(PASSWORD)
ORIGIN = "https://console.test"


@dataclass
class Clock:
    """A clock that tests move, UTC ms."""

    now: int

    def __call__(self) -> int:
        return self.now

    def forward(self, seconds: float) -> None:
        self.now += int(seconds * 1000)


@dataclass
class House:
    """A closed application, and doors for as many people as a test wants."""

    app: Any
    services: Services
    clock: Clock

    @asynccontextmanager
    async def visitor(self, address: str = "10.0.0.1", origin: str = ORIGIN) -> AsyncIterator[httpx.AsyncClient]:
        transport = httpx.ASGITransport(self.app, client=(address, 4711))
        async with httpx.AsyncClient(transport=transport, base_url=origin) as client:
            yield client

    async def add(self, name: str, **roles: str) -> None:
        """Add somebody whose password is PASSWORD; `everywhere` stands for "*", underscores for hyphens."""
        by_zone = {"*" if zone == "everywhere" else zone.replace("_", "-"): role for zone, role in roles.items()}
        await self.services.state.save_user(User(name, name.title(), by_zone, HASH, self.clock()))

    @asynccontextmanager
    async def signed_in(self, name: str, address: str = "10.0.0.1", **roles: str) -> AsyncIterator[httpx.AsyncClient]:
        """Add somebody and sign them in; the client sends the CSRF token along."""
        await self.add(name, **roles)
        async with self.visitor(address) as client:
            answer = await client.post("/api/v1/session", json={"name": name, "password": PASSWORD})
            assert answer.status_code == 200, answer.text
            client.headers["X-CSRF-Token"] = answer.json()["csrf"]
            yield client


def closed(services: Services, live: Any, **access: Any) -> House:
    """The application of a bench, closed to strangers, on a clock that moves, reachable from outside."""
    clock = Clock(services.clock())
    settings = services.settings.model_copy(
        update={"host": "0.0.0.0", "access": AccessSettings(**access)}  # noqa: S104 - nothing listens in these tests
    )
    changed = replace(services, settings=settings, clock=clock)
    return House(create(changed, live), changed, clock)
