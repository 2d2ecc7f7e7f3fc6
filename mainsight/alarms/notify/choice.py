"""The notifier of each target, by the scheme of its address."""

from collections.abc import Iterable
from urllib.parse import urlsplit

from mainsight.alarms.notify.apprise import AppriseNotifier
from mainsight.alarms.notify.port import GiveUpError, Notifier
from mainsight.alarms.notify.smpp import SCHEMES, SmppNotifier
from mainsight.alarms.settings import TargetSettings


class ByTarget:
    """`Notifier` that hands each message to its target's own: SMPP to ours, everything else to Apprise."""

    def __init__(self, targets: Iterable[TargetSettings], timeout_s: float) -> None:
        """Read all addresses.

        Raises:
            ValueError: one cannot be read; the message names the target, never the address.

        """
        self._notifiers: dict[str, Notifier] = {}
        others = []
        for target in targets:
            if urlsplit(target.url.get_secret_value()).scheme in SCHEMES:
                self._notifiers[target.name] = SmppNotifier(target, timeout_s)
            else:
                others.append(target)
        apprise = AppriseNotifier(others, timeout_s)
        self._notifiers |= {target.name: apprise for target in others}

    async def send(self, target: str, subject: str, body: str) -> str:
        """See `Notifier.send`."""
        if target not in self._notifiers:
            raise GiveUpError(f"there is no target {target}; it has gone from the settings")
        return await self._notifiers[target].send(target, subject, body)
