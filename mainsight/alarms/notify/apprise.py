"""Delivery by Apprise: mail, SMS, chat services, webhooks. Blocking, so it runs in threads."""

import asyncio
import warnings
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from apprise import Apprise, AppriseAsset, NotifyFormat

from mainsight.alarms.notify.port import GiveUpError, RetryLaterError
from mainsight.alarms.settings import TargetSettings

_SECRET_FREE = AppriseAsset(secure_logging=True, app_id="mainsight", app_desc="mainsight", async_mode=False)


class AppriseNotifier:
    """`Notifier` over Apprise addresses. Each target has a thread of its own, so that one that hangs holds up nobody else."""

    def __init__(self, targets: Iterable[TargetSettings], timeout_s: float) -> None:
        """Read the addresses.

        Raises:
            ValueError: an address cannot be read; the message names the target, never the address.

        """
        self._timeout_s = timeout_s
        self._targets: dict[str, tuple[Apprise, ThreadPoolExecutor]] = {}
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
            self._targets[target.name] = (service, ThreadPoolExecutor(1, thread_name_prefix=f"notify-{target.name}"))

    async def send(self, target: str, subject: str, body: str) -> str:
        """See `Notifier.send`. The receipt is the service's address with its secrets masked."""
        if target not in self._targets:
            raise GiveUpError(f"there is no target {target}; it has gone from the settings")
        service, thread = self._targets[target]
        masked = ", ".join(str(server.url(privacy=True)).split("?")[0] for server in service)  # type: ignore[no-untyped-call]  # apprise is half typed
        loop = asyncio.get_running_loop()
        send = partial(service.notify, body=body, title=subject, body_format=NotifyFormat.TEXT)
        try:
            # Twice the time-out: one for connecting, one for the answer.
            taken = await asyncio.wait_for(loop.run_in_executor(thread, send), 2 * self._timeout_s)
        except TimeoutError as error:
            raise RetryLaterError(f"no answer from {masked} within {2 * self._timeout_s:g} s") from error
        if not taken:
            raise RetryLaterError(f"{masked} did not take it")
        return f"taken by {masked}"
