"""Delivery: what is announced goes to every target, with retry and back-off, until there is a receipt or it is given up.

At least once: a delivery is pending in the store before it is tried, and its receipt is stored right after. Only a
process killed between the target's answer and that write sends it a second time.

In a flood, what is not critical goes as one message for all that wait for a target: nobody reads two hundred, and a mail
server or SMS gateway would take minutes over them while a critical one waits behind.
"""

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from mainsight.alarms.links import Claim, sign
from mainsight.alarms.notify.message import Message, announcement, plain, several
from mainsight.alarms.notify.port import GiveUpError, Notifier, RetryLaterError
from mainsight.alarms.pager import TEST_PAGE, is_step
from mainsight.alarms.points import Key, Point
from mainsight.alarms.settings import AlarmSettings, RetrySettings, TargetSettings
from mainsight.core.zonetime import HOUR_MS, SECOND_MS
from mainsight.store.alarm_port import MOST_URGENT, AlarmState, Delivery, Transition
from mainsight.store.port import StoreError

_log = logging.getLogger(__name__)
_POLL_S = 1.0

_Pair = tuple[Delivery, Transition]


@dataclass(slots=True)
class DeliveryNumbers:
    """Outcomes since the start."""

    delivered: int = 0
    retried: int = 0
    given_up: int = 0
    last_ms: int | None = None


def after_failure(delivery: Delivery, reason: str, now_ms: int, retry: RetrySettings) -> Delivery:
    """Delivery after one more try that failed: due later, twice as long each time, or given up."""
    attempts = delivery.attempts + 1
    if attempts >= retry.attempts:
        return replace(delivery, status="given_up", attempts=attempts, receipt=reason)
    delay_s = min(retry.first_delay_s * 2 ** (attempts - 1), retry.longest_delay_s)
    return replace(delivery, attempts=attempts, due_ms=now_ms + round(delay_s * SECOND_MS), receipt=reason)


class Courier:
    """Carries pending deliveries to their targets, one message at a time for each, targets independently of each other."""

    def __init__(
        self,
        state: AlarmState,
        notifier: Notifier,
        settings: AlarmSettings,
        points: Mapping[Key, Point],
        waits: Callable[[Transition], bool],
        clock: Callable[[], int],
    ) -> None:
        """Take the parts; nothing is sent before `run` or `deliver_due`.

        Args:
            state: where deliveries are kept.
            notifier: what sends.
            settings: targets, retry, the console's address.
            points: all alarms.
            waits: whether the alarm of a transition is still unacknowledged, in the same incident.
            clock: gives UTC milliseconds.

        """
        self.numbers = DeliveryNumbers()
        self.link_secret: bytes | None = None
        """Signs links that acknowledge; without it messages have none."""
        self._waits = waits
        self._state = state
        self._notifier = notifier
        self._settings = settings
        self._targets = {target.name: target for target in settings.targets}
        self._points = points
        self._clock = clock
        self._wake = asyncio.Event()
        self._busy: set[str] = set()
        """Targets that are being told; what comes for them meanwhile waits, the others go on."""

    def wake(self) -> None:
        """There is something new to deliver."""
        self._wake.set()

    async def run(self) -> None:
        """Deliver for ever; a store that is away is asked again later."""
        async with asyncio.TaskGroup() as rounds:
            while True:
                self._wake.clear()
                try:
                    due = await self._due()
                except StoreError as error:
                    _log.warning("deliveries wait for the state store: %s", error)
                    due = {}
                for target, pairs in due.items():
                    self._busy.add(target)
                    rounds.create_task(self._round(target, pairs), name=f"deliver-{target}")
                await self._pause()

    async def deliver_due(self) -> int:
        """Try what is due now; the number of tries.

        Raises:
            StoreError: the state could not be read or written.

        """
        due = await self._due()
        outcomes = await asyncio.gather(*map(self._carry, due.values()), return_exceptions=True)
        if failed := next((outcome for outcome in outcomes if outcome is not None), None):
            raise failed
        return sum(map(len, due.values()))

    async def _due(self) -> dict[str, list[_Pair]]:
        """What is due, by target, but for those that are being told already."""
        due = await self._state.pending_deliveries(self._clock(), without=self._busy)
        return {target: list(pairs) for target, pairs in groupby(due, key=lambda pair: pair[0].target)}

    async def _round(self, target: str, pairs: Sequence[_Pair]) -> None:
        try:
            await self._carry(pairs)
        except StoreError as error:
            _log.warning("deliveries to %s wait for the state store: %s", target, error)
        else:
            self._wake.set()  # more may have become due
        finally:
            self._busy.discard(target)

    async def _pause(self) -> None:
        try:
            async with asyncio.timeout(_POLL_S):
                await self._wake.wait()
        except TimeoutError:
            return

    async def _carry(self, pairs: Sequence[_Pair]) -> None:
        """Tell one target: the critical and what is no alarm by itself, then the others, together where they are many."""
        crowd = [pair for pair in pairs if self._may_share(pair[1])]
        messages = [[pair] for pair in pairs]
        if len(crowd) > self._settings.together_over:
            messages = [[pair] for pair in pairs if not self._may_share(pair[1])] + [crowd]
        for message in messages:
            await self._tell(message)

    def _may_share(self, transition: Transition) -> bool:
        return transition.priority != MOST_URGENT and Key(transition.rule, transition.asset) in self._points

    async def _tell(self, pairs: Sequence[_Pair]) -> None:
        """Try one message, and store what came of it for all that it tells of."""
        over = [pair for pair in pairs if self._is_stale(*pair)]
        told = [pair for pair in pairs if pair not in over]
        after = [replace(delivery, status="withdrawn", receipt="acknowledged or over before it was due") for delivery, _ in over]
        if told:
            after += await self._attempt(told)
        await self._state.update_deliveries(after)

    async def _attempt(self, pairs: Sequence[_Pair]) -> list[Delivery]:
        deliveries = [delivery for delivery, _ in pairs]
        name = deliveries[0].target
        target = self._targets.get(name)
        try:
            if target is None:
                raise GiveUpError(f"there is no target {name}; it has gone from the settings")  # noqa: TRY301 (one way out)
            receipt = await self._notifier.send(name, *self._message([transition for _, transition in pairs], target))
        except RetryLaterError as error:
            after = [after_failure(delivery, str(error), self._clock(), self._settings.retry) for delivery in deliveries]
        except GiveUpError as error:
            after = [replace(d, status="given_up", attempts=d.attempts + 1, receipt=str(error)) for d in deliveries]
        else:
            self.numbers.delivered += len(pairs)
            self.numbers.last_ms = self._clock()
            receipt = receipt if len(pairs) == 1 else f"{receipt}; one of {len(pairs)} told together"
            return [replace(d, status="delivered", attempts=d.attempts + 1, receipt=receipt) for d in deliveries]
        for delivery in after:
            self._count_failure(delivery)
        return after

    def _count_failure(self, delivery: Delivery) -> None:
        if delivery.status == "given_up":
            self.numbers.given_up += 1
            _log.error("gave up telling %s after %d tries: %s", delivery.target, delivery.attempts, delivery.receipt)
        else:
            self.numbers.retried += 1
            _log.warning("%s was not told (try %d): %s", delivery.target, delivery.attempts, delivery.receipt)

    def _is_stale(self, delivery: Delivery, transition: Transition) -> bool:
        """Whether what waited for its time, in quiet hours or as a step of escalation, need not be told any more."""
        delayed = is_step(transition) or (delivery.attempts == 0 and delivery.due_ms > transition.known_ms)
        return delayed and Key(transition.rule, transition.asset) in self._points and not self._waits(transition)

    def _message(self, transitions: Sequence[Transition], target: TargetSettings) -> Message:
        if len(transitions) > 1:
            return several(transitions, self._points, target.language, self._settings.console_url)
        transition = transitions[0]
        link = self._link(transition, target)
        point = self._points.get(Key(transition.rule, transition.asset))
        if point is None:
            return plain(transition, target.language, link if transition.rule == TEST_PAGE else "")
        return announcement(transition, point, target.language, self._settings.console_url, link)

    def _link(self, transition: Transition, target: TargetSettings) -> str:
        if self.link_secret is None or not self._settings.console_url:
            return ""
        expires_ms = self._clock() + round(self._settings.link_h * HOUR_MS)
        claim = Claim(transition.rule, transition.asset, transition.incident, target.signs_as, target.language, expires_ms)
        return f"{self._settings.console_url.rstrip('/')}/a/{sign(self.link_secret, claim)}"
