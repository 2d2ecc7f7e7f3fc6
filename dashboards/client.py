"""Grafana by grafana-client, its errors as ours."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

import niquests
from grafana_client import AsyncGrafanaApi, GrafanaApi
from grafana_client.client import GrafanaClientError, GrafanaException, GrafanaServerError, GrafanaTimeoutError

from dashboards.settings import GrafanaSettings

_NOT_FOUND, _TOO_MANY = 404, 429


class GrafanaError(Exception):
    """Grafana refuses; the message says what."""


class GrafanaUnavailableError(GrafanaError):
    """Grafana is not reached, or not well; it may work later."""


class GrafanaNotFoundError(GrafanaError):
    """Grafana has no such thing."""


@contextmanager
def connect(settings: GrafanaSettings) -> Iterator[GrafanaApi]:
    """Give a client until the context ends; nothing is sent yet."""
    grafana = GrafanaApi.from_url(_base(settings), settings.credential(), settings.timeout_s)
    try:
        yield grafana
    finally:
        grafana.client.s.close()


@asynccontextmanager
async def connect_async(settings: GrafanaSettings) -> AsyncIterator[AsyncGrafanaApi]:
    """Give an asynchronous client until the context ends; nothing is sent yet."""
    grafana = AsyncGrafanaApi.from_url(_base(settings), settings.credential(), settings.timeout_s)
    try:
        yield grafana
    finally:
        await grafana.client.s.close()


def _base(settings: GrafanaSettings) -> str:
    assert settings.url is not None
    return settings.url.rstrip("/") + "/"  # grafana-client appends "api" to whatever path there is


@contextmanager
def translated(settings: GrafanaSettings, what: str) -> Iterator[None]:
    """Translate errors while doing `what`."""
    where = f"Grafana at {settings.url}"
    try:
        yield
    except (GrafanaTimeoutError, GrafanaServerError, niquests.RequestException, OSError) as error:
        raise GrafanaUnavailableError(f"{where}, {what}: {error}") from error
    except GrafanaClientError as error:
        if error.status_code == _TOO_MANY:
            raise GrafanaUnavailableError(f"{where}, {what}: {error}") from error
        if error.status_code == _NOT_FOUND:
            raise GrafanaNotFoundError(f"{where}, {what}: {error}") from error
        hint = "; check grafana.token and its role" if error.status_code in {401, 403} else ""
        raise GrafanaError(f"{where}, {what}: {error}{hint}") from error
    except (GrafanaException, ValueError) as error:
        raise GrafanaError(f"{where}, {what}: {error}") from error
