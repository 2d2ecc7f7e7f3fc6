"""When messages without a time of their own arrived, so that one which is sent again keeps its first arrival.

Their readings are stored at the time of arrival. Stored, but not acknowledged when we ended or the link broke, they come
again, and at the new arrival they would be other readings. So first arrivals are written down before the readings are.
A message is taken for one of before when the broker says that it sends it again, under the same packet id, topic and payload.
"""

from collections.abc import Iterable, Sequence
from hashlib import blake2b
from typing import Final

from collector.session.port import Message
from mainsight.store.session_port import Arrival, SessionState

_DIGEST_BYTES: Final = 16


class Arrivals:
    """Of one session; at most one arrival a packet id, of which MQTT has 65,535."""

    def __init__(self, state: SessionState, client_id: str, known: Iterable[Arrival]) -> None:
        """See `load`."""
        self._state = state
        self._client_id = client_id
        self._known = {arrival.packet_id: arrival for arrival in known}

    @classmethod
    async def load(cls, state: SessionState, client_id: str) -> "Arrivals":
        """With what was noted before.

        Raises:
            StoreUnavailableError: it cannot be read now.

        """
        return cls(state, client_id, await state.arrivals(client_id))

    def first(self, message: Message) -> Message:
        """The message as it first came, where it comes again; otherwise as it is."""
        known = self._known.get(_packet_id(message)) if message.again else None
        return message if known is None or known.digest != _digest(message) else message._replace(arrival_ms=known.arrival_ms)

    async def note(self, messages: Sequence[Message]) -> None:
        """Keep arrivals; they are durable when this returns. Messages at QoS 0 never come again.

        Raises:
            StoreUnavailableError: they could not be kept.

        """
        arrivals = [Arrival(_packet_id(message), _digest(message), message.arrival_ms) for message in messages if message.qos]
        if arrivals:
            await self._state.note_arrivals(self._client_id, arrivals)
            self._known.update({arrival.packet_id: arrival for arrival in arrivals})


def _packet_id(message: Message) -> int:
    return message.token & 0xFFFF


def _digest(message: Message) -> bytes:
    return blake2b(message.topic.encode() + b"\0" + message.payload, digest_size=_DIGEST_BYTES).digest()
