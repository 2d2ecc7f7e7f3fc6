"""What the composition root hands to the application."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from fastapi import Request

from api.schemas.mappings import Replayed, Trial, Try
from api.schemas.status import Status
from api.settings import ApiSettings
from forecast.targets import Target
from mainsight.alarms.desk import AlarmDesk
from mainsight.alarms.retrospect import Retrospect
from mainsight.alarms.ruledesk import RuleDesk
from mainsight.alarms.settings import AlarmSettings
from mainsight.core.network import Network
from mainsight.core.picture import Picture
from mainsight.metering.desk import MeteringDesk
from mainsight.store.device_port import SavedMappings
from mainsight.store.live import Broadcast
from mainsight.store.port import TimeSeriesStore
from mainsight.store.state_port import StateStore

if TYPE_CHECKING:
    from forecast.whatif_desk import WhatIf  # brings pandas, which roles without an API do without

Clock = Callable[[], int]
"""Now, UTC milliseconds."""


class RulesRefusedError(ValueError):
    """Routes or mapping rules cannot be used; the message names file, line, key and mend."""


class RulesConflictError(ValueError):
    """Somebody else has saved rules meanwhile."""


class Decoding(Protocol):
    """What people ask of decoding, done by whichever process decodes."""

    async def adopt(self, device: str, meter: str) -> int:
        """Give a device to a meter and replay what waited; the number of readings stored."""
        ...

    async def replay(self, reason: str | None, device: str | None) -> Replayed:
        """Read again what waits, by the rules in use."""
        ...

    async def try_rules(self, asked: Try) -> Trial:
        """Say what mapping rules would do. Raises RulesRefusedError."""
        ...

    async def save_rules(self, saved: SavedMappings) -> Replayed:
        """Keep mapping rules for good, take them up and replay what waits. Raises RulesRefusedError, RulesConflictError."""
        ...

    async def apply_rules(self) -> Replayed:
        """Take up saved rules and those of the files and replay what waits. Raises RulesRefusedError."""
        ...


@dataclass(frozen=True, slots=True)
class Services:
    """Everything the routes stand on."""

    network: Network
    picture: Picture
    store: TimeSeriesStore
    state: StateStore
    alarms: AlarmDesk
    targets: Mapping[tuple[str, str], Target]
    """What is forecast, by id and quantity."""
    broadcast: Broadcast
    settings: ApiSettings
    clock: Clock
    status: Callable[[], Awaitable[Status]]
    """How collector, store, forecasts and alarms are."""
    metering: MeteringDesk
    decoding: Decoding
    """What people ask of the collector's decoding."""
    rules: RuleDesk
    """Alarm rules, as people see and change them."""
    retrospect: Retrospect
    """The past of alarms."""
    what_if: "WhatIf"
    """Answers what a change would do to a forecast."""
    folders: tuple[Path, ...] = ()
    """Where files are kept on this machine."""
    alarm_settings: AlarmSettings = field(default_factory=AlarmSettings)
    """Who is told, and when."""


def services(request: Request) -> Services:
    """Hand the services to a route."""
    found: Services = request.app.state.services
    return found
