"""What a process hears of the others over the broker: readings, who is gone, changed alarms, status."""

import logging
from collections.abc import Callable, Sequence

from collector import gone_feed, live_feed
from collector.session.port import Message, Session
from mainsight.app.status import TOPIC as STATUS_TOPIC
from mainsight.core.readings import Reading

ALARMS_TOPIC = "mainsight/v1/alarms"
WEATHER_TOPIC = "mainsight/v1/weather"
"""Where forecasts of the weather may be published, as `forecast.weather.read_rows` reads them."""
READINGS, GONE, ALARMS, STATUS = f"{live_feed.TOPIC}/+", f"{gone_feed.TOPIC}/+", f"{ALARMS_TOPIC}/+", f"{STATUS_TOPIC}/+"
"""Filters to ask the broker for."""
_log = logging.getLogger(__name__)


class Hearing:
    """Hands on what comes over a session that asks for our own topics. Whoever takes must not block."""

    def __init__(
        self,
        session: Session,
        *,
        readings: Callable[[Sequence[Reading]], None] | None = None,
        gap: Callable[[], None] | None = None,
        gone: Callable[[str, bytes], None] | None = None,
        alarms: Callable[[], None] | None = None,
        status: Callable[[bytes], None] | None = None,
        weather: Callable[[bytes], None] | None = None,
    ) -> None:
        """Say who takes what.

        Args:
            session: open, with the filters of what is taken.
            readings: takes the readings of one message.
            gap: called before it when something may have been lost; the readings are in the store.
            gone: takes topic and payload of a word on who is gone; raises ValueError for what is none.
            alarms: called when the stored state of alarms has changed.
            status: takes a role's word; likewise.
            weather: takes a forecast of the weather; likewise.

        """
        self._session = session
        self._readings = readings
        self._gap = gap
        self._gone = gone
        self._alarms = alarms
        self._status = status
        self._weather = weather
        self._sequences = live_feed.Sequences()
        self._refused = 0

    async def run(self) -> None:
        """Hear until cancelled."""
        async for messages in self._session.batches():
            for message in messages:
                try:
                    self._hear(message)
                except ValueError as error:
                    self._refused += 1
                    if self._refused & (self._refused - 1) == 0:  # the first, second, fourth, eighth ...
                        _log.warning("a message on %r cannot be used (%d so far): %s", message.topic, self._refused, error)

    def _hear(self, message: Message) -> None:
        if message.topic.startswith(live_feed.TOPIC) and self._readings is not None:
            told = live_feed.decode(message.payload)
            readings = told.readings()
            if self._sequences.gap_before(message.topic, told) and self._gap is not None:
                self._gap()
            self._readings(readings)
        elif message.topic.startswith(gone_feed.TOPIC) and self._gone is not None:
            self._gone(message.topic, message.payload)
        elif message.topic.startswith(ALARMS_TOPIC) and self._alarms is not None:
            self._alarms()
        elif message.topic.startswith(STATUS_TOPIC) and self._status is not None:
            self._status(message.payload)
        elif message.topic == WEATHER_TOPIC and self._weather is not None:
            self._weather(message.payload)
