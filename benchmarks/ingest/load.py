"""The load: messages that a broker holds for a session, put there faster than any client library could.

PUBLISHes are encoded beforehand and written to a plain socket; PUBACKs are only counted.
"""

import json
import socket
from collections.abc import Sequence

import mqtt5

from mainsight.core.network import Network

QUANTITIES = ("power", "reactive_power", "voltage", "energy_import")
_STEP_MS = 5_000
_MOST_UNDER_WAY = 10_000


def payloads(network: Network, count: int, end_ms: int) -> list[tuple[str, bytes]]:
    """Topics and plain JSON messages of four readings each, no (meter, time) twice, the last at `end_ms`."""
    devices = [m.device for m in network.meters.values() if m.protocol == "json" and set(QUANTITIES) <= set(m.quantities)]
    steps = -(-count // len(devices))
    made = []
    for number in range(count):
        step, device = divmod(number, len(devices))
        body = {
            "device": devices[device],
            "time": end_ms - (steps - 1 - step) * _STEP_MS,
            "power_kw": 812.5 + number % 997 / 10,
            "reactive_power_kvar": 161.25 + number % 499 / 10,
            "voltage_v": 22_840.0 + number % 211,
            "energy_import_kwh": 1_000_000.0 + step * 1.125,
        }
        made.append((f"mainsight/bac-giang/{devices[device]}", json.dumps(body).encode()))
    return made


def publish(host: str, port: int, messages: Sequence[tuple[str, bytes]]) -> None:
    """Publish all at QoS 1; returns when the broker has acknowledged every one."""
    packets = [
        mqtt5.PublishPacket(topic, payload, qos=mqtt5.QoS.AT_LEAST_ONCE, packet_id=number % 65_535 + 1).write()
        for number, (topic, payload) in enumerate(messages)
    ]
    with socket.create_connection((host, port)) as link:
        link.sendall(mqtt5.ConnectPacket("benchmark-load", clean_start=True).write())
        connack, rest = _read_one(link)
        under_way = min(_MOST_UNDER_WAY, connack.receive_max)
        for start in range(0, len(packets), under_way):
            chunk = packets[start : start + under_way]
            link.sendall(b"".join(chunk))
            rest = _count_pubacks(link, len(chunk), rest)
        link.sendall(mqtt5.DisconnectPacket().write())


def _read_one(link: socket.socket) -> tuple[mqtt5.ConnAckPacket, bytes]:
    data = b""
    while True:
        data += link.recv(65_536)
        try:
            packet, size = mqtt5.read(memoryview(data))
        except IndexError:
            continue
        assert isinstance(packet, mqtt5.ConnAckPacket)
        return packet, data[size:]


def _count_pubacks(link: socket.socket, count: int, rest: bytes) -> bytes:
    while count:
        view, offset = memoryview(rest), 0
        while count:
            try:
                packet, size = mqtt5.read(view[offset:])
            except IndexError:
                break
            offset += size
            count -= isinstance(packet, mqtt5.PubAckPacket)
        rest = rest[offset:]
        if count:
            rest += link.recv(65_536)
    return rest
