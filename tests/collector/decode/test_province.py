"""The sample province, spoken by the simulator's encoders and understood by ours: each checks the other."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from collector.configuration import load_mappings, load_routes
from collector.mapping import Mappings
from collector.pipeline import Pipeline, Processed
from collector.routes import EVERYTHING
from collector.session.port import Message
from collector.settings import DecodeSettings
from mainsight.core.network import Meter, Network
from mainsight.core.quantities import Kind, quantity
from mainsight.registry.reading import load_network
from mainsight.simulator.wire import Device, Outgoing

REGISTRY = Path(__file__).parents[3] / "registry"
NOW = 1_767_225_600_000
VALUES = {"1": 1.0, "kW": 1.5, "V": 230.25, "degC": 21.5, "bar": 3.5, "m": 2.5}


@pytest.fixture(scope="module")
def network() -> Network:
    return load_network(REGISTRY)


@pytest.fixture(scope="module")
def pipeline(network: Network) -> Pipeline:
    return Pipeline(network, {}, load_routes(REGISTRY / "routes.yaml"), load_mappings(REGISTRY / "mappings.yaml"), DecodeSettings())


def send(pipeline: Pipeline, sent: Outgoing) -> Processed:
    return pipeline.process(Message(sent.topic, sent.payload, retained=False, qos=1, arrival_ms=NOW + 50))


def value(name: str) -> float:
    what = quantity(name)
    return 1.0 if what.kind is Kind.STATUS else VALUES.get(what.unit, 12.5)


def test_every_meters_live_message_gives_its_readings(network: Network, pipeline: Pipeline) -> None:
    for meter in network.meters.values():
        values = {name: value(name) for name in meter.quantities}
        done = send(pipeline, Device(meter, network.id, "Asia/Ho_Chi_Minh").live(NOW, values))
        got = {(reading.meter, reading.quantity): (reading.time_ms, reading.value, reading.flags) for reading in done.readings}
        assert got == {(meter.id, name): (NOW, pytest.approx(values[name]), 0) for name in meter.quantities}
        assert (done.quarantined, done.unknown, done.rejected) == ([], [], 0)


def test_every_meters_day_in_one_message_gives_its_readings(network: Network, pipeline: Pipeline) -> None:
    times = NOW - 900_000 * np.arange(96, dtype=np.int64)[::-1]
    for meter in network.meters.values():
        values = {name: value(name) * np.ones(96) for name in meter.quantities}
        if len(values) > 1:  # a line without fields would be no line protocol
            values[meter.quantities[0]][40:44] = np.nan
        done = send(pipeline, Device(meter, network.id, "Asia/Ho_Chi_Minh").buffered(times, values))
        for name in meter.quantities:
            got = {reading.time_ms: reading.value for reading in done.readings if reading.quantity == name}
            wanted = {int(t): v for t, v in zip(times, values[name], strict=True) if not np.isnan(v)}
            assert got == pytest.approx(wanted)
        assert (done.quarantined, done.unknown, done.rejected) == ([], [], 0)


def test_a_meter_of_one_circuit_is_found_under_its_devices_bare_name(network: Network) -> None:
    first = next(iter(network.meters.values()))
    meter: Meter = replace(first, device="shellypm-1", protocol="shelly_gen2", quantities=("power", "energy_import"))
    pipeline = Pipeline(replace(network, meters={meter.id: meter}), {}, EVERYTHING, Mappings(), DecodeSettings())
    done = send(pipeline, Device(meter, "p", "UTC").live(NOW, {"power": 1.5, "energy_import": 7.0}))
    assert [(reading.meter, reading.quantity, reading.value) for reading in done.readings] == [
        (meter.id, "power", 1.5),
        (meter.id, "energy_import", 7.0),
    ]
