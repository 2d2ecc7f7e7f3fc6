"""Where forecasts of the weather come from: a CSV file, or an address that answers JSON."""

import asyncio
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp

from forecast.errors import DataError
from forecast.weather import WeatherForecasts, read_rows, read_weather

MOST_BYTES = 16 * 2**20


@dataclass(slots=True)
class CsvWeather:
    """A file as `forecast.weather.read_weather` reads it, read again when it changes."""

    path: Path
    timezone: str
    _seen: tuple[int, int] = field(default=(0, 0))

    async def __call__(self) -> WeatherForecasts | None:
        """See `forecast.weather_desk.Source`."""
        try:
            found = self.path.stat()
        except OSError as error:
            message = f"{self.path}: {error.strerror}"
            raise DataError(message) from error
        changed = found.st_mtime_ns, found.st_size
        if changed == self._seen:
            return None
        read = await asyncio.to_thread(read_weather, self.path, self.timezone)
        self._seen = changed
        return read


@dataclass(frozen=True, slots=True)
class HttpWeather:
    """An address whose answer `forecast.weather.read_rows` reads; each request is a session of its own, for there are few."""

    url: str
    timeout_s: float

    async def __call__(self) -> WeatherForecasts | None:
        """See `forecast.weather_desk.Source`."""
        return read_rows(await self._fetch())

    async def _fetch(self) -> bytes:
        body = bytearray()
        try:
            async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(self.timeout_s)) as session, session.get(self.url) as answer:
                if answer.status != 200:
                    message = f"answered with status {answer.status}"
                    raise DataError(message)
                async for chunk in answer.content.iter_chunked(2**16):
                    body += chunk
                    if len(body) > MOST_BYTES:
                        message = f"answered with more than {MOST_BYTES // 2**20} MiB"
                        raise DataError(message)
        except (aiohttp.ClientError, TimeoutError) as error:
            message = f"no answer: {str(error) or type(error).__name__}"
            raise DataError(message) from error
        return bytes(body)
