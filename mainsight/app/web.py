"""Serves the API in our own event loop: we own the socket and the signals."""

import asyncio
import socket
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from fastapi import FastAPI

from api.settings import ApiSettings

_SHUTDOWN_S = 3


class PortInUseError(Exception):
    """Somebody else listens there; the message says what to set."""


def bind(settings: ApiSettings) -> socket.socket:
    """Take the address to listen on.

    Raises:
        PortInUseError: the port is taken, or the address is not one of this machine.

    """
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    taken = socket.socket(family, socket.SOCK_STREAM)
    taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        taken.bind((settings.host, settings.port))
        taken.listen(128)
    except OSError as error:
        taken.close()
        raise PortInUseError(
            f"cannot listen on {settings.host}:{settings.port}: {error.strerror}; "
            "set another address or port (api.host, api.port or MAINSIGHT__API__PORT; 0 takes a free one)"
        ) from error
    taken.setblocking(False)
    return taken


def address(taken: socket.socket, settings: ApiSettings) -> str:
    """The address as one opens it in a browser."""
    host, port = taken.getsockname()[:2]
    shown = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)  # noqa: S104 - compared, not bound
    return f"{'http' if settings.certificate is None else 'https'}://{shown}:{port}"


class _Server(uvicorn.Server):
    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signals to whoever supervises the process."""
        yield


async def serve(app: FastAPI, taken: socket.socket, settings: ApiSettings) -> None:
    """Serve until cancelled; open streams are ended then.

    Raises:
        OSError: certificate or key cannot be read.

    """
    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        lifespan="off",
        timeout_graceful_shutdown=_SHUTDOWN_S,
        http="httptools",
        ws="none",
        server_header=False,
        proxy_headers=bool(settings.proxies),
        forwarded_allow_ips=list(settings.proxies),
        ssl_certfile=settings.certificate,
        ssl_keyfile=settings.key,
    )
    server = _Server(config)
    try:
        await server.serve(sockets=[taken])
    except asyncio.CancelledError:
        server.force_exit = True
        await server.shutdown(sockets=[taken])
        raise
    finally:
        taken.close()
