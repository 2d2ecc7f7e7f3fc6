"""Notices of planned outages: given, withdrawn, seeded from a file, and copied to whoever shows them."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Annotated, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from mainsight.alarms.rules import Id, Words
from mainsight.core.network import Network
from mainsight.core.zonetime import DAY_S, SECOND_MS, to_ms
from mainsight.registry.positions import load_yaml
from mainsight.registry.problems import DocumentError, ProblemsError
from mainsight.registry.validation import validate
from mainsight.store.port import StoreError
from mainsight.store.rule_port import OutageState, PlannedOutage

_COPY_EVERY_S = 15
_COPIED_MS = 60 * DAY_S * SECOND_MS
SEED_PERSON = "registry"
"""Who gives notice where a file does."""
Take = Callable[[Sequence[PlannedOutage]], Awaitable[None]]
"""Shows notices; it raises StoreError when it has not taken all, and bears getting the same again."""
_log = logging.getLogger(__name__)


class OutageError(ValueError):
    """A notice that cannot be: the message says why and how to mend it."""

    def __init__(self, message: str, field: str) -> None:
        super().__init__(message)
        self.field = field


def _zoned(value: datetime) -> datetime:
    if value.tzinfo is None:
        raise ValueError(f"{value.isoformat()} has no time zone; add +07:00 or Z")
    return value


Instant = Annotated[datetime, AfterValidator(_zoned)]


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class _Notice(_Model):
    id: Id
    asset: Id
    start: Instant
    end: Instant
    reason: Words

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.end <= self.start:
            raise ValueError("it ends before it starts")
        return self


class _NoticeFile(_Model):
    planned_outages: tuple[_Notice, ...] = Field(default=())


def check_outage(outage: PlannedOutage, network: Network) -> None:
    """Check a notice before it is kept.

    Raises:
        OutageError: no such asset, an end before its start or in the past.

    """
    if outage.asset != network.id and outage.asset not in network.meters:
        try:
            network.asset(outage.asset)
        except KeyError:
            raise OutageError(f"there is no asset {outage.asset!r}; give the id of one in the registry", "asset") from None
    if outage.end_ms <= outage.start_ms:
        raise OutageError("it ends before it starts", "end_ms")
    if outage.end_ms <= outage.created_ms:
        raise OutageError("it is over already; what has happened is in the alarms' history", "end_ms")


def load_outages(path: Path, network: Network) -> list[PlannedOutage]:
    """Read notices from a YAML file; none where there is no file.

    Raises:
        ProblemsError: with every problem: file, line, key, what is wrong, how to mend.

    """
    if not path.exists():
        return []
    try:
        located = load_yaml(path)
    except DocumentError as error:
        raise ProblemsError(error.problems) from error
    content, problems = validate(_NoticeFile, located)
    if content is None:
        raise ProblemsError(problems)
    found = [_planned(notice) for notice in content.planned_outages]
    for number, outage in enumerate(found):
        try:
            check_outage(outage, network)
        except OutageError as error:
            what, _, mend = str(error).partition("; ")
            problems.append(located.problem(("planned_outages", number), what, mend))
    if problems:
        raise ProblemsError(problems)
    return found


def _planned(notice: _Notice) -> PlannedOutage:
    start_ms = to_ms(notice.start)
    return PlannedOutage(
        notice.id, notice.asset, start_ms, to_ms(notice.end), notice.reason.vi, notice.reason.en, SEED_PERSON, created_ms=start_ms
    )


async def seed_outages(state: OutageState, outages: Sequence[PlannedOutage]) -> None:
    """Keep notices of a file that are not there yet; those that are, also withdrawn ones, stay as they are.

    Raises:
        StoreError: they could not be kept.

    """
    for outage in outages:
        await state.plan_outage(outage)


class OutageCopy:
    """Copies notices of the last 60 days and of the future to who shows them, whenever they change."""

    def __init__(self, state: OutageState, take: Take, clock: Callable[[], int]) -> None:
        """Copy from `state` by `take`; `clock` gives UTC milliseconds."""
        self._state = state
        self._take = take
        self._clock = clock
        self._taken: set[PlannedOutage] = set()

    async def run(self) -> None:
        """Copy until cancelled; a store that is away is asked again."""
        while True:
            try:
                await self.tick()
            except StoreError as error:
                _log.warning("planned outages are not copied: %s", error)
            await asyncio.sleep(_COPY_EVERY_S)

    async def tick(self) -> None:
        """Look once, and copy what is new or was withdrawn.

        Raises:
            StoreError: not all is copied.

        """
        found = set(await self._state.planned_outages(self._clock() - _COPIED_MS))
        if fresh := found - self._taken:
            await self._take(sorted(fresh, key=lambda one: (one.start_ms, one.id)))
        self._taken = found
