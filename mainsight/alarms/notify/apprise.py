"""Delivery by Apprise: mail, SMS, chat services, webhooks. Blocking, so it runs in threads."""

import asyncio
import warnings
from collections.abc import Iterable
from threading import Lock

from apprise import Apprise, AppriseAsset, NotifyFormat

from mainsight.alarms.notify.port import GiveUpError, RetryLaterError
from mainsight.alarms.settings import TargetSettings

_SECRET_FREE = AppriseAsset(secure_logging=True, app_id="mainsight", app_desc="mainsight", async_mode=False)


class AppriseNotifier:
    """`Notifier` over Apprise addresses. Each target has its own lock: an address object is not safe for two threads."""

    def __init__(self, targets: Iterable[TargetSettings], timeout_s: float) -> None:
        """Read the addresses.

        Raises:
            ValueError: an address cannot be read; the message names the target, never the address.

        """
        self._timeout_s = timeout_s
        self._targets: dict[str, tuple[Apprise, Lock]] = {}
        for target in targets:
            service = Apprise(asset=_SECRET_FREE)
            with warnings.catch_warnings():
                # Apprise loads its plug-ins with the first address; one of them imports a module that Python will drop.
                warnings.filterwarnings("ignore", "'imghdr' is deprecated", DeprecationWarning)
                added = service.add(target.url.get_secret_value())
            if not added:
                raise ValueError(f"target {target.name}: Apprise cannot read its url; see its list of services for the form")
            for server in service:
                server.socket_connect_timeout = server.socket_read_timeout = timeout_s
            self._targets[target.name] = (service, Lock())

    async def send(self, target: str, subject: str, body: str) -> str:
        """See `Notifier.send`. The receipt is the service's address with its secrets masked."""
        if target not in self._targets:
            raise GiveUpError(f"there is no target {target}; it has gone from the settings")
        service, lock = self._targets[target]
        masked = ", ".join(str(server.url(privacy=True)).split("?")[0] for server in service)  # type: ignore[no-untyped-call]  # apprise is half typed
        try:
            # Twice the time-out: one for connecting, one for the answer. A thread that hangs longer keeps the target's lock.
            taken = await asyncio.wait_for(asyncio.to_thread(_notify, service, lock, subject, body), 2 * self._timeout_s)
        except TimeoutError as error:
            raise RetryLaterError(f"no answer from {masked} within {2 * self._timeout_s:g} s") from error
        if not taken:
            raise RetryLaterError(f"{masked} did not take it")
        return f"taken by {masked}"


def _notify(service: Apprise, lock: Lock, subject: str, body: str) -> bool:
    with lock:
        return bool(service.notify(body=body, title=subject, body_format=NotifyFormat.TEXT))
