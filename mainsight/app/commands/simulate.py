"""`mainsight simulate`: a province that publishes itself: history first, then live."""

import argparse
import asyncio
import math
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import orjson

from collector.session.aiomqtt import open_session
from collector.session.port import SessionError, SessionSettings
from mainsight.app.clock import now_ms
from mainsight.app.holidays import kinds_of_holidays
from mainsight.app.settings import PROJECT
from mainsight.app.supervision import run_until_signal
from mainsight.core.zonetime import DAY_S, SECOND_MS, local_day
from mainsight.registry.positions import load_yaml
from mainsight.registry.problems import ProblemsError
from mainsight.registry.reading import load_network
from mainsight.registry.validation import validate
from mainsight.simulator.faults import FaultError, FaultPlan
from mainsight.simulator.publisher import Sent, back_fill, live
from mainsight.simulator.settings import SimulatorSettings
from mainsight.simulator.truth import write_truth
from mainsight.simulator.world import World

Report = Callable[[str, int, int], None]


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    parser.add_argument("--broker", default="127.0.0.1:1883", metavar="HOST:PORT", help="broker to publish to (default %(default)s)")
    parser.add_argument(
        "--registry", type=Path, default=PROJECT / "registry", metavar="DIR", help="folder of the network's files and simulator.yaml"
    )
    parser.add_argument("--since-ms", type=int, metavar="MS", help="publish history from this instant (UTC milliseconds) first")
    parser.add_argument("--interval", type=float, default=5.0, metavar="S", help="seconds between live readings (default %(default)s)")
    parser.add_argument("--faults", type=Path, metavar="FILE", help="YAML or JSON file of faults")
    parser.add_argument("--truth", type=Path, metavar="FILE", help="where to write what the faults did, one JSON object a line")
    parser.add_argument("--json", action="store_true", help="tell progress as JSON lines on standard output, for programs")


def run(args: argparse.Namespace) -> int:
    """Publish until interrupted."""
    try:
        network = load_network(args.registry)
        settings = load_simulator_settings(args.registry / "simulator.yaml")
        plan = FaultPlan.read(network, args.faults) if args.faults else FaultPlan()
    except (ProblemsError, FaultError) as error:
        print(error, file=sys.stderr)
        return 2
    host, _, port = args.broker.rpartition(":")
    if not host or not port.isdecimal():
        print(f"--broker {args.broker}: write host and port, as 127.0.0.1:1883", file=sys.stderr)
        return 2
    today = local_day(now_ms(), next(iter(network.zones.values())).timezone)
    world = World(network, settings, kinds_of_holidays(network, settings.epoch, today + timedelta(days=400)), plan)
    if args.truth:
        write_truth(args.truth, network, plan)
    session = SessionSettings(host=host, port=int(port), client_id=f"mainsight-simulator-{settings.seed}", filters=(), session_expiry_s=0)
    report = _json_report if args.json else _text_report
    try:
        run_until_signal(_publish(world, session, args.since_ms, args.interval, report))
    except SessionError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def load_simulator_settings(path: Path) -> SimulatorSettings:
    """Read what the simulated province is like; the defaults where there is no such file.

    Raises:
        ProblemsError: the file cannot be used.

    """
    if not path.exists():
        return SimulatorSettings()
    settings, problems = validate(SimulatorSettings, load_yaml(path))
    if settings is None:
        raise ProblemsError(problems)
    return settings


async def _publish(world: World, settings: SessionSettings, since_ms: int | None, interval_s: float, report: Report) -> None:
    async with open_session(settings, clock=now_ms) as session:
        if since_ms is not None:
            end_ms = now_ms()
            days = math.ceil((end_ms - since_ms) / (DAY_S * SECOND_MS))

            def progress(sent: Sent) -> None:
                report("back-fill", sent.messages, max(sent.messages, days * len(world.network.meters)))

            await back_fill(world, since_ms, end_ms, session.publish, progress=progress)
        report("live", 0, 0)
        await live(lambda: world, session.publish, interval_s=interval_s, clock=now_ms, sleep=asyncio.sleep)


def _json_report(phase: str, done: int, total: int) -> None:
    sys.stdout.buffer.write(orjson.dumps({"phase": phase, "done": done, "total": total}) + b"\n")
    sys.stdout.buffer.flush()


def _text_report(phase: str, done: int, total: int) -> None:
    print(f"{phase} {done} of {total} messages" if total else phase, file=sys.stderr)
