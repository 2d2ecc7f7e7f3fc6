"""Session adapter for MQTT 5 on the `mqtt5` codec: many packets a read of the socket, acknowledgements in one write."""

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager

from collector.session import refusal
from collector.session.certificates import tls_context
from collector.session.codec_link import CodecLink
from collector.session.inbox import Inbox
from collector.session.link import LinkLostError
from collector.session.port import Session, SessionSettings
from collector.session.reconnecting import open_reconnecting


def open_session(settings: SessionSettings, *, clock: Callable[[], int]) -> AbstractAsyncContextManager[Session]:
    """Open a session. The clock gives UTC milliseconds, for arrival times. See `collector.session.port.OpenSession`."""

    async def connect(settings: SessionSettings, number: int, inbox: Inbox) -> CodecLink:
        return await _connect(settings, number, inbox, clock)

    return open_reconnecting(settings, connect)


async def _connect(settings: SessionSettings, number: int, inbox: Inbox, clock: Callable[[], int]) -> CodecLink:
    context = await asyncio.to_thread(tls_context, settings.tls) if settings.tls else None
    link = CodecLink(settings, number, inbox, clock)
    try:
        async with asyncio.timeout(settings.connect_timeout_s):
            await asyncio.get_running_loop().create_connection(lambda: link, settings.host, settings.port, ssl=context)
            await link.shake_hands()
    except TimeoutError:
        link.abort(LinkLostError("no answer in time"))
        raise refusal.unreachable(settings, None) from None
    except OSError as error:
        link.abort(LinkLostError("could not connect"))
        raise refusal.unreachable(settings, error) from error
    except BaseException:
        link.abort(LinkLostError("could not connect"))
        raise
    return link
