"""Line-protocol bodies on their way to the server: /write on 1.x, influxdb-client on 2.x and 3; poison found by halves."""

import gzip
from asyncio import to_thread
from collections.abc import Sequence
from typing import Any, Protocol

import aiohttp
from influxdb_client.client.influxdb_client_async import InfluxDBClientAsync
from influxdb_client.client.write_api_async import WriteApiAsync
from influxdb_client.domain.write_precision import WritePrecision
from influxdb_client.rest import ApiException

from mainsight.store.influx.connection import Connection, tls, whole
from mainsight.store.influx.failures import Response, WriteRefusedError, write_failure
from mainsight.store.port import StoreFormatError

_GZIP_LEVEL = 1  # line protocol repeats itself so much that higher levels cost CPU and save little
_MOST_LINES = 10_000
"""Lines of one request, so that none comes near a server's bound on a body (25 MB on 1.x, 10 MB on 3)."""


class Sender(Protocol):
    """Sends one compressed body."""

    async def send(self, body: bytes) -> None:
        """Send it; on disk at the server when this returns.

        Raises:
            WriteRefusedError: lines of it are refused for good.
            StoreUnavailableError: it may work later.

        """
        ...

    async def close(self) -> None:
        """Let go of connections."""
        ...


class PlainSender:
    """/write, as InfluxDB 1.x has it."""

    def __init__(self, connection: Connection) -> None:
        """Send over an open connection."""
        self._connection = connection

    async def send(self, body: bytes) -> None:
        """See `Sender.send`."""
        connection = self._connection
        database = connection.settings.database
        options: dict[str, Any] = {
            "params": {"db": database, "precision": "ms"},
            "data": body,
            "headers": {"Content-Encoding": "gzip", "Content-Type": "text/plain; charset=utf-8"},
        }
        async with connection.request("POST", "write", **options) as response:
            if response.status >= 400:
                raise write_failure(await whole(response), connection.where, database)

    async def close(self) -> None:
        """The connection is not ours to close."""


class ClientSender:
    """influxdb-client's asynchronous write, for 2.x and 3.

    The body is compressed by us: the client would do so in the event loop and at gzip's slowest level.
    """

    def __init__(self, connection: Connection) -> None:
        """Make a client for the server of an open connection."""
        settings = connection.settings
        self._connection = connection
        context = tls(settings)
        self._client = InfluxDBClientAsync(
            url=settings.url.rstrip("/"),
            token="" if settings.token is None else settings.token.get_secret_value(),
            org=settings.org,
            timeout=aiohttp.ClientTimeout(total=settings.timeout_s, connect=5),
            ssl_context=None if context is True else context,
        )
        self._client.api_client.set_default_header("Content-Encoding", "gzip")
        self._api = WriteApiAsync(self._client)

    async def send(self, body: bytes) -> None:
        """See `Sender.send`."""
        connection, settings = self._connection, self._connection.settings
        with connection.translated():
            try:
                await self._api.write(bucket=settings.database, record=body, write_precision=WritePrecision.MS)
            except ApiException as error:
                response = Response(error.status or 0, error.headers or {}, error.body or b"")
                connection.note_pause(response.headers)
                raise write_failure(response, connection.where, settings.database) from error

    async def close(self) -> None:
        """See `Sender.close`."""
        await self._client.close()


def sender_for(connection: Connection) -> Sender:
    """What sends bodies to this server."""
    return PlainSender(connection) if connection.major == 1 else ClientSender(connection)


async def write_lines(sender: Sender, lines: Sequence[str]) -> dict[int, str]:
    """Write lines, all that can be written; gives those that cannot: place -> why.

    Writing a line again changes nothing, so a body that is refused, wholly or in part, is sent again in halves until the
    lines that are to blame stand alone. Lines should be in order of time: those a retention policy forbids then lie
    together, and a part in which all were dropped needs no more halves.

    Raises:
        StoreUnavailableError: some lines may be written, some not; write all again.
        StoreFormatError: the database holds fields of another type than ours.

    """
    refused: dict[int, str] = {}
    for at in range(0, len(lines), _MOST_LINES):
        await _write_part(sender, lines[at : at + _MOST_LINES], at, refused)
    return refused


async def _write_part(sender: Sender, lines: Sequence[str], at: int, refused: dict[int, str]) -> None:
    try:
        await sender.send(await to_thread(_compressed, lines))
    except WriteRefusedError as error:
        reason = str(error)
        if "field type conflict" in reason:
            raise StoreFormatError(f"the database holds fields of another type than mainsight's: name one of its own ({reason})") from error
        if error.lines:
            refused.update({at + number - 1: why for number, why in error.lines.items()})
        elif len(lines) == 1 or error.dropped == len(lines):
            refused.update(dict.fromkeys(range(at, at + len(lines)), reason))
        else:
            half = len(lines) // 2
            await _write_part(sender, lines[:half], at, refused)
            await _write_part(sender, lines[half:], at + half, refused)


def _compressed(lines: Sequence[str]) -> bytes:
    return gzip.compress("\n".join(lines).encode(), _GZIP_LEVEL, mtime=0)
