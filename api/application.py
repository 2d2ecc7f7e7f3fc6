"""The FastAPI application: routes, errors, headers and the console, on the services it is given."""

from importlib.metadata import version
from time import perf_counter

from fastapi import Depends, FastAPI
from starlette.middleware.gzip import GZipMiddleware

from api import problems
from api.access.door import Door
from api.access.limits import RateLimit
from api.access.replies import KeptReplies, RepeatedError, repeated
from api.auth import declared
from api.etags import ETags
from api.examples import Described
from api.headers import SecurityHeaders
from api.heads import Heads
from api.live import LiveStream
from api.measure import Measured, Measures
from api.routes import (
    alarms,
    calendar,
    demand,
    devices,
    duty,
    exceedance,
    exports,
    forecasts,
    incidents,
    links,
    mappings,
    metering,
    meters,
    outages,
    outlook,
    overview,
    pages,
    people,
    province,
    reports,
    rules,
    scores,
    session,
    status,
    stream,
    what_if,
    zones,
)
from api.services import Services
from api.shared import SharedAnswers

PREFIX = "/api/v1"
_RESOURCES = (
    province,
    overview,
    zones,
    meters,
    metering,
    demand,
    forecasts,
    exceedance,
    scores,
    what_if,
    outlook,
    calendar,
    exports,
    alarms,
    incidents,
    outages,
    rules,
    duty,
    reports,
    devices,
    mappings,
    session,
    people,
    status,
    stream,
)


def create(services: Services, live: LiveStream) -> FastAPI:
    """Build the application. The live stream is run by whoever supervises the process."""
    app = Described(
        title="mainsight",
        version=version("mainsight"),
        description="Power and water of a province: load, headroom, forecasts and alarms. Times are UTC milliseconds.",
        docs_url=None,
        redoc_url=None,
        openapi_url="/api/openapi.json",
        max_body_size=services.settings.max_body_bytes,
    )
    app.state.services = services
    app.state.live = live
    app.state.measures = Measures()
    app.state.shared = SharedAnswers(services.settings.share_s)
    app.state.exports = exports.turns()
    app.state.door = Door(services.state, services.settings.access, services.clock, loopback=services.settings.loopback)
    problems.install(app)
    app.add_exception_handler(RepeatedError, repeated)
    for resource in _RESOURCES:
        app.include_router(resource.router, prefix=PREFIX, dependencies=[Depends(declared)])
    app.include_router(status.probes)
    app.include_router(pages.router)
    app.state.link_tries = RateLimit(links.TRIES_PER_MINUTE)
    app.include_router(links.router)
    pages.serve_console(app, services.settings.static)
    app.add_middleware(KeptReplies, state=services.state)
    app.add_middleware(ETags, below=PREFIX)
    app.add_middleware(GZipMiddleware, minimum_size=1000, compresslevel=5)  # 9 takes twice the time for one percent
    app.add_middleware(SecurityHeaders)
    app.add_middleware(Measured, measures=app.state.measures, clock=perf_counter)
    app.add_middleware(Heads, but=(f"{PREFIX}/exports/", f"{PREFIX}/stream"))
    return app
