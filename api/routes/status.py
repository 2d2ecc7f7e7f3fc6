"""How the system itself is, for people and for machines that watch it."""

from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Gauge, generate_latest

from api import forecast_quality
from api.alarm_quality import values
from api.auth import PUBLIC, VIEWING
from api.health import health
from api.measure import Measures
from api.problems import RESPONSES
from api.schemas.health import Health
from api.schemas.status import MeteringStatus, Status
from api.services import Services, services

router = APIRouter(tags=["status"], responses=RESPONSES)
probes = APIRouter(tags=["status"])
Deps = Annotated[Services, Depends(services)]


@router.get("/status", dependencies=[VIEWING])
async def status(deps: Deps) -> Status:
    """Counts and conditions of every part."""
    return await deps.status()


@router.get("/health", dependencies=[VIEWING])
async def health_of_all(deps: Deps) -> Health:
    """Queues, lag, latency of the stores, last forecast and delivery, room on the disks, and what is not as it should be."""
    return await health(deps)


def measures(request: Request) -> Measures:
    """Hand the request times to a route."""
    found: Measures = request.app.state.measures
    return found


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


@probes.get(
    "/readyz/{role}",
    response_class=Response,
    dependencies=[PUBLIC],
    responses={404: {"description": "No such role runs as a process of its own"}, 503: {"description": "Not ready; the text says why"}},
)
async def readyz_of_role(deps: Deps, role: str) -> Response:
    """A part that runs as a process of its own is there, as far as this one has heard; for health checks, which have no key."""
    heard = next((one for one in (await deps.status()).roles if one.role == role), None)
    if heard is None:
        return Response("no such role\n", 404, media_type="text/plain")
    return Response(f"{'ready' if heard.ready else heard.detail or 'not ready'}\n", 200 if heard.ready else 503, media_type="text/plain")


@probes.get("/metrics", response_class=Response, dependencies=[VIEWING], responses=RESPONSES)
async def metrics(deps: Deps, times: Annotated[Measures, Depends(measures)]) -> Response:
    """The same counts in Prometheus' text format."""
    counts = _registry(await deps.status(), await health(deps))
    quality = Gauge("mainsight_alarm_quality", "quality of the last 30 days' alarms, by measure", ["measure"], registry=counts)
    for measure, value in values(await deps.retrospect.month()).items():
        quality.labels(measure).set(value)
    scored = Gauge(
        "mainsight_forecast_score", "forecasts of the last 7 days up to 48 h ahead", ["target", "quantity", "measure"], registry=counts
    )
    for target, name, measure, value in await forecast_quality.values(deps):
        scored.labels(target, name, measure).set(value)
    return Response(generate_latest(counts) + generate_latest(times.registry), media_type=CONTENT_TYPE_LATEST)


def _registry(now: Status, well: Health) -> CollectorRegistry:
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
    counter("alarms_given_up", "announcements that could not be delivered", now.alarms.given_up)
    _measure(gauge, well)
    _measure_metering(registry, now.metering)
    gauge("broker_connected", "1 while connected to the broker", now.collector.connected)
    gauge("store_ready", "1 while the store takes readings", now.store.ready)
    gauge("live_listeners", "clients of the live stream", now.live.listeners)
    if now.collector.lag_s is not None:
        gauge("ingest_lag_seconds", "age of the newest committed message when it was committed", now.collector.lag_s)
    for name, value in sorted(now.store.numbers.items()):
        gauge(f"store_{name}", f"store: {name.replace('_', ' ')}", value)
    return registry


def _measure(gauge: Callable[[str, str, float], None], well: Health) -> None:
    """What the health page shows, for machines; what is not known is absent."""
    for queue in well.queues:
        gauge(f"queue_{queue.name.replace(' ', '_')}", f"waiting: {queue.name}", queue.depth)
    for name, milliseconds in (("store", well.store_read_ms), ("state", well.state_read_ms)):
        if milliseconds is not None:
            gauge(f"{name}_read_seconds", f"time of one small read of the {name}", milliseconds / 1000)
    for name, at_ms in (("forecast", well.last_forecast_ms), ("delivery", well.last_delivery_ms)):
        if at_ms is not None:
            gauge(f"last_{name}_timestamp_seconds", f"when the last {name} was made", at_ms / 1000)
    if well.disks:
        gauge("disk_free_bytes", "least room on the disks that hold files of ours", min(disk.free_bytes for disk in well.disks))


def _measure_metering(registry: CollectorRegistry, now: MeteringStatus) -> None:
    """What became of readings; the backlog is among the queues."""
    for name, text, value in (
        ("final_values", "final values written", now.values),
        ("final_values_replaced", "final values that took the place of others", now.replaced),
        ("metering_stretches", "changed stretches of series worked through", now.stretches),
        ("metering_failures", "times the store refused final values", now.failures),
    ):
        Counter(f"mainsight_{name}", text, registry=registry).inc(value)
    told = Counter("mainsight_final_values_by_rule", "final values by the rule that is told of them", ["rule"], registry=registry)
    for rule, count in now.rules.items():
        told.labels(rule).inc(count)
    if now.turn_ms is not None:
        last = Gauge("mainsight_last_metering_timestamp_seconds", "when final values were last brought up to date", registry=registry)
        last.set(now.turn_ms / 1000)
