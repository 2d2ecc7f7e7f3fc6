"""The demo: the sample province from simulated sensors to the console, every part real and on this machine alone.

Simulator and broker are child processes; on InfluxDB so are the server and every role. History goes through the broker and
the collector like everything else. What was stored is kept, so a second demo publishes only what is missing.
"""

import asyncio
import json
import socket
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from api.access.keys import make_code
from api.settings import ApiSettings
from mainsight.alarms.settings import TargetSettings
from mainsight.alarms.views import counts
from mainsight.app.clock import now_ms
from mainsight.app.first_sign_in import ADMINISTRATOR, demo_people
from mainsight.app.house import House
from mainsight.app.inbox import Inbox
from mainsight.app.parts import common
from mainsight.app.parts.common import Clock
from mainsight.app.settings import BrokerSettings, Settings
from mainsight.app.simulation import SimulatorChild, SimulatorOptions, simulator
from mainsight.app.web import PortInUseError, address, bind
from mainsight.core.network import Network, Role
from mainsight.core.zonetime import DAY_S, MINUTE_MS, SECOND_MS, rfc3339
from mainsight.store.settings import StoreSettings

INTERVAL_S = 5
_QUARTER_MS = 15 * MINUTE_MS
_SILENT_FOR_MS = 30 * MINUTE_MS
_STATUS_S = 60
_POLL_S = 0.25
_CODE_MS = 15 * MINUTE_MS


OpenHouse = Callable[[Settings, Network, Clock, socket.socket], AbstractAsyncContextManager[House]]
"""Opens the parts on a socket that the console is to be served on."""


@dataclass(frozen=True, slots=True)
class Demo:
    """What a demo is made of.

    Attributes:
        settings: as given; broker and store are replaced by the demo's own, its inbox is added to the targets.
        store: the demo's own.
        opened: how the parts run.
        folder: where everything is kept between demos.
        days: how much history there is to be, days.
        seconds: how long to run from the end of the back-fill; None runs until interrupted.
        console: where to print.

    """

    settings: Settings
    store: StoreSettings
    opened: OpenHouse
    folder: Path
    days: int
    seconds: float | None
    console: Console

    async def run(self, broker_port: int, inbox: Inbox) -> None:
        """Run it on a broker that is up, announcing to an inbox that listens.

        Raises:
            PortInUseError, ProblemsError, StoreError, SessionError: it cannot start.
            ExceptionGroup: a part failed; everything else was ended.

        """
        taken = self._bind()
        url = address(taken, self.settings.api)
        settings = self._settings(broker_port, inbox, url)
        network = common.network(settings)
        people = await demo_people(settings.store)
        async with self.opened(settings, network, now_ms, taken) as house:
            code, kept = make_code(ADMINISTRATOR, now_ms() + _CODE_MS)
            await house.state.save_code(kept)
            self.console.print(
                f"console: {url}/#code={code} (signs in as {ADMINISTRATOR}, once, within {_CODE_MS // MINUTE_MS} minutes)",
                soft_wrap=True,
                highlight=False,
            )
            self.console.print(
                "or sign in: " + ", ".join(f"{name} {password}" for name, password in people), soft_wrap=True, highlight=False
            )
            try:
                async with simulator(await self._simulator_options(house, network, broker_port)) as child:
                    history = asyncio.Event()
                    await house.run(self._watch(house, child, history), history)
            finally:
                await self._sum_up(house, inbox)

    def _settings(self, broker_port: int, inbox: Inbox, console_url: str) -> Settings:
        given = self.settings
        target = TargetSettings(name="demo-inbox", url=inbox.url, language="en")
        targets = (*given.alarms.targets, target)
        return given.model_copy(
            update={
                "reports_s": INTERVAL_S,
                "broker": BrokerSettings(port=broker_port),
                "store": self.store,
                "api": given.api.model_copy(
                    update={
                        "port": int(console_url.rpartition(":")[2]),
                        "access": given.api.access.model_copy(update={"open_reading": given.api.loopback}),
                    }
                ),
                "alarms": given.alarms.model_copy(update={"targets": targets, "console_url": console_url}),
            }
        )

    def _bind(self) -> socket.socket:
        """Take the console's port; a taken one is only moved away from when nobody asked for it by number."""
        api = self.settings.api
        try:
            return bind(api)
        except PortInUseError:
            if api.port != ApiSettings().port:
                raise
            self.console.print(f"port {api.port} is in use: taking a free one")
            return bind(api.model_copy(update={"port": 0}))

    async def _simulator_options(self, house: House, network: Network, broker_port: int) -> SimulatorOptions:
        """History from some days back, or from the newest reading that an earlier demo left."""
        earliest = now_ms() // _QUARTER_MS * _QUARTER_MS - self.days * DAY_S * SECOND_MS
        newest = max((reading.time_ms for reading in (await house.store.last()).values()), default=0)
        faults = self.folder / "faults.json"
        faults.write_text(json.dumps(self._faults(network)), encoding="utf-8")
        return SimulatorOptions(
            registry=self.settings.registry,
            broker_port=broker_port,
            since_ms=max(earliest, newest),
            interval_s=INTERVAL_S,
            faults=faults,
            truth=self.folder / "truth.jsonl",
        )

    @staticmethod
    def _faults(network: Network) -> list[dict[str, str]]:
        """One customer's meter fell silent half an hour ago: on-call staff should be told of it."""
        meter = min(meter.id for meter in network.meters.values() if meter.role is Role.SUB)
        return [{"id": "demo-silence", "kind": "meter_silent", "at": meter, "start": rfc3339(now_ms() - _SILENT_FOR_MS)}]

    async def _watch(self, house: House, child: SimulatorChild, history: asyncio.Event) -> None:
        """Show the back-fill, then a line now and then, until the time is up."""
        published = await self._show_back_fill(house, child)
        await self._wait_for_metering(house)
        history.set()
        newest = await house.status()
        self.console.print(f"history is in: {published:,} messages, {newest.collector.stored:,} readings stored; live every {INTERVAL_S} s")
        async with asyncio.TaskGroup() as tasks:
            ended = tasks.create_task(child.end(), name="simulator")
            lines = tasks.create_task(self._show_status(house), name="status")
            await asyncio.sleep(self.seconds if self.seconds is not None else float("inf"))
            ended.cancel()
            lines.cancel()

    async def _show_back_fill(self, house: House, child: SimulatorChild) -> int:
        columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn()
        with Progress(*columns, console=self.console) as progress:
            sent = progress.add_task("history, messages published", total=None)
            stored = progress.add_task("history, messages stored", total=None)

            def show(done: int, total: int) -> None:
                progress.update(sent, completed=done, total=total)
                progress.update(stored, completed=house.committed, total=total)

            published = await child.history(show)
            while (committed := house.committed) < published:
                progress.update(stored, completed=committed)
                await asyncio.sleep(_POLL_S)
            progress.update(stored, completed=published, total=published)
        return published

    async def _wait_for_metering(self, house: House) -> None:
        """Until the final values of all closed intervals are there."""
        with self.console.status("computing final values and roll-ups"):
            while await house.store.dirty(1, now_ms() // _QUARTER_MS * _QUARTER_MS - _QUARTER_MS):  # noqa: ASYNC110 - the store sets no event
                await asyncio.sleep(_POLL_S)

    async def _show_status(self, house: House) -> None:
        while True:
            await asyncio.sleep(_STATUS_S)
            now, alarms = await house.status(), counts(await house.state.alarm_records())
            self.console.print(
                f"{rfc3339(now_ms())}  {now.collector.readings:,} readings, {now.forecasts.issued} forecasts issued, "
                f"{alarms.unacknowledged} alarms unacknowledged, {alarms.active} active"
            )

    async def _sum_up(self, house: House, inbox: Inbox) -> None:
        """Say what was received, stored and told, and where it is kept."""
        end = await house.status()
        collector, alarms = end.collector, end.alarms
        self.console.print(
            f"messages received     {collector.received:>12,}\n"
            f"readings received     {collector.readings:>12,}\n"
            f"readings stored       {collector.stored:>12,}\n"
            f"messages quarantined  {collector.quarantined:>12,}\n"
            f"forecasts issued      {end.forecasts.issued:>12,}\n"
            f"alarms raised         {alarms.raised:>12,}\n"
            f"alarms delivered      {alarms.delivered:>12,}  (the inbox got {inbox.received})\n"
            f"kept in {self.folder}",
            highlight=False,
            soft_wrap=True,
        )
