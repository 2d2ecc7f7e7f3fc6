"""The FastAPI application: routes, errors, headers and the console, on the services it is given."""

from importlib.metadata import version

from fastapi import Depends, FastAPI
from starlette.middleware.gzip import GZipMiddleware

from api import problems
from api.access.door import Door
from api.auth import declared
from api.headers import SecurityHeaders
from api.live import LiveStream
from api.routes import alarms, demand, devices, metering, meters, outages, overview, pages, people, province, session, status, stream, zones
from api.services import Services

PREFIX = "/api/v1"
_RESOURCES = (province, overview, zones, meters, metering, demand, alarms, outages, devices, session, people, status, stream)


def create(services: Services, live: LiveStream) -> FastAPI:
    """Build the application. The live stream is run by whoever supervises the process."""
    app = FastAPI(
        title="mainsight",
        version=version("mainsight"),
        description="Power and water of a province: load, headroom, forecasts and alarms. Times are UTC milliseconds.",
        docs_url=None,
        redoc_url=None,
        openapi_url="/api/openapi.json",
    )
    app.state.services = services
    app.state.live = live
    app.state.door = Door(services.state, services.settings.access, services.clock, loopback=services.settings.loopback)
    problems.install(app)
    for resource in _RESOURCES:
        app.include_router(resource.router, prefix=PREFIX, dependencies=[Depends(declared)])
    app.include_router(status.probes)
    app.include_router(pages.router)
    pages.serve_console(app, services.settings.static)
    app.add_middleware(GZipMiddleware, minimum_size=1000)
    app.add_middleware(SecurityHeaders)
    return app
