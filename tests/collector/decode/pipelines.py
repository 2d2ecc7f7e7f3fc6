"""A pipeline on a handful of meters, and messages through it."""

import json
from datetime import date
from typing import Any

from collector.mapping import Mappings
from collector.pipeline import Pipeline, Processed
from collector.routes import EVERYTHING
from collector.session.port import Message
from collector.settings import DecodeSettings
from mainsight.core.network import Meter, Network, Role, Text, Utility

NOW = 1_767_225_600_000


def meter(meter_id: str, device: str, *quantities: str) -> Meter:
    return Meter(meter_id, Text("", ""), device, "feeder", Role.MAIN, Utility.POWER, quantities)


def build(**settings: Any) -> Pipeline:
    """Make a pipeline: `routes` and `mappings` for it, everything else for its settings."""
    meters = [
        meter("m-1", "dev-1", "power", "energy_import"),
        meter("m-2", "shared", "flow"),
        meter("m-3", "shared", "pressure"),
        meter("m-4", "old", "power"),
    ]
    nothing: dict[str, Any] = {}
    network = Network("p", Text("", ""), date(2026, 1, 1), *([nothing] * 8), {m.id: m for m in meters})
    routes, mappings = settings.pop("routes", EVERYTHING), settings.pop("mappings", Mappings())
    return Pipeline(network, {"alias": "m-1", "lost": "gone"}, routes, mappings, DecodeSettings(**settings))


def send(pipeline: Pipeline, body: Any, topic: str = "t", **message: Any) -> Processed:
    payload = body if isinstance(body, bytes) else json.dumps(body).encode()
    return pipeline.process(Message(topic, payload, message.get("retained", False), 1, message.get("arrival_ms", NOW)))
