"""One connection to a broker, as the reconnecting session sees it; and why connections are refused or lost."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol

from collector.session.inbox import Inbox
from collector.session.port import SessionError, SessionSettings


class RefusedError(SessionError):
    """The broker does not want us, or cannot be reached; the message says what to mend.

    `for_good` tells what only a person can mend (bad credentials) from what may pass (connection refused).
    """

    def __init__(self, message: str, *, for_good: bool) -> None:
        super().__init__(message)
        self.for_good = for_good


class LinkLostError(SessionError):
    """The connection is gone; the next one may do."""


class Link(Protocol):
    """A connection that is open and subscribed, until it is lost. Its messages go to the inbox it was given."""

    @property
    def session_present(self) -> bool:
        """Whether the broker still had our session: then everything unacknowledged comes again."""
        ...

    @property
    def connected_ms(self) -> int:
        """The instant its CONNECT was made, and its will with it; UTC milliseconds."""
        ...

    async def lost(self) -> SessionError:
        """Wait until the connection is gone; why."""
        ...

    def acknowledge(self, packet_ids: Sequence[int]) -> None:
        """Send PUBACKs; nothing happens when the connection is gone."""
        ...

    async def publish(self, topic: str, payload: bytes, qos: int, retain: bool) -> None:
        """Publish; at QoS 1 returns when the broker has acknowledged.

        Raises:
            LinkLostError: the connection went first; whether the broker has the message is not known.
            SessionError: the broker refused the message.

        """
        ...

    async def close(self) -> None:
        """Say goodbye and close."""
        ...


Connect = Callable[[SessionSettings, int, Inbox], Awaitable[Link]]
"""Opens the n-th connection of a session (counted from 1), subscribed. Raises RefusedError."""
