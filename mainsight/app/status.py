"""How the parts are, told between processes and put together from what was heard."""

import asyncio
import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from importlib.metadata import version

from pydantic import BaseModel, ConfigDict, ValidationError

from api.schemas import status as shown
from collector.session.port import Session
from mainsight.core.zonetime import SECOND_MS
from mainsight.store.port import StoreHealth

TOPIC = "mainsight/v1/status"
EVERY_S = 2.0
_SILENT_MS = 10 * SECOND_MS
_LAST_WORD_S = 2.0
_log = logging.getLogger(__name__)


class RoleMessage(BaseModel):
    """What a role tells of itself; docs/reference/live-messages.md tells the form."""

    model_config = ConfigDict(frozen=True)

    role: str
    started_ms: int
    sent_ms: int
    ready: bool = True
    detail: str = ""
    collector: shown.CollectorStatus | None = None
    metering: shown.MeteringStatus | None = None
    forecasts: shown.ForecastStatus | None = None
    alarms: shown.AlarmStatus | None = None
    v: int = 1


class Herald:
    """Tells a role's status now and then, and once at its end."""

    def __init__(self, session: Session, tell: Callable[[], RoleMessage]) -> None:
        """Publish through `session` what `tell` gives."""
        self._session = session
        self._tell = tell

    async def run(self) -> None:
        """Tell until cancelled."""
        while True:
            await self._say()
            await asyncio.sleep(EVERY_S)

    async def last_word(self) -> None:
        """Tell the last counts; a broker that is away is not waited for."""
        try:
            async with asyncio.timeout(_LAST_WORD_S):
                await self._say()
        except TimeoutError:
            _log.info("the last counts were not told: the broker is away")

    async def _say(self) -> None:
        message = self._tell()
        await self._session.publish(f"{TOPIC}/{message.role}", message.model_dump_json().encode(), qos=0)


@dataclass(frozen=True, slots=True)
class _Heard:
    message: RoleMessage
    at_ms: int


class Board:
    """The newest word of each role."""

    def __init__(self, roles: Iterable[str], clock: Callable[[], int]) -> None:
        """Expect these roles."""
        self._roles = tuple(roles)
        self._clock = clock
        self._heard: dict[str, _Heard] = {}

    def hear(self, payload: bytes) -> None:
        """Take a message.

        Raises:
            ValueError: it is not one.

        """
        try:
            message = RoleMessage.model_validate_json(payload)
        except ValidationError as error:
            raise ValueError(f"not a status message: {error.error_count()} fields do not fit") from error
        if message.role in self._roles:
            self._heard[message.role] = _Heard(message, self._clock())

    def last(self, role: str) -> RoleMessage | None:
        """The newest word of a role, however old."""
        heard = self._heard.get(role)
        return None if heard is None else heard.message

    def roles(self) -> list[shown.RoleStatus]:
        """How each role is; one that has gone silent is not ready."""
        return [self._role(role) for role in self._roles]

    def _role(self, role: str) -> shown.RoleStatus:
        heard = self._heard.get(role)
        if heard is None:
            return shown.RoleStatus(role=role, ready=False, detail="not heard of yet", heard_ms=None)
        silent_ms = self._clock() - heard.at_ms
        if silent_ms > _SILENT_MS:
            detail = f"not heard of for {silent_ms // SECOND_MS} s"
            return shown.RoleStatus(role=role, ready=False, detail=detail, heard_ms=heard.at_ms)
        return shown.RoleStatus(role=role, ready=heard.message.ready, detail=heard.message.detail, heard_ms=heard.at_ms)

    def status(self, health: StoreHealth, started_ms: int, listeners: int) -> shown.Status:
        """All that is known; counts of a role that was not heard are 0, and those of one that is silent its last."""
        roles = {role.role: role for role in self.roles()}
        collect, forecast, alarms = (self.last(role) for role in ("collect", "forecast", "alarms"))
        collector = (collect and collect.collector) or NO_COLLECTOR
        return shown.Status(
            version=version("mainsight"),
            started_ms=started_ms,
            store=shown.StoreStatus(ready=health.ready, detail=health.detail, numbers=dict(health.numbers)),
            collector=collector.model_copy(update={"connected": collector.connected and roles["collect"].ready}),
            metering=(collect and collect.metering) or shown.MeteringStatus(),
            forecasts=(forecast and forecast.forecasts) or NO_FORECASTS,
            alarms=(alarms and alarms.alarms) or NO_ALARMS,
            live=shown.LiveStatus(listeners=listeners),
            roles=list(roles.values()),
        )


NO_COLLECTOR = shown.CollectorStatus(
    connected=False,
    received=0,
    committed=0,
    readings=0,
    stored=0,
    duplicates=0,
    replaced=0,
    quarantined=0,
    left_out=0,
    rejected=0,
    waiting=0,
    lag_s=None,
    sparkplug_nodes=0,
    births_asked=0,
)
NO_FORECASTS = shown.ForecastStatus(issued=0, fallbacks=0, last_ms=None)
NO_ALARMS = shown.AlarmStatus(raised=0, announced=0, delivered=0, given_up=0)
