"""How the system itself is, for people and for machines that watch it."""

from typing import Annotated

from fastapi import APIRouter, Depends, Response
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Gauge, generate_latest

from api.auth import PUBLIC, VIEWING
from api.problems import RESPONSES
from api.schemas.status import Status
from api.services import Services, services

router = APIRouter(tags=["status"], responses=RESPONSES)
probes = APIRouter(tags=["status"])
Deps = Annotated[Services, Depends(services)]


@router.get("/status", dependencies=[VIEWING])
async def status(deps: Deps) -> Status:
    """Counts and conditions of every part."""
    return await deps.status()


@probes.get("/healthz", response_class=Response, dependencies=[PUBLIC])
def healthz() -> Response:
    """The process answers."""
    return Response("ok\n", media_type="text/plain")


@probes.get("/readyz", response_class=Response, dependencies=[PUBLIC], responses={503: {"description": "Not ready; the text says why"}})
async def readyz(deps: Deps) -> Response:
    """Broker and store are there, and so is every part that runs as a process of its own."""
    now = await deps.status()
    missing = [
        *([] if now.store.ready else [f"store: {now.store.detail}"]),
        *([] if now.collector.connected or now.roles else ["collector: not connected to the broker"]),
        *(f"{role.role}: {role.detail}" for role in now.roles if not role.ready),
    ]
    text = "\n".join(missing) or "ready"
    return Response(text + "\n", 503 if missing else 200, media_type="text/plain")


@probes.get("/metrics", response_class=Response, dependencies=[VIEWING], responses=RESPONSES)
async def metrics(deps: Deps) -> Response:
    """The same counts in Prometheus' text format."""
    return Response(generate_latest(_registry(await deps.status())), media_type=CONTENT_TYPE_LATEST)


def _registry(now: Status) -> CollectorRegistry:
    """Counts as of now; made anew at each scrape, since they are kept where they arise."""
    registry = CollectorRegistry()

    def counter(name: str, text: str, value: float) -> None:
        Counter(f"mainsight_{name}", text, registry=registry).inc(value)

    def gauge(name: str, text: str, value: float) -> None:
        Gauge(f"mainsight_{name}", text, registry=registry).set(value)

    counter("messages_received", "MQTT messages received", now.collector.received)
    counter("readings_stored", "readings stored", now.collector.stored)
    counter("readings_duplicate", "readings that were there already", now.collector.duplicates)
    counter("messages_quarantined", "messages kept in quarantine", now.collector.quarantined)
    counter("messages_left_out", "messages not kept in quarantine, another with the same cause being there", now.collector.left_out)
    counter("sparkplug_births_asked", "requests to Sparkplug edge nodes to be born again", now.collector.births_asked)
    gauge("sparkplug_nodes", "Sparkplug edge nodes that are online", now.collector.sparkplug_nodes)
    counter("forecasts_issued", "forecasts issued", now.forecasts.issued)
    counter("alarms_raised", "announcements raised", now.alarms.raised)
    counter("alarms_delivered", "announcements delivered", now.alarms.delivered)
    gauge("broker_connected", "1 while connected to the broker", now.collector.connected)
    gauge("store_ready", "1 while the store takes readings", now.store.ready)
    gauge("live_listeners", "clients of the live stream", now.live.listeners)
    if now.collector.lag_s is not None:
        gauge("ingest_lag_seconds", "age of the newest committed message when it was committed", now.collector.lag_s)
    for name, value in sorted(now.store.numbers.items()):
        gauge(f"store_{name}", f"store: {name.replace('_', ' ')}", value)
    return registry
