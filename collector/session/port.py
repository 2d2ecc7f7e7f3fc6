"""Port of an MQTT session: messages in, acknowledged one by one when the consumer says so.

Two adapters stand behind it, held to one contract suite (tests/collector/session): `codec` and `aiomqtt`. A message
at QoS 1 that was not acknowledged is delivered again after a reconnect or a restart.
"""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple, Protocol

NOT_UTF8 = "\0not UTF-8: "
"""Starts the topic of a message whose topic was not UTF-8, the rest with its bytes escaped. A NUL is in no legal topic, so
the gate refuses it (bad_topic) and the message is kept in quarantine."""


class SessionError(Exception):
    """The broker cannot be reached or refused us; the message says which and what to mend."""


class Message(NamedTuple):
    """One PUBLISH as it arrived; a named tuple, which is made in a third of the time of a frozen dataclass.

    Attributes:
        topic: topic name.
        payload: bytes as sent.
        retained: the broker had kept it from before we subscribed.
        qos: 0 or 1.
        arrival_ms: UTC milliseconds at which it was read from the socket.
        token: what `acknowledge` needs: the connection's number, and the packet id in the last 16 bits; 0 at QoS 0.
        again: the broker says that it may have sent it before.

    """

    topic: str
    payload: bytes
    retained: bool
    qos: int
    arrival_ms: int
    token: int = 0
    again: bool = False


@dataclass(frozen=True, slots=True)
class Tls:
    """Certificates, as files in PEM format."""

    ca: Path | None = None
    certificate: Path | None = None
    key: Path | None = None
    verify: bool = True


@dataclass(frozen=True, slots=True)
class Will:
    """What the broker publishes when we vanish."""

    topic: str
    payload: bytes
    retain: bool = True


@dataclass(frozen=True, slots=True)
class SessionSettings:
    """How to reach a broker and what to ask of it."""

    host: str = "127.0.0.1"
    port: int = 1883
    client_id: str = "mainsight-collector"
    filters: tuple[str, ...] = ("#",)
    """Topic filters; `$share/<group>/...` shares the load between collectors."""
    former_filters: tuple[str, ...] = ()
    """Filters that the session asked for in earlier lives: they are given up once those of now are there, so that nothing is missed."""
    username: str | None = None
    password: str | None = None
    tls: Tls | None = None
    will: Callable[[int], Will] | None = None
    """Makes the will of a connection from the instant of its CONNECT, UTC milliseconds; see `SessionStats.connected_ms`."""
    keep_alive_s: int = 30
    receive_maximum: int = 65_535
    session_expiry_s: int = 7 * 86_400
    back_off_s: tuple[float, float] = (0.5, 30.0)
    """First and longest wait between tries to connect; each is drawn at random up to its bound."""
    connect_timeout_s: float = 10.0


@dataclass(slots=True)
class SessionStats:
    """Counts since the session was opened, for metrics; `connected_ms` is when the CONNECT of the newest connection was made."""

    connected: bool = False
    connects: int = 0
    connected_ms: int = 0
    received: int = 0
    acknowledged: int = 0
    unacknowledged: int = 0
    last_error: str = ""
    extra: dict[str, float] = field(default_factory=dict)


class Session(Protocol):
    """An open session. It reconnects by itself until it is closed."""

    @property
    def stats(self) -> SessionStats:
        """Counts so far."""
        ...

    def batches(self) -> AsyncIterator[Sequence[Message]]:
        """Messages as they come, in chunks of what has arrived; reading stops the flow of bytes while the consumer is busy."""
        ...

    async def acknowledge(self, messages: Sequence[Message]) -> None:
        """Send PUBACKs for messages whose readings are durable. Those of an earlier connection are left out: they come again."""
        ...

    async def publish(self, topic: str, payload: bytes, *, qos: int = 1, retain: bool = False) -> None:
        """Publish; at QoS 1 it returns when the broker has acknowledged.

        Waits while there is no connection. PUBACKs come behind messages: who never takes from `batches` while filters are
        subscribed may wait for ever.

        Raises:
            SessionError: the broker refused the message, or the session was closed.
            ValueError: not a topic to publish on (empty, wildcards, NUL).

        """
        ...


class OpenSession(Protocol):
    """What an adapter module offers: a factory of sessions."""

    def __call__(self, settings: SessionSettings) -> AbstractAsyncContextManager[Session]:
        """Connect, subscribe, and close when the context ends.

        Raises:
            SessionError: the first connect was refused for good (bad credentials, not authorised, not a broker).

        """
        ...
