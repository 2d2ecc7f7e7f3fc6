"""`mainsight simulate`: a province that publishes itself, history first, then live; or series of your own, replayed."""

import argparse
import asyncio
import math
import os
import sys
from collections.abc import Callable, Coroutine
from datetime import timedelta
from pathlib import Path
from typing import Any

import orjson

from collector.session.aiomqtt import open_session
from collector.session.port import SessionError, SessionSettings
from mainsight.app.clock import now_ms
from mainsight.app.holidays import kinds_of_holidays
from mainsight.app.settings import load_settings_or_exit
from mainsight.app.signals import run_until_signal
from mainsight.core.network import Network
from mainsight.core.zonetime import DAY_S, SECOND_MS, local_day
from mainsight.registry.positions import load_yaml
from mainsight.registry.problems import ProblemsError
from mainsight.registry.reading import load_network
from mainsight.registry.validation import validate
from mainsight.simulator.faults import FaultError, FaultPlan
from mainsight.simulator.publisher import Sent, back_fill, live
from mainsight.simulator.replay import ReplayError, ReplaySpec, replay_csv
from mainsight.simulator.settings import SimulatorSettings
from mainsight.simulator.truth import write_truth
from mainsight.simulator.world import World

Report = Callable[[str, int, int], None]


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    parser.add_argument("--settings", type=Path, metavar="FILE", help="settings file (YAML) that names broker and registry")
    parser.add_argument("--broker", metavar="HOST:PORT", help="broker to publish to, instead of the settings' (default 127.0.0.1:1883)")
    parser.add_argument(
        "--registry", type=Path, metavar="DIR", help="folder of the network's files and simulator.yaml, instead of the settings'"
    )
    parser.add_argument("--since-ms", type=int, metavar="MS", help="publish history from this instant (UTC milliseconds) first")
    parser.add_argument("--interval", type=float, default=5.0, metavar="S", help="seconds between live readings (default %(default)s)")
    parser.add_argument("--faults", type=Path, metavar="FILE", help="YAML or JSON file of faults")
    parser.add_argument("--truth", type=Path, metavar="FILE", help="where to write what the faults did, one JSON object a line")
    parser.add_argument("--replay", type=Path, metavar="FILE", help="YAML file that maps a CSV's columns to meters: publish that and end")
    parser.add_argument("--json", action="store_true", help="tell progress as JSON lines on standard output, for programs")


def run(args: argparse.Namespace) -> int:
    """Publish until interrupted, or to the end of a replay."""
    settings = load_settings_or_exit(args.settings)
    broker = settings.broker
    if args.broker:
        host, _, port = args.broker.rpartition(":")
        if not host or not port.isdecimal():
            print(f"--broker {args.broker}: write host and port, as 127.0.0.1:1883", file=sys.stderr)
            return 2
        broker = broker.model_copy(update={"host": host, "port": int(port)})
    args.registry = args.registry or settings.registry
    session = broker.to_session(client_id=f"mainsight-simulator-{os.getpid()}", filters=(), session_expiry_s=0)
    report = _json_report if args.json else _text_report
    try:
        network = load_network(args.registry)
        publishing = _replay(args, network, session, report) if args.replay else _simulate(args, network, session, report)
        run_until_signal(publishing)
    except (ProblemsError, FaultError, ReplayError) as error:
        print(error, file=sys.stderr)
        return 2
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


def _simulate(args: argparse.Namespace, network: Network, session: SessionSettings, report: Report) -> Coroutine[Any, Any, None]:
    settings = load_simulator_settings(args.registry / "simulator.yaml")
    plan = FaultPlan.read(network, args.faults) if args.faults else FaultPlan()
    today = local_day(now_ms(), next(iter(network.zones.values())).timezone)
    world = World(network, settings, kinds_of_holidays(network, settings.epoch, today + timedelta(days=400)), plan)
    if args.truth:
        write_truth(args.truth, network, plan)
    return _publish_world(world, session, args.since_ms, args.interval, report)


async def _publish_world(world: World, settings: SessionSettings, since_ms: int | None, interval_s: float, report: Report) -> None:
    async with open_session(settings, clock=now_ms) as session:
        if since_ms is not None:
            end_ms = now_ms()
            days = math.ceil((end_ms - since_ms) / (DAY_S * SECOND_MS))

            def progress(sent: Sent) -> None:
                report("back-fill", sent.messages, max(sent.messages, days * len(world.network.meters)))

            await back_fill(world, since_ms, end_ms, session.publish, progress=progress)
        report("live", 0, 0)
        await live(lambda: world, session.publish, interval_s=interval_s, clock=now_ms, sleep=asyncio.sleep)


def _replay(args: argparse.Namespace, network: Network, session: SessionSettings, report: Report) -> Coroutine[Any, Any, None]:
    spec, problems = validate(ReplaySpec, load_yaml(args.replay))
    if spec is None:
        raise ProblemsError(problems)
    beside = spec.model_copy(update={"file": args.replay.parent / spec.file})
    return _publish_replay(beside, network, session, report)


async def _publish_replay(spec: ReplaySpec, network: Network, settings: SessionSettings, report: Report) -> None:
    async with open_session(settings, clock=now_ms) as session:
        sent = await replay_csv(spec, network, now_ms(), session.publish, progress=lambda sent: report("replay", sent.messages, 0))
        report("replayed", sent.messages, sent.messages)


def _json_report(phase: str, done: int, total: int) -> None:
    sys.stdout.buffer.write(orjson.dumps({"phase": phase, "done": done, "total": total}) + b"\n")
    sys.stdout.buffer.flush()


def _text_report(phase: str, done: int, total: int) -> None:
    counted = f" {done:,} of {total:,} messages" if total else f" {done:,} messages" if done else ""
    print(f"\r{phase}{counted}", end="" if done != total else "\n", file=sys.stderr, flush=True)
