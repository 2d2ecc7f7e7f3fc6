"""A small SMS centre that speaks SMPP 3.4: takes a transmitter's binding and its messages, refuses as it is told."""

import socketserver
import struct
from dataclasses import dataclass, field
from threading import Thread
from typing import Any

_HEADER = struct.Struct(">IIII")
_BIND_TRANSMITTER, _SUBMIT, _UNBIND, _RESPONSE = 0x2, 0x4, 0x6, 0x80000000
_BAD_PASSWORD = 0x0E
THROTTLED, INVALID_DESTINATION = 0x58, 0x0B
_UDH_INDICATOR, _UCS2 = 0x40, 8


@dataclass(frozen=True, slots=True)
class Part:
    """One message, or a part of a long one."""

    source: str
    destination: str
    text: str


@dataclass
class Smsc:
    """Listens on loopback. `refuse` messages are turned away, with the status `refusal`, before others are taken."""

    password: str = "hush"
    refuse: int = 0
    refusal: int = THROTTLED
    parts: list[Part] = field(default_factory=list)

    def __post_init__(self) -> None:
        centre = self

        class Handler(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                while header := self.rfile.read(_HEADER.size):
                    length, command, _, sequence = _HEADER.unpack(header)
                    status, body = centre._answer(command, self.rfile.read(length - _HEADER.size))
                    self.wfile.write(_HEADER.pack(_HEADER.size + len(body), command | _RESPONSE, status, sequence) + body)

        self._server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.port: int = self._server.server_address[1]
        Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def _answer(self, command: int, body: bytes) -> tuple[int, bytes]:
        if command == _BIND_TRANSMITTER:
            _, password = body.split(b"\0")[:2]
            return (0 if password.decode() == self.password else _BAD_PASSWORD), b"smsc\0"
        if command == _SUBMIT:
            if self.refuse:
                self.refuse -= 1
                return self.refusal, b""
            self.parts.append(_read(body))
            return 0, f"{len(self.parts)}\0".encode()
        assert command == _UNBIND, f"command {command:#x}"
        return 0, b""


def _read(body: bytes) -> Part:
    _, rest = body.split(b"\0", 1)
    source, rest = rest[2:].split(b"\0", 1)
    destination, rest = rest[2:].split(b"\0", 1)
    esm_class, (_, _, rest) = rest[0], rest[3:].split(b"\0", 2) if rest[3:5] != b"\0\0" else (b"", b"", rest[5:])
    _, _, coding, _, length = struct.unpack(">BBBBB", rest[:5])
    content: Any = rest[5 : 5 + length]
    if esm_class & _UDH_INDICATOR:
        content = content[content[0] + 1 :]
    return Part(source.decode(), destination.decode(), content.decode("utf-16-be" if coding == _UCS2 else "ascii"))
