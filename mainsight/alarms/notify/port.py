"""Port of delivery: how an announcement leaves the house."""

from typing import Protocol


class NotifyError(Exception):
    """An announcement was not taken; the message holds no secrets."""


class RetryLaterError(NotifyError):
    """It may be taken later: time-outs, refused connections, busy servers."""


class GiveUpError(NotifyError):
    """It will never be taken: an unknown target, an address that cannot be read."""


class Notifier(Protocol):
    """Sends one message to one target."""

    async def send(self, target: str, subject: str, body: str) -> str:
        """Send and give the receipt: what the target answered.

        Raises:
            RetryLaterError: try again later.
            GiveUpError: do not.

        """
        ...
