"""The load, put at the broker faster than any client library could: encoded beforehand, written to a plain socket."""

import socket
from collections.abc import Iterable
from itertools import islice
from types import TracebackType
from typing import Self

import mqtt5

_MOST_UNDER_WAY = 10_000


class Load:
    """A connection that publishes at QoS 1; PUBACKs are only counted."""

    def __init__(self, host: str, port: int) -> None:
        self._link = socket.create_connection((host, port))
        self._rest = b""
        self._packet_id = 0
        self._most = _MOST_UNDER_WAY

    def __enter__(self) -> Self:
        self._link.sendall(mqtt5.ConnectPacket("benchmark-load", clean_start=True).write())
        connack = self._read_one()
        self._most = min(_MOST_UNDER_WAY, connack.receive_max)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._link.sendall(mqtt5.DisconnectPacket().write())
        self._link.close()

    def publish(self, messages: Iterable[tuple[str, bytes]]) -> None:
        """Publish all; returns when the broker has acknowledged every one."""
        packets = (self._packet(topic, payload) for topic, payload in messages)
        while chunk := list(islice(packets, self._most)):
            self._link.sendall(b"".join(chunk))
            self._count_pubacks(len(chunk))

    def _packet(self, topic: str, payload: bytes) -> bytes:
        self._packet_id = self._packet_id % 65_535 + 1
        return mqtt5.PublishPacket(topic, payload, qos=mqtt5.QoS.AT_LEAST_ONCE, packet_id=self._packet_id).write()

    def _read_one(self) -> mqtt5.ConnAckPacket:
        while True:
            self._rest += self._link.recv(65_536)
            try:
                packet, size = mqtt5.read(memoryview(self._rest))
            except IndexError:
                continue
            assert isinstance(packet, mqtt5.ConnAckPacket)
            self._rest = self._rest[size:]
            return packet

    def _count_pubacks(self, count: int) -> None:
        while count:
            view, offset = memoryview(self._rest), 0
            while count:
                try:
                    packet, size = mqtt5.read(view[offset:])
                except IndexError:
                    break
                offset += size
                count -= isinstance(packet, mqtt5.PubAckPacket)
            self._rest = self._rest[offset:]
            if count:
                self._rest += self._link.recv(65_536)
