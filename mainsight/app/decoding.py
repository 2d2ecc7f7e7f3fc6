"""What people ask of decoding: adopt a device, try mapping rules, save them or take up changed files, read again what waits.

The collector's process does it, since it decodes; the API's process asks for it.
"""

import asyncio
import logging
from collections.abc import Callable, Sequence
from pathlib import Path

from api.schemas.mappings import Replayed, Trial, Try
from api.services import RulesConflictError, RulesRefusedError
from collector.configuration import parse_mappings
from collector.mapping import Mappings
from collector.pipeline import Pipeline
from collector.routes import Routes
from collector.session.port import Message
from collector.trial import concerned, merged, trial
from mainsight.core.readings import Reading
from mainsight.registry.problems import ProblemsError
from mainsight.store.asking import answer_of, attend
from mainsight.store.device_port import MappingState, SavedMappings
from mainsight.store.port import TimeSeriesStore
from mainsight.store.request_port import Answer, Request
from mainsight.store.state_port import Quarantined, StateStore

_log = logging.getLogger(__name__)
ROLE = "collect"
_PAGE = 500
_MOST_PAGES = 100
_WAIT_S = 10.0


Load = Callable[[], tuple[Routes, Mappings]]
"""Reads routes and mapping rules from their files. Raises ProblemsError."""


async def rules_in_force(state: MappingState, load: Load) -> tuple[Routes, Mappings]:
    """Routes and mapping rules of the files, after the rules that people have saved (of two for one field the first wins).

    Saved rules that cannot be used any more are left out and told in the log: what they were for waits in quarantine.

    Raises:
        ProblemsError: the files cannot be used.

    """
    routes, written = await asyncio.to_thread(load)
    saved = Mappings()
    for latest in await state.saved_mappings():
        try:
            saved = parse_mappings(latest.rules.encode(), Path(f"saved mapping rules, version {latest.version}"))
        except ProblemsError as error:
            _log.error("saved mapping rules are not used, save them anew: %s", error)
    return routes, merged(saved, written, instead=False)


class DecodingDesk:
    """Does it while the collector runs; both stand on the same pipeline."""

    def __init__(
        self,
        state: StateStore,
        store: TimeSeriesStore,
        pipeline: Pipeline,
        publish: Callable[[Sequence[Reading]], None],
        load: Load,
    ) -> None:
        """Take what it touches.

        Args:
            state: where devices and messages wait.
            store: where readings go.
            pipeline: what decodes.
            publish: tells live listeners of what was stored.
            load: reads routes and mapping rules from their files.

        """
        self._state = state
        self._store = store
        self._pipeline = pipeline
        self._publish = publish
        self._load = load

    async def adopt(self, device: str, meter: str) -> int:
        """Give a device's name to a meter, for good, and replay what waited; the number of readings stored."""
        await self._state.adopt(device, meter)
        self._pipeline.adopt(device, meter)
        return (await self.replay(None, device)).readings

    async def replay(self, reason: str | None, device: str | None) -> Replayed:
        """Read again what waits, by the rules in use.

        Messages leave the quarantine only after their readings are durable, and only when nothing of them waits any more.
        """
        reader = self._pipeline.scratch()  # what came before must not confuse what profiles know of now
        done, before = Replayed(messages=0, readings=0, left=0), None
        while page := await self._state.quarantined(reason=reason, device=device, before_id=before, limit=_PAGE):
            stored, released = await self._replay(reader, page)
            done = Replayed(messages=done.messages + len(page), readings=done.readings + stored, left=done.left + len(page) - released)
            before = page[-1].id
        return done

    async def _replay(self, reader: Pipeline, page: Sequence[Quarantined]) -> tuple[int, int]:
        processed = [(item, reader.process(_message(item))) for item in page]
        readings = [reading for _, result in processed for reading in result.readings]
        if not readings:
            return 0, 0
        result = await self._store.write(readings)
        self._publish(readings)
        settled = [item.id for item, done in processed if done.readings and not done.quarantined]
        await self._state.release(settled)
        return result.stored, len(settled)

    async def try_rules(self, asked: Try) -> Trial:
        """Say what other mapping rules would do to the last messages and to what waits; nothing is stored.

        Raises:
            RulesRefusedError: the rules cannot be used.

        """
        tried = _parsed(asked.rules, asked.name)
        rules = merged(tried, await self._others(asked), instead=asked.instead)
        every = asked.instead or asked.saved
        recent = self._pipeline.recent.last(asked.last, lambda topic: every or concerned(tried, topic))
        quarantined = await self._waiting(asked.last, lambda topic: every or concerned(tried, topic))
        before, after = self._pipeline.scratch(), self._pipeline.scratch(rules)
        return Trial.model_validate(await asyncio.to_thread(trial, before, after, recent, quarantined, tried.rules))

    async def _waiting(self, count: int, wanted: Callable[[str], bool]) -> list[Message]:
        """Latest messages in quarantine on the topics that are wanted, oldest first; of all others a bounded number is passed over."""
        found: list[Quarantined] = []
        before = None
        for _ in range(_MOST_PAGES):
            page = await self._state.quarantined(before_id=before, limit=_PAGE)
            found += [item for item in page if wanted(item.topic)]
            if len(page) < _PAGE or len(found) >= count:
                break
            before = page[-1].id
        return [_message(item) for item in reversed(found[:count])]

    async def _others(self, asked: Try) -> Mappings:
        """The rules that tried ones come before: those in use, or those of the files where they take the place of saved ones."""
        if not asked.saved:
            return self._pipeline.mappings
        try:
            return (await asyncio.to_thread(self._load))[1]
        except ProblemsError as error:
            raise RulesRefusedError(str(error)) from error

    async def save_rules(self, saved: SavedMappings) -> Replayed:
        """Keep mapping rules in place of those saved before, take them up and replay what waits.

        Raises:
            RulesRefusedError: they cannot be used, and nothing is kept; or the files cannot, and those in use stay.
            RulesConflictError: somebody else has saved meanwhile.

        """
        await _keep(self._state, saved)
        return await self.apply_rules()

    async def apply_rules(self) -> Replayed:
        """Take up saved rules, and routes and mapping rules from their files, as they are now, and replay what waits.

        Raises:
            RulesRefusedError: they cannot be used; those in use stay.

        """
        try:
            routes, mappings = await rules_in_force(self._state, self._load)
        except ProblemsError as error:
            raise RulesRefusedError(str(error)) from error
        self._pipeline.use(routes, mappings)
        return await self.replay(None, None)

    async def attend(self, clock: Callable[[], int]) -> None:
        """Do what other processes ask for, until cancelled. Done twice it changes nothing."""

        async def carry_out(request: Request) -> None:
            try:
                detail = await self._carry_out(request)
            except RulesRefusedError as error:
                await self._state.answer(Answer(request.id, clock(), done=False, detail={"refused": str(error)}))
            else:
                await self._state.answer(Answer(request.id, clock(), done=True, detail=detail))

        await attend(self._state, ROLE, carry_out)

    async def _carry_out(self, request: Request) -> dict[str, object]:
        said = request.arguments
        match request.action:
            case "adopt":
                return {"stored": await self.adopt(said["device"], said["meter"])}
            case "replay":
                return (await self.replay(said["reason"], said["device"])).model_dump()
            case "try_rules":
                return (await self.try_rules(Try.model_validate(said))).model_dump()
            case "apply_rules":
                return (await self.apply_rules()).model_dump()
            case other:
                raise RulesRefusedError(f"this version of mainsight does not know how to {other!r}; update the role collect")


class RemoteDecodingDesk:
    """Asks the collector's process. Every call raises NotAnsweredError when it is noted and not done yet."""

    def __init__(self, state: StateStore, clock: Callable[[], int]) -> None:
        """Ask through `state`."""
        self._state = state
        self._clock = clock

    async def adopt(self, device: str, meter: str) -> int:
        """See `DecodingDesk.adopt`."""
        stored = (await self._ask("adopt", {"device": device, "meter": meter}))["stored"]
        assert isinstance(stored, int)
        return stored

    async def replay(self, reason: str | None, device: str | None) -> Replayed:
        """See `DecodingDesk.replay`."""
        return Replayed.model_validate(await self._ask("replay", {"reason": reason, "device": device}))

    async def try_rules(self, asked: Try) -> Trial:
        """See `DecodingDesk.try_rules`."""
        _parsed(asked.rules, asked.name)  # what is wrong with the text needs no other process
        return Trial.model_validate(await self._ask("try_rules", asked.model_dump()))

    async def save_rules(self, saved: SavedMappings) -> Replayed:
        """See `DecodingDesk.save_rules`."""
        await _keep(self._state, saved)
        return await self.apply_rules()

    async def apply_rules(self) -> Replayed:
        """See `DecodingDesk.apply_rules`."""
        return Replayed.model_validate(await self._ask("apply_rules", {}))

    async def _ask(self, action: str, arguments: dict[str, object]) -> dict[str, object]:
        answer = await answer_of(self._state, Request(ROLE, action, arguments, self._clock()), _WAIT_S)
        if not answer.done:
            raise RulesRefusedError(str(answer.detail["refused"]))
        return answer.detail


async def _keep(state: MappingState, saved: SavedMappings) -> None:
    _parsed(saved.rules, "rules")
    latest = await state.saved_mappings()
    if saved.version != (latest[0].version if latest else 0) + 1 or not await state.save_mappings(saved):
        raise RulesConflictError("somebody else has saved mapping rules meanwhile: look at theirs, and save again")


def _parsed(rules: str, name: str) -> Mappings:
    try:
        return parse_mappings(rules.encode(), Path(name))
    except ProblemsError as error:
        raise RulesRefusedError(str(error)) from error


def _message(item: Quarantined) -> Message:
    return Message(item.topic, item.payload, retained=False, qos=1, arrival_ms=item.arrival_ms)
