"""Decoding: CPU a message and a reading, from bytes to readings of registered meters.

Usage: python benchmarks/decode.py

Prints the machine and, for each format, the least of 15 repeats (other processes only ever add).
"""

import json
import os
import platform
import timeit
from datetime import date
from time import process_time

from collector.mapping import FieldRule, Mappings, Rule
from collector.pipeline import Pipeline
from collector.routes import EVERYTHING
from collector.session.port import Message
from collector.settings import DecodeSettings
from mainsight.core.network import Meter, Network, Role, Text, Utility

T0 = 1_767_225_600_000
QUARTER = 900_000
ROWS = 96
RECORD = {"power_kw": 812.5, "reactive_power_kvar": 91.25, "voltage_l1_v": 22950.5, "energy_import_kwh": 1234567.8}
QUANTITIES = ("power", "reactive_power", "voltage_l1", "energy_import")
LETTERS = {"P": ("power", "kW"), "Q": ("reactive_power", "kvar"), "U": ("voltage_l1", "V"), "E": ("energy_import", "kWh")}


def pipeline() -> Pipeline:
    """A pipeline over 250 meters."""
    name = Text("", "")
    meters = {f"m-{n}": Meter(f"m-{n}", name, f"dev-{n}", "f", Role.MAIN, Utility.POWER, QUANTITIES) for n in range(250)}
    network = Network("p", name, date(2026, 1, 1), {}, {}, {}, {}, {}, {}, {}, {}, meters)
    fields = {letter: FieldRule(quantity=quantity, unit=unit) for letter, (quantity, unit) in LETTERS.items()}
    rules = Mappings(rules=(Rule(topic="v1/gateway/telemetry", profile="thingsboard", fields=fields),))
    return Pipeline(network, {}, EVERYTHING, rules, DecodeSettings())


def messages() -> dict[str, tuple[str, bytes]]:
    """One message of each kind: topic and payload."""
    times = [T0 + QUARTER * row for row in range(ROWS)]
    rows = [[time, *RECORD.values()] for time in times]
    values = dict(zip(LETTERS, RECORD.values(), strict=True))
    fields = ",".join(f"{key}={value}" for key, value in RECORD.items())
    return {
        "plain JSON, 4 readings": ("mainsight/p/dev-7", json.dumps({"device": "dev-7", "time": T0, **RECORD}).encode()),
        "plain JSON, 96 rows x 4": (
            "mainsight/p/dev-7",
            json.dumps({"device": "dev-7", "columns": ["time", *RECORD], "rows": rows}).encode(),
        ),
        "ThingsBoard, 96 records x 4": (
            "v1/gateway/telemetry",
            json.dumps({"dev-7": [{"ts": t, "values": values} for t in times]}).encode(),
        ),
        "line protocol, 96 lines x 4": ("lines/dev-7", "\n".join(f"meter,device=dev-7 {fields} {t}000000" for t in times).encode()),
        **industry(),
    }


def industry() -> dict[str, tuple[str, bytes]]:
    """The same sample as gateways of industry send it; P1 has no sum of reactive power."""
    power, reactive, voltage, energy = RECORD.values()
    wmbus = {
        "total_energy_consumption_kwh": energy,
        "current_power_consumption_kw": power,
        "reactive_consumption_kw": reactive,
        "voltage_at_phase_1_v": voltage,
        "max_power_consumption_kw": 950.5,
    }
    about = {"_": "telegram", "media": "electricity", "meter": "x", "name": "x", "id": "dev-7"}
    uplink = {"time": T0, "deviceInfo": {"devEui": "dev-7"}, "fPort": 2, "data": "qg==", "object": {**RECORD, "battery": 97}}
    records = (("power", "kW", power), ("reactive", "kvar", reactive), ("voltage_l1", "V", voltage), ("energy", "kWh", energy))
    pack = [{"bn": "dev-7", "bt": T0 // 1000}, *({"n": name, "u": unit, "v": value} for name, unit, value in records)]
    lines = (
        "0-0:1.0.0(260101010000W)",
        "0-0:96.1.1(dev-7)",
        f"1-0:1.8.0({energy}*kWh)",
        f"1-0:1.7.0({power}*kW)",
        f"1-0:32.7.0({voltage}*V)",
    )
    return {
        "wmbusmeters, 4 readings": ("wmbusmeters/dev-7", json.dumps({**about, "timestamp": "2026-01-01T00:00:00Z", **wmbus}).encode()),
        "ChirpStack, 4 readings": ("application/1/device/dev-7/event/up", json.dumps(uplink).encode()),
        "SenML, 4 readings": ("senml/dev-7", json.dumps(pack).encode()),
        "P1 telegram, 3 readings": ("p1/dev-7", "\r\n".join(("/X", "", *lines, "!", "")).encode()),
    }


def main() -> None:
    """Measure and print."""
    print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}")
    print(f"{'':30}{'us a message':>14}{'us a reading':>14}")
    running = pipeline()
    for kind, (topic, payload) in messages().items():
        message = Message(topic, payload, retained=False, qos=1, arrival_ms=T0 + QUARTER * ROWS)
        readings = len(running.process(message).readings)
        number = max(20, 8_000 // readings)
        best = min(timeit.repeat(lambda m=message: running.process(m), number=number, repeat=15, timer=process_time))  # type: ignore[misc]
        print(f"{kind:30}{best / number * 1e6:14.1f}{best / number / readings * 1e6:14.2f}")


if __name__ == "__main__":
    main()
