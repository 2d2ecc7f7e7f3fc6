"""Counts and times of requests, by route, for Prometheus. A plain ASGI layer, outside all others."""

from collections.abc import Callable

from prometheus_client import CollectorRegistry, Histogram
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_BOUNDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


class Measures:
    """Request times since the process started; one an application."""

    def __init__(self) -> None:
        """Start at nothing."""
        self.registry = CollectorRegistry()
        self._times = Histogram(
            "mainsight_api_request_seconds",
            "time until an answer begins",
            ("method", "route", "status"),
            buckets=_BOUNDS,
            registry=self.registry,
        )

    def note(self, scope: Scope, status: int, seconds: float) -> None:
        """Note an answer; what matches no route has none, so that guesses do not make series."""
        route = getattr(scope.get("route"), "path", "none")
        self._times.labels(scope["method"], route, f"{status // 100}xx").observe(seconds)


class Measured:
    """Times requests."""

    def __init__(self, app: ASGIApp, measures: Measures, clock: Callable[[], float]) -> None:
        """Wrap an application; `clock` gives seconds that only run forward."""
        self._app = app
        self._measures = measures
        self._clock = clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began = self._clock()

        async def noted(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._measures.note(scope, message["status"], self._clock() - began)
            await send(message)

        await self._app(scope, receive, noted)
