"""Dead-man signal: while alarms are judged and delivered, an outside checker hears of it; its silence is the alarm."""

import asyncio
import logging
import urllib.error
import urllib.request
from collections.abc import Callable
from http.client import HTTPException

from mainsight.alarms.settings import HeartbeatSettings
from mainsight.core.zonetime import SECOND_MS

_log = logging.getLogger(__name__)


class Heartbeat:
    """Fetches an address now and then."""

    def __init__(self, settings: HeartbeatSettings, clock: Callable[[], int]) -> None:
        """Beat at the settings' address; without one, never."""
        self._settings = settings
        self._clock = clock
        self._due_ms = 0
        self._failing = False

    async def beat(self) -> None:
        """Fetch the address when it is time; a failure is told once and tried again."""
        url = self._settings.url
        if url is None or self._clock() < self._due_ms:
            return
        self._due_ms = self._clock() + round(self._settings.every_s * SECOND_MS)
        try:
            await asyncio.to_thread(self._fetch, url.get_secret_value())
        except (OSError, HTTPException, urllib.error.URLError, ValueError) as error:
            if not self._failing:
                _log.warning("the heartbeat did not arrive: %s", type(error).__name__)  # the text may hold the address, a secret
            self._failing = True
        else:
            self._failing = False

    def _fetch(self, url: str) -> None:
        with urllib.request.urlopen(url, timeout=self._settings.timeout_s) as answer:  # noqa: S310 - the settings allow http alone
            answer.read(1)
