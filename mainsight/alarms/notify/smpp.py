"""Delivery by SMS through a gateway or SMS centre that speaks SMPP 3.4.

Apprise has such a service too, but does not read the centre's answer to a message: one that was turned away (throttled, a wrong
number) would count as delivered. Here the receipt is the centre's own.
"""

import asyncio
import ssl
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Self
from urllib.parse import unquote, urlsplit

from smpplib import consts, exceptions, gsm
from smpplib.client import Client

from mainsight.alarms.notify.port import GiveUpError, RetryLaterError
from mainsight.alarms.settings import TargetSettings

SCHEMES = ("smpp", "smpps")
_PORTS = {"smpp": 2775, "smpps": 3550}
_LATER = frozenset({consts.SMPP_ESME_RTHROTTLED, consts.SMPP_ESME_RMSGQFUL, consts.SMPP_ESME_RSYSERR})
"""Answers after which trying again makes sense; after others it does not."""


@dataclass(frozen=True, slots=True)
class Address:
    """Where messages go: `smpp://user:password@host:port/source/number/number...`; `smpps` is inside TLS."""

    host: str
    port: int
    tls: bool
    user: str
    password: str
    source: str
    numbers: tuple[str, ...]

    @classmethod
    def read(cls, url: str) -> Self:
        """Read an address.

        Raises:
            ValueError: it has no host, source or number.

        """
        parts = urlsplit(url)
        source, *numbers = [unquote(part) for part in parts.path.split("/") if part] or [""]
        if not parts.hostname or not numbers or not all(number.lstrip("+").isdigit() for number in numbers):
            raise ValueError("write smpp://user:password@host:port/sender/number/number")
        port = parts.port or _PORTS[parts.scheme]
        secret = (unquote(parts.username or ""), unquote(parts.password or ""))
        return cls(parts.hostname, port, parts.scheme == "smpps", *secret, source, tuple(number.lstrip("+") for number in numbers))


class SmppNotifier:
    """`Notifier` of one target. Blocking, so it runs in a thread of its own."""

    def __init__(self, target: TargetSettings, timeout_s: float) -> None:
        """Read the address.

        Raises:
            ValueError: it cannot be read; the message names the target, never the address.

        """
        try:
            self._address = Address.read(target.url.get_secret_value())
        except ValueError as error:
            raise ValueError(f"target {target.name}: {error}") from None
        self._timeout_s = timeout_s
        self._thread = ThreadPoolExecutor(1, thread_name_prefix=f"notify-{target.name}")

    async def send(self, target: str, subject: str, body: str) -> str:
        """See `Notifier.send`. The receipt holds the centre's message ids."""
        del target  # there is but this one
        # The subject is the body's first line with the priority before it; an SMS has no subject, and every part of it costs.
        text = "\n".join([subject, *(line for line in body.splitlines()[1:] if line)])
        work = asyncio.get_running_loop().run_in_executor(self._thread, self._send, text)
        limit_s = self._timeout_s * (2 + len(self._address.numbers))
        try:
            return await asyncio.wait_for(work, limit_s)
        except TimeoutError as error:
            raise RetryLaterError(f"no answer from {self._address.host}:{self._address.port} within {limit_s:g} s") from error

    def _send(self, text: str) -> str:
        at = self._address
        where = f"{at.host}:{at.port}"
        tls = ssl.create_default_context() if at.tls else None
        client = Client(at.host, at.port, timeout=self._timeout_s, ssl_context=tls, allow_unknown_opt_params=True)
        try:
            client.connect()
            client.bind_transmitter(system_id=at.user, password=at.password)
            ids = [self._submit(client, number, part, coding, kind) for number in at.numbers for part, coding, kind in _parts(text)]
            client.unbind()
        except exceptions.PDUError as error:
            raise RetryLaterError(f"{where} refused the connection: {error.args[0]}") from error
        except (exceptions.ConnectionError, OSError) as error:
            raise RetryLaterError(f"{where}: {error}") from error
        finally:
            client.disconnect()
        return f"taken by {where} as {', '.join(ids)}"

    def _submit(self, client: Client, number: str, part: bytes, coding: int, kind: int) -> str:
        """Send one part and read the answer to it; the centre's id of it."""
        sent = client.send_message(
            source_addr_ton=consts.SMPP_TON_INTL if self._address.source.isdigit() else consts.SMPP_TON_ALNUM,
            source_addr=self._address.source,
            dest_addr_ton=consts.SMPP_TON_INTL,
            destination_addr=number,
            short_message=part,
            data_coding=coding,
            esm_class=kind,
        )
        while (answer := client.read_pdu()).sequence != sent.sequence:
            if answer.command == "enquire_link":
                client._enquire_link_received(answer)  # noqa: SLF001 - the library answers it only in its own loop
        if answer.status == consts.SMPP_ESME_ROK:
            return answer.message_id.decode() if isinstance(answer.message_id, bytes) else str(answer.message_id)
        told = f"{self._address.host}:{self._address.port} turned it away: {consts.DESCRIPTIONS.get(answer.status, hex(answer.status))}"
        raise RetryLaterError(told) if answer.status in _LATER else GiveUpError(told)


def _parts(text: str) -> list[tuple[bytes, int, int]]:
    """A text in parts that fit, each with its coding and class."""
    parts, coding, kind = gsm.make_parts(text)
    return [(part, coding, kind) for part in parts]
