"""What people ask of alarms in another process: carried out here, and answered in the same transaction."""

from collections.abc import Callable
from typing import Any

from mainsight.alarms import actions
from mainsight.alarms.engine import UnknownAlarmError
from mainsight.alarms.service import AlarmService
from mainsight.alarms.settings import AlarmSettings
from mainsight.alarms.state import ActionError, Step
from mainsight.store.alarm_port import AlarmRecord
from mainsight.store.asking import attend
from mainsight.store.request_port import Answer, Request, RequestState

ROLE = "alarms"


class OtherIncidentError(ActionError):
    """What was to be acknowledged is over, and another incident has begun that the person has not seen."""


class Attendant:
    """Does to the alarms of a service what is asked of it."""

    def __init__(self, service: AlarmService, state: RequestState, settings: AlarmSettings, clock: Callable[[], int]) -> None:
        """Take the parts; `state` is the service's own."""
        self._service = service
        self._state = state
        self._settings = settings
        self._clock = clock

    async def run(self) -> None:
        """Attend until cancelled."""
        await attend(self._state, ROLE, self.carry_out)

    async def carry_out(self, request: Request) -> None:
        """Do one thing and answer, or say why not.

        Raises:
            StoreError: it is not stored, not answered, and still asked.

        """
        now_ms, asked = self._clock(), request.arguments
        rule, asset = asked["rule"], asked["asset"]
        try:
            await self._service.act(rule, asset, action_of(self._settings, request, now_ms), Answer(request.id, now_ms, done=True))
        except actions.SecondPersonNeededError as error:
            note = actions.asking_second_person(asked["person"], now_ms)
            await self._service.act(rule, asset, note, _refused(request, now_ms, error))
        except (ActionError, UnknownAlarmError) as error:
            await self._state.answer(_refused(request, now_ms, error))


def action_of(settings: AlarmSettings, request: Request, now_ms: int) -> actions.Action:
    """What a request does to a record, as of now.

    Raises:
        ActionError: it cannot be done whatever the record.

    """
    asked = request.arguments
    match request.action:
        case "acknowledge":
            return _of_incident(asked["incident"], actions.acknowledging(settings, asked["person"], asked["comment"], now_ms))
        case "shelve":
            return actions.shelving(settings, asked["person"], asked["reason"], asked["hours"], now_ms)
        case "unshelve":
            return actions.unshelving(asked["person"], asked["comment"], now_ms)
        case "reset":
            return _of_incident(asked["incident"], actions.resetting(asked["person"], asked["comment"], now_ms))
        case "take_out_of_service":
            return actions.taking_out(asked["person"], asked["reason"], now_ms)
        case "return_to_service":
            return actions.returning(asked["person"], asked["comment"], now_ms)
        case _:
            raise ActionError(f"this version cannot {request.action}")


def _of_incident(incident: str, action: actions.Action) -> actions.Action:
    def checked(record: AlarmRecord) -> Step:
        if record.incident != incident:
            raise OtherIncidentError("another incident has begun since; look at it and acknowledge it by itself")
        return action(record)

    return checked


def _refused(request: Request, now_ms: int, error: Exception) -> Answer:
    detail: dict[str, Any] = {"refused": str(error)}
    return Answer(request.id, now_ms, done=False, detail=detail)
