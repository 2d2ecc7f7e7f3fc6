"""Delivery: what is announced goes to every target, with retry and back-off, until there is a receipt or it is given up.

At least once: a delivery is pending in the store before it is tried, and its receipt is stored right after. Only a
process killed between the target's answer and that write sends it a second time.
"""

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from mainsight.alarms.links import Claim, sign
from mainsight.alarms.notify.message import Message, announcement, plain
from mainsight.alarms.notify.port import GiveUpError, Notifier, RetryLaterError
from mainsight.alarms.pager import TEST_PAGE, is_step
from mainsight.alarms.points import Key, Point
from mainsight.alarms.settings import AlarmSettings, RetrySettings, TargetSettings
from mainsight.core.zonetime import HOUR_MS, SECOND_MS
from mainsight.store.alarm_port import AlarmState, Delivery, Transition
from mainsight.store.port import StoreError

_log = logging.getLogger(__name__)
_POLL_S = 1.0


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
    """Carries pending deliveries to their targets, one at a time for each, targets side by side."""

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

    def wake(self) -> None:
        """There is something new to deliver."""
        self._wake.set()

    async def run(self) -> None:
        """Deliver for ever; a store that is away is asked again later."""
        while True:
            self._wake.clear()
            try:
                carried = await self.deliver_due()
            except StoreError as error:
                _log.warning("deliveries wait for the state store: %s", error)
                carried = 0
            if not carried:
                await self._pause()

    async def deliver_due(self) -> int:
        """Try what is due now; the number of tries."""
        due = await self._state.pending_deliveries(self._clock())
        due.sort(key=lambda pair: pair[0].target)
        rounds = [list(pairs) for _, pairs in groupby(due, key=lambda pair: pair[0].target)]
        # All rounds end before an error is told: one that still runs would be started a second time.
        outcomes = await asyncio.gather(*(self._carry(pairs) for pairs in rounds), return_exceptions=True)
        if failed := next((outcome for outcome in outcomes if outcome is not None), None):
            raise failed
        return len(due)

    async def _pause(self) -> None:
        try:
            async with asyncio.timeout(_POLL_S):
                await self._wake.wait()
        except TimeoutError:
            return

    async def _carry(self, pairs: Sequence[tuple[Delivery, Transition]]) -> None:
        for delivery, transition in pairs:
            await self._state.update_delivery(await self._attempt(delivery, transition))

    async def _attempt(self, delivery: Delivery, transition: Transition) -> Delivery:
        target = self._targets.get(delivery.target)
        try:
            if target is None:
                raise GiveUpError(f"there is no target {delivery.target}; it has gone from the settings")  # noqa: TRY301 (one way out)
            if self._is_stale(delivery, transition):
                return replace(delivery, status="withdrawn", receipt="acknowledged or over before it was due")
            receipt = await self._notifier.send(target.name, *self._message(transition, target))
        except RetryLaterError as error:
            after = after_failure(delivery, str(error), self._clock(), self._settings.retry)
        except GiveUpError as error:
            after = replace(delivery, status="given_up", attempts=delivery.attempts + 1, receipt=str(error))
        else:
            self.numbers.delivered += 1
            self.numbers.last_ms = self._clock()
            return replace(delivery, status="delivered", attempts=delivery.attempts + 1, receipt=receipt)
        self._count_failure(after)
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

    def _message(self, transition: Transition, target: TargetSettings) -> Message:
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
