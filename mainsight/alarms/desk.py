"""Where people see alarms and act on them: in the process that judges them, or in another."""

from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from typing import Protocol

from mainsight.alarms.incidents import Incident
from mainsight.alarms.points import Key
from mainsight.alarms.views import AlarmCounts, AlarmView
from mainsight.store.alarm_port import Transition


class Changes:
    """Alarms that changed since they were last taken, each once."""

    def __init__(self) -> None:
        """Start with none."""
        self._keys: dict[Key, None] = {}

    def add(self, keys: Iterable[Key]) -> None:
        """Note changed alarms."""
        self._keys.update(dict.fromkeys(keys))

    def take(self) -> list[tuple[str, str]]:
        """(rule, asset) of what changed, and forget it."""
        taken, self._keys = self._keys, {}
        return list(taken)


class AlarmDesk(Protocol):
    """What the API needs of alarms; `AlarmService` and `RemoteAlarms` offer it."""

    def view(self, rule: str, asset: str) -> AlarmView:
        """See `AlarmService.view`."""
        ...

    def views(self) -> list[AlarmView]:
        """See `AlarmService.views`."""
        ...

    def counts(self) -> AlarmCounts:
        """See `AlarmService.counts`."""
        ...

    def incidents(self, transitions: Sequence[Transition]) -> list[Incident]:
        """See `AlarmService.incidents`."""
        ...

    def subscribe(self) -> AbstractContextManager[Changes]:
        """See `AlarmService.subscribe`."""
        ...

    async def acknowledge(self, rule: str, asset: str, *, person: str, comment: str = "") -> AlarmView:
        """See `AlarmService.acknowledge`."""
        ...

    async def shelve(self, rule: str, asset: str, *, person: str, reason: str, hours: float | None = None) -> AlarmView:
        """See `AlarmService.shelve`."""
        ...

    async def unshelve(self, rule: str, asset: str, *, person: str, comment: str = "") -> AlarmView:
        """See `AlarmService.unshelve`."""
        ...

    async def reset(self, rule: str, asset: str, *, person: str, comment: str = "") -> AlarmView:
        """See `AlarmService.reset`."""
        ...

    async def take_out_of_service(self, rule: str, asset: str, *, person: str, reason: str) -> AlarmView:
        """See `AlarmService.take_out_of_service`."""
        ...

    async def return_to_service(self, rule: str, asset: str, *, person: str, comment: str = "") -> AlarmView:
        """See `AlarmService.return_to_service`."""
        ...
