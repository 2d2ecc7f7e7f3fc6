"""One HTTP connection pool to a server: which server it is, queries streamed, its pauses honoured, its errors translated."""

import asyncio
import base64
import ssl
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from typing import Any, NamedTuple

import aiohttp
import orjson

from mainsight.store.influx.failures import AccessError, Response, failure, pause_s, statement_failure
from mainsight.store.influx.query import Statement, bound
from mainsight.store.port import StoreError, StoreFormatError, StoreUnavailableError
from mainsight.store.settings import InfluxSettings

_KNOWN = (1, 2, 3)
_CHUNK_ROWS = 5_000
_MOST_STATEMENTS = 200
_CONNECT_S = 5.0
_NOT_REACHED = (aiohttp.ClientError, TimeoutError, OSError)


class Table(NamedTuple):
    """Rows of one series in the answer to one statement; a long series comes as several tables in order."""

    statement: int
    tags: Mapping[str, str]
    columns: Mapping[str, Sequence[Any]]


class Connection:
    """An open connection to a server that proved to be InfluxDB."""

    def __init__(self, settings: InfluxSettings) -> None:
        """See `open`."""
        self.settings = settings
        self.where = f"InfluxDB at {settings.url}"
        self.version = ""
        self.major = 0
        self._resume_s = 0.0
        self._asked = ""
        self.session = aiohttp.ClientSession(
            settings.url.rstrip("/") + "/",
            headers=_authorization(settings) | {"Accept-Encoding": "identity"},
            connector=aiohttp.TCPConnector(ssl=tls(settings)),
            timeout=aiohttp.ClientTimeout(total=settings.timeout_s, connect=_CONNECT_S),
        )

    @classmethod
    async def open(cls, settings: InfluxSettings) -> "Connection":
        """Connect, and find out what is there.

        Raises:
            StoreUnavailableError: nothing answers now.
            StoreFormatError: what answers is not InfluxDB, or not a version we know, or it does not let us in.

        """
        connection = cls(settings)
        try:
            await connection.identify()
        except AccessError as error:
            await connection.close()
            raise StoreFormatError(str(error)) from error
        except BaseException:
            await connection.close()
            raise
        return connection

    @property
    def binds(self) -> bool:
        """Whether /query binds values and takes several statements; that of InfluxDB 3 does neither (its issue 24805)."""
        return self.major < 3

    @property
    def deletes(self) -> bool:
        """Whether InfluxQL can delete; InfluxDB 3 cannot."""
        return self.major < 3

    async def identify(self) -> None:
        """Ask the server what it is."""
        async with self.request("GET", "ping") as response:
            if response.status >= 400:
                raise failure(await whole(response), self.where, self.settings.database)
            version = response.headers.get("X-Influxdb-Version") or _told_version(await response.read())
        self.version = version.removeprefix("v")
        major = self.version.partition(".")[0]
        if not major.isdigit():
            raise StoreFormatError(f"what answers at {self.settings.url} does not say that it is InfluxDB: check store.influx.url")
        self.major = int(major)
        if self.major not in _KNOWN:
            raise StoreFormatError(f"{self.where} is version {self.version}; this mainsight knows 1.x, 2.x and 3")
        if self.major > 1 and self.settings.token is None:
            raise StoreFormatError(f"{self.where} is version {self.version}, which wants a token: set store.influx.token")

    async def query(self, statements: Sequence[Statement]) -> AsyncIterator[Table]:
        """Answers to statements as they arrive; `Table.statement` counts from 0 over all of them.

        Raises:
            StoreUnavailableError: no whole answer; what came before may be part of one.
            StoreError: the server does not understand a statement.

        """
        at_once = _MOST_STATEMENTS if self.binds else 1
        for at in range(0, len(statements), at_once):
            some = statements[at : at + at_once]
            text, values = bound(some) if self.binds else (some[0].rendered(), {})
            async for table in self._query(text, values):
                yield table._replace(statement=at + table.statement)

    async def _query(self, text: str, values: Mapping[str, str | int]) -> AsyncIterator[Table]:
        form = {"db": self.settings.database, "epoch": "ms", "q": text, "chunked": "true", "chunk_size": str(_CHUNK_ROWS)}
        if values:
            form["params"] = orjson.dumps(values).decode()
        unfinished = False
        async with self.request("POST", "query", data=form) as response:
            if response.status >= 400:
                raise failure(await whole(response), self.where, self.settings.database)
            async for line in _lines(response):
                for result in self._results(line):
                    unfinished = bool(result.get("partial"))
                    for series in result.get("series", ()):
                        yield _table(result, series)
        if unfinished:
            raise StoreUnavailableError(f"{self.where} ended an answer in its middle")

    def _results(self, line: bytes) -> list[dict[str, Any]]:
        try:
            answer = orjson.loads(line)
        except ValueError as error:
            raise StoreUnavailableError(f"{self.where} ended an answer in its middle") from error
        message = answer.get("error") or next((r["error"] for r in answer.get("results", ()) if "error" in r), None)
        if message:
            raise statement_failure(str(message), self.where)
        if "results" not in answer:
            raise StoreError(f"{self.where} gave an answer without results")
        results: list[dict[str, Any]] = answer["results"]
        return results

    async def execute(self, statements: Sequence[Statement]) -> None:
        """Run statements that give no rows."""
        async for _ in self.query(statements):
            pass

    @asynccontextmanager
    async def request(self, method: str, path: str, **options: Any) -> AsyncIterator[aiohttp.ClientResponse]:
        """One request below the server's address, with errors of the way translated and pauses kept."""
        with self.translated():
            async with self.session.request(method, path, **options) as response:
                self.note_pause(response.headers)
                yield response

    @contextmanager
    def translated(self) -> Iterator[None]:
        """Errors of the way as the port's; nothing is sent while the server has asked for a pause."""
        left_s = self._resume_s - asyncio.get_running_loop().time()
        if left_s > 0:
            raise StoreUnavailableError(f"{self.where} asked to be left alone for {self._asked} s; {left_s:.0f} s are left")
        try:
            yield
        except _NOT_REACHED as error:
            raise StoreUnavailableError(f"{self.where} is not reached: {str(error) or type(error).__name__}") from error

    def note_pause(self, headers: Mapping[str, str]) -> None:
        """Keep to a pause the server asks for."""
        pause = pause_s(headers)
        if pause:
            self._resume_s, self._asked = asyncio.get_running_loop().time() + pause, f"{pause:.0f}"

    async def close(self) -> None:
        """Let go of the connections."""
        await self.session.close()


def tls(settings: InfluxSettings) -> ssl.SSLContext | bool:
    """How the server's certificate is verified."""
    return ssl.create_default_context(cafile=settings.ca) if settings.ca else True


async def whole(response: aiohttp.ClientResponse) -> Response:
    """An answer that is not a success, read to its end."""
    return Response(response.status, response.headers, await response.read())


def _authorization(settings: InfluxSettings) -> dict[str, str]:
    if settings.token is not None:
        return {"Authorization": f"Token {settings.token.get_secret_value()}"}
    if settings.user is None:
        return {}
    password = "" if settings.password is None else settings.password.get_secret_value()
    return {"Authorization": f"Basic {base64.b64encode(f'{settings.user}:{password}'.encode()).decode()}"}


def _told_version(body: bytes) -> str:
    try:
        told = orjson.loads(body)
    except ValueError:
        return ""
    return str(told.get("version", "")) if isinstance(told, dict) else ""


def _table(result: dict[str, Any], series: dict[str, Any]) -> Table:
    columns = dict(zip(series["columns"], zip(*series["values"], strict=True), strict=True))
    return Table(result.get("statement_id", 0), series.get("tags", {}), columns)


async def _lines(response: aiohttp.ClientResponse) -> AsyncIterator[bytes]:
    """Lines of a body as they arrive; each is one chunk of the answer."""
    waiting: list[bytes] = []
    async for piece in response.content.iter_any():
        head, *ended = piece.split(b"\n")
        waiting.append(head)
        for line in ended:
            if whole_line := b"".join(waiting):
                yield whole_line
            waiting = [line]
    if rest := b"".join(waiting):
        yield rest
